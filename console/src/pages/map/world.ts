/** What all parts of the page share: units, orders, what is chosen, where the map looks. */

import { useSearchParams } from "@solidjs/router";
import { createMemo, createResource, createSignal, onCleanup, type Accessor } from "solid-js";
import { api } from "~/api/client";
import { onLive } from "~/api/live";
import { prefer, preferences } from "~/app/session";
import { createFleet, type Fleet } from "./fleet";
import { within } from "./geometry";
import { createOrders, NO_FILTER, type Filter, type Orders } from "./orders";
import type { Box, LngLat, MapSettings, Point, Route } from "./types";
import type { View } from "./view";

export const MODES = ["live", "plan", "replay"] as const;
export type Mode = (typeof MODES)[number];

export const LAYERS = ["orders", "units", "trails", "routes", "fences"] as const;
export type Layer = (typeof LAYERS)[number];

interface MapPreferences {
  layers?: Partial<Record<Layer, boolean>>;
  statuses?: string[];
}

export interface Sight {
  box: Box;
  zoom: number;
}

export interface World {
  settings: Accessor<MapSettings | undefined>;
  settingsError: Accessor<unknown>;
  view: Accessor<View | undefined>;
  setView: (view: View | undefined) => void;
  fleet: Fleet;
  orders: Orders;
  routes: Accessor<readonly Route[]>;
  filter: Accessor<Filter>;
  setFilter: (change: Partial<Filter>) => void;
  mode: Accessor<Mode>;
  setMode: (mode: Mode) => void;
  layer: (layer: Layer) => boolean;
  setLayer: (layer: Layer, on: boolean) => void;
  /** Orders that are chosen, by serial. */
  chosen: Accessor<ReadonlySet<number>>;
  choose: (serials: Iterable<number>) => void;
  toggle: (serial: number) => void;
  /** The unit or order that is looked at. */
  unit: Accessor<number | undefined>;
  order: Accessor<number | undefined>;
  look: (at: { unit?: number; order?: number }) => void;
  following: Accessor<number | undefined>;
  follow: (unit: number | undefined) => void;
  sight: Accessor<Sight | undefined>;
  setSight: (sight: Sight) => void;
  points: Accessor<ReadonlyMap<number, Point>>;
  inSight: Accessor<readonly Point[]>;
  placeOfOrder: (serial: number) => LngLat | undefined;
  /** The place that the address names: where a photo was made, or somebody checked in. */
  spot: Accessor<LngLat | undefined>;
  leaveSpot: () => void;
  /** Serials that are about to be assigned, while somebody is asked to whom. */
  assigning: Accessor<readonly number[] | undefined>;
  assign: (serials: readonly number[] | undefined) => void;
}

async function allRoutes(): Promise<Route[]> {
  const routes: Route[] = [];
  let cursor: string | null = null;
  do {
    const page: { routes: Route[]; next_cursor: string | null } = await api.get("/v1/routes", { limit: 200, cursor });
    routes.push(...page.routes);
    cursor = page.next_cursor;
  } while (cursor && routes.length < 1000);
  return routes.filter((route) => route.status === "planned" || route.status === "started");
}

export function createWorld(): World {
  const [asked, setAsked] = useSearchParams<{ mode?: string; unit?: string; order?: string; at?: string; q?: string }>();
  const kept = (): MapPreferences => (preferences()["map"] as MapPreferences | undefined) ?? {};
  const [filter, setFilter] = createSignal<Filter>({ ...NO_FILTER, statuses: kept().statuses ?? NO_FILTER.statuses, q: asked.q ?? "" });
  const [settings] = createResource(() => api.get<MapSettings>("/v1/map"));
  const [routes, { refetch: readRoutes }] = createResource(allRoutes);
  const [view, setView] = createSignal<View>();
  const [chosen, setChosen] = createSignal<ReadonlySet<number>>(new Set());
  const [following, follow] = createSignal<number>();
  const [sight, setSight] = createSignal<Sight>();
  const [assigning, assign] = createSignal<readonly number[]>();
  const fleet = createFleet();
  const orders = createOrders(filter);

  let timer: number | undefined;
  onLive(["entry"], () => {
    timer ??= window.setTimeout(() => {
      timer = undefined;
      void readRoutes();
    }, 1500);
  });
  onCleanup(() => window.clearTimeout(timer));

  const number = (text: string | undefined) => (text && /^\d+$/.test(text) ? Number(text) : undefined);
  const unit = createMemo(() => number(asked.unit));
  const order = createMemo(() => number(asked.order));
  const spot = createMemo((): LngLat | undefined => {
    const [, latitude, longitude] = /^(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)$/.exec(asked.at ?? "") ?? [];
    const place: LngLat = [Number(longitude), Number(latitude)];
    return latitude && Math.abs(place[0]) <= 180 && Math.abs(place[1]) <= 85 ? place : undefined;
  });
  const mode = createMemo((): Mode => MODES.find((one) => one === asked.mode) ?? "live");
  const points = createMemo(() => new Map(orders.points().map((point) => [point[0], point])));
  const inSight = createMemo(() => {
    const seen = sight();
    if (!seen) return orders.points();
    return orders.points().filter((point) => within(seen.box, point[2], point[1]));
  });
  return {
    settings: () => (settings.error ? undefined : settings()),
    settingsError: () => settings.error,
    view, setView, fleet, orders, filter, mode, chosen, unit, order, spot, following, sight, setSight, points, inSight, assigning, assign,
    routes: () => (routes.error ? [] : (routes.latest ?? [])),
    setFilter: (change) => {
      setFilter((before) => ({ ...before, ...change }));
      if (change.statuses) prefer({ map: { ...kept(), statuses: [...change.statuses] } });
    },
    setMode: (next) => setAsked({ mode: next === "live" ? undefined : next }),
    layer: (layer) => kept().layers?.[layer] ?? true,
    setLayer: (layer, on) => prefer({ map: { ...kept(), layers: { ...kept().layers, [layer]: on } } }),
    choose: (serials) => setChosen(new Set(serials)),
    toggle: (serial) =>
      setChosen((before) => {
        const next = new Set(before);
        if (!next.delete(serial)) next.add(serial);
        return next;
      }),
    look: (at) => {
      if (following() !== undefined && at.unit !== following()) follow(undefined);
      setAsked({ unit: at.unit?.toString(), order: at.order?.toString() }, { replace: true });
    },
    follow,
    leaveSpot: () => setAsked({ at: undefined }, { replace: true }),
    placeOfOrder: (serial) => {
      const point = points().get(serial);
      if (point) return [point[2], point[1]];
      const row = orders.row(serial);
      return row?.latitude != null && row.longitude != null ? [row.longitude, row.latitude] : undefined;
    },
  };
}
