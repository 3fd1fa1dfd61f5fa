import type { Component } from "solid-js";
import { Dynamic } from "solid-js/web";
import { Badge, Progress } from "~/ui";
import type { Tone } from "~/ui/badge";
import { CircleAlert, CircleCheck, CircleDashed, CircleDot, CircleHelp, CircleSlash, Clock, Route } from "~/ui/icons";
import type { Job, JobState } from "./data";
import { jobTexts } from "./texts";

const LOOK: Record<JobState, { tone: Tone; icon: Component<{ size?: number; "aria-hidden"?: boolean }> }> = {
  open: { tone: "accent", icon: CircleDashed },
  claimed: { tone: "violet", icon: CircleDot },
  waiting: { tone: "warn", icon: CircleHelp },
  following: { tone: "quiet", icon: Route },
  delayed: { tone: "warn", icon: Clock },
  finished: { tone: "good", icon: CircleCheck },
  failed: { tone: "danger", icon: CircleAlert },
  canceled: { tone: "quiet", icon: CircleSlash },
};

/** How a job stands: never by colour alone. */
export function StateBadge(props: { state: JobState }) {
  const t = jobTexts();
  return (
    <Badge tone={LOOK[props.state].tone}>
      <Dynamic component={LOOK[props.state].icon} size={13} aria-hidden={true} />
      {t(props.state)}
    </Badge>
  );
}

/** The steps that are done. */
export function Steps(props: { job: Job }) {
  const t = jobTexts();
  const total = () => props.job.progress.total ?? 0;
  const current = () => props.job.progress.current ?? 0;
  return (
    <span class="steps" classList={{ idle: !total() }}>
      <span class="grow"><Progress current={current()} total={total() || 1} label={t("progress")} /></span>
      <span class="soft small number">{total() ? t("step", { current: current(), total: total() }) : "–"}</span>
    </span>
  );
}
