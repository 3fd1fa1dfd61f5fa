/** What stands on the map: zoom, fit, choosing, layers with their legend; and the bar of what is chosen. */

import { For, Show } from "solid-js";
import { can } from "~/app/session";
import { number } from "~/i18n";
import { statusWord, STATUSES, words } from "~/i18n/words";
import { SelectField } from "~/ui";
import { BoxSelect, ChevronDown, Layers, Lasso, Maximize, Minus, Plus, X } from "~/ui/icons";
import { placeOf } from "./fleet";
import { boxOf } from "./geometry";
import { startDrag } from "./lists";
import { ShapeIcon } from "./shape";
import { texts } from "./texts";
import type { LngLat } from "./types";
import { LAYERS, type World } from "./world";
import type { Choosing } from "./choosing";

/** Everything there is, orders and units; or, where something is searched for, what is found. */
export function everything(world: World): LngLat[] {
  const word = world.filter().q.trim().toLowerCase();
  const orders = world.orders.points().map(([, latitude, longitude]): LngLat => [longitude, latitude]);
  const all = [...world.fleet.units.values()];
  const named = word ? all.filter((unit) => unit.name.toLowerCase().includes(word)) : all;
  const units = (orders.length || named.length ? named : all).map(placeOf).filter((place) => place !== undefined);
  return [...orders, ...units];
}

/** Where most of the work is: a few far off do not make the map a map of the world. */
export function most(places: readonly LngLat[]): LngLat[] {
  if (places.length < 8) return [...places];
  const middle = (at: 0 | 1) => places.map((place) => place[at]).sort((a, b) => a - b)[places.length >> 1]!;
  const [lng, lat] = [middle(0), middle(1)];
  const away = (place: LngLat) => Math.hypot(place[0] - lng, place[1] - lat);
  const reach = [...places].map(away).sort((a, b) => a - b)[Math.floor(places.length * 0.9)]! * 1.5 + 0.01;
  return places.filter((place) => away(place) <= reach);
}

export function Tools(props: { world: World; choosing: Choosing }) {
  const t = texts();
  const { world } = props;
  const pressed = (kind: "box" | "lasso") => props.choosing.tool() === kind;
  const pick = (kind: "box" | "lasso") => props.choosing.setTool(pressed(kind) ? undefined : kind);
  return (
    <div class="map-tools" role="toolbar" aria-label={t("map")}>
      <button type="button" class="button icon" aria-label={t("zoomIn")} title={t("zoomIn")} onClick={() => world.view()?.zoom(1)}>
        <Plus size={17} aria-hidden="true" />
      </button>
      <button type="button" class="button icon" aria-label={t("zoomOut")} title={t("zoomOut")} onClick={() => world.view()?.zoom(-1)}>
        <Minus size={17} aria-hidden="true" />
      </button>
      <button type="button" class="button icon" aria-label={t("fit")} title={t("fit")} onClick={() => world.view()?.fit(boxOf(most(everything(world))))}>
        <Maximize size={16} aria-hidden="true" />
      </button>
      <button type="button" class="button icon" classList={{ primary: pressed("box") }} aria-pressed={pressed("box")} aria-label={t("box")} title={`${t("box")}. ${t("selectHint")}`} onClick={() => pick("box")}>
        <BoxSelect size={16} aria-hidden="true" />
      </button>
      <button type="button" class="button icon" classList={{ primary: pressed("lasso") }} aria-pressed={pressed("lasso")} aria-label={t("lasso")} title={`${t("lasso")}. ${t("selectHint")}`} onClick={() => pick("lasso")}>
        <Lasso size={16} aria-hidden="true" />
      </button>
    </div>
  );
}

/** Which layers and statuses are shown; it is the legend as well. */
export function Legend(props: { world: World }) {
  const t = texts();
  const { world } = props;
  const names = { orders: "layerOrders", units: "layerUnits", trails: "layerTrails", routes: "layerRoutes", fences: "layerFences" } as const;
  const status = (one: string, on: boolean) => {
    const before = world.filter().statuses;
    world.setFilter({ statuses: on ? [...before, one] : before.filter((other) => other !== one) });
  };
  return (
    <details class="legend">
      <summary class="button" aria-label={t("layers")} title={t("layers")}>
        <Layers size={16} aria-hidden="true" />
        <span>{t("layers")}</span>
        <ChevronDown size={14} aria-hidden="true" />
      </summary>
      <div class="card body">
        <fieldset>
          <legend>{t("layer")}</legend>
          <For each={LAYERS}>
            {(layer) => (
              <label class="check">
                <input type="checkbox" checked={world.layer(layer)} onChange={(event) => world.setLayer(layer, event.currentTarget.checked)} />
                {t(names[layer])}
              </label>
            )}
          </For>
        </fieldset>
        <fieldset>
          <legend>{t("statuses")}</legend>
          <For each={STATUSES}>
            {(one) => (
              <label class="check">
                <input type="checkbox" checked={world.filter().statuses.includes(one)} onChange={(event) => status(one, event.currentTarget.checked)} />
                <ShapeIcon status={one} />
                {statusWord(one)}
              </label>
            )}
          </For>
          <label class="check">
            <input type="checkbox" checked={world.filter().late} onChange={(event) => world.setFilter({ late: event.currentTarget.checked })} />
            {t("onlyLate")}
          </label>
          <label class="check">
            <input type="checkbox" checked={world.filter().rush} onChange={(event) => world.setFilter({ rush: event.currentTarget.checked })} />
            {t("onlyRush")}
          </label>
          <SelectField label={t("unitFilter")} value={world.filter().unit} options={[["", t("anyUnit")], ["any", t("withUnit")], ["none", t("noUnit")]]} onChange={(unit) => world.setFilter({ unit })} />
        </fieldset>
        <div class="signs small">
          <h3>{t("legend")}</h3>
          <p><span class="look moving" aria-hidden="true" />{t("moving")}</p>
          <p><span class="look standing" aria-hidden="true" />{t("standing")}</p>
          <p><span class="look silent" aria-hidden="true" />{t("silent")}</p>
          <p><ShapeIcon status="received" late /> {t("late")}</p>
          <p><span class="cluster-sign" aria-hidden="true">7</span>{t("cluster")}</p>
        </div>
      </div>
    </details>
  );
}

/** What is chosen, and what can be done with it. */
export function ChosenBar(props: { world: World; onPlan: () => void }) {
  const t = texts();
  const w = words();
  const count = () => props.world.chosen().size;
  return (
    <Show when={count() > 0}>
      <div class="chosen-bar card" role="region" aria-label={t("chosen", { n: count() })} draggable={can("dispatcher")} title={can("dispatcher") ? t("dragHint") : undefined} onDragStart={(event) => startDrag(props.world, event)}>
        <span class="strong number" data-count={number(count())}>
          {t("chosen", { n: count() })}
        </span>
        <Show when={can("dispatcher")}>
          <button type="button" class="button small primary" onClick={() => props.world.assign([...props.world.chosen()])}>
            {t("assign")}
          </button>
          <button type="button" class="button small" onClick={() => props.onPlan()}>
            {t("planThese")}
          </button>
        </Show>
        <button type="button" class="button plain small" onClick={() => props.world.choose([])}>
          <X size={14} aria-hidden="true" />
          {w("clear")}
        </button>
      </div>
    </Show>
  );
}
