/** One thing done to many orders, with an outcome for each. */

import { newId, send } from "~/api/client";

/** What is asked of one order. */
export type Asked = { set: Record<string, unknown> } | ({ transition: string } & Record<string, unknown>) | { remove: true };

export interface Outcome {
  /** Which of those that were asked for. */
  index: number;
  status: number;
  code?: string;
  detail?: string;
  pointer?: string;
}

const AT_ONCE = 500;

/** Asks it of each order; tells outcomes as they come. What was sent is safe to send again. */
export async function ask(orders: readonly string[], asked: Asked, told: (outcomes: readonly Outcome[]) => void, signal: AbortSignal): Promise<void> {
  for (let from = 0; from < orders.length && !signal.aborted; from += AT_ONCE) {
    const lines = orders.slice(from, from + AT_ONCE).map((order) => JSON.stringify({ order, ...asked }));
    const response = await send("POST", "/v1/orders/bulk", {
      body: `${lines.join("\n")}\n`,
      headers: { "Content-Type": "application/x-ndjson", Accept: "application/x-ndjson", "Idempotency-Key": newId() },
      signal,
    });
    await read(response, (outcomes) => told(outcomes.map((outcome) => ({ ...outcome, index: outcome.index + from }))));
  }
}

async function read(response: Response, told: (outcomes: Outcome[]) => void): Promise<void> {
  let rest = "";
  if (!response.body) return;
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    const outcomes = lines.filter((line) => line.trim()).map((line) => JSON.parse(line) as Outcome);
    if (outcomes.length) told(outcomes);
  }
  if (rest.trim()) told([JSON.parse(rest) as Outcome]);
}
