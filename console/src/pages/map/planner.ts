/** Plans of a day: asked for, followed, compared with each other and with how things stand. */

import { createSignal, onCleanup, type Accessor } from "solid-js";
import { api, path } from "~/api/client";
import { metres } from "./geometry";
import type { LngLat, Row, Unit } from "./types";
import type { World } from "./world";

export interface PlanStop {
  order: string;
  serial: number;
  number: string | null;
  title: string | null;
  latitude: number;
  longitude: number;
  arrives_at: string;
  begins_at: string;
  leaves_at: string;
  leg_m: number;
  leg_s: number;
}

export interface PlanRoute {
  unit: number;
  unit_name: string;
  departs_at: string;
  ends_at: string;
  distance_m: number;
  duration_s: number;
  stops: PlanStop[];
}

export interface Unserved {
  order: string;
  serial: number;
  number: string | null;
  title: string | null;
  code: string;
  reason: string;
}

export interface Plan {
  id: string;
  status: "searching" | "ready" | "accepted" | "failed" | "canceled";
  progress: number;
  error?: string | null;
  plan?: { routes: PlanRoute[]; unserved: Unserved[]; distance_m: number; duration_s: number; by_road: boolean; warnings: string[]; attempts?: number };
}

/** What is asked for, as the form has it and the API takes it. */
export interface Ask {
  orders?: number[];
  units?: number[];
  objective: "distance" | "duration" | "soonest";
  from: string;
  to: string;
  budget_ms: number;
  start?: { latitude: number; longitude: number };
  returns: boolean;
  keep_units: boolean;
  service_time_s: number;
}

export interface Kept {
  /** Counted from 1, for its name. */
  number: number;
  ask: Ask;
  plan: Plan;
}

export interface Planner {
  plans: Accessor<readonly Kept[]>;
  shown: Accessor<Kept | undefined>;
  show: (number: number) => void;
  error: Accessor<unknown>;
  ask: (ask: Ask) => Promise<void>;
  accept: (kept: Kept) => Promise<boolean>;
  forget: (kept: Kept) => Promise<void>;
}

const POLL_MS = 350;

export function createPlanner(): Planner {
  const [plans, setPlans] = createSignal<readonly Kept[]>([]);
  const [chosen, show] = createSignal<number>();
  const [error, setError] = createSignal<unknown>();
  const timers = new Set<number>();
  let count = 0;
  onCleanup(() => timers.forEach((timer) => window.clearTimeout(timer)));
  const put = (number: number, plan: Plan) => setPlans((all) => all.map((one) => (one.number === number ? { ...one, plan } : one)));

  const watch = (kept: Kept) => {
    const timer = window.setTimeout(async () => {
      timers.delete(timer);
      if (!plans().some((one) => one.number === kept.number)) return;
      try {
        const plan = await api.get<Plan>(path`/v1/plans/${kept.plan.id}`);
        put(kept.number, plan);
        if (plan.status === "searching") watch(kept);
      } catch (problem) {
        setError(problem);
      }
    }, POLL_MS);
    timers.add(timer);
  };

  return {
    plans, error, show,
    shown: () => plans().find((one) => one.number === chosen()) ?? plans().at(-1),
    ask: async (ask) => {
      setError(undefined);
      try {
        const plan = await api.post<Plan>("/v1/plans", ask);
        const kept = { number: (count += 1), ask, plan };
        setPlans((all) => [...all, kept]);
        show(kept.number);
        watch(kept);
      } catch (problem) {
        setError(problem);
      }
    },
    accept: async (kept) => {
      setError(undefined);
      try {
        put(kept.number, await api.post<Plan>(path`/v1/plans/${kept.plan.id}/accept`));
        return true;
      } catch (problem) {
        setError(problem);
        return false;
      }
    },
    forget: async (kept) => {
      setPlans((all) => all.filter((one) => one.number !== kept.number));
      // One that the hub forgot already is just as well gone.
      await api.delete(path`/v1/plans/${kept.plan.id}`).catch(() => {});
    },
  };
}

/** How a unit's day goes: in sums. */
export interface Sum {
  stops: number;
  distance_m: number;
  duration_s: number;
  late_s: number;
}

const NOTHING: Sum = { stops: 0, distance_m: 0, duration_s: 0, late_s: 0 };

export const total = (sums: Iterable<Sum>): Sum =>
  [...sums].reduce((all, one) => ({ stops: all.stops + one.stops, distance_m: all.distance_m + one.distance_m, duration_s: all.duration_s + one.duration_s, late_s: all.late_s + one.late_s }), NOTHING);

