import { For, Show } from "solid-js";
import { A } from "@solidjs/router";
import { duration, number, relative } from "~/i18n";
import { Badge, clock, Progress, type Tone } from "~/ui";
import { CircleAlert, CircleCheck, CircleDashed, CircleDot, CircleSlash, Pause } from "~/ui/icons";
import { Dynamic } from "solid-js/web";
import { DeliveryStatus, DELIVERY_STATUSES } from "../deliveries/status";
import { linkTexts } from "./texts";
import type { Budget, Connection } from "./types";

/** So many failures in a row are taken for a counterpart that is down. */
const DOWN = 3;

export type State = "good" | "failing" | "down" | "refusing" | "denied" | "off" | "paused" | "unused" | "listening";

export function stateOf(connection: Connection, now: number): State {
  if (!connection.enabled) return "off";
  const { health, role, settings } = connection;
  if (role === "serve" || !health) return "listening";
  if (settings["paused"] === "true") return "paused";
  if (health.denied && Date.parse(health.denied.until) > now) return "denied";
  if (health.failures >= DOWN) return "down";
  if (health.failures > 0) return "failing";
  if (health.last_success) return "good";
  return health.last_contact || health.last_error ? "refusing" : "unused";
}

const LOOK: Record<State, { tone: Tone; icon: typeof CircleDot }> = {
  good: { tone: "good", icon: CircleCheck },
  failing: { tone: "warn", icon: CircleAlert },
  down: { tone: "danger", icon: CircleAlert },
  refusing: { tone: "warn", icon: CircleAlert },
  denied: { tone: "danger", icon: CircleSlash },
  off: { tone: "quiet", icon: CircleSlash },
  paused: { tone: "quiet", icon: Pause },
  unused: { tone: "quiet", icon: CircleDashed },
  listening: { tone: "accent", icon: CircleDot },
};

/** A light and a word: how it goes with a counterpart. */
export function HealthBadge(props: { of: Connection }) {
  const t = linkTexts();
  const state = () => stateOf(props.of, clock());
  return (
    <Badge tone={LOOK[state()].tone} title={healthText(props.of)}>
      <Dynamic component={LOOK[state()].icon} size={13} aria-hidden={true} />
      {t(state())}
    </Badge>
  );
}

/** The same in a sentence. */
export function healthText(connection: Connection): string {
  const t = linkTexts();
  const state = stateOf(connection, clock());
  const { health } = connection;
  if (state === "listening") return t("listeningLong");
  if (state === "unused") return t("unusedLong");
  if (state === "refusing") return t("refusingLong");
  if (state === "denied") return t("deniedUntil", { when: relative(health!.denied!.until, clock()) });
  if (state !== "failing" && state !== "down") return "";
  const next = health!.not_before ? t("nextTry", { when: relative(health!.not_before, clock()) }) : "";
  return [t("failures", { n: health!.failures }), next].filter(Boolean).join(". ");
}

type Window = Budget["windows"][number];

function label(window: Window): string {
  const t = linkTexts();
  return t("used", { used: number(window.used), calls: number(window.calls), within: duration(window.within_s) });
}

/** The window of a budget that is used up most. */
export function BudgetBar(props: { of: Budget | null | undefined }) {
  const most = (): Window | undefined => [...(props.of?.windows ?? [])].sort((a, b) => b.used / b.calls - a.used / a.calls)[0];
  return (
    <Show when={most()} fallback={<span class="soft">–</span>}>
      {(window) => (
        <span class="budget" title={label(window())}>
          <Progress current={window().used} total={window().calls} label={label(window())} />
          <span class="number small">{number(window().used / window().calls, { style: "percent" })}</span>
        </span>
      )}
    </Show>
  );
}

/** Every window of a budget. */
export function BudgetBars(props: { of: Budget }) {
  const t = linkTexts();
  return (
    <div class="stack">
      <p class="soft small">{t("atOnce", { running: props.of.on_their_way, most: props.of.at_once })}</p>
      <Show when={props.of.paused_until}>{(until) => <p class="wrong small">{t("pausedUntil", { when: relative(until(), clock()) })}</p>}</Show>
      <For each={props.of.windows} fallback={<p class="soft">{t("noBudget")}</p>}>
        {(window) => (
          <div class="stack tight">
            <span class="row small">
              <span class="grow strong truncate" title={window.operations.join(", ")}>{window.operations.length ? window.operations.join(", ") : t("allCalls")}</span>
              <span class="number">{label(window)}</span>
            </span>
            <Progress current={window.used} total={window.calls} label={label(window)} />
          </div>
        )}
      </For>
    </div>
  );
}

/** How many deliveries stand how; each leads to them. */
export function DeliveryCounts(props: { of: Connection; synced?: boolean }) {
  const shown = () => DELIVERY_STATUSES.filter((status) => (props.synced || status !== "synced") && props.of.deliveries?.counts[status]);
  return (
    <span class="row tight">
      <For each={shown()} fallback={<span class="soft">–</span>}>
        {(status) => (
          <A class="count" href={`/deliveries?connection=${encodeURIComponent(props.of.name)}&status=${status}`}>
            <DeliveryStatus status={status} count={props.of.deliveries?.counts[status] ?? 0} />
          </A>
        )}
      </For>
    </span>
  );
}
