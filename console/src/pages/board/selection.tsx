import { createMemo, createSignal, For, Show } from "solid-js";
import type { Query } from "~/api/client";
import { TRANSITIONS } from "~/api/lifecycle";
import { can } from "~/app/session";
import { transitionWords } from "~/i18n/transitions";
import { Menu, MenuItem } from "~/ui";
import { ChevronDown, Download, FileText, Trash, Truck, X } from "~/ui/icons";
import { BulkDialog, fits, type Action } from "./bulk-dialog";
import { bulkTexts } from "./bulk-texts";
import type { Row } from "./data";
import { CsvDialog, ReportDialog } from "./export-dialog";

interface SelectionProps {
  rows: readonly Row[];
  query: Query;
  onSelect: (keys: readonly string[]) => void;
  /** How many more could be selected; nothing where all are. */
  all: number | undefined;
  onAll: () => void;
  /** Something was done to them. */
  onDone: () => void;
}

/** What can be done to the orders that are selected; in the place of the toolbar. */
export function SelectionBar(props: SelectionProps) {
  const t = bulkTexts();
  const tr = transitionWords();
  const [action, setAction] = createSignal<Action>();
  const [file, setFile] = createSignal<"csv" | "report">();
  // What was selected when it began: news must not change it meanwhile.
  const [taken, setTaken] = createSignal<readonly Row[]>([]);
  const begin = (next: Action) => {
    setTaken(props.rows);
    setAction(next);
  };
  const moves = createMemo(() =>
    TRANSITIONS.filter((transition) => transition !== "assign" && transition !== "ask")
      .map((transition) => ({ transition, n: props.rows.filter((row) => fits({ kind: "transition", transition }, row)).length }))
      .filter(({ n }) => n > 0),
  );
  const values = ["due", "priority", "tags", "rush"] as const;
  return (
    <div class="toolbar selection" role="toolbar" aria-label={t("selected", { n: props.rows.length })}>
      <button type="button" class="button plain small icon" aria-label={t("unselect")} title={t("unselect")} onClick={() => props.onSelect([])}>
        <X size={16} aria-hidden="true" />
      </button>
      <span class="strong number" role="status">{t("selected", { n: props.rows.length })}</span>
      <Show when={props.all}>
        {(n) => <button type="button" class="button small" onClick={() => props.onAll()}>{t("selectAll", { n: n() })}</button>}
      </Show>
      <Show when={can("dispatcher")}>
        <button type="button" class="button small primary" onClick={() => begin({ kind: "assign" })}>
          <Truck size={15} aria-hidden="true" />
          {t("assign")}
        </button>
        <Menu label={t("status")} class="button small" button={<>{t("status")}<ChevronDown size={14} aria-hidden="true" /></>}>
          <For each={moves()}>
            {({ transition, n }) => (
              <MenuItem onSelect={() => begin({ kind: "transition", transition })}>
                <span class="grow">{tr(transition)}</span>
                <span class="soft number">{n}</span>
              </MenuItem>
            )}
          </For>
        </Menu>
        <Menu label={t("set")} class="button small" button={<>{t("set")}<ChevronDown size={14} aria-hidden="true" /></>}>
          <For each={values}>{(kind) => <MenuItem onSelect={() => begin({ kind })}>{t(kind)}</MenuItem>}</For>
        </Menu>
      </Show>
      <button type="button" class="button small" onClick={() => setFile("csv")}>
        <Download size={15} aria-hidden="true" />
        {t("csv")}
      </button>
      <button type="button" class="button small" onClick={() => setFile("report")}>
        <FileText size={15} aria-hidden="true" />
        {t("report")}
      </button>
      <Show when={can("dispatcher")}>
        <button type="button" class="button small danger" onClick={() => begin({ kind: "transition", transition: "cancel" })}>{t("cancel")}</button>
        <button type="button" class="button small danger icon" aria-label={t("remove")} title={t("remove")} onClick={() => begin({ kind: "remove" })}>
          <Trash size={15} aria-hidden="true" />
        </button>
      </Show>
      <Show when={action()}>
        {(action) => (
          <BulkDialog
            action={action()}
            rows={taken()}
            onClose={() => setAction(undefined)}
            onDone={(refused) => {
              props.onSelect(refused);
              props.onDone();
            }}
          />
        )}
      </Show>
      <Show when={file() === "csv"}>
        <CsvDialog rows={props.rows} query={props.query} total={undefined} onClose={() => setFile(undefined)} />
      </Show>
      <Show when={file() === "report"}>
        <ReportDialog rows={props.rows} onClose={() => setFile(undefined)} />
      </Show>
    </div>
  );
}
