/** Places on a sphere and on the map's plane. */

import type * as GeoJSON from "geojson";
import type { Box, LngLat } from "./types";

const EARTH_M = 6_371_008.8;
const RADIANS = Math.PI / 180;

/** The web map's plane: 0 to 1 from west to east and from north to south. */
export const mercatorX = (longitude: number): number => (longitude + 180) / 360;
export const mercatorY = (latitude: number): number => (1 - Math.log(Math.tan(Math.PI / 4 + (latitude * RADIANS) / 2)) / Math.PI) / 2;
export const longitudeOf = (x: number): number => x * 360 - 180;
export const latitudeOf = (y: number): number => (Math.atan(Math.exp((1 - y * 2) * Math.PI)) / RADIANS) * 2 - 90;

/** Metres as the crow flies. */
export function metres([aLng, aLat]: LngLat, [bLng, bLat]: LngLat): number {
  const half = Math.sin(((bLat - aLat) * RADIANS) / 2) ** 2 + Math.cos(aLat * RADIANS) * Math.cos(bLat * RADIANS) * Math.sin(((bLng - aLng) * RADIANS) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(half)));
}

/** A circle of its true size, as a ring. */
export function circle([longitude, latitude]: LngLat, radius: number, corners = 48): LngLat[] {
  const north = radius / EARTH_M / RADIANS;
  const east = north / Math.cos(latitude * RADIANS);
  return Array.from({ length: corners + 1 }, (_, at) => {
    const angle = (at / corners) * 2 * Math.PI;
    return [longitude + east * Math.sin(angle), latitude + north * Math.cos(angle)];
  });
}

/** Degrees from north. */
export function bearing([aLng, aLat]: LngLat, [bLng, bLat]: LngLat): number {
  const east = (bLng - aLng) * Math.cos(aLat * RADIANS);
  return (Math.atan2(east, bLat - aLat) / RADIANS + 360) % 360;
}

export function boxOf(places: Iterable<LngLat>): Box | undefined {
  let box: Box | undefined;
  for (const [lng, lat] of places) {
    box = box ? [Math.min(box[0], lng), Math.min(box[1], lat), Math.max(box[2], lng), Math.max(box[3], lat)] : [lng, lat, lng, lat];
  }
  return box;
}

export function within([west, south, east, north]: Box, lng: number, lat: number): boolean {
  return lng >= west && lng <= east && lat >= south && lat <= north;
}

/** Whether a point of the screen is inside what was drawn around it. */
export function inside(x: number, y: number, corners: readonly { x: number; y: number }[]): boolean {
  let is = false;
  for (let at = 0, before = corners.length - 1; at < corners.length; before = at++) {
    const [a, b] = [corners[at]!, corners[before]!];
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) is = !is;
  }
  return is;
}

/** A step for lines of the graticule, so that some of them are in sight. */
function step(span: number): number {
  const steps = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];
  return steps.find((one) => span / one <= 8) ?? 30;
}

/** Lines of longitude and latitude for what is in sight, with what they are called. */
export function graticule([west, south, east, north]: Box): GeoJSON.FeatureCollection {
  const by = step(Math.min(east - west, (north - south) * 1.6));
  const digits = Math.max(0, -Math.floor(Math.log10(by) + 1e-9));
  const features: GeoJSON.Feature[] = [];
  const line = (coordinates: LngLat[], degrees: number, [plus, minus]: string) =>
    features.push({
      type: "Feature",
      properties: { label: `${Math.abs(degrees).toFixed(digits)}° ${degrees < 0 ? minus : plus}` },
      geometry: { type: "LineString", coordinates },
    });
  for (let at = Math.ceil((west - by) / by); at * by <= east + by; at++) line([[at * by, Math.max(-85, south - by)], [at * by, Math.min(85, north + by)]], at * by, "EW");
  for (let at = Math.ceil((south - by) / by); at * by <= north + by; at++) if (Math.abs(at * by) < 85) line([[west - by, at * by], [east + by, at * by]], at * by, "NS");
  return { type: "FeatureCollection", features };
}

export const collection = (features: GeoJSON.Feature[] = []): GeoJSON.FeatureCollection => ({ type: "FeatureCollection", features });
