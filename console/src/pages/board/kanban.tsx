import { A, useNavigate } from "@solidjs/router";
import { createVirtualizer } from "@tanstack/solid-virtual";
import { createEffect, createMemo, createSignal, For, mapArray, onCleanup, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import { api, path, type Query } from "~/api/client";
import { after, leading, possible, type Transition } from "~/api/lifecycle";
import { can } from "~/app/session";
import { number } from "~/i18n";
import { transitionWords } from "~/i18n/transitions";
import { STATUSES, statusWord, type Status } from "~/i18n/words";
import { ErrorNotice, Menu, MenuItem, say, sayProblem, Skeleton } from "~/ui";
import { STATUS_LOOK } from "~/ui/badge";
import { Ellipsis } from "~/ui/icons";
import { BulkDialog, type Action } from "./bulk-dialog";
import { Flags, isLate, saysMore, When } from "./columns";
import { called, readRows, type Counts, type Row } from "./data";
import { onNews } from "./news";
import { place } from "./place";
import type { Filtering } from "./query";
import { createRows, type Rows } from "./rows";
import { boardTexts } from "./texts";

/** What needs something said with it before it can be done. */
const ASKS: readonly Transition[] = ["assign", "reject", "fail", "cancel"];

function isAssigned(row: Row): boolean {
  return row.unit !== null || Boolean(row.person);
}

interface KanbanProps {
  query: Query;
  filtering: Filtering;
  counts: Counts | undefined;
  onChange: () => void;
}

/** A column for each status; cards are moved by dragging, by their menu, or by keys. */
export function Kanban(props: KanbanProps) {
  const t = boardTexts();
  const [dragged, setDragged] = createSignal<Row>();
  let over: Status | undefined;
  const [action, setAction] = createSignal<{ action: Action; row: Row }>();
  const shown = createMemo<readonly Status[]>(() => {
    const chosen = props.filtering.statuses();
    if (chosen.length) return STATUSES.filter((status) => chosen.includes(status));
    return STATUSES;
  });
  const columns = mapArray(shown, (status) => ({
    status,
    rows: createRows({ query: () => ({ ...props.query, status }), sort: props.filtering.sort, page: 50, moves: true }),
  }));

  onNews(async (news) => {
    props.onChange();
    const all = columns();
    if (news.missed) return void all.map((column) => column.rows.read(true));
    const found = await readRows({ ...props.query, status: shown().join(","), updated_from: news.since, sort: "-updated", limit: 1000 });
    for (const { status, rows } of all) rows.merge(news, found.orders.filter((row) => row.status === status));
  });

  const put = (row: Row, status: string) => {
    for (const column of columns()) column.rows.put(column.status === status ? { ...row, status } : undefined, row.id);
  };
  const move = async (row: Row, transition: Transition) => {
    if (ASKS.includes(transition) && !(transition === "assign" && isAssigned(row))) {
      setAction({ row, action: transition === "assign" ? { kind: "assign" } : { kind: "transition", transition } });
      return;
    }
    const to = after(row.status, transition, isAssigned(row)) ?? row.status;
    // At once; and back again if the hub says no.
    put(row, to);
    try {
      const made = await api.post<{ status: string }>(path`/v1/orders/${row.id}/transitions`, { transition });
      say(t("moved", { order: called(row), status: statusWord(made.status) }), "good");
    } catch (error) {
      put(row, row.status);
      sayProblem(error);
    }
  };
  const drop = (status: Status) => {
    const row = dragged();
    setDragged(undefined);
    const transition = row && leadingTo(row, status);
    if (row && transition) void move(row, transition);
  };
  /** Nothing took it: that is told where the life cycle is why. */
  const letGo = () => {
    const row = dragged();
    setDragged(undefined);
    if (!row || !over || over === row.status || leadingTo(row, over)) return;
    say(t("cannot", { order: called(row), from: statusWord(row.status), to: statusWord(over) }));
  };
  const takes = (status: Status) => {
    const row = dragged();
    return row !== undefined && leadingTo(row, status) !== undefined;
  };
  return (
    <div class="kanban" classList={{ dragging: dragged() !== undefined }} role="group" aria-label={t("columns")} tabindex="0">
      <p class="visually-hidden" id="kanban-keys">{t("cardKeys")}</p>
      <For each={columns()}>
        {(column) => (
          <KanbanColumn
            status={column.status}
            rows={column.rows}
            count={props.counts?.statuses[column.status]}
            isExact={props.counts?.exact !== false}
            takes={takes(column.status)}
            onDrag={(row) => {
              over = undefined;
              setDragged(row);
            }}
            onOver={() => (over = column.status)}
            onLetGo={letGo}
            onDrop={() => drop(column.status)}
            onMove={(row, transition) => void move(row, transition)}
          />
        )}
      </For>
      <Show when={action()}>
        {(asked) => <BulkDialog action={asked().action} rows={[asked().row]} onClose={() => setAction(undefined)} onDone={() => {}} />}
      </Show>
    </div>
  );
}

/** What leads from where an order stands to there, without a question to be put. */
function leadingTo(row: Row, status: Status): Transition | undefined {
  const transition = leading(row.status, status, isAssigned(row));
  return transition === "ask" ? undefined : transition;
}

const CARD = 106;

interface ColumnProps {
  status: Status;
  rows: Rows;
  count: number | undefined;
  isExact: boolean;
  takes: boolean;
  onDrag: (row: Row) => void;
  onOver: () => void;
  onLetGo: () => void;
  onDrop: () => void;
  onMove: (row: Row, transition: Transition) => void;
}

function KanbanColumn(props: ColumnProps) {
  const t = boardTexts();
  const [isOver, setOver] = createSignal(false);
  let box!: HTMLDivElement;
  const virtual = createVirtualizer({
    get count() {
      return props.rows.rows().length;
    },
    getScrollElement: () => box,
    estimateSize: () => CARD,
    overscan: 4,
    getItemKey: (at) => props.rows.rows()[at]?.id ?? at,
  });
  createEffect(() => {
    const last = virtual.getVirtualItems().at(-1);
    if (last && last.index >= props.rows.rows().length - 8) void props.rows.more();
  });
  const look = () => STATUS_LOOK[props.status]!;
  const told = () => (props.count === undefined ? "…" : props.isExact || !props.count ? number(props.count) : t("atLeast", { n: number(props.count) }));
  return (
    <section
      class={`kanban-column ${look().tone}`}
      classList={{ takes: props.takes, over: isOver() && props.takes, none: props.count === 0 && !props.rows.rows().length }}
      aria-label={t("eachStatus", { status: statusWord(props.status), n: told() })}
      onDragOver={(event) => {
        props.onOver();
        if (!props.takes) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => !event.currentTarget.contains(event.relatedTarget as Node | null) && setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        props.onDrop();
      }}
    >
      <h2>
        <Dynamic component={look().icon} size={14} aria-hidden={true} />
        <span class="grow truncate">{statusWord(props.status)}</span>
        <span class="number soft">{told()}</span>
      </h2>
      <div class="cards" ref={box}>
        <Show when={props.rows.error()}>{(error) => <ErrorNotice error={error()} onRetry={() => void props.rows.read()} />}</Show>
        <Show when={props.rows.state() === "ready" || props.rows.rows().length} fallback={<Skeleton lines={6} />}>
          <ul style={{ height: `${virtual.getTotalSize()}px` }}>
            <For each={virtual.getVirtualItems()}>
              {(item) => (
                <Show when={props.rows.rows()[item.index]}>
                  {(row) => (
                    <li style={{ height: `${CARD}px`, transform: `translateY(${item.start}px)` }}>
                      <KanbanCard row={row()} isFlashing={props.rows.flashing().has(row().id)} onDrag={props.onDrag} onLetGo={props.onLetGo} onMove={props.onMove} />
                    </li>
                  )}
                </Show>
              )}
            </For>
          </ul>
        </Show>
      </div>
    </section>
  );
}

/** The card beside, above or below: focus goes there. */
function step(from: HTMLElement, key: string): void {
  const column = from.closest(".kanban-column")!;
  const cards = [...column.querySelectorAll<HTMLElement>(".kanban-card")].sort((one, other) => one.getBoundingClientRect().top - other.getBoundingClientRect().top);
  if (key === "ArrowDown" || key === "ArrowUp") {
    cards[cards.indexOf(from) + (key === "ArrowDown" ? 1 : -1)]?.focus();
    return;
  }
  const side = key === "ArrowRight" ? "nextElementSibling" : "previousElementSibling";
  for (let next = column[side]; next; next = next[side]) {
    const there = [...next.querySelectorAll<HTMLElement>(".kanban-card")];
    const top = from.getBoundingClientRect().top;
    const nearest = there.sort((one, other) => Math.abs(one.getBoundingClientRect().top - top) - Math.abs(other.getBoundingClientRect().top - top))[0];
    if (nearest) return nearest.focus();
  }
}

interface CardProps {
  row: Row;
  isFlashing: boolean;
  onDrag: (row: Row) => void;
  onLetGo: () => void;
  onMove: (row: Row, transition: Transition) => void;
}

function KanbanCard(props: CardProps) {
  const t = boardTexts();
  const tr = transitionWords();
  const navigate = useNavigate();
  let card!: HTMLDivElement;
  const moves = () => possible(props.row.status, isAssigned(props.row)).filter((transition) => transition !== "ask");
  onCleanup(() => card.classList.contains("dragged") && props.onLetGo());
  const keys = (event: KeyboardEvent) => {
    if (event.target !== card || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.startsWith("Arrow")) step(card, event.key);
    else if (event.key === "Enter") navigate(`/orders/${props.row.id}`);
    else if (event.key === "m") card.querySelector<HTMLElement>("button")?.click();
    else return;
    event.preventDefault();
  };
  return (
    <div
      ref={card}
      class="kanban-card"
      classList={{ flash: props.isFlashing }}
      tabindex="0"
      role="group"
      aria-label={`${called(props.row)} ${props.row.title ?? ""}`}
      aria-describedby="kanban-keys"
      draggable={can("dispatcher")}
      onKeyDown={keys}
      onDragStart={(event) => {
        event.dataTransfer?.setData("text/plain", called(props.row));
        card.classList.add("dragged");
        props.onDrag(props.row);
      }}
      onDragEnd={() => {
        card.classList.remove("dragged");
        props.onLetGo();
      }}
    >
      <p class="called">
        <A href={`/orders/${props.row.id}`} class="truncate" tabindex={-1} draggable={false}>{called(props.row)}</A>
        <Flags row={props.row} />
        <span class="grow" />
        <Show when={can("dispatcher")}>
          <Menu label={t("moveTo", { order: called(props.row) })} class="button plain small icon" button={<Ellipsis size={15} aria-hidden="true" />}>
            <For each={moves()}>{(transition) => <MenuItem onSelect={() => props.onMove(props.row, transition)}>{tr(transition)}</MenuItem>}</For>
          </Menu>
        </Show>
      </p>
      <Show when={saysMore(props.row)}>{(text) => <p class="truncate">{text()}</p>}</Show>
      <Show when={place(props.row)}>{(text) => <p class="truncate soft small">{text()}</p>}</Show>
      <p class="row small soft">
        <span class="truncate grow">{props.row.unit_name ?? props.row.person ?? t("noUnit")}</span>
        <Show when={props.row.due}><When at={props.row.due} late={isLate(props.row)} /></Show>
      </p>
    </div>
  );
}