/** By when an order is to be begun; what was due before the day may be done at any time of it. */
function latest(row: Row | undefined, from: number): number {
  const until = row?.window_until ?? row?.due;
  const at = until ? Date.parse(until) : Infinity;
  return at < from ? Infinity : at;
}

/** What a plan comes to, unit by unit. */
export function sumsOf(kept: Kept, row: (serial: number) => Row | undefined): Map<number, Sum> {
  const from = Date.parse(kept.ask.from);
  return new Map((kept.plan.plan?.routes ?? []).map((route) => {
    const late_s = route.stops.reduce((sum, stop) => sum + Math.max(0, Date.parse(stop.begins_at) - latest(row(stop.serial), from)) / 1000, 0);
    return [route.unit, { stops: route.stops.length, distance_m: route.distance_m, duration_s: route.duration_s, late_s }];
  }));
}

/** How far roads go beyond straight lines in this plan, and how fast they are driven. */
function pace(kept: Kept, from: (unit: number) => LngLat | undefined): { detour: number; metres_s: number } {
  let [road, straight, seconds] = [0, 0, 0];
  for (const route of kept.plan.plan?.routes ?? []) {
    let before = from(route.unit);
    for (const stop of route.stops) {
      const place: LngLat = [stop.longitude, stop.latitude];
      if (before) {
        road += stop.leg_m;
        straight += metres(before, place);
        seconds += stop.leg_s;
      }
      before = place;
    }
  }
  return { detour: straight > 0 ? road / straight : 1, metres_s: seconds > 0 ? road / seconds : 40 / 3.6 };
}

/**
 * How the same orders would go as they are assigned now: each unit visits its own, in the order of its route and then as they are due.
 * Roads are taken to be as in the plan, so that the two can be compared.
 */
export function present(kept: Kept, world: Pick<World, "routes" | "orders" | "points">, units: ReadonlyMap<number, Unit>): { sums: Map<number, Sum>; without: number } {
  const plan = kept.plan.plan;
  const stops = plan?.routes.flatMap((route) => route.stops) ?? [];
  const serials = [...stops.map((stop) => stop.serial), ...(plan?.unserved ?? []).map((one) => one.serial)];
  const service = new Map(stops.map((stop) => [stop.serial, (Date.parse(stop.leaves_at) - Date.parse(stop.begins_at)) / 1000]));
  const place = new Map(stops.map((stop): [number, LngLat] => [stop.serial, [stop.longitude, stop.latitude]]));
  const positions = new Map(world.routes().flatMap((route) => route.stops.map((stop): [number, number] => [stop.serial, stop.position])));
  const startOf = (unit: number): LngLat | undefined => {
    if (kept.ask.start) return [kept.ask.start.longitude, kept.ask.start.latitude];
    const position = units.get(unit)?.position;
    return position ? [position.longitude, position.latitude] : undefined;
  };
  const { detour, metres_s } = pace(kept, startOf);
  const from = Date.parse(kept.ask.from);
  const ofUnit = new Map<number, number[]>();
  let without = 0;
  for (const serial of serials) {
    const unit = world.points().get(serial)?.[4] ?? world.orders.row(serial)?.unit ?? null;
    if (unit === null) without += 1;
    else ofUnit.set(unit, [...(ofUnit.get(unit) ?? []), serial]);
  }
  const rank = (serial: number): number => positions.get(serial) ?? 1e6 + latest(world.orders.row(serial), from) / 1e9;
  const sums = [...ofUnit].map(([unit, own]): [number, Sum] => {
    let at = from;
    let before = startOf(unit);
    const sum = { ...NOTHING };
    for (const serial of own.sort((a, b) => rank(a) - rank(b) || a - b)) {
      const point = world.points().get(serial);
      const to: LngLat | undefined = place.get(serial) ?? (point && [point[2], point[1]]);
      if (!to) continue;
      const leg = before ? metres(before, to) * detour : 0;
      sum.distance_m += leg;
      at += (leg / metres_s) * 1000;
      const row = world.orders.row(serial);
      if (row?.window_from) at = Math.max(at, Date.parse(row.window_from));
      sum.late_s += Math.max(0, at - latest(row, from)) / 1000;
      at += (service.get(serial) ?? kept.ask.service_time_s) * 1000;
      sum.stops += 1;
      before = to;
    }
    sum.duration_s = (at - from) / 1000;
    return [unit, sum];
  });
  return { sums: new Map(sums), without };
}
