/** Lists that come page by page, follow a filter, and are read anew when something happened. */

import { createEffect, createMemo, createSignal, on, onCleanup } from "solid-js";
import type { Query } from "./client";

export interface Page<T> {
  rows: readonly T[];
  next: string | null;
}

interface Options<T> {
  /** What is asked for; another filter is another list. */
  query: () => Query;
  read: (query: Query, signal: AbortSignal) => Promise<Page<T>>;
  key: (row: T) => string;
  /** How many a page has. */
  size?: number;
}

/** What the hub gives at most in one answer. */
const MOST = 1_000;

export function createPages<T>(options: Options<T>) {
  const size = options.size ?? 100;
  const [rows, setRows] = createSignal<readonly T[]>([]);
  const [loading, setLoading] = createSignal(true);
  const [error, setError] = createSignal<unknown>();
  const [next, setNext] = createSignal<string | null>(null);
  let stop = new AbortController();
  let more: Promise<void> | undefined;

  const ask = async (query: Query, then: (page: Page<T>) => void) => {
    const { signal } = stop;
    try {
      const page = await options.read({ ...options.query(), ...query }, signal);
      if (signal.aborted) return;
      setError(undefined);
      then(page);
    } catch (wrong) {
      if (!signal.aborted) setError(wrong);
    } finally {
      if (!signal.aborted) setLoading(false);
    }
  };
  const all = (page: Page<T>) => {
    setRows(page.rows);
    setNext(page.next);
  };
  const begin = (keep: boolean) => {
    stop.abort();
    stop = new AbortController();
    more = undefined;
    setLoading(true);
    const count = keep ? Math.min(MOST, Math.max(size, rows().length)) : size;
    return ask({ limit: count }, all);
  };
  const filter = createMemo(() => JSON.stringify(options.query()));
  createEffect(on(filter, () => void begin(false)));
  onCleanup(() => stop.abort());

  return {
    rows,
    loading,
    error,
    /** Whether there are more behind those that are there. */
    hasMore: () => next() !== null,
    /** Reads on. */
    more: () => {
      const cursor = next();
      if (cursor === null || more) return;
      more = ask({ limit: size, cursor }, (page) => {
        const known = new Set(rows().map(options.key));
        setRows([...rows(), ...page.rows.filter((row) => !known.has(options.key(row)))]);
        setNext(page.next);
      }).finally(() => (more = undefined));
    },
    /** Reads anew what is there. */
    refresh: () => begin(true),
    /** For lists that only grow at their head: what came since. Answers how many. */
    head: async () => {
      const first = rows()[0];
      let count = 0;
      await ask({ limit: size }, (page) => {
        const at = first ? page.rows.findIndex((row) => options.key(row) === options.key(first)) : -1;
        count = at < 0 ? page.rows.length : at;
        if (at < 0) all(page);
        else if (at > 0) setRows([...page.rows.slice(0, at), ...rows()]);
      });
      return count;
    },
    /** Puts a row in place of the one with its key. */
    put: (row: T) => setRows(rows().map((one) => (options.key(one) === options.key(row) ? row : one))),
  };
}
