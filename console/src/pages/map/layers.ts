/** Brings what the page knows onto the map, and keeps it so. */

import type * as GeoJSON from "geojson";
import { createEffect, createMemo, on, onCleanup, untrack } from "solid-js";
import { lookOf } from "./fleet";
import { circle, collection, within } from "./geometry";
import { calm } from "./motion";
import { pointFeatures } from "./orders";
import { routeColor } from "./shapes";
import type { LngLat, Point, Route, Unit } from "./types";
import type { View } from "./view";
import type { World } from "./world";

/** From this zoom on geofences around what is looked at are drawn. */
const NEAR = 13.5;
const MOST_FENCES = 250;
/** Where an order says nothing of its own. */
const USUAL_RADIUS_M = 100;
/** Trails of all while there are so few. */
const FEW_UNITS = 40;

function fences(world: World): GeoJSON.FeatureCollection {
  if (!world.layer("fences")) return collection();
  const looked = world.order();
  const sight = world.sight();
  const near = sight && sight.zoom >= NEAR ? world.inSight().slice(0, MOST_FENCES) : [];
  const point = looked === undefined ? undefined : world.points().get(looked);
  const all = new Map<number, Point>(near.map((one) => [one[0], one]));
  if (point) all.set(point[0], point);
  return collection([...all.values()].map(([serial, latitude, longitude, , , radius]) => ({
    type: "Feature", properties: { serial, chosen: serial === looked, radius: radius ?? USUAL_RADIUS_M },
    geometry: { type: "Polygon", coordinates: [circle([longitude, latitude], radius ?? USUAL_RADIUS_M)] },
  })));
}

/** A route's line from where its unit is through the stops that are left, and its stops with their numbers. */
export function routeFeatures(routes: readonly Route[], from: (unit: number) => LngLat | undefined, dark: boolean, looked?: (route: Route) => boolean): [GeoJSON.Feature[], GeoJSON.Feature[]] {
  const lines: GeoJSON.Feature[] = [];
  const stops: GeoJSON.Feature[] = [];
  routes.forEach((route, at) => {
    const color = routeColor(at, dark);
    // What is not looked at steps back while something is.
    const opacity = looked === undefined ? 0.7 : looked(route) ? 1 : 0.22;
    const left = route.stops.filter((stop) => stop.latitude !== null && stop.longitude !== null && !stop.departed_at);
    const places = left.map((stop): LngLat => [stop.longitude!, stop.latitude!]);
    const start = route.unit === null ? undefined : from(route.unit);
    if (start) places.unshift(start);
    if (places.length > 1) lines.push({ type: "Feature", properties: { color, opacity, route: route.id }, geometry: { type: "LineString", coordinates: places } });
    for (const stop of left) {
      stops.push({ type: "Feature", properties: { color, opacity, serial: stop.serial, label: stop.position + 1 }, geometry: { type: "Point", coordinates: [stop.longitude!, stop.latitude!] } });
    }
  });
  return [lines, stops];
}

/** Units go onto the map at once, as they report; but for a past day, which has its own. */
export function unitsOnto(world: World, view: View): void {
  const place = (unit: Unit, glide: number) => {
    if (glide < 0 || !unit.position) return view.units.remove(unit.id);
    const { longitude, latitude, course } = unit.position;
    view.units.place(unit.id, unit.name, longitude, latitude, course ?? 0, lookOf(unit.position, Date.now()), calm() ? 0 : glide);
    if (untrack(world.following) === unit.id) {
      view.map.easeTo({ center: [longitude, latitude], duration: calm() ? 0 : Math.max(300, glide), easing: (share) => share });
    }
  };
  const isPast = createMemo(() => world.mode() === "replay");
  createEffect(on(isPast, (past) => {
    view.units.clear();
    world.fleet.onPosition(past ? () => {} : place);
  }));
  onCleanup(() => world.fleet.onPosition(() => {}));
}

/** The orders, their geofences, and what is chosen; a past day and a plan have their own orders. */
export function ordersOnto(world: World, view: View, others: () => boolean): void {
  createEffect(() => !others() && view.set("orders", world.layer("orders") ? pointFeatures(world.orders.points()) : collection()));
  createEffect(() => view.set("fences", fences(world)));
  createEffect(() => {
    const serials = new Set(world.chosen());
    const looked = world.order();
    if (looked !== undefined) serials.add(looked);
    const places = [...serials].map((serial) => world.placeOfOrder(serial)).filter((place) => place !== undefined);
    view.set("chosen", collection(places.map((coordinates) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates } }))));
  });
}

/** Which routes are looked at, if any is: those of the unit or order that is. */
function isLooked(world: World): ((route: Route) => boolean) | undefined {
  const [unit, order] = [world.unit(), world.order()];
  const has = (route: Route) => (unit !== undefined ? route.unit === unit : route.stops.some((stop) => stop.serial === order));
  return world.routes().some(has) ? has : undefined;
}

/** Routes as they stand, and where units have been in the last minutes. */
export function dayOnto(world: World, view: View): void {
  createEffect(() => {
    if (world.mode() !== "live") return;
    world.fleet.version();
    const routes = world.layer("routes") ? world.routes() : [];
    const [lines, stops] = routeFeatures(routes, (unit) => {
      const position = world.fleet.units.get(unit)?.position;
      return position ? [position.longitude, position.latitude] : undefined;
    }, view.colors.dark, isLooked(world));
    view.set("routes", collection(lines));
    view.set("stops", collection(stops));
  });
  const trailed = createMemo(() => world.unit());
  createEffect(() => view.units.mark(new Set(trailed() === undefined ? [] : [trailed()!])));
  createEffect(() => view.units.show(world.layer("units")));
  createEffect(on(trailed, (unit) => unit !== undefined && world.fleet.keepTrail(unit)));
  createEffect(() => {
    if (world.mode() !== "live") return;
    world.fleet.version();
    const looked = trailed();
    if (!world.layer("trails")) return view.set("trails", collection());
    const ids = world.fleet.units.size <= FEW_UNITS ? [...world.fleet.units.keys()] : looked === undefined ? [] : [looked];
    const lines = ids.map((id) => ({ id, trail: world.fleet.trail(id) })).filter(({ trail }) => trail.length > 1);
    view.set("trails", collection(lines.map(({ id, trail }) => ({
      type: "Feature", properties: { opacity: id === looked ? 0.9 : 0.4 }, geometry: { type: "LineString", coordinates: trail.map(([lng, lat]) => [lng, lat]) },
    }))));
  });
}

/** How many units are in sight. */
export function unitsInSight(world: World): number[] {
  const sight = world.sight();
  const ids: number[] = [];
  for (const { id, position } of world.fleet.units.values()) {
    if (position && (!sight || within(sight.box, position.longitude, position.latitude))) ids.push(id);
  }
  return ids;
}
