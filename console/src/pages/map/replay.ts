/** A past day once more: where units were, and what was completed when. */

import { useSearchParams } from "@solidjs/router";
import { batch, createEffect, createMemo, createSignal, on, onCleanup, untrack, type Accessor } from "solid-js";
import { api, path } from "~/api/client";
import { dayStart, isDay, today } from "~/i18n/zone";
import { metres } from "./geometry";
import type { LngLat, Position } from "./types";
import type { Look } from "./units-layer";
import type { World } from "./world";

/** So many units are replayed at once, and so many are picked to begin with. */
export const MOST_UNITS = 30;
const FIRST_UNITS = 12;
/** Between reports that are further apart nobody knows where it was. */
const UNKNOWN_MS = 10 * 60_000;
const PAGE = 10_000;
const MOST_PAGES = 4;
const READERS = 3;
export const SPEEDS = [1, 10, 60, 300, 900] as const;
const DONE = "completed,submitted,invoiced,closed";

export interface Track {
  id: number;
  name: string;
  times: number[];
  places: LngLat[];
  speeds: number[];
  courses: number[];
  /** Metres driven until there. */
  driven: number[];
}

export interface Completed {
  serial: number;
  name: string;
  at: number;
  unit: number | null;
  place: LngLat | undefined;
}

/** Where a unit was at a moment. */
export interface Moment {
  place: LngLat;
  course: number;
  speed: number;
  driven: number;
  look: Look;
}

export interface Replay {
  day: Accessor<string>;
  setDay: (day: string) => void;
  picked: Accessor<ReadonlySet<number>>;
  pick: (ids: ReadonlySet<number>) => void;
  tracks: Accessor<readonly Track[]>;
  completed: Accessor<readonly Completed[]>;
  /** How many of them were completed by now. */
  done: Accessor<number>;
  more: Accessor<boolean>;
  loading: Accessor<boolean>;
  error: Accessor<unknown>;
  reload: () => void;
  /** From the first to the last thing that is known of the day; nothing where nothing is. */
  span: Accessor<readonly [number, number] | undefined>;
  at: Accessor<number>;
  seek: (at: number) => void;
  playing: Accessor<boolean>;
  play: (on: boolean) => void;
  speed: Accessor<number>;
  setSpeed: (speed: number) => void;
}

/** How many of the times, which rise, are not after a moment. */
export function countUntil(times: ArrayLike<number>, at: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function momentOf(track: Track, at: number): Moment | undefined {
  const index = countUntil(track.times, at) - 1;
  if (index < 0) return undefined;
  const [from, to] = [track.places[index]!, track.places[index + 1]];
  const gap = to ? track.times[index + 1]! - track.times[index]! : Infinity;
  const since = at - track.times[index]!;
  const share = gap <= UNKNOWN_MS ? since / gap : 0;
  const speed = track.speeds[index]!;
  return {
    place: to ? [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share] : from,
    course: track.courses[index]!,
    speed,
    driven: track.driven[index]! + (to ? (track.driven[index + 1]! - track.driven[index]!) * share : 0),
    look: gap > UNKNOWN_MS && since > UNKNOWN_MS ? "silent" : speed > 2 ? "moving" : "standing",
  };
}

async function trackOf(id: number, name: string, from: string, until: string, signal: AbortSignal): Promise<Track> {
  const track: Track = { id, name, times: [], places: [], speeds: [], courses: [], driven: [] };
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer: { positions: Position[]; next_cursor?: string | null } = await api.get(path`/v1/units/${id}/positions`, { from, until, limit: PAGE, cursor }, signal);
    for (const { at, longitude, latitude, speed_kmh, course } of answer.positions) {
      const place: LngLat = [longitude, latitude];
      const before = track.places.at(-1);
      track.driven.push((track.driven.at(-1) ?? 0) + (before ? metres(before, place) : 0));
      track.times.push(Date.parse(at));
      track.places.push(place);
      track.speeds.push(speed_kmh ?? 0);
      track.courses.push(course ?? 0);
    }
    cursor = answer.next_cursor ?? null;
    if (!cursor) break;
  }
  return track;
}

interface Done {
  serial: number;
  number: string | null;
  title?: string | null;
  unit: number | null;
  completed_at?: string;
  site?: { latitude?: number; longitude?: number } | null;
}

/** What was completed within a day; whether there is more than was read. What is completed was changed then or later. */
async function completedIn(from: string, until: string, signal: AbortSignal): Promise<[Completed[], boolean]> {
  const found: Completed[] = [];
  const [first, last] = [Date.parse(from), Date.parse(until)];
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer: { orders: Done[]; next_cursor: string | null } = await api.get("/v1/orders", { status: DONE, updated_from: from, sort: "updated", limit: 1000, cursor }, signal);
    for (const { serial, number, title, unit, completed_at, site } of answer.orders) {
      const at = Date.parse(completed_at ?? "");
      if (!(at >= first && at < last)) continue;
      const place: LngLat | undefined = site?.latitude != null && site.longitude != null ? [site.longitude, site.latitude] : undefined;
      found.push({ serial, name: number ?? title ?? String(serial), at, unit, place });
    }
    cursor = answer.next_cursor;
    if (!cursor) break;
  }
  return [found.sort((a, b) => a.at - b.at), cursor !== null];
}

