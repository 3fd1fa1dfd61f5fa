import { createVirtualizer } from "@tanstack/solid-virtual";
import { createEffect, createMemo, createSignal, For, on, onMount, Show, type JSX } from "solid-js";
import { words } from "~/i18n/words";
import { ArrowDown, ArrowUp } from "./icons";
import { Empty } from "./state";

export interface Column<T> {
  key: string;
  title: string;
  /** As in `grid-template-columns`. */
  width: string;
  cell: (row: T) => JSX.Element;
  /** What `sort` is set to; `-` before it for the other way. */
  sort?: string;
  end?: boolean;
}

interface GridProps<T> {
  label: string;
  rows: readonly T[];
  rowKey: (row: T) => string;
  columns: readonly Column<T>[];
  onOpen?: (row: T) => void;
  /** Somebody came near the end of what is there. */
  onEnd?: () => void;
  sort?: string;
  onSort?: (sort: string) => void;
  selected?: ReadonlySet<string>;
  onSelect?: (keys: ReadonlySet<string>) => void;
  /** How a row looks where there is no room for columns. */
  card?: (row: T) => JSX.Element;
  cardHeight?: number;
  /** Always as cards: the list stands in a narrow place. */
  cards?: boolean;
  empty?: JSX.Element;
  /** How many there are in all, where that is known. */
  total?: number;
  /** What a row is called where it is selected; its key otherwise. */
  rowLabel?: (row: T) => string;
  /** Classes of a row beside its own. */
  rowClass?: (row: T) => string | undefined;
  /** Whether the first row is in sight. */
  onTop?: (isTop: boolean) => void;
  /** Given a way to go back to the first row. */
  ref?: (grid: { toTop: () => void }) => void;
}

const narrow = window.matchMedia("(max-width: 640px)");
const [isNarrow, setNarrow] = createSignal(narrow.matches);
narrow.addEventListener("change", () => setNarrow(narrow.matches));
export { isNarrow };

/** Many rows: only those in sight are made. Arrows and j/k move, Enter opens, Space or x selects, with Shift as far as there. */
export function Grid<T>(props: GridProps<T>) {
  return (
    <Show when={props.rows.length} fallback={props.empty ?? <Empty />}>
      <Filled {...props} />
    </Show>
  );
}

