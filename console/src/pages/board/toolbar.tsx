import { For, Show } from "solid-js";
import { can, prefer, preferences } from "~/app/session";
import { words } from "~/i18n/words";
import { isNarrow } from "~/ui/grid";
import { Menu, MenuItem } from "~/ui";
import { Columns, Ellipsis, ListFilter, Plus, Table as TableIcon } from "~/ui/icons";
import { FilterChips, QUICK } from "./filters";
import { SORTS, type Filter, type Filtering } from "./query";
import { SavedFilters } from "./saved";
import { boardTexts, filterTexts } from "./texts";

export type Layout = "table" | "columns";

/** The layout in force: of the link, or what was chosen last. */
export function layoutOf(filtering: Filtering): Layout {
  return (filtering.layout() ?? preferences().board?.layout) === "columns" ? "columns" : "table";
}

const SORT_WORDS = { "-serial": "newest", serial: "oldest", due: "dueFirst", "-due": "dueLast", "-updated": "changedLast", updated: "changedFirst" } as const;

interface ToolbarProps {
  filtering: Filtering;
  /** How many orders are shown, in words. */
  found: string;
  onOpen: (dialog: "filters" | "columns" | "new" | "csv") => void;
}

/** Filters, layout, and what begins from here. */
export function Toolbar(props: ToolbarProps) {
  const t = boardTexts();
  const f = filterTexts();
  const w = words();
  const layout = () => layoutOf(props.filtering);
  const choose = (layout: Layout) => {
    prefer({ board: { ...preferences().board, layout } });
    props.filtering.set({ layout: undefined }, true);
  };
  const Quick = (quick: { name: Filter; value: string; word: string }) => {
    const isOn = () => props.filtering.filters()[quick.name] === quick.value;
    return (
      <button type="button" class="button small quick" aria-pressed={isOn()} onClick={() => props.filtering.set({ [quick.name]: isOn() ? undefined : quick.value })}>
        {quick.word}
      </button>
    );
  };
  const quickWord = (name: (typeof QUICK)[number][0]) => ({ unit: f("noUnit"), due: `${f("due")}: ${f("today")}`, late: f("late"), rush: f("rush") })[name];
  const LayoutButton = (button: { layout: Layout; word: string; icon: typeof Columns }) => (
    <button type="button" class="button small icon" aria-pressed={layout() === button.layout} aria-label={button.word} title={button.word} onClick={() => choose(button.layout)}>
      <button.icon size={15} aria-hidden="true" />
    </button>
  );
  return (
    <div class="toolbar">
      <div class="choices">
        <button type="button" class="button small" onClick={() => props.onOpen("filters")}>
          <ListFilter size={15} aria-hidden="true" />
          {f("filters")}
        </button>
        <SavedFilters filtering={props.filtering} />
        <span class="quicks">
          <For each={QUICK}>{([name, value]) => <Quick name={name} value={value} word={quickWord(name)} />}</For>
        </span>
        <FilterChips filtering={props.filtering} />
      </div>
      <div class="doings">
        <span class="soft small number found" role="status">{props.found}</span>
        <span class="segments" role="group" aria-label={t("layout")}>
          <LayoutButton layout="table" word={t("table")} icon={TableIcon} />
          <LayoutButton layout="columns" word={t("columns")} icon={Columns} />
        </span>
        <Menu label={w("more")} class="button small plain icon" button={<Ellipsis size={16} aria-hidden="true" />}>
          <For each={SORTS}>
            {(sort) => (
              <MenuItem checked={props.filtering.sort() === sort} onSelect={() => props.filtering.set({ sort: sort === "-serial" ? undefined : sort })}>
                {t(SORT_WORDS[sort])}
              </MenuItem>
            )}
          </For>
          <hr />
          <Show when={!isNarrow() && layout() === "table"}>
            <MenuItem onSelect={() => props.onOpen("columns")}>{t("chooseColumns")}</MenuItem>
          </Show>
          <MenuItem onSelect={() => props.onOpen("csv")}>{t("exportCsv")}</MenuItem>
        </Menu>
        <Show when={can("dispatcher")}>
          <button type="button" class="button small primary new" aria-label={t("newOrder")} onClick={() => props.onOpen("new")}>
            <Plus size={15} aria-hidden="true" />
            <span class="wide-only">{t("newOrder")}</span>
          </button>
        </Show>
      </div>
    </div>
  );
}
