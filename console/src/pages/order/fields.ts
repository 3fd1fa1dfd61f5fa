/** The fields of an order as people see them: in which group, how they are filled in. */

import type { Json, Order } from "./types";
import type { labels } from "./labels";

export type FieldName = Parameters<ReturnType<typeof labels>>[0];

export type Kind =
  | "text"
  | "lines"
  | "whole"
  | "number"
  | "flag"
  | "time"
  | "seconds"
  | "tags"
  | "serials"
  | "unit"
  | "service"
  | "customerKind"
  | "executionFlags"
  | "channels"
  | "code";

export interface FieldSpec {
  name: FieldName;
  kind: Kind;
  /** Shown although it is empty. */
  main?: true;
  /** Made by the hub alone. */
  fixed?: true;
  unit?: "metre" | "kilogram" | "kilometer" | "percent";
  least?: number;
  most?: number;
}

export type GroupName = "what" | "when" | "who" | "where" | "customer" | "client" | "result" | "load";

export const GROUPS: readonly (readonly [group: GroupName, fields: readonly FieldSpec[]])[] = [
  ["what", [
    { name: "title", kind: "text", main: true },
    { name: "number", kind: "text", main: true },
    { name: "service", kind: "service", main: true },
    { name: "client_company", kind: "text" },
    { name: "description", kind: "lines" },
    { name: "instructions", kind: "lines", main: true },
    { name: "work_info", kind: "lines" },
    { name: "reference", kind: "text" },
    { name: "rush", kind: "flag", main: true },
    { name: "rework", kind: "flag" },
    { name: "priority", kind: "whole", least: 1, most: 99 },
    { name: "tags", kind: "tags" },
    { name: "options", kind: "code" },
  ]],
  ["when", [
    { name: "due", kind: "time", main: true },
    { name: "start", kind: "time" },
    { name: "window.from", kind: "time", main: true },
    { name: "window.to", kind: "time", main: true },
    { name: "window.early_tolerance_s", kind: "seconds" },
    { name: "window.offset_s", kind: "seconds" },
    { name: "service_time_s", kind: "seconds" },
  ]],
  ["who", [
    { name: "unit", kind: "unit", main: true },
    { name: "person", kind: "text", main: true },
    { name: "crew", kind: "text" },
    { name: "route.id", kind: "whole" },
    { name: "route.position", kind: "whole", least: 0 },
  ]],
  ["where", [
    { name: "site.address1", kind: "text", main: true },
    { name: "site.address2", kind: "text" },
    { name: "site.city", kind: "text", main: true },
    { name: "site.region", kind: "text" },
    { name: "site.postal_code", kind: "text", main: true },
    { name: "site.country", kind: "text" },
    { name: "site.latitude", kind: "number", least: -90, most: 90 },
    { name: "site.longitude", kind: "number", least: -180, most: 180 },
    { name: "site.radius_m", kind: "whole", unit: "metre", least: 0 },
    { name: "site.lock_code", kind: "text" },
    { name: "site.key_code", kind: "text" },
    { name: "site.lot_size", kind: "text" },
  ]],
  ["customer", [
    { name: "customer.name", kind: "text", main: true },
    { name: "customer.kind", kind: "customerKind" },
    { name: "customer.phone", kind: "text", main: true },
    { name: "customer.phone2", kind: "text" },
    { name: "customer.email", kind: "text" },
    { name: "customer.language", kind: "text" },
    { name: "customer.id", kind: "text" },
    { name: "notice.channels", kind: "channels" },
    { name: "notice.lead_s", kind: "seconds" },
    { name: "notice.distance_m", kind: "whole", unit: "metre", least: 0 },
  ]],
  ["client", [
    { name: "client_status", kind: "text", main: true },
    { name: "client_due", kind: "time", main: true },
    { name: "client_instructions", kind: "lines" },
  ]],
  ["result", [
    { name: "outcome", kind: "lines", main: true },
    { name: "progress.current", kind: "whole", least: 0 },
    { name: "progress.total", kind: "whole", least: 0 },
    { name: "completion_percent", kind: "whole", unit: "percent", least: 0, most: 100 },
    { name: "late", kind: "flag" },
    { name: "eta", kind: "time" },
    { name: "distance_left_m", kind: "number", unit: "metre", least: 0 },
    { name: "next_at", kind: "time" },
    { name: "arrived_at", kind: "time" },
    { name: "departed_at", kind: "time" },
    { name: "completed_at", kind: "time" },
    { name: "canceled_at", kind: "time" },
    { name: "odometer_km", kind: "number", unit: "kilometer" },
    { name: "result.name", kind: "text", fixed: true },
    { name: "result.type", kind: "text", fixed: true },
    { name: "result.blob", kind: "text", fixed: true },
  ]],
  ["load", [
    { name: "volume", kind: "number", least: 0 },
    { name: "weight_kg", kind: "number", unit: "kilogram", least: 0 },
    { name: "cost", kind: "number" },
    { name: "dependencies", kind: "serials" },
    { name: "execution_flags", kind: "executionFlags" },
  ]],
];

export const FIELDS: ReadonlyMap<string, FieldSpec> = new Map(GROUPS.flatMap(([, fields]) => fields.map((field) => [field.name, field])));

/** What an order says in a field; `null` where it says nothing. */
export function valueOf(order: Order | undefined, field: string): Json {
  let value: unknown = order;
  for (const part of field.split(".")) value = (value as Record<string, unknown> | null | undefined)?.[part];
  return (value ?? null) as Json;
}

/** The member of a request that sets a field: dots nest. */
export function member(field: string, value: Json): Record<string, Json> {
  const [first, ...rest] = field.split(".");
  return { [first!]: rest.length ? member(rest.join("."), value) : value };
}

/** Whether nothing is said: an empty list and `false` are nothing, too. */
export function isEmpty(value: Json): boolean {
  return value === null || value === "" || value === false || (Array.isArray(value) && value.length === 0);
}

export function same(one: Json, other: Json): boolean {
  return (isEmpty(one) && isEmpty(other)) || JSON.stringify(one) === JSON.stringify(other);
}
