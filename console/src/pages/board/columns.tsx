/** What the table can show of an order. */

import { A } from "@solidjs/router";
import { Show, type JSX } from "solid-js";
import { moment } from "~/i18n";
import { zone } from "~/i18n/zone";
import { OPEN } from "~/i18n/words";
import { brief, clock, Progress, StatusBadge, Time, type Column } from "~/ui";
import { AlarmClock, History, Zap } from "~/ui/icons";
import { called, type Row } from "./data";
import { place } from "./place";
import { boardTexts } from "./texts";

export const DEFAULT_COLUMNS = ["number", "status", "title", "customer", "address", "due", "unit", "service", "updated"];

const t = boardTexts();

/** Whether what was due is not done. The clock goes on without the hub saying so. */
export function isLate(row: Row): boolean {
  return row.late || (row.due !== null && OPEN.includes(row.status as (typeof OPEN)[number]) && Date.parse(row.due) < clock());
}

/** Short, and exact to the minute; the whole of it as its title. */
export function When(props: { at: string | null; late?: boolean }) {
  return (
    <Show when={props.at}>
      {(at) => (
        <time dateTime={at()} title={`${moment(at(), { dateStyle: "full", timeStyle: "short" })} (${zone()})`} classList={{ wrong: props.late ?? false, number: true }}>
          {brief(at())}
        </time>
      )}
    </Show>
  );
}

/** Rush, rework, late: each with an icon and its word for who cannot see that. */
export function Flags(props: { row: Row }) {
  const Flag = (flag: { when: boolean; word: string; tone: string; children: JSX.Element }) => (
    <Show when={flag.when}>
      <span class={`flag ${flag.tone}`} title={flag.word}>
        {flag.children}
        <span class="visually-hidden">{flag.word}</span>
      </span>
    </Show>
  );
  return (
    <>
      <Flag when={props.row.rush} word={t("rush")} tone="danger"><Zap size={14} aria-hidden="true" /></Flag>
      <Flag when={props.row.rework} word={t("rework")} tone="warn"><History size={14} aria-hidden="true" /></Flag>
      <Flag when={isLate(props.row)} word={t("late")} tone="danger"><AlarmClock size={14} aria-hidden="true" /></Flag>
    </>
  );
}

function Text(props: { of: string | null }) {
  return <Show when={props.of}>{(text) => <span title={text()}>{text()}</span>}</Show>;
}

export function stepOf(row: Row): [current: number, total: number] | undefined {
  return row.progress.total ? [row.progress.current ?? 0, row.progress.total] : undefined;
}

/** Every column there is; the text of a cell is what CSV has of it. */
export interface BoardColumn extends Column<Row> {
  text: (row: Row) => string | number | null;
}

export function allColumns(): BoardColumn[] {
  const column = (key: string, title: string, width: string, text: BoardColumn["text"], more: Partial<BoardColumn> = {}): BoardColumn => ({
    key,
    title,
    width,
    text,
    cell: (row) => <Text of={text(row) as string | null} />,
    ...more,
  });
  const moment_ = (key: string, title: string, of: (row: Row) => string | null, more: Partial<BoardColumn> = {}) =>
    column(key, title, "minmax(8rem, 9rem)", of, { cell: (row) => <When at={of(row)} />, ...more });
  return [
    column("number", t("number"), "minmax(7rem, 1.6fr)", called, {
      sort: "serial",
      cell: (row) => (
        <span class="called">
          <A href={`/orders/${row.id}`} class="truncate" title={called(row)} tabindex={-1}>{called(row)}</A>
          <Flags row={row} />
        </span>
      ),
    }),
    column("status", t("status"), "minmax(7.6rem, 9.6rem)", (row) => row.status, { cell: (row) => <StatusBadge status={row.status} /> }),
    column("title", t("title"), "minmax(6.4rem, 2fr)", (row) => row.title),
    column("customer", t("customer"), "minmax(5.6rem, 1.3fr)", (row) => row.customer),
    column("address", t("address"), "minmax(7.4rem, 2.2fr)", (row) => place(row) || null),
    column("city", t("city"), "minmax(6rem, 1fr)", (row) => row.city),
    column("postal_code", t("postalCode"), "6rem", (row) => row.postal_code),
    moment_("due", t("due"), (row) => row.due, { sort: "due", cell: (row) => <When at={row.due} late={isLate(row)} /> }),
    column("window", t("window"), "minmax(9rem, 12rem)", (row) => [row.window_from, row.window_until].filter(Boolean).join(" – ") || null, {
      cell: (row) => (
        <Show when={row.window_from || row.window_until}>
          <When at={row.window_from} /> – <When at={row.window_until} />
        </Show>
      ),
    }),
    column("unit", t("unit"), "minmax(4.2rem, 0.9fr)", (row) => row.unit_name ?? (row.unit === null ? null : `#${row.unit}`)),
    column("person", t("person"), "minmax(6rem, 1fr)", (row) => row.person),
    column("service", t("service"), "minmax(5.6rem, 1.2fr)", (row) => row.service),
    column("origin", t("origin"), "6rem", (row) => row.origin.dialect),
    column("connection", t("connection"), "minmax(6rem, 1fr)", (row) => row.origin.connection),
    column("client_status", t("clientStatus"), "minmax(6rem, 1fr)", (row) => row.client_status),
    column("progress", t("progress"), "7rem", (row) => stepOf(row)?.join("/") ?? null, {
      cell: (row) => (
        <Show when={stepOf(row)}>
          {(step) => <Progress current={step()[0]} total={step()[1]} label={t("progress")} />}
        </Show>
      ),
    }),
    moment_("eta", t("eta"), (row) => row.eta),
    moment_("created", t("created"), (row) => row.created_at),
    column("updated", t("updated"), "6.4rem", (row) => row.updated_at, { sort: "updated", cell: (row) => <Time at={row.updated_at} /> }),
    column("serial", t("serial"), "6rem", (row) => row.serial, { end: true, cell: (row) => <span class="number">{row.serial}</span> }),
  ];
}

/** What a card says beside the number: nothing twice. */
export function saysMore(row: Row): string | null | undefined {
  return [row.title, row.service, row.customer].find((text) => text && text !== row.number);
}

/** How a row looks on a phone. */
export function Card(props: { row: Row }) {
  return (
    <div class="order-card">
      <p class="called">
        <A href={`/orders/${props.row.id}`} class="truncate strong" tabindex={-1}>{called(props.row)}</A>
        <Flags row={props.row} />
        <span class="grow" />
        <StatusBadge status={props.row.status} />
      </p>
      <Show when={saysMore(props.row)}>{(text) => <p class="truncate">{text()}</p>}</Show>
      <Show when={place(props.row)}>{(text) => <p class="truncate soft">{text()}</p>}</Show>
      <p class="row soft small">
        <span class="truncate grow">{props.row.unit_name ?? props.row.person ?? t("noUnit")}</span>
        <Show when={props.row.due}>
          <When at={props.row.due} late={isLate(props.row)} />
        </Show>
      </p>
    </div>
  );
}
