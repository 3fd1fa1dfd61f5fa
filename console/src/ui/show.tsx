import { createSignal, For, Show, type JSX } from "solid-js";
import { bytes, moment, relative } from "~/i18n";
import { words } from "~/i18n/words";
import { Check, Copy } from "./icons";
import { say } from "./toast";

const [now, setNow] = createSignal(Date.now());
const STEP_MS = 10_000;
setInterval(() => setNow(Date.now()), STEP_MS);
/** The time, every ten seconds. */
export const clock = now;

/** A moment in few words: only the time where it is today, only the day where it is of another year. */
export function brief(at: string | number | null | undefined): string {
  if (!at) return "";
  const is = (of: Intl.DateTimeFormatOptions) => moment(at, of) === moment(now(), of);
  if (is({ year: "numeric", month: "numeric", day: "numeric" })) return moment(at, { hour: "numeric", minute: "2-digit" });
  return moment(at, { month: "short", day: "numeric", ...(is({ year: "numeric" }) ? { hour: "numeric", minute: "2-digit" } : { year: "numeric" }) });
}

/** How long ago. What happened since the clock was last looked at happened now. */
function ago(at: string | number): string {
  const after = new Date(at).getTime() - now();
  return relative(at, after > 0 && after <= STEP_MS ? now() + after : now());
}

/** A moment: how long ago, with the exact time as its title; or the exact time. */
export function Time(props: { at: string | number | null | undefined; exact?: boolean }) {
  return (
    <Show when={props.at} fallback={<span class="soft">–</span>}>
      {(at) => (
        <time dateTime={new Date(at()).toISOString()} title={moment(at(), { dateStyle: "full", timeStyle: "long" })}>
          {props.exact ? moment(at()) : ago(at())}
        </time>
      )}
    </Show>
  );
}

/** Names with what they are. What is not there is left out, unless `all`. */
export function Facts(props: { of: readonly (readonly [name: string, value: JSX.Element])[]; all?: boolean }) {
  const shown = () => props.of.filter(([, value]) => props.all || (value !== null && value !== undefined && value !== ""));
  return (
    <dl class="facts">
      <For each={shown()}>
        {([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{value ?? "–"}</dd>
          </>
        )}
      </For>
    </dl>
  );
}

export async function copy(text: string): Promise<void> {
  // The clipboard is there only on https and localhost.
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** `label` is shown; `named` is only said, where several stand below one another. */
export function CopyButton(props: { text: string | (() => string); label?: string; named?: string }) {
  const w = words();
  const [done, setDone] = createSignal(false);
  const act = async () => {
    await copy(typeof props.text === "string" ? props.text : props.text());
    setDone(true);
    say(w("copied"), "good");
    setTimeout(() => setDone(false), 2000);
  };
  return (
    <button type="button" class="button small" classList={{ icon: !props.label, plain: !props.label }} aria-label={props.label ?? props.named ?? w("copy")} title={props.label ?? props.named ?? w("copy")} onClick={() => void act()}>
      <Show when={done()} fallback={<Copy size={14} aria-hidden="true" />}>
        <Check size={14} aria-hidden="true" />
      </Show>
      {props.label}
    </button>
  );
}

/** Text as code; JSON is set out, anything else stays as it is. Always text, never markup. */
export function Json(props: { text: unknown; raw?: boolean }) {
  const shown = () => {
    if (typeof props.text !== "string") return JSON.stringify(props.text, null, 2);
    if (props.raw) return props.text;
    try {
      return JSON.stringify(JSON.parse(props.text), null, 2);
    } catch {
      return props.text;
    }
  };
  return (
    <pre class="code" tabindex="0">
      {shown()}
    </pre>
  );
}

export function Progress(props: { current: number; total: number; label: string }) {
  const share = () => (props.total > 0 ? Math.min(1, props.current / props.total) : 0);
  return (
    <div class="progress" role="progressbar" aria-label={props.label} aria-valuemin={0} aria-valuemax={props.total} aria-valuenow={props.current} title={`${props.current} / ${props.total}`}>
      <div style={{ width: `${share() * 100}%` }} />
    </div>
  );
}

export { bytes };
