/** What of an order a dialect's form of it does not say. Judged by the values: a face that says one nowhere has lost it. */

import { FIELDS, isEmpty, valueOf } from "./fields";
import type { Json, Order, Task } from "./types";

export interface Lost {
  /** A field, or a list of items. */
  field: string;
  /** Of a list: how many. */
  count?: number;
}

function leaves(json: Json, into: string[] = []): string[] {
  if (Array.isArray(json)) json.forEach((one) => leaves(one, into));
  else if (json !== null && typeof json === "object") Object.values(json).forEach((one) => leaves(one, into));
  else if (json !== null) into.push(String(json).toLowerCase());
  return into;
}

/** Whether a text says a moment: as dialects do, in ISO, in seconds since 1970, or as a date, with a time of day or without. */
function saysMoment(text: string, moment: string): boolean {
  const at = new Date(moment);
  if (Number.isNaN(at.getTime())) return text.includes(moment.toLowerCase());
  const iso = at.toISOString();
  const [year, month, date] = iso.slice(0, 10).split("-");
  if (text === String(Math.floor(at.getTime() / 1000)) || text === String(at.getTime())) return true;
  const day = [`${year}-${month}-${date}`, `${year}${month}${date}`, `${month}/${date}/${year}`].find((form) => text.startsWith(form));
  if (!day) return false;
  const time = text.slice(day.length).replace(/[^0-9]/g, "");
  return time === "" || time.startsWith(iso.slice(11, 16).replace(":", ""));
}

function says(said: readonly string[], field: string, value: Json): boolean {
  if (Array.isArray(value)) return value.every((one) => says(said, field, one));
  if (typeof value === "number") return said.some((text) => text !== "" && Number(text) === value);
  if (typeof value !== "string") return true;
  if (FIELDS.get(field)?.kind === "time") return said.some((text) => saysMoment(text, value));
  return said.some((text) => text.includes(value.trim().toLowerCase()));
}

/** How dialects put what they have no member of that kind for. */
const NAMED_OTHERWISE: Record<string, RegExp> = {
  rush: /rush|expedite/i,
  rework: /rework|rtv/i,
  late: /late/i,
};

const LISTS = ["notes", "attachments", "forms", "check_ins", "charges", "questions"] as const;
/** What says the item of a list in a few letters. */
const WORD: Record<(typeof LISTS)[number], readonly string[]> = {
  notes: ["text"], attachments: ["name"], forms: ["name"], check_ins: ["at"], charges: ["description"], questions: ["message"],
};
/** Ours alone: what a counterpart sees instead is its own. */
const OURS = new Set(["service", "unit", "customer.id", "route.id", "notice.sent", "result.blob", "progress.current", "progress.total"]);

export function lostIn(order: Order, face: Json): Lost[] {
  const said = leaves(face);
  const text = JSON.stringify(face);
  const lost: Lost[] = [];
  for (const field of FIELDS.keys()) {
    const value = valueOf(order, field);
    if (isEmpty(value) || OURS.has(field)) continue;
    const kept = NAMED_OTHERWISE[field] ? NAMED_OTHERWISE[field].test(text) : says(said, field, value);
    if (!kept) lost.push({ field });
  }
  const tasks = order.tasks.filter((task: Task) => !says(said, "tasks", task.name));
  if (tasks.length) lost.push({ field: "tasks", count: tasks.length });
  for (const list of LISTS) {
    const items = order[list] as unknown as Record<string, Json>[];
    const missing = items.filter((item) => !WORD[list].some((member) => says(said, member === "at" ? "arrived_at" : member, item[member] ?? null)));
    if (missing.length) lost.push({ field: list, count: missing.length });
  }
  return lost;
}
