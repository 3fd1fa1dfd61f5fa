/** What the board reads: rows, counts, and what to choose from. */

import { api, path, type Query } from "~/api/client";

/** One order, as `view=row` has it. */
export interface Row {
  id: string;
  serial: number;
  number: string | null;
  title: string | null;
  service: string | null;
  status: string;
  rush: boolean;
  rework: boolean;
  late: boolean;
  client_status: string | null;
  origin: { dialect: string; connection: string | null };
  customer: string | null;
  address: string | null;
  city: string | null;
  postal_code: string | null;
  due: string | null;
  window_from: string | null;
  window_until: string | null;
  unit: number | null;
  unit_name: string | null;
  person: string | null;
  progress: { current: number | null; total: number | null };
  eta: string | null;
  created_at: string | null;
  updated_at: string | null;
}

export interface Counts {
  statuses: Record<string, number>;
  total: number;
  exact: boolean;
}

export interface Unit {
  id: number;
  name: string;
}

export interface Service {
  id: string;
  name: string;
}

export interface Site {
  id: string;
  name?: string | null;
  address1?: string | null;
  address2?: string | null;
  city?: string | null;
  region?: string | null;
  postal_code?: string | null;
  country?: string | null;
  latitude?: number | null;
  longitude?: number | null;
  radius_m?: number | null;
}

/** How an order is called: by its number, or else by its serial. */
export function called(row: { number: string | null; serial: number }): string {
  return row.number || `#${row.serial}`;
}

export function readRows(query: Query, signal?: AbortSignal): Promise<{ orders: Row[]; next_cursor: string | null }> {
  return api.get("/v1/orders", { ...query, view: "row" }, signal);
}

export function readCounts(query: Query, signal?: AbortSignal): Promise<Counts> {
  return api.get("/v1/orders/counts", query, signal);
}

export async function readUnits(): Promise<Unit[]> {
  const units: Unit[] = [];
  let cursor: string | null | undefined;
  do {
    const page: { units: Unit[]; next_cursor: string | null } = await api.get("/v1/units", { limit: 1000, cursor });
    units.push(...page.units);
    cursor = page.next_cursor;
  } while (cursor);
  return units.sort((one, other) => one.name.localeCompare(other.name, undefined, { numeric: true }));
}

export async function readServices(): Promise<Service[]> {
  const { services } = await api.get<{ services: Service[] }>("/v1/services");
  return services;
}

export async function readConnections(): Promise<{ name: string; dialect: string }[]> {
  const { connections } = await api.get<{ connections: { name: string; dialect: string }[] }>("/v1/connections");
  return connections;
}

export async function readSites(q: string, signal: AbortSignal): Promise<Site[]> {
  const { sites } = await api.get<{ sites: Site[] }>("/v1/sites", { q, limit: 8 }, signal);
  return sites;
}

export function readSite(id: string): Promise<Site> {
  return api.get(path`/v1/sites/${id}`, { limit: 1 });
}

/** A site in one line. */
export function siteLine(site: Site): string {
  return [site.name, site.address1, site.city, site.postal_code].filter(Boolean).join(", ");
}
