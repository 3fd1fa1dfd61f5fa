import { useNavigate } from "@solidjs/router";
import { createMemo, Show, type Accessor } from "solid-js";
import { Empty, ErrorNotice, Grid, Skeleton } from "~/ui";
import { RefreshCw } from "~/ui/icons";
import { Card } from "./columns";
import { columnsShown } from "./columns-dialog";
import { called, type Row } from "./data";
import { FILTERS, instead, type Filtering } from "./query";
import type { Rows } from "./rows";
import { boardTexts } from "./texts";

interface TableProps {
  rows: Rows;
  filtering: Filtering;
  total: number | undefined;
  selected: ReadonlySet<string>;
  onSelect: ((keys: ReadonlySet<string>) => void) | undefined;
  onTop: (isTop: boolean) => void;
}

/** Nothing found, and what to do about it. */
export function NothingFound(props: { filtering: Filtering }) {
  const t = boardTexts();
  const isFiltered = () => FILTERS.some((name) => props.filtering.filters()[name]);
  return (
    <Empty
      action={
        <Show when={isFiltered()}>
          <button type="button" class="button" onClick={() => props.filtering.set(instead({}))}>{t("clearFilters")}</button>
        </Show>
      }
    >
      {isFiltered() ? t("noneFound") : t("noneYet")}
    </Empty>
  );
}

/** Orders as rows, or as cards where it is narrow. */
export function Table(props: TableProps) {
  const t = boardTexts();
  const navigate = useNavigate();
  const columns = createMemo(columnsShown);
  let toTop: (() => void) | undefined;
  const rowClass: (row: Row) => string | undefined = (row) =>
    [props.rows.flashing().has(row.id) ? "flash" : "", props.rows.left().has(row.id) ? "left" : ""].join(" ").trim() || undefined;
  return (
    <div class="board-table" aria-busy={props.rows.state() === "loading"}>
      <Show when={props.rows.error()}>{(error) => <ErrorNotice error={error()} onRetry={() => void props.rows.read()} />}</Show>
      <Show when={props.rows.state() === "ready" || props.rows.rows().length} fallback={<div class="padded"><Skeleton lines={12} /></div>}>
        <Grid
          label={t("orders")}
          rows={props.rows.rows()}
          rowKey={(row) => row.id}
          rowLabel={called}
          rowClass={rowClass}
          columns={columns()}
          card={(row) => <Card row={row} />}
          cardHeight={104}
          sort={props.filtering.sort()}
          onSort={(sort) => props.filtering.set({ sort: sort === "-serial" ? undefined : sort })}
          selected={props.selected}
          {...(props.onSelect ? { onSelect: props.onSelect } : {})}
          onOpen={(row) => navigate(`/orders/${row.id}`)}
          onEnd={() => void props.rows.more()}
          onTop={props.onTop}
          ref={(grid) => (toTop = grid.toTop)}
          empty={<Show when={!props.rows.error()}><NothingFound filtering={props.filtering} /></Show>}
          {...(props.total === undefined ? {} : { total: props.total })}
        />
      </Show>
      <Waiting rows={props.rows} onShow={() => void props.rows.read().then(() => toTop?.())} />
    </div>
  );
}

/** What came and what went, without anything being moved under the reader. */
function Waiting(props: { rows: Rows; onShow: () => void }) {
  const t = boardTexts();
  const told: Accessor<string> = () =>
    [
      props.rows.waiting().size ? t("fresh", { n: props.rows.waiting().size }) : "",
      props.rows.left().size ? t("gone", { n: props.rows.left().size }) : "",
    ].filter(Boolean).join(" · ");
  return (
    <div class="waiting" role="status">
      <Show when={told()}>
        <button type="button" class="button small" onClick={props.onShow}>
          <RefreshCw size={14} aria-hidden="true" />
          {told()}
        </button>
      </Show>
    </div>
  );
}
