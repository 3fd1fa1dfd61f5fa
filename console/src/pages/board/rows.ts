/** Rows of a query, page by page, and how news gets into them. */

import { createEffect, createSignal, on, onCleanup } from "solid-js";
import type { Query } from "~/api/client";
import { readRows, type Row } from "./data";
import type { News } from "./news";

const PAGE = 200;
const MOST_OF_A_PAGE = 1000;

type Key = string | number;
const KEYS: Record<string, (row: Row) => Key> = {
  serial: (row) => row.serial,
  due: (row) => row.due ?? "",
  updated: (row) => row.updated_at ?? "",
};

/** As the hub sorts; what has no due date comes last either way. */
export function comparing(sort: string): (one: Row, other: Row) => number {
  const down = sort.startsWith("-") ? -1 : 1;
  const key = KEYS[sort.replace("-", "")] ?? KEYS["serial"]!;
  return (one, other) => {
    const [a, b] = [key(one), key(other)];
    if (a === b) return (one.serial - other.serial) * down;
    if (a === "" || b === "") return a === "" ? 1 : -1;
    return (a < b ? -1 : 1) * down;
  };
}

export interface RowsOptions {
  query: () => Query;
  sort: () => string;
  page?: number;
  /** News moves rows at once. Otherwise they stay where they are and change in place, so that nothing jumps. */
  moves?: boolean;
  /** Whether rows may be put above all others without anything in sight being moved by it. */
  isTop?: () => boolean;
}

