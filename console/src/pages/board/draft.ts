/** An order that is being written: every field as the text of its input. */

import { fromInput } from "~/i18n/zone";

export interface DraftTask {
  name: string;
  instructions: string;
  quantity: string;
}

/** By JSON pointer, so that what the hub points at is what stands there. */
export type Draft = Record<string, string>;

const NUMBERS = ["/priority", "/site/latitude", "/site/longitude", "/site/radius_m", "/unit", "/cost", "/weight_kg", "/volume"];
const MOMENTS = ["/due", "/start", "/window/from", "/window/to"];

function value(pointer: string, text: string): unknown {
  if (pointer === "/tags") return text.split(",").map((tag) => tag.trim()).filter(Boolean);
  if (pointer === "/rush") return true;
  if (pointer === "/service_time_s") return Math.round(Number(text) * 60);
  if (NUMBERS.includes(pointer)) return Number(text);
  if (MOMENTS.includes(pointer)) return fromInput(text);
  return text.trim();
}

/** What `POST /v1/orders` takes. */
export function toOrder(draft: Draft, tasks: readonly DraftTask[]): Record<string, unknown> {
  const order: Record<string, unknown> = {};
  for (const [pointer, text] of Object.entries(draft)) {
    if (!text.trim()) continue;
    const [group, member] = pointer.slice(1).split("/") as [string, string?];
    if (member) order[group] = { ...(order[group] as object | undefined), [member]: value(pointer, text) };
    else order[group] = value(pointer, text);
  }
  if (tasks.length) {
    order["tasks"] = tasks.map(({ name, instructions, quantity }) => ({
      name: name.trim(),
      ...(instructions.trim() ? { instructions: instructions.trim() } : {}),
      ...(quantity ? { quantity: Number(quantity) } : {}),
    }));
  }
  return order;
}
