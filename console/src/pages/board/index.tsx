import { createEffect, createMemo, createSignal, on, onCleanup, Show } from "solid-js";
import { can, prefer, preferences } from "~/app/session";
import { number } from "~/i18n";
import { words } from "~/i18n/words";
import { Menu, MenuItem } from "~/ui";
import { Columns, Ellipsis, ListFilter, Plus, Table as TableIcon, X } from "~/ui/icons";
import { ColumnsDialog } from "./columns-dialog";
import { readCounts, readRows, type Counts } from "./data";
import { FilterChips, FilterDialog } from "./filters";
import { onNews } from "./news";
import { SORTS, toQuery, useFilters, type Filter } from "./query";
import { createRows } from "./rows";
import { SavedFilters } from "./saved";
import { StatusBar } from "./status-bar";
import { Table } from "./table";
import { boardTexts, filterTexts } from "./texts";
import "./board.css";

/** Counts of what the filters leave, whatever the status. */
function createCounts(query: () => Record<string, unknown>) {
  const [counts, setCounts] = createSignal<Counts>();
  let reading = new AbortController();
  let planned: number | undefined;
  let lastAt = 0;
  const read = () => {
    planned = undefined;
    lastAt = Date.now();
    reading.abort();
    reading = new AbortController();
    const { status: _, ...rest } = query() as Record<string, string>;
    readCounts(rest, reading.signal).then(setCounts, () => {});
  };
  createEffect(on(() => JSON.stringify({ ...query(), status: undefined }), read));
  onCleanup(() => (reading.abort(), window.clearTimeout(planned)));
  /** Once a second at most, however much happens. */
  const soon = () => (planned ??= window.setTimeout(read, Math.max(0, lastAt + 1000 - Date.now())));
  return { counts, soon };
}

export default function Board() {
  const t = boardTexts();
  const f = filterTexts();
  const w = words();
  const filtering = useFilters();
  const query = createMemo(() => toQuery(filtering.filters()));
  const [dialog, setDialog] = createSignal<"filters" | "columns">();
  const [selected, setSelected] = createSignal<ReadonlySet<string>>(new Set());
  const [isTop, setTop] = createSignal(true);
  const { counts, soon } = createCounts(query);
  const rows = createRows({ query, sort: filtering.sort, isTop });
  createEffect(on(() => JSON.stringify(query()), () => setSelected(new Set<string>()), { defer: true }));

  onNews(async (news) => {
    soon();
    if (news.missed) return rows.read(true);
    const found = await readRows({ ...query(), updated_from: news.since, sort: "-updated", limit: 1000 });
    rows.merge(news, found.orders);
  });

  /** How many the filters leave, with the chosen statuses. */
  const found = () => {
    const known = counts();
    if (!known) return undefined;
    const statuses = filtering.statuses();
    return statuses.length ? statuses.reduce((sum, status) => sum + (known.statuses[status] ?? 0), 0) : known.total;
  };
  const sortWords = { "-serial": "newest", serial: "oldest", due: "dueFirst", "-due": "dueLast", "-updated": "changedLast", updated: "changedFirst" } as const;
  const Quick = (quick: { name: Filter; value: string; word: string }) => (
    <button
      type="button"
      class="button small quick"
      aria-pressed={filtering.filters()[quick.name] === quick.value}
      onClick={() => filtering.set({ [quick.name]: filtering.filters()[quick.name] === quick.value ? undefined : quick.value })}
    >
      {quick.word}
    </button>
  );
  return (
    <div class="board">
      <h1 class="visually-hidden">{t("board")}</h1>
      <StatusBar counts={counts()} filtering={filtering} />
      <div class="toolbar">
        <button type="button" class="button small" onClick={() => setDialog("filters")}>
          <ListFilter size={15} aria-hidden="true" />
          {f("filters")}
        </button>
        <SavedFilters filtering={filtering} />
        <span class="quicks">
          <Quick name="unit" value="none" word={f("noUnit")} />
          <Quick name="due" value="today" word={`${f("due")}: ${f("today")}`} />
          <Quick name="late" value="true" word={f("late")} />
          <Quick name="rush" value="true" word={f("rush")} />
        </span>
        <FilterChips filtering={filtering} />
        <span class="grow" />
        <span class="soft small number found" role="status">
          {found() === undefined ? "" : counts()?.exact === false ? t("foundAtLeast", { n: found()! }) : t("found", { n: found()! })}
        </span>
        <Menu label={w("more")} class="button small plain icon" button={<Ellipsis size={16} aria-hidden="true" />}>
          {SORTS.map((sort) => (
            <MenuItem checked={filtering.sort() === sort} onSelect={() => filtering.set({ sort: sort === "-serial" ? undefined : sort })}>
              {t(sortWords[sort])}
            </MenuItem>
          ))}
          <hr />
          <MenuItem onSelect={() => setDialog("columns")}>{t("chooseColumns")}</MenuItem>
        </Menu>
      </div>
      <Table rows={rows} filtering={filtering} total={found()} selected={selected()} onSelect={can("dispatcher") ? setSelected : undefined} onTop={setTop} />
      <Show when={dialog() === "filters"}>
        <FilterDialog filtering={filtering} found={found()} onClose={() => setDialog(undefined)} />
      </Show>
      <Show when={dialog() === "columns"}>
        <ColumnsDialog onClose={() => setDialog(undefined)} />
      </Show>
    </div>
  );
}
void [number, prefer, preferences, Columns, Plus, TableIcon, X];
