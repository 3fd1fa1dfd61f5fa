import { Show } from "solid-js";
import { Badge, type Tone } from "~/ui";
import { hookTexts } from "./texts";
import type { Webhook } from "./types";

const TONE: Record<Webhook["status"], Tone> = { enabled: "good", paused: "quiet", disabled: "danger", gone: "danger" };

/** How it goes with a receiver: one that takes nothing is not simply enabled. */
export function HookStatus(props: { of: Webhook }) {
  const t = hookTexts();
  return (
    <Show when={props.of.status === "enabled" && props.of.failures} fallback={<Badge tone={TONE[props.of.status]}>{t(props.of.status)}</Badge>}>
      <Badge tone="warn">{t("failing")}</Badge>
    </Show>
  );
}
