import { CircleAlert, CircleCheck, CircleDashed, CircleDot, CircleHelp, CircleSlash, MapPin, UserCheck, UserRound } from "~/ui/icons";
import type { Component, JSX } from "solid-js";
import { Dynamic } from "solid-js/web";
import { statusWord } from "~/i18n/words";

export type Tone = "quiet" | "good" | "warn" | "danger" | "accent" | "violet";

export function Badge(props: { tone?: Tone; title?: string; children: JSX.Element }) {
  return (
    <span class={`badge ${props.tone ?? "quiet"}`} title={props.title}>
      {props.children}
    </span>
  );
}

/** How a status looks: never by colour alone. */
export const STATUS_LOOK: Record<string, { tone: Tone; icon: Component<{ size?: number; "aria-hidden"?: boolean }> }> = {
  received: { tone: "accent", icon: CircleDashed },
  assigned: { tone: "violet", icon: UserRound },
  accepted: { tone: "violet", icon: UserCheck },
  started: { tone: "warn", icon: MapPin },
  waiting: { tone: "warn", icon: CircleHelp },
  rejected: { tone: "danger", icon: CircleSlash },
  failed: { tone: "danger", icon: CircleAlert },
  completed: { tone: "good", icon: CircleCheck },
  submitted: { tone: "good", icon: CircleCheck },
  invoiced: { tone: "good", icon: CircleCheck },
  closed: { tone: "quiet", icon: CircleCheck },
  canceled: { tone: "quiet", icon: CircleSlash },
  deleted: { tone: "quiet", icon: CircleSlash },
};

export function StatusBadge(props: { status: string }) {
  const look = () => STATUS_LOOK[props.status] ?? { tone: "quiet" as const, icon: CircleDot };
  return (
    <Badge tone={look().tone}>
      <Dynamic component={look().icon} size={13} aria-hidden={true} />
      {statusWord(props.status)}
    </Badge>
  );
}
