/** Moments in the zone that the person chose, as date inputs want them. */

import { preferences } from "~/app/session";

function parts(at: number, zone: string | undefined): string {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
  });
  const of = Object.fromEntries(format.formatToParts(at).map((part) => [part.type, part.value]));
  return `${of["year"]}-${of["month"]}-${of["day"]}T${of["hour"]}:${of["minute"]}`;
}

const chosen = () => preferences().zone || undefined;

/** A moment as the value of `<input type="datetime-local">`. */
export function toLocal(at: string | null, zone = chosen()): string {
  return at ? parts(new Date(at).getTime(), zone) : "";
}

/** The moment that a `datetime-local` input says; `null` when it says none. */
export function fromLocal(text: string, zone = chosen()): string | null {
  if (!text) return null;
  const wanted = Date.parse(`${text}Z`);
  if (Number.isNaN(wanted)) return null;
  // The offset there and then is found by trying twice: it may change between the first guess and the moment itself.
  let at = wanted;
  for (let round = 0; round < 2; round += 1) at += wanted - Date.parse(`${parts(at, zone)}Z`);
  return new Date(at).toISOString();
}
