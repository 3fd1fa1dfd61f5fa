/** Days and wall-clock times in the person's zone, and the moments they mean. */

import { getLocalTimeZone, parseAbsolute, parseDate, parseDateTime, toCalendarDateTime, today as todayIn, toZoned, type CalendarDate } from "@internationalized/date";
import { preferences } from "~/app/session";

/** The zone in force: chosen, or the browser's. */
export function zone(): string {
  return preferences().zone || getLocalTimeZone();
}

/** The day it is. */
export function today(): CalendarDate {
  return todayIn(zone());
}

/** Whether this is a day as inputs write it: `2026-03-01`. */
export function isDay(text: string): boolean {
  try {
    return Boolean(parseDate(text));
  } catch {
    return false;
  }
}

/** The first moment of a day, or of the one so many days later. */
export function dayStart(day: string | CalendarDate, later = 0): string {
  const date = typeof day === "string" ? parseDate(day) : day;
  return toZoned(toCalendarDateTime(date.add({ days: later })), zone()).toDate().toISOString();
}

/** The moment that `<input type="datetime-local">` means; nothing where nothing is filled in. */
export function fromInput(text: string): string | undefined {
  return text ? toZoned(parseDateTime(text), zone()).toDate().toISOString() : undefined;
}

/** A moment for `<input type="datetime-local">`. */
export function toInput(at: string | null | undefined): string {
  if (!at) return "";
  return toCalendarDateTime(parseAbsolute(new Date(at).toISOString(), zone())).toString().slice(0, 16);
}
