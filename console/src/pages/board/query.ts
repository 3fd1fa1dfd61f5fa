/** What the board is asked for. It is in the URL, so that it can be linked and saved. */

import { useSearchParams } from "@solidjs/router";
import { createMemo } from "solid-js";
import type { Query } from "~/api/client";
import { dayStart, isDay, today } from "~/i18n/zone";

/** Parameters of the URL that say which orders. */
export const FILTERS = ["q", "status", "service", "unit", "site", "origin", "connection", "rush", "rework", "late", "tag", "due", "created"] as const;
export type Filter = (typeof FILTERS)[number];
export type Filters = Partial<Record<Filter, string>>;

export const SORTS = ["-serial", "serial", "due", "-due", "-updated", "updated"] as const;

/** Days told from today: one that is saved means the same tomorrow. From, until (both included). */
export const DAYS = { today: [0, 0], yesterday: [-1, -1], tomorrow: [1, 1], next7: [0, 6], last7: [-6, 0], past: [null, -1] } as const;
export type Days = keyof typeof DAYS;

export function isDays(text: string): text is Days {
  return text in DAYS;
}

/** `2026-03-01..2026-03-05`: both days are in it, and either may be left out. */
export function daysOf(text: string | undefined): [from: string, until: string] {
  const [from = "", until = ""] = (text ?? "").split("..");
  return [isDay(from) ? from : "", isDay(until) ? until : ""];
}

function span(name: "due" | "created", text: string | undefined): Query {
  if (!text) return {};
  if (isDays(text)) {
    const [from, until] = DAYS[text];
    return { [`${name}_from`]: from === null ? undefined : dayStart(today(), from), [`${name}_until`]: dayStart(today(), until + 1) };
  }
  const [from, until] = daysOf(text);
  return { [`${name}_from`]: from && dayStart(from), [`${name}_until`]: until && dayStart(until, 1) };
}

/** What the API is asked. */
export function toQuery(filters: Filters): Query {
  const { due, created, q, ...same } = filters;
  return { ...same, q: q?.trim(), ...span("due", due), ...span("created", created) };
}

/** The filters in force, and a way to set some of them; `undefined` takes one away. */
export function useFilters() {
  const [params, setParams] = useSearchParams<Record<Filter | "sort" | "layout", string>>();
  const filters = createMemo<Filters>(() =>
    Object.fromEntries(FILTERS.map((name) => [name, params[name]] as const).filter(([, text]) => text)),
  );
  const sort = () => SORTS.find((known) => known === params.sort) ?? "-serial";
  const set = (change: Filters & { sort?: string | undefined; layout?: string | undefined }, replace = false) => setParams(change, { replace, scroll: false });
  const statuses = createMemo(() => (filters().status ?? "").split(",").filter(Boolean));
  return { filters, statuses, sort, layout: () => params.layout, set };
}
export type Filtering = ReturnType<typeof useFilters>;

/** All filters taken away but those of `next`. */
export function instead(next: Filters): Filters {
  return Object.fromEntries(FILTERS.map((name) => [name, next[name]]));
}
