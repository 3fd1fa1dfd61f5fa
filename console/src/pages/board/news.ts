/** What happened to orders, gathered: one look for many events. */

import { onCleanup } from "solid-js";
import { onLive } from "~/api/live";

export interface News {
  /** What is known of each order that changed: where it stands now, if that was said. */
  orders: Map<string, { status?: string }>;
  /** All of it happened then or later. */
  since: string;
  /** More happened than can be told: read anew. */
  missed: boolean;
}

interface Entry {
  at: string;
  order: string;
  verb: string;
  changes: { field: string; to: unknown }[];
}

/** Calls `heard` with what happened since it was last called, never again before it is done. */
export function onNews(heard: (news: News) => Promise<void>, ms = 350): void {
  let gathered: News | undefined;
  let timer: number | undefined;
  let busy = false;
  const plan = () => {
    if (!busy && gathered) timer ??= window.setTimeout(() => void tell(), ms);
  };
  const tell = async () => {
    const news = gathered!;
    [gathered, timer, busy] = [undefined, undefined, true];
    await heard(news).catch(() => {});
    busy = false;
    plan();
  };
  onLive(["entry"], (event) => {
    gathered ??= { orders: new Map(), since: (event.data as Entry).at ?? new Date().toISOString(), missed: false };
    if (event.kind === "missed") gathered.missed = true;
    else {
      const entry = event.data as Entry;
      const status = entry.changes.findLast((change) => change.field === "status")?.to;
      const known = gathered.orders.get(entry.order);
      gathered.orders.set(entry.order, typeof status === "string" ? { status } : (known ?? {}));
      if (entry.at < gathered.since) gathered.since = entry.at;
    }
    plan();
  });
  onCleanup(() => window.clearTimeout(timer));
}
