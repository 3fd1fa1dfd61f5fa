/** Orders on the map: points of all that the filter lets through, and rows of those that somebody looks at. */

import type * as GeoJSON from "geojson";
import { createEffect, createSignal, on, onCleanup } from "solid-js";
import { api, path, type Query } from "~/api/client";
import { onLive } from "~/api/live";
import { OPEN } from "~/i18n/words";
import { collection } from "./geometry";
import type { Point, Row } from "./types";

export interface Filter {
  statuses: readonly string[];
  q: string;
  late: boolean;
  rush: boolean;
  unit: string;
}

export const NO_FILTER: Filter = { statuses: OPEN, q: "", late: false, rush: false, unit: "" };

export const queryOf = (filter: Filter): Query => ({
  status: filter.statuses.join(","), q: filter.q, late: filter.late || null, rush: filter.rush || null, unit: filter.unit,
});

const FIRST_PAGES = 3;
const PAGE = 1000;

export interface Orders {
  points: () => readonly Point[];
  /** There are more than the hub tells at once. */
  more: () => boolean;
  loading: () => boolean;
  error: () => unknown;
  row: (serial: number) => Row | undefined;
  /** Reads the row of an order that was not among the first ones. */
  want: (serial: number) => void;
  /** Whether it has been read, or cannot be. */
  isKnown: (serial: number) => boolean;
  version: () => number;
  reload: () => void;
}

interface Page {
  orders: Row[];
  next_cursor: string | null;
}

/** A whole order as a row, for those that came one by one. */
interface Whole {
  id: string; serial: number; number?: string; title?: string; service?: string; status: string; rush: boolean; due?: string; eta?: string; unit?: number; updated_at: string;
  site?: { address1?: string; city?: string; postal_code?: string; latitude?: number; longitude?: number; radius_m?: number };
  customer?: { name?: string };
  window?: { from?: string; to?: string };
  route?: { id?: number };
}

function rowOf(order: Whole): Row {
  const { site, window } = order;
  return {
    id: order.id, serial: order.serial, number: order.number ?? null, title: order.title ?? null, service: order.service ?? null, status: order.status, rush: order.rush,
    late: false, customer: order.customer?.name ?? null, address: site?.address1 ?? null, city: site?.city ?? null, postal_code: site?.postal_code ?? null,
    latitude: site?.latitude ?? null, longitude: site?.longitude ?? null, radius_m: site?.radius_m ?? null, due: order.due ?? null, window_from: window?.from ?? null,
    window_until: window?.to ?? null, unit: order.unit ?? null, unit_name: null, route: order.route?.id ?? null, eta: order.eta ?? null, updated_at: order.updated_at,
  };
}

export function createOrders(filter: () => Filter): Orders {
  const [points, setPoints] = createSignal<readonly Point[]>([]);
  const [more, setMore] = createSignal(false);
  const [loading, setLoading] = createSignal(true);
  const [error, setError] = createSignal<unknown>();
  const [version, setVersion] = createSignal(0);
  const rows = new Map<number, Row>();
  const wanted = new Set<number>();
  const missing = new Set<number>();
  let newest = "";
  let asked: AbortController | undefined;
  onCleanup(() => asked?.abort());

  const keep = (page: Page) => {
    for (const row of page.orders) {
      rows.set(row.serial, row);
      if (row.updated_at > newest) newest = row.updated_at;
    }
    setVersion((before) => before + 1);
  };

  const readRows = async (signal: AbortSignal) => {
    let cursor: string | null = null;
    for (let page = 0; page < FIRST_PAGES; page++) {
      const next: Page = await api.get<Page>("/v1/orders", { ...queryOf(filter()), view: "row", sort: "-serial", limit: PAGE, cursor }, signal);
      keep(next);
      cursor = next.next_cursor;
      if (!cursor) return;
    }
  };

  const readPoints = async (signal: AbortSignal) => {
    const query = queryOf(filter());
    const answer = query["status"] ? await api.get<{ points: Point[]; more: boolean }>("/v1/orders/points", query, signal) : { points: [], more: false };
    setPoints(answer.points);
    setMore(answer.more);
  };

  const read = async (what: (signal: AbortSignal) => Promise<unknown>) => {
    asked?.abort();
    const { signal } = (asked = new AbortController());
    setLoading(true);
    try {
      await what(signal);
      if (!signal.aborted) setError(undefined);
    } catch (problem) {
      if (!signal.aborted) setError(problem);
    } finally {
      if (!signal.aborted) setLoading(false);
    }
  };
  const reload = () => void read((signal) => Promise.all([readPoints(signal), readRows(signal)]));
  createEffect(on(filter, reload));

  // What changed meanwhile is read by when it changed; points are read anew, the less often the more there are.
  const since = async (signal: AbortSignal) => {
    if (newest) keep(await api.get<Page>("/v1/orders", { view: "row", sort: "updated", limit: PAGE, updated_from: newest }, signal));
    await readPoints(signal);
  };
  let timer: number | undefined;
  onLive(["entry"], (event) => {
    if (event.kind !== "missed" && !event.data.order) return;
    timer ??= window.setTimeout(() => {
      timer = undefined;
      void read(since);
    }, Math.max(600, points().length / 10));
  });
  onCleanup(() => window.clearTimeout(timer));

  return {
    points, more, loading, error, version, reload,
    row: (serial) => rows.get(serial),
    isKnown: (serial) => (version(), rows.has(serial) || missing.has(serial)),
    want: (serial) => {
      if (rows.has(serial) || wanted.has(serial)) return;
      wanted.add(serial);
      void api.get<Whole>(path`/v1/orders/${serial}`).then(
        (order) => (wanted.delete(serial), rows.set(serial, rowOf(order)), setVersion((before) => before + 1)),
        () => (missing.add(serial), wanted.delete(serial), setVersion((before) => before + 1)),
      );
    },
  };
}

/** Points as the map takes them. */
export function pointFeatures(points: readonly Point[]): GeoJSON.FeatureCollection {
  return collection(points.map(([serial, latitude, longitude, status, , , late]) => ({
    type: "Feature", properties: { serial, status, late }, geometry: { type: "Point", coordinates: [longitude, latitude] },
  })));
}
