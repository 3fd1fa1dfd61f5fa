import { createEffect, createSignal, on, onCleanup } from "solid-js";
import type { Query } from "~/api/client";
import { readCounts, type Counts } from "./data";

/** Counts of what the filters leave, whatever the status. */
export function createCounts(query: () => Query) {
  const [counts, setCounts] = createSignal<Counts>();
  let reading = new AbortController();
  let planned: number | undefined;
  let lastAt = 0;
  const asked = () => ({ ...query(), status: undefined });
  const read = () => {
    planned = undefined;
    lastAt = Date.now();
    reading.abort();
    reading = new AbortController();
    readCounts(asked(), reading.signal).then(setCounts, () => {});
  };
  createEffect(on(() => JSON.stringify(asked()), read));
  onCleanup(() => {
    reading.abort();
    window.clearTimeout(planned);
  });
  /** Once a second at most, however much happens. */
  const soon = () => {
    planned ??= window.setTimeout(read, Math.max(0, lastAt + 1000 - Date.now()));
  };
  return { counts, soon };
}
