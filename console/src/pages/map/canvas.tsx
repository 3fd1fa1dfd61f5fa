/** Where the map is drawn, with what somebody does on it. */

import { createEffect, createSignal, on, onCleanup, onMount, runWithOwner, getOwner, Show, untrack } from "solid-js";
import { can, preferences } from "~/app/session";
import { assignOrders } from "./assign";
import type { Choosing } from "./choosing";
import { placeOf } from "./fleet";
import { boxOf } from "./geometry";
import { dragged, isDrag } from "./lists";
import { texts } from "./texts";
import { everything, most } from "./tools";
import type { LngLat } from "./types";
import type { View } from "./view";
import type { World } from "./world";

/** Where the map looked last, while the page is open. */
let remembered: { center: LngLat; zoom: number } | undefined;

function listen(world: World, view: View, choosing: Choosing): void {
  const { map } = view;
  const seen = () => {
    const center = map.getCenter();
    remembered = { center: [center.lng, center.lat], zoom: map.getZoom() };
    world.setSight({ box: view.box(), zoom: map.getZoom() });
  };
  seen();
  map.on("moveend", seen);
  map.on("resize", seen);
  map.on("dragstart", () => world.follow(undefined));
  map.on("click", (event) => {
    if (choosing.tool()) return;
    const hit = view.hit(event.point);
    if (hit.kind === "unit") return world.look({ unit: hit.id });
    if (hit.kind === "nothing") return void view.open(event).then((opened) => !opened && world.look({}));
    if (event.originalEvent.shiftKey || event.originalEvent.ctrlKey || event.originalEvent.metaKey) world.toggle(hit.serial);
    else world.look({ order: hit.serial });
  });
  let due = 0;
  map.on("mousemove", (event) => {
    cancelAnimationFrame(due);
    due = requestAnimationFrame(() => {
      if (choosing.tool()) return;
      const over = view.hit(event.point).kind !== "nothing" || view.isCluster(event.point);
      map.getCanvas().style.cursor = over ? "pointer" : "";
    });
  });
  onCleanup(() => cancelAnimationFrame(due));
}

/** The system went dark, or somebody chose so. */
function followTheme(view: View): void {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const repaint = () => queueMicrotask(() => view.repaint());
  dark.addEventListener("change", repaint);
  onCleanup(() => dark.removeEventListener("change", repaint));
  createEffect(on(() => preferences().theme, repaint, { defer: true }));
}

/** What the address names is brought into sight; otherwise, once it is known where everything is, all of it. */
function fitFirst(world: World, view: View, isFirst: boolean): void {
  const { order, unit, spot } = world;
  let done = !isFirst && order() === undefined && unit() === undefined && spot() === undefined;
  view.map.once("dragstart", () => (done = true));
  createEffect(() => {
    if (done || world.orders.loading() || !world.fleet.loaded()) return;
    const serial = untrack(order);
    // One that the filters leave out is read by itself.
    if (serial !== undefined && !spot() && !world.orders.isKnown(serial)) return world.orders.want(serial);
    done = true;
    untrack(() => {
      const of = unit();
      const place = spot() ?? (serial !== undefined ? world.placeOfOrder(serial) : of !== undefined ? placeOf(world.fleet.units.get(of)) : undefined);
      if (place) view.map.jumpTo({ center: place, zoom: spot() ? 16 : 14 });
      else if (isFirst) view.fit(boxOf(most(everything(world))), 60, false);
    });
  });
  createEffect(() => view.pin(spot()));
}

export function Canvas(props: { world: World; choosing: Choosing; onView: (view: View) => void }) {
  const t = texts();
  const { world } = props;
  const owner = getOwner();
  const [failed, setFailed] = createSignal(false);
  const [over, setOver] = createSignal<string>();
  let host!: HTMLDivElement;
  let gone = false;
  let opened: View | undefined;
  onCleanup(() => {
    gone = true;
    world.setView(undefined);
    opened?.close();
  });

  onMount(() => {
    let begun = false;
    createEffect(() => {
      const settings = world.settings();
      if (!settings || begun) return;
      begun = true;
      void import("./view").then(async ({ View }) => {
        try {
          const view = await View.open(host, settings, remembered ?? { center: settings.center, zoom: settings.zoom });
          const isFirst = remembered === undefined;
          if (gone) return view.close();
          opened = view;
          runWithOwner(owner, () => {
            listen(world, view, props.choosing);
            props.choosing.listen(view, host);
            followTheme(view);
            world.setView(view);
            fitFirst(world, view, isFirst);
            props.onView(view);
          });
        } catch (error) {
          console.error(error);
          setFailed(true);
        }
      });
    });
  });

  const unitUnder = (event: DragEvent) => {
    const box = host.getBoundingClientRect();
    const id = world.view()?.units.nearest(event.clientX - box.left, event.clientY - box.top, 36);
    return id === undefined ? undefined : world.fleet.units.get(id);
  };
  return (
    <div
      class="map-host"
      onDragOver={(event) => {
        if (!isDrag(event) || !can("dispatcher")) return;
        const unit = unitUnder(event);
        setOver(unit?.name);
        if (unit) event.preventDefault();
      }}
      onDragLeave={() => setOver(undefined)}
      onDrop={(event) => {
        setOver(undefined);
        const [serials, unit] = [dragged(event), unitUnder(event)];
        if (!serials?.length || !unit) return;
        event.preventDefault();
        void assignOrders(world, serials, unit);
      }}
    >
      <div ref={host} class="map-canvas" classList={{ drawing: props.choosing.tool() !== undefined }} role="application" aria-label={t("mapLabel")} />
      <Show when={props.choosing.drawn().length > 1}>
        <svg class="drawn" aria-hidden="true">
          <polygon points={props.choosing.drawn().map(({ x, y }) => `${x},${y}`).join(" ")} />
        </svg>
      </Show>
      <Show when={over()}>{(name) => <p class="drop-sign">{t("dropHere", { unit: name() })}</p>}</Show>
      <Show when={failed()}>
        <p class="notice warn no-map">{t("noMap")}</p>
      </Show>
      <Show when={world.settings()?.attribution}>{(text) => <p class="attribution">{text()}</p>}</Show>
    </div>
  );
}