export function createReplay(world: World): Replay {
  const [asked, setAsked] = useSearchParams<{ day?: string }>();
  const [chosen, pick] = createSignal<ReadonlySet<number>>();
  const [tracks, setTracks] = createSignal<readonly Track[]>([]);
  const [completed, setCompleted] = createSignal<readonly Completed[]>([]);
  const [more, setMore] = createSignal(false);
  const [loading, setLoading] = createSignal(false);
  const [error, setError] = createSignal<unknown>();
  const [at, setAt] = createSignal(0);
  const [playing, setPlaying] = createSignal(false);
  const [speed, setSpeed] = createSignal<number>(60);

  const day = createMemo(() => (asked.day && isDay(asked.day) ? asked.day : today().toString()));
  const first = createMemo((): ReadonlySet<number> => {
    const looked = untrack(world.unit);
    return new Set(looked !== undefined ? [looked] : world.fleet.loaded() ? [...world.fleet.units.keys()].slice(0, FIRST_UNITS) : []);
  });
  const picked = () => chosen() ?? first();
  const times = createMemo(() => completed().map((one) => one.at));
  const span = createMemo((): readonly [number, number] | undefined => {
    const ends = [...tracks().flatMap(({ times }) => (times.length ? [times[0]!, times.at(-1)!] : [])), ...(times().length ? [times()[0]!, times().at(-1)!] : [])];
    return ends.length ? [Math.min(...ends), Math.max(...ends)] : undefined;
  });
  // A moment that the new day does not have is none of it.
  createEffect(on(span, (now) => now && (at() < now[0] || at() > now[1]) && setAt(now[0])));

  let reading: AbortController | undefined;
  const known = new Map<string, Track>();
  const load = async () => {
    reading?.abort();
    const { signal } = (reading = new AbortController());
    const [from, until] = [dayStart(day()), dayStart(day(), 1)];
    const ids = [...picked()].slice(0, MOST_UNITS);
    const waiting = ids.filter((id) => !known.has(`${day()} ${id}`));
    const show = () => setTracks(ids.map((id) => known.get(`${day()} ${id}`)).filter((track) => track !== undefined));
    const read = async () => {
      for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) known.set(`${day()} ${id}`, await trackOf(id, world.fleet.units.get(id)?.name ?? String(id), from, until, signal));
    };
    setLoading(true);
    setError(undefined);
    show();
    try {
      const [[orders, isMore]] = await Promise.all([completedIn(from, until, signal), ...Array.from({ length: READERS }, read)]);
      // At once: the day begins with the first of either, and not with whichever came first.
      batch(() => {
        setCompleted(orders);
        setMore(isMore);
        show();
      });
    } catch (problem) {
      if (!signal.aborted) setError(problem);
    } finally {
      if (!signal.aborted) setLoading(false);
    }
  };
  const isOn = () => world.mode() === "replay" && world.fleet.loaded();
  createEffect(on([isOn, day, picked], ([is]) => is && void untrack(load)));

  let frame = 0;
  let before = 0;
  const step = (now: number) => {
    const end = span()?.[1] ?? 0;
    const next = Math.min(end, at() + Math.min(now - before, 250) * speed());
    before = now;
    setAt(next);
    if (next >= end) return setPlaying(false);
    frame = requestAnimationFrame(step);
  };
  createEffect(on([playing, () => world.mode()], ([is, mode]) => {
    cancelAnimationFrame(frame);
    if (is && mode !== "replay") return void setPlaying(false);
    if (!is) return;
    before = performance.now();
    frame = requestAnimationFrame(step);
  }));
  onCleanup(() => {
    cancelAnimationFrame(frame);
    reading?.abort();
  });

  return {
    day, picked, pick, tracks, completed, more, loading, error, span, at, playing, speed, setSpeed,
    setDay: (next) => setAsked({ day: isDay(next) ? next : undefined }, { replace: true }),
    done: createMemo(() => countUntil(times(), at())),
    reload: () => {
      known.clear();
      void load();
    },
    seek: (to) => {
      const [from, until] = span() ?? [to, to];
      setAt(Math.min(until, Math.max(from, to)));
    },
    play: (on) => {
      // At the end it begins again.
      if (on && at() >= (span()?.[1] ?? 0)) setAt(span()?.[0] ?? 0);
      setPlaying(on && span() !== undefined);
    },
  };
}
