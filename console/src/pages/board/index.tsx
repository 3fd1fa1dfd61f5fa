import { createEffect, createMemo, createSignal, Match, on, Show, Switch, type JSX } from "solid-js";
import { useSearchParams } from "@solidjs/router";
import type { Query } from "~/api/client";
import { useKeys } from "~/app/keys";
import { can } from "~/app/session";
import { sayProblem } from "~/ui";
import { ColumnsDialog } from "./columns-dialog";
import { createCounts } from "./counts";
import { readRows } from "./data";
import { CsvDialog } from "./export-dialog";
import { FilterDialog } from "./filters";
import { Kanban } from "./kanban";
import { NewOrderDialog } from "./new-order";
import { onNews } from "./news";
import { toQuery, useFilters, type Filtering } from "./query";
import { createRows } from "./rows";
import { SelectionBar } from "./selection";
import { StatusBar } from "./status-bar";
import { Table } from "./table";
import { boardTexts } from "./texts";
import { layoutOf, Toolbar } from "./toolbar";
import "./board.css";

export default function Board() {
  const t = boardTexts();
  const filtering = useFilters();
  const query = createMemo(() => toQuery(filtering.filters()));
  const { counts, soon } = createCounts(query);
  const [dialog, setDialog] = createSignal<"filters" | "columns" | "new" | "csv">();
  const close = () => setDialog(undefined);
  const [asked, setAsked] = useSearchParams<{ new?: string }>();
  createEffect(() => {
    if (asked.new !== "order") return;
    setAsked({ new: undefined }, { replace: true });
    if (can("dispatcher")) setDialog("new");
  });
  useKeys([
    { key: "n", text: () => t("newOrder"), act: () => can("dispatcher") && setDialog("new") },
    { key: "f", text: () => t("keyFilters"), act: () => setDialog("filters") },
  ]);

  /** How many the filters leave, with the statuses that are chosen. */
  const found = () => {
    const known = counts();
    const statuses = filtering.statuses();
    if (!known || !statuses.length) return known?.total;
    return statuses.reduce((sum, status) => sum + (known.statuses[status] ?? 0), 0);
  };
  const foundWords = () => (found() === undefined ? "" : t(counts()?.exact === false ? "foundAtLeast" : "found", { n: found() }));
  const toolbar = <Toolbar filtering={filtering} found={foundWords()} onOpen={setDialog} />;
  return (
    <div class="board">
      <h1 class="visually-hidden">{t("board")}</h1>
      <StatusBar counts={counts()} filtering={filtering} />
      <Show
        when={layoutOf(filtering) === "table"}
        fallback={
          <>
            {toolbar}
            <Kanban query={query()} filtering={filtering} counts={counts()} onChange={soon} />
          </>
        }
      >
        <TableLayout toolbar={toolbar} query={query()} filtering={filtering} total={found()} onChange={soon} />
      </Show>
      <Switch>
        <Match when={dialog() === "filters"}><FilterDialog filtering={filtering} found={found()} onClose={close} /></Match>
        <Match when={dialog() === "columns"}><ColumnsDialog onClose={close} /></Match>
        <Match when={dialog() === "new"}><NewOrderDialog onClose={close} /></Match>
        <Match when={dialog() === "csv"}><CsvDialog rows={[]} query={{ ...query(), sort: filtering.sort() }} total={found()} onClose={close} /></Match>
      </Switch>
    </div>
  );
}

/** So many orders can be selected at once. */
const SELECT_LIMIT = 10_000;

interface LayoutProps {
  toolbar: JSX.Element;
  query: Query;
  filtering: Filtering;
  total: number | undefined;
  onChange: () => void;
}

/** The table with what is selected in it. */
function TableLayout(props: LayoutProps) {
  const [keys, setKeys] = createSignal<ReadonlySet<string>>(new Set());
  const [isTop, setTop] = createSignal(true);
  const rows = createRows({ query: () => props.query, sort: props.filtering.sort, isTop });
  const selected = createMemo(() => (keys().size ? rows.rows().filter((row) => keys().has(row.id)) : []));
  createEffect(on(() => JSON.stringify(props.query), () => setKeys(new Set<string>()), { defer: true }));

  onNews(async (news) => {
    props.onChange();
    if (news.missed) return rows.read(true);
    const found = await readRows({ ...props.query, updated_from: news.since, sort: "-updated", limit: 1000 });
    rows.merge(news, found.orders);
  });
  /** Offered once all that was read is selected. */
  const all = () => {
    const n = Math.min(props.total ?? 0, SELECT_LIMIT);
    return rows.hasMore() && selected().length >= rows.rows().length && n > selected().length ? n : undefined;
  };
  const selectAll = () => rows.all(SELECT_LIMIT).then((every) => setKeys(new Set(every.slice(0, SELECT_LIMIT).map((row) => row.id))), sayProblem);
  return (
    <>
      <Show when={selected().length} fallback={props.toolbar}>
        <SelectionBar rows={selected()} query={props.query} all={all()} onAll={() => void selectAll()} onSelect={(next) => setKeys(new Set(next))} onDone={() => void rows.read(true)} />
      </Show>
      <Table rows={rows} filtering={props.filtering} total={props.total} selected={keys()} onSelect={setKeys} onTop={setTop} />
    </>
  );
}
