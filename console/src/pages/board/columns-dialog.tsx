import { createSignal, For } from "solid-js";
import { prefer, preferences } from "~/app/session";
import { words } from "~/i18n/words";
import { Dialog } from "~/ui";
import { ArrowDown, ArrowUp } from "~/ui/icons";
import { allColumns, DEFAULT_COLUMNS, type BoardColumn } from "./columns";
import { boardTexts } from "./texts";

/** The columns that are shown, in their order. */
export function columnsShown(): BoardColumn[] {
  const all = allColumns();
  const wanted = preferences().board?.columns ?? DEFAULT_COLUMNS;
  const found = wanted.map((key) => all.find((column) => column.key === key)).filter((column) => column !== undefined);
  return found.length ? found : all.filter((column) => DEFAULT_COLUMNS.includes(column.key));
}

const keep = (columns: string[] | undefined) => prefer({ board: { ...preferences().board, columns } });

/** Which columns, and in which order: by buttons, or by dragging. */
export function ColumnsDialog(props: { onClose: () => void }) {
  const t = boardTexts();
  const w = words();
  const shown = () => columnsShown().map((column) => column.key);
  // Those that are not shown stand below, so that what is above is what the table has.
  const all = () => [...columnsShown(), ...allColumns().filter((column) => !shown().includes(column.key))];
  const [dragged, setDragged] = createSignal<string>();
  const toggle = (key: string) => {
    const next = shown().includes(key) ? shown().filter((one) => one !== key) : [...shown(), key];
    if (next.length) keep(next);
  };
  const move = (key: string, to: number) => {
    const rest = shown().filter((one) => one !== key);
    keep([...rest.slice(0, to), key, ...rest.slice(to)]);
  };
  const step = (key: string, by: number, button: HTMLElement) => {
    const id = button.id;
    move(key, shown().indexOf(key) + by);
    queueMicrotask(() => document.getElementById(id)?.focus());
  };
  return (
    <Dialog
      title={t("chooseColumns")}
      onClose={props.onClose}
      footer={
        <>
          <button type="button" class="button" onClick={() => keep(undefined)}>{t("standard")}</button>
          <button type="button" class="button primary" onClick={props.onClose}>{w("done")}</button>
        </>
      }
    >
      <p class="soft">{t("columnsHint")}</p>
      <ul class="columns-list">
        <For each={all()}>
          {(column) => {
            const at = () => shown().indexOf(column.key);
            return (
              <li
                draggable={at() >= 0}
                classList={{ dragged: dragged() === column.key }}
                onDragStart={() => setDragged(column.key)}
                onDragEnd={() => setDragged(undefined)}
                onDragOver={(event) => at() >= 0 && dragged() && event.preventDefault()}
                onDrop={(event) => {
                  event.preventDefault();
                  if (dragged() && at() >= 0) move(dragged()!, at());
                }}
              >
                <label class="check grow">
                  <input type="checkbox" checked={at() >= 0} disabled={at() >= 0 && shown().length === 1} onChange={() => toggle(column.key)} />
                  {column.title}
                </label>
                <button type="button" id={`up-${column.key}`} class="button plain small icon" disabled={at() < 1} aria-label={t("up", { column: column.title })} onClick={(event) => step(column.key, -1, event.currentTarget)}>
                  <ArrowUp size={14} aria-hidden="true" />
                </button>
                <button type="button" id={`down-${column.key}`} class="button plain small icon" disabled={at() < 0 || at() === shown().length - 1} aria-label={t("down", { column: column.title })} onClick={(event) => step(column.key, 1, event.currentTarget)}>
                  <ArrowDown size={14} aria-hidden="true" />
                </button>
              </li>
            );
          }}
        </For>
      </ul>
    </Dialog>
  );
}
