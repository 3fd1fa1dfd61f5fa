/** Units and where they are, live. Kept outside of signals: thousands may move every second; lists hear of it once in a while. */

import { createSignal, onCleanup } from "solid-js";
import { api } from "~/api/client";
import { onLive } from "~/api/live";
import type { LngLat, Position, Unit } from "./types";
import type { Look } from "./units-layer";

/** So long a trail is. */
const TRAIL_MS = 15 * 60_000;
/** Points of a trail are this far apart in time, at least. */
const APART_MS = 5_000;
/** Trails of all are kept while the fleet is small. */
const MOST_TRAILS = 400;
const SILENT_MS = 10 * 60_000;
/** A unit glides between reports that are not further apart. */
const LONGEST_GLIDE_MS = 25_000;
const PAGE = 1000;

export type TrailPoint = [longitude: number, latitude: number, at: number];

export interface Fleet {
  units: ReadonlyMap<number, Unit>;
  /** Read this to follow changes of who and where; it changes about once a second at most. */
  version: () => number;
  loaded: () => boolean;
  error: () => unknown;
  trail: (id: number) => readonly TrailPoint[];
  keepTrail: (id: number) => void;
  reload: () => Promise<void>;
  /** Who is told each position at once. */
  onPosition: (tell: (unit: Unit, glideMs: number) => void) => void;
}

export function lookOf(position: Position | null, now: number): Look {
  if (!position || now - Date.parse(position.at) > SILENT_MS) return "silent";
  return (position.speed_kmh ?? 0) > 2 ? "moving" : "standing";
}

export const placeOf = (unit: Unit | undefined): LngLat | undefined => unit?.position ? [unit.position.longitude, unit.position.latitude] : undefined;

async function all(): Promise<Unit[]> {
  const units: Unit[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await api.get<{ units: Unit[]; next_cursor: string | null }>("/v1/units", { limit: PAGE, cursor });
    units.push(...page.units);
    cursor = page.next_cursor;
  } while (cursor);
  return units;
}

/** Units that move; without `trails` only where they are now. */
export function createFleet({ trails: keepsTrails = true } = {}): Fleet {
  const units = new Map<number, Unit>();
  const trails = new Map<number, TrailPoint[]>();
  const kept = new Set<number>();
  const [version, setVersion] = createSignal(0);
  const [loaded, setLoaded] = createSignal(false);
  const [error, setError] = createSignal<unknown>();
  let tell: (unit: Unit, glideMs: number) => void = () => {};
  let timer: number | undefined;

  const changed = () => {
    timer ??= window.setTimeout(() => {
      timer = undefined;
      setVersion((before) => before + 1);
    }, units.size > 1000 ? 2000 : 700);
  };
  onCleanup(() => window.clearTimeout(timer));

  const remember = (id: number, { longitude, latitude, at }: Position) => {
    if (units.size > MOST_TRAILS && !kept.has(id)) return;
    const trail = trails.get(id) ?? [];
    if (!trails.has(id)) trails.set(id, trail);
    const when = Date.parse(at);
    const last = trail.at(-1);
    if (last && when - last[2] < APART_MS) return;
    trail.push([longitude, latitude, when]);
    while (trail.length && trail[0]![2] < when - TRAIL_MS) trail.shift();
  };

  /** What was before we looked, for its trail. */
  const past = async (id: number) => {
    const from = new Date(Date.now() - TRAIL_MS).toISOString();
    const { positions } = await api.get<{ positions: Position[] }>(`/v1/units/${id}/positions`, { from, limit: 2000 });
    const live = trails.get(id) ?? [];
    trails.set(id, []);
    for (const position of positions) remember(id, position);
    const until = trails.get(id)?.at(-1)?.[2] ?? 0;
    trails.get(id)?.push(...live.filter((point) => point[2] > until));
    changed();
  };

  const remove = (id: number) => {
    units.delete(id);
    tell({ id, name: "", unique_id: "", phone: "", position: null }, -1);
  };

  const reload = async () => {
    try {
      const there = await all();
      const gone = new Set(units.keys());
      for (const unit of there) {
        gone.delete(unit.id);
        units.set(unit.id, unit);
        tell(unit, 0);
      }
      gone.forEach(remove);
      setLoaded(true);
      setError(undefined);
      setVersion((before) => before + 1);
      if (keepsTrails && units.size <= 40) for (const id of units.keys()) void past(id).catch(() => {});
    } catch (problem) {
      setError(problem);
    }
  };

  onLive(["position"], (event) => {
    if (event.kind === "missed") return void reload();
    const { unit: id, name, position, removed } = event.data as { unit: number; name: string; position: Position | null; removed?: boolean };
    if (removed) {
      remove(id);
      return changed();
    }
    const known = units.get(id);
    const before = known?.position ?? null;
    const unit: Unit = known ?? { id, name, unique_id: "", phone: "", position: null };
    unit.name = name;
    unit.position = position;
    units.set(id, unit);
    if (position && keepsTrails) remember(id, position);
    const gap = before && position ? Date.parse(position.at) - Date.parse(before.at) : Infinity;
    // What is shown is one report behind, and so never has to guess.
    tell(unit, gap > 0 && gap <= LONGEST_GLIDE_MS ? gap * 1.08 : 0);
    changed();
  });
  void reload();

  return {
    units, version, loaded, error, reload,
    trail: (id) => trails.get(id) ?? [],
    keepTrail: (id) => {
      if (kept.has(id)) return;
      kept.add(id);
      void past(id).catch(() => {});
    },
    onPosition: (next) => {
      tell = next;
      for (const unit of units.values()) next(unit, 0);
    },
  };
}