export function createRows(options: RowsOptions) {
  const page = options.page ?? PAGE;
  const [rows, setRows] = createSignal<readonly Row[]>([]);
  const [state, setState] = createSignal<"loading" | "ready">("loading");
  const [error, setError] = createSignal<unknown>();
  /** Orders that belong here and are not shown yet. */
  const [waiting, setWaiting] = createSignal<ReadonlySet<string>>(new Set());
  /** Rows that belong here no more. */
  const [left, setLeft] = createSignal<ReadonlySet<string>>(new Set());
  const [flashing, setFlashing] = createSignal<ReadonlySet<string>>(new Set());
  let cursor: string | null = null;
  let reading = new AbortController();
  let isReadingMore = false;

  const asked = () => ({ ...options.query(), sort: options.sort() });

  /** Reads from the first row on, as many as there were if `asMany`. */
  async function read(asMany = false): Promise<void> {
    reading.abort();
    reading = new AbortController();
    const { signal } = reading;
    isReadingMore = false;
    setState("loading");
    setError(undefined);
    try {
      const wanted = asMany ? Math.max(page, rows().length) : page;
      let found = await readRows({ ...asked(), limit: Math.min(wanted, MOST_OF_A_PAGE) }, signal);
      const all = found.orders;
      while (all.length < wanted && found.next_cursor) {
        found = await readRows({ ...asked(), limit: MOST_OF_A_PAGE, cursor: found.next_cursor }, signal);
        all.push(...found.orders);
      }
      cursor = found.next_cursor;
      setWaiting(new Set<string>());
      setLeft(new Set<string>());
      setRows(kept(all));
      setState("ready");
    } catch (problem) {
      if (signal.aborted) return;
      setError(problem);
      setState("ready");
    }
  }

  /** Rows that say the same stay the same, so that nothing is drawn anew. */
  function kept(next: readonly Row[]): Row[] {
    const known = new Map(rows().map((row) => [row.id, row]));
    return next.map((row) => {
      const old = known.get(row.id);
      return old && JSON.stringify(old) === JSON.stringify(row) ? old : row;
    });
  }

  async function more(): Promise<void> {
    if (!cursor || isReadingMore || state() === "loading") return;
    isReadingMore = true;
    const { signal } = reading;
    try {
      const found = await readRows({ ...asked(), limit: page, cursor }, signal);
      cursor = found.next_cursor;
      const known = new Set(rows().map((row) => row.id));
      setRows([...rows(), ...found.orders.filter((row) => !known.has(row.id))]);
    } catch (problem) {
      if (!signal.aborted) setError(problem);
    } finally {
      if (!signal.aborted) isReadingMore = false;
    }
  }

  /** Reads on until all are there, or as many as one may want at once. */
  async function all(most: number): Promise<readonly Row[]> {
    const { signal } = reading;
    while (cursor && rows().length < most && !signal.aborted) {
      const found = await readRows({ ...asked(), limit: MOST_OF_A_PAGE, cursor }, signal);
      const known = new Set(rows().map((row) => row.id));
      cursor = found.next_cursor;
      setRows([...rows(), ...found.orders.filter((row) => !known.has(row.id))]);
    }
    return rows();
  }

  function flash(ids: readonly string[]): void {
    if (!ids.length) return;
    setFlashing(new Set([...flashing(), ...ids]));
    window.setTimeout(() => setFlashing(new Set([...flashing()].filter((id) => !ids.includes(id)))), 1800);
  }

  /** `found` are those of the orders in the news that belong here, as they are now. */
  function merge(news: News, found: readonly Row[]): void {
    const by = new Map(found.map((row) => [row.id, row]));
    const current = rows();
    const known = new Set(current.map((row) => row.id));
    const fresh = found.filter((row) => !known.has(row.id));
    if (options.moves || !current.length) return moved(news, found, current);
    const changed: string[] = [];
    const gone = new Set(left());
    const next = current.map((row) => {
      const now = by.get(row.id);
      const said = news.orders.get(row.id);
      if (!now && !said) return row;
      if (now) gone.delete(row.id);
      else gone.add(row.id);
      if (now && JSON.stringify(now) === JSON.stringify(row)) return row;
      if (now) changed.push(row.id);
      return now ?? { ...row, status: said?.status ?? row.status };
    });
    const top = options.sort() === "-serial" && (options.isTop?.() ?? false) ? fresh.filter((row) => row.serial > current[0]!.serial) : [];
    const end = options.sort() === "serial" && !cursor ? fresh.filter((row) => row.serial > current.at(-1)!.serial) : [];
    const put = new Set([...top, ...end].map((row) => row.id));
    setLeft(gone);
    setWaiting(new Set([...waiting(), ...fresh.map((row) => row.id)].filter((id) => !put.has(id) && (by.has(id) || !news.orders.has(id)))));
    setRows([...top.sort(comparing("-serial")), ...next, ...end.sort(comparing("serial"))]);
    flash([...changed, ...put]);
  }

  function moved(news: News, found: readonly Row[], current: readonly Row[]): void {
    const compare = comparing(options.sort());
    const same = new Map(current.map((row) => [row.id, row]));
    const changed = found.filter((row) => JSON.stringify(same.get(row.id)) !== JSON.stringify(row));
    if (!changed.length && !current.some((row) => news.orders.has(row.id) && !found.some((one) => one.id === row.id))) return;
    const stay = current.filter((row) => !news.orders.has(row.id));
    const next = [...stay, ...found].sort(compare);
    // What would come behind the last one that was read is read with the others when somebody gets there.
    const last = current.at(-1);
    setRows(cursor && last ? next.filter((row) => compare(row, last) <= 0) : next);
    flash(changed.map((row) => row.id));
  }

  /** Shows a row as it will be, until the hub says how it is. */
  function put(row: Row | undefined, id: string): void {
    const rest = rows().filter((one) => one.id !== id);
    setRows(row ? [...rest, row].sort(comparing(options.sort())) : rest);
  }

  createEffect(on(() => JSON.stringify(asked()), () => void read()));
  onCleanup(() => reading.abort());

  return { rows, state, error, waiting, left, flashing, read, more, all, merge, put, hasMore: () => cursor !== null };
}
export type Rows = ReturnType<typeof createRows>;
