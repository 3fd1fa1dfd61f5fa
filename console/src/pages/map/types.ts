/** What the native API says about units, orders, routes and plans, as far as the map shows it. */

import type * as GeoJSON from "geojson";

export interface Position {
  at: string;
  latitude: number;
  longitude: number;
  speed_kmh: number | null;
  course: number | null;
  satellites?: number | null;
}

export interface Unit {
  id: number;
  name: string;
  unique_id: string;
  phone: string;
  position: Position | null;
}

/** As `GET /v1/orders/points` gives it. */
export type Point = [serial: number, latitude: number, longitude: number, status: string, unit: number | null, radius_m: number | null, late: 0 | 1];

/** As `GET /v1/orders?view=row` gives it. */
export interface Row {
  id: string;
  serial: number;
  number: string | null;
  title: string | null;
  service: string | null;
  status: string;
  rush: boolean;
  late: boolean;
  customer: string | null;
  address: string | null;
  city: string | null;
  postal_code: string | null;
  latitude: number | null;
  longitude: number | null;
  radius_m: number | null;
  due: string | null;
  window_from: string | null;
  window_until: string | null;
  unit: number | null;
  unit_name: string | null;
  route: number | null;
  eta: string | null;
  updated_at: string;
}

export interface RouteStop {
  order: string;
  serial: number;
  number: string | null;
  title: string | null;
  status: string;
  position: number;
  latitude: number | null;
  longitude: number | null;
  visit_at: string | null;
  arrived_at: string | null;
  departed_at: string | null;
}

export interface Route {
  id: number;
  name: string;
  status: string;
  unit: number | null;
  distance_m: number | null;
  duration_s: number | null;
  stops: RouteStop[];
}

export interface MapSettings {
  kind: "pmtiles" | "tiles" | "none";
  url: string | null;
  /** What tiles of an archive are: mvt, png, jpeg, webp. */
  tiles?: string;
  min_zoom?: number;
  max_zoom?: number;
  attribution: string | null;
  center: [longitude: number, latitude: number];
  zoom: number;
  geometry: GeoJSON.FeatureCollection | null;
}

export type LngLat = [longitude: number, latitude: number];
/** West, south, east, north. */
export type Box = [number, number, number, number];
