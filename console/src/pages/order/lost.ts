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

/** The ways in which dialects write a moment: ISO, seconds since 1970, a date with and without dashes, an American date. */
function momentForms(text: string): string[] {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return [text.toLowerCase()];
  const iso = at.toISOString();
  const day = iso.slice(0, 10);
  const [year, month, date] = day.split("-");
  return [String(Math.floor(at.getTime() / 1000)), String(at.getTime()), day, `${year}${month}${date}`, `${month}/${date}/${year}`, iso.slice(0, 19).toLowerCase()];
}

function says(said: readonly string[], field: string, value: Json): boolean {
  if (Array.isArray(value)) return value.every((one) => says(said, field, one));
  if (typeof value === "number") return said.some((text) => text !== "" && Number(text) === value);
  if (typeof value !== "string") return true;
  const forms = FIELDS.get(field)?.kind === "time" ? momentForms(value) : [value.trim().toLowerCase()];
  return forms.some((form) => said.some((text) => text.includes(form)));
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
  notes: ["text"], attachments: ["name"], forms: ["name"], check_ins: ["id"], charges: ["description"], questions: ["message"],
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
    const missing = items.filter((item) => !WORD[list].some((member) => says(said, member, item[member] ?? null)));
    if (missing.length) lost.push({ field: list, count: missing.length });
  }
  return lost;
}
