/** A past day: which units, what was completed, and the bar that goes through it. */

import { createEffect, createMemo, For, on, onCleanup, Show } from "solid-js";
import { moment, number } from "~/i18n";
import { today } from "~/i18n/zone";
import { Empty, ErrorNotice, Field, Skeleton } from "~/ui";
import { Pause, Play, RefreshCw, SkipBack, SkipForward } from "~/ui/icons";
import { far } from "./assign";
import { boxOf, collection } from "./geometry";
import { countUntil, MOST_UNITS, momentOf, SPEEDS, type Replay } from "./replay";
import { texts } from "./replay-texts";
import { routeColor } from "./shapes";
import { texts as mapTexts } from "./texts";
import type { LngLat } from "./types";
import { UnitPicker } from "./unit-picker";
import type { View } from "./view";
import type { World } from "./world";

const clockTime = { hour: "numeric", minute: "2-digit", second: "2-digit" } as const;
/** What was driven is drawn anew so often while it plays. */
const TRAIL_MS = 200;

/** The day on the map: units where they were, what they had driven, orders that were completed by then. */
export function replayOnto(world: World, replay: Replay, view: View): void {
  const isOn = () => world.mode() === "replay";
  const shown = new Set<number>();
  createEffect(() => {
    if (!isOn()) return;
    const now = replay.at();
    const before = new Set(shown);
    for (const track of replay.tracks()) {
      const was = momentOf(track, now);
      if (!was) continue;
      before.delete(track.id);
      shown.add(track.id);
      view.units.place(track.id, track.name, was.place[0], was.place[1], was.course, was.look, 0);
    }
    for (const id of before) {
      shown.delete(id);
      view.units.remove(id);
    }
  });

  const trails = () => {
    const now = replay.at();
    view.set("trails", collection(world.layer("trails") ? replay.tracks().flatMap(({ times, places }, at) => {
      const color = routeColor(at, view.colors.dark);
      const count = countUntil(times, now);
      const line = (coordinates: LngLat[], opacity: number) => ({ type: "Feature" as const, properties: { color, opacity }, geometry: { type: "LineString" as const, coordinates } });
      return [...(places.length > 1 ? [line(places, 0.2)] : []), ...(count > 1 ? [line(places.slice(0, count), 0.9)] : [])];
    }) : []));
  };
  let timer: number | undefined;
  createEffect(on([isOn, replay.at, replay.tracks, () => world.layer("trails")], ([is]) => {
    if (!is) return;
    timer ??= window.setTimeout(() => {
      timer = undefined;
      if (isOn()) trails();
    }, TRAIL_MS);
  }));
  onCleanup(() => window.clearTimeout(timer));

  const completed = createMemo(() => replay.completed().slice(0, replay.done()));
  createEffect(() => {
    if (!isOn()) return;
    view.set("routes", collection());
    view.set("stops", collection());
    view.set("orders", collection(world.layer("orders") ? completed().flatMap(({ serial, place }) =>
      place ? [{ type: "Feature" as const, properties: { serial, status: "completed", late: 0 }, geometry: { type: "Point" as const, coordinates: place } }] : []) : []));
  });
  // What the day is about comes into sight once it is known.
  createEffect(on([isOn, replay.tracks], ([is, tracks]) => is && view.fit(boxOf(tracks.flatMap((track) => track.places)), 80)));
}

function UnitsThen(props: { world: World; replay: Replay }) {
  const t = texts();
  const m = mapTexts();
  return (
    <ul class="then">
      <For each={props.replay.tracks()}>
        {(track, at) => {
          const was = () => momentOf(track, props.replay.at());
          return (
            <li classList={{ looked: props.world.unit() === track.id }}>
              <span class="swatch" aria-hidden="true" style={{ background: routeColor(at(), props.world.view()?.colors.dark ?? false) }} />
              <button
                type="button"
                class="link grow truncate"
                onClick={() => {
                  props.world.look({ unit: track.id });
                  const place = was()?.place ?? track.places[0];
                  if (place) props.world.view()?.show(place);
                }}
              >
                {track.name}
              </button>
              <span class="soft small number">
                <Show when={was()} fallback={t("notYet")}>
                  {(was) => `${was().look === "moving" ? m("speed", { n: number(Math.round(was().speed)) }) : m(was().look === "standing" ? "standing" : "silent")} · ${t("driven", { km: far(was().driven) })}`}
                </Show>
              </span>
            </li>
          );
        }}
      </For>
    </ul>
  );
}

