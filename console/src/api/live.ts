/** What happens, as it happens: one event stream per tab, for whatever the open pages want to hear. */

import { EventSourceParserStream } from "eventsource-parser/stream";
import { createSignal, onCleanup } from "solid-js";
import { send } from "./client";

export type Kind = "entry" | "position" | "delivery" | "job" | "exchange";

export interface LiveEvent {
  /** `entry` for what the journal has, whatever its verb. */
  kind: Kind | "missed";
  /** Place in the journal, for entries. */
  seq: number | undefined;
  // Each kind has the members that docs/native-api.md gives it.
  data: any;
}

type Handler = (event: LiveEvent) => void;
interface Listener {
  kinds: readonly Kind[];
  handler: Handler;
}

const listeners = new Set<Listener>();
const [state, setState] = createSignal<"idle" | "connecting" | "open">("idle");
/** How it goes with the stream, for the light in the top bar. */
export const liveState = state;

let position: string | undefined;
let running: { kinds: string; stop: AbortController } | undefined;
let signedIn = false;
let failures = 0;

function wanted(): string {
  return [...new Set([...listeners].flatMap((listener) => listener.kinds))].sort().join(",");
}

function tell(event: LiveEvent): void {
  for (const listener of [...listeners]) {
    if (event.kind === "missed" || listener.kinds.includes(event.kind)) listener.handler(event);
  }
}

async function read(kinds: string, signal: AbortSignal): Promise<void> {
  const response = await send("GET", "/v1/events", {
    query: { kind: kinds, after: position },
    headers: { Accept: "text/event-stream" },
    signal,
  });
  if (!response.body) return;
  setState("open");
  failures = 0;
  const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const { id, event, data } of events) {
    if (id) position = id;
    const known = ["position", "delivery", "job", "exchange", "missed"].includes(event ?? "");
    tell({ kind: known ? (event as Kind) : "entry", seq: id ? Number(id) : undefined, data: JSON.parse(data) });
  }
}

async function run(kinds: string, stop: AbortController): Promise<void> {
  while (!stop.signal.aborted) {
    setState("connecting");
    await read(kinds, stop.signal).catch(() => {});
    if (stop.signal.aborted) return;
    failures += 1;
    setState("connecting");
    await new Promise((resolve) => setTimeout(resolve, Math.min(15_000, 500 * 2 ** failures) * (0.5 + Math.random() / 2)));
  }
}

/** Opens, reopens or closes the stream, as what is listened for and whether anybody looks says. */
function settle(): void {
  const kinds = signedIn && document.visibilityState === "visible" ? wanted() : "";
  if (running?.kinds === kinds) return;
  running?.stop.abort();
  running = undefined;
  setState("idle");
  if (!kinds) return;
  const stop = new AbortController();
  running = { kinds, stop };
  void run(kinds, stop);
}

let planned = false;
function settleSoon(): void {
  if (planned) return;
  planned = true;
  queueMicrotask(() => {
    planned = false;
    settle();
  });
}

// A browser opens six connections per host over plain HTTP: tabs that nobody sees give theirs back, and catch up.
document.addEventListener("visibilitychange", settleSoon);

/** The session began, ended, or is of another account now. */
export function liveFor(isSignedIn: boolean): void {
  signedIn = isSignedIn;
  position = undefined;
  running?.stop.abort();
  running = undefined;
  settleSoon();
}

/** Calls `handler` with what happens, as long as the component is there. */
export function onLive(kinds: readonly Kind[], handler: Handler): void {
  const listener = { kinds, handler };
  listeners.add(listener);
  settleSoon();
  onCleanup(() => {
    listeners.delete(listener);
    settleSoon();
  });
}

/** Calls `then` soon after something happened, once for many events that come close together. */
export function onLiveSoon(kinds: readonly Kind[], concerns: (event: LiveEvent) => boolean, then: () => void, ms = 400): void {
  let timer: number | undefined;
  onLive(kinds, (event) => {
    if (event.kind !== "missed" && !concerns(event)) return;
    timer ??= window.setTimeout(() => {
      timer = undefined;
      then();
    }, ms);
  });
  onCleanup(() => window.clearTimeout(timer));
}
