/** Days and hours of the person's zone, as inputs of the browser write them. */

import { preferences } from "~/app/session";

const zone = () => preferences().zone || undefined;

/** How a moment is written in the zone: `2026-01-15T10:00`. */
export function localOf(at: Date | number): string {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone(), hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" }).formatToParts(at);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? "00";
  return `${of("year")}-${of("month")}-${of("day")}T${of("hour")}:${of("minute")}`;
}

/** The moment that is written so in the zone; the earlier one where clocks are put back. */
export function momentOf(local: string): Date {
  const asUtc = Date.parse(`${local}:00Z`);
  const shift = (at: number) => Date.parse(`${localOf(at)}:00Z`) - at;
  // The zone's distance at that moment is found from the distance at the guess, and again for days on which it changes.
  const guess = asUtc - shift(asUtc);
  return new Date(asUtc - shift(guess));
}

export const dayOf = (at: Date | number): string => localOf(at).slice(0, 10);

/** From the first moment of a day to the first of the next. */
export function boundsOf(day: string): [from: Date, until: Date] {
  const noon = Date.parse(`${day}T12:00:00Z`);
  const next = new Date(noon + 86_400_000).toISOString().slice(0, 10);
  return [momentOf(`${day}T00:00`), momentOf(`${next}T00:00`)];
}