function Filled<T>(props: GridProps<T>) {
  const w = words();
  let box!: HTMLDivElement;
  // By key: rows that come above it do not move it.
  const [activeKey, setActiveKey] = createSignal<string>();
  const active = createMemo(() => Math.max(0, props.rows.findIndex((row) => props.rowKey(row) === activeKey())));
  let anchor: string | undefined;
  const asCards = () => (props.cards || isNarrow()) && props.card !== undefined;
  const height = () => (asCards() ? (props.cardHeight ?? 92) : 38);
  const virtual = createVirtualizer({
    get count() {
      return props.rows.length;
    },
    getScrollElement: () => box,
    estimateSize: () => height(),
    overscan: 12,
    // The head stands above the rows and does not scroll away.
    get scrollPaddingEnd() {
      return asCards() ? 0 : 36;
    },
    getItemKey: (at) => (props.rows[at] ? props.rowKey(props.rows[at]) : at),
  });
  createEffect(on(height, () => virtual.measure(), { defer: true }));
  createEffect(() => {
    const last = virtual.getVirtualItems().at(-1);
    if (last && last.index >= props.rows.length - 20) props.onEnd?.();
  });
  const template = () => [props.onSelect ? "1.6rem" : "", ...props.columns.map((column) => column.width)].join(" ");
  const toggle = (row: T, asFar = false) => {
    if (!props.onSelect) return;
    const next = new Set(props.selected);
    const key = props.rowKey(row);
    const [from, to] = [anchor, key].map((one) => props.rows.findIndex((row) => props.rowKey(row) === one)) as [number, number];
    if (asFar && from >= 0) props.rows.slice(Math.min(from, to), Math.max(from, to) + 1).forEach((row) => next.add(props.rowKey(row)));
    else if (!next.delete(key)) next.add(key);
    anchor = key;
    props.onSelect(next);
  };
  const go = (to: number) => {
    const at = Math.max(0, Math.min(props.rows.length - 1, to));
    setActiveKey(props.rows[at] && props.rowKey(props.rows[at]));
    virtual.scrollToIndex(at, { align: "auto" });
  };
  onMount(() => {
    props.ref?.({ toTop: () => box.scrollTo({ top: 0 }) });
    props.onTop?.(true);
  });
  const pages = () => Math.max(1, Math.floor(box.clientHeight / height()) - 1);
  const keys = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== box) return;
    const row = props.rows[active()];
    const steps: Record<string, () => void> = {
      ArrowDown: () => go(active() + 1),
      j: () => go(active() + 1),
      ArrowUp: () => go(active() - 1),
      k: () => go(active() - 1),
      PageDown: () => go(active() + pages()),
      PageUp: () => go(active() - pages()),
      Home: () => go(0),
      End: () => go(props.rows.length - 1),
      Enter: () => row && props.onOpen?.(row),
      " ": () => row && toggle(row, event.shiftKey),
      x: () => row && toggle(row),
      X: () => row && toggle(row, true),
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    step();
  };
  const sortBy = (column: Column<T>) => column.sort && props.onSort?.(props.sort === column.sort ? `-${column.sort}` : column.sort);
  const sorted = (column: Column<T>) =>
    props.sort === column.sort ? "ascending" : props.sort === `-${column.sort}` ? "descending" : "none";
  const columnsShown = () => (asCards() ? 0 : 1);
  return (
    <div
      class="grid"
      style={{ "--columns": asCards() ? (props.onSelect ? "1.6rem 1fr" : "1fr") : template(), "--least": asCards() ? "0" : `${props.columns.length * 6.5}rem` }}
    >
      <div
        ref={box}
        class="rows"
        role="grid"
        tabindex="0"
        aria-label={props.label}
        aria-rowcount={(props.total ?? props.rows.length) + columnsShown()}
        aria-multiselectable={props.onSelect ? true : undefined}
        aria-activedescendant={props.rows[active()] ? `row-${props.rowKey(props.rows[active()]!)}` : undefined}
        onKeyDown={keys}
        onScroll={() => props.onTop?.(box.scrollTop < height() / 2)}
      >
        <Show when={!asCards()}>
          <div class="head" role="row" aria-rowindex={1}>
            <Show when={props.onSelect}>
              <span role="columnheader" class="pick">
                <input
                  type="checkbox"
                  aria-label={w("all")}
                  checked={props.rows.length > 0 && (props.selected?.size ?? 0) >= props.rows.length}
                  onChange={(event) => props.onSelect?.(new Set(event.currentTarget.checked ? props.rows.map(props.rowKey) : []))}
                />
              </span>
            </Show>
            <For each={props.columns}>
              {(column) => (
                <span role="columnheader" classList={{ end: column.end ?? false }} aria-sort={column.sort ? sorted(column) : undefined}>
                  <Show when={column.sort && props.onSort} fallback={column.title}>
                    <button type="button" onClick={() => sortBy(column)}>
                      {column.title}
                      <Show when={sorted(column) === "ascending"}>
                        <ArrowUp size={12} aria-hidden="true" />
                      </Show>
                      <Show when={sorted(column) === "descending"}>
                        <ArrowDown size={12} aria-hidden="true" />
                      </Show>
                    </button>
                  </Show>
                </span>
              )}
            </For>
          </div>
        </Show>
        <div class="space" role="presentation" style={{ height: `${virtual.getTotalSize()}px` }}>
          <For each={virtual.getVirtualItems()}>
            {(item) => {
              const row = () => props.rows[item.index];
              return (
                <Show when={row()}>
                  {(row) => (
                    <div
                      id={`row-${props.rowKey(row())}`}
                      class={`line ${active() === item.index ? "active" : ""} ${props.rowClass?.(row()) ?? ""}`}
                      role="row"
                      aria-rowindex={item.index + 1 + columnsShown()}
                      aria-selected={props.onSelect ? (props.selected?.has(props.rowKey(row())) ?? false) : undefined}
                      style={{ height: `${item.size}px`, transform: `translateY(${item.start}px)` }}
                      onClick={(event) => {
                        setActiveKey(props.rowKey(row()));
                        if (!(event.target as HTMLElement).closest("a, button, input")) props.onOpen?.(row());
                      }}
                    >
                      <Show when={props.onSelect}>
                        <span role="gridcell" class="pick">
                          <input
                            type="checkbox"
                            aria-label={(props.rowLabel ?? props.rowKey)(row())}
                            checked={props.selected?.has(props.rowKey(row())) ?? false}
                            onClick={(event) => toggle(row(), event.shiftKey)}
                          />
                        </span>
                      </Show>
                      <Show when={!asCards()} fallback={<div role="gridcell" class="as-card">{props.card?.(row())}</div>}>
                        <For each={props.columns}>
                          {(column) => (
                            <span role="gridcell" classList={{ end: column.end ?? false }}>
                              {column.cell(row())}
                            </span>
                          )}
                        </For>
                      </Show>
                    </div>
                  )}
                </Show>
              );
            }}
          </For>
        </div>
      </div>
    </div>
  );
}