export function ReplaySide(props: { world: World; replay: Replay }) {
  const t = texts();
  const { world, replay } = props;
  return (
    <div class="plan-side replay-side">
      <div class="row end">
        <Field label={t("day")}>{(ids) => <input class="input" type="date" {...ids} max={today().toString()} value={replay.day()} onChange={(event) => replay.setDay(event.currentTarget.value)} />}</Field>
        <button type="button" class="button" onClick={replay.reload} disabled={replay.loading()}>
          <RefreshCw size={15} aria-hidden="true" />
          {t("readAgain")}
        </button>
      </div>
      <details class="again">
        <summary class="button">
          {t("whichUnits")} <span class="soft number">{replay.tracks().length}</span>
        </summary>
        <p class="small soft">{t("atMost", { n: MOST_UNITS })}</p>
        <UnitPicker world={world} label={t("units")} picked={replay.picked()} onPick={(ids) => replay.pick(new Set([...ids].slice(0, MOST_UNITS)))} />
      </details>
      <Show when={!replay.error()} fallback={<ErrorNotice error={replay.error()} onRetry={replay.reload} />}>
        <Show when={!replay.loading() || replay.tracks().length > 0} fallback={<><p class="soft" role="status">{t("loading")}</p><Skeleton lines={4} /></>}>
          <Show when={replay.span()} fallback={<Empty>{t("nothing")}</Empty>}>
            <UnitsThen world={world} replay={replay} />
            <section class="stack" aria-label={t("completed")}>
              <h3>
                {t("completed")} <span class="soft number" data-done={replay.done()}>{t("soFar", { done: replay.done(), n: replay.completed().length })}</span>
              </h3>
              <Show when={replay.more()}>
                <p class="notice warn small">{t("more")}</p>
              </Show>
              <ol class="stops completed">
                <For each={replay.completed()} fallback={<li class="soft small">{t("noCompleted")}</li>}>
                  {(one, at) => (
                    <li classList={{ "not-yet": at() >= replay.done() }}>
                      <button
                        type="button"
                        class="link number"
                        onClick={() => {
                          replay.play(false);
                          replay.seek(one.at);
                          world.look({ order: one.serial });
                          if (one.place) world.view()?.show(one.place);
                        }}
                      >
                        {moment(one.at, { timeStyle: "short" })}
                      </button>
                      <span class="grow truncate">{one.name}</span>
                      <span class="soft small truncate">{one.unit === null ? "" : (world.fleet.units.get(one.unit)?.name ?? "")}</span>
                    </li>
                  )}
                </For>
              </ol>
            </section>
          </Show>
        </Show>
      </Show>
    </div>
  );
}

/** Play, pause, how fast, and the slider of the day. */
export function ReplayBar(props: { replay: Replay }) {
  const t = texts();
  const { replay } = props;
  const step = (by: -1 | 1) => {
    const all = replay.completed();
    // Back goes before the one that is shown last, not to itself.
    const found = by > 0 ? all[replay.done()] : all.filter((one) => one.at < replay.at()).at(-1);
    const ends = replay.span();
    if (found) replay.seek(found.at);
    else if (ends) replay.seek(by > 0 ? ends[1] : ends[0]);
  };
  return (
    <Show when={replay.span()}>
      {(span) => (
        <div class="replay-bar card" role="group" aria-label={t("bar")} data-at={Math.round(replay.at())} data-playing={replay.playing()}>
          <button type="button" class="button icon" aria-label={t("previous")} title={t("previous")} onClick={() => step(-1)}>
            <SkipBack size={16} aria-hidden="true" />
          </button>
          <button type="button" class="button icon primary" aria-label={replay.playing() ? t("pause") : t("play")} title={replay.playing() ? t("pause") : t("play")} onClick={() => replay.play(!replay.playing())}>
            <Show when={replay.playing()} fallback={<Play size={16} aria-hidden="true" />}>
              <Pause size={16} aria-hidden="true" />
            </Show>
          </button>
          <button type="button" class="button icon" aria-label={t("next")} title={t("next")} onClick={() => step(1)}>
            <SkipForward size={16} aria-hidden="true" />
          </button>
          <output class="number strong">{moment(replay.at(), clockTime)}</output>
          <input
            type="range"
            aria-label={t("time")}
            aria-valuetext={moment(replay.at(), clockTime)}
            min={span()[0]}
            max={span()[1]}
            step={30_000}
            value={replay.at()}
            onInput={(event) => replay.seek(Number(event.currentTarget.value))}
          />
          <select class="input" aria-label={t("speed")} onChange={(event) => replay.setSpeed(Number(event.currentTarget.value))}>
            <For each={SPEEDS}>{(speed) => <option value={speed} selected={speed === replay.speed()}>{t("times", { n: speed })}</option>}</For>
          </select>
        </div>
      )}
    </Show>
  );
}
