import { Show } from "solid-js";
import { Badge, type Tone } from "~/ui/badge";
import { ArrowDown, ArrowUp } from "~/ui/icons";
import { number } from "~/i18n";
import { wireTexts } from "./texts";

/** How a call went, by its HTTP status. */
export function StatusCode(props: { status: number | null }) {
  const t = wireTexts();
  const tone = (): Tone => (props.status === null || props.status >= 500 ? "danger" : props.status >= 400 ? "warn" : "good");
  return <Badge tone={tone()}>{props.status ?? t("noAnswer")}</Badge>;
}

export function Direction(props: { of: "in" | "out" }) {
  const t = wireTexts();
  return (
    <span class="wire-direction" title={t(props.of === "in" ? "inLong" : "outLong")}>
      <Show when={props.of === "in"} fallback={<ArrowUp size={13} aria-hidden="true" />}>
        <ArrowDown size={13} aria-hidden="true" />
      </Show>
      {t(props.of)}
    </span>
  );
}

export function Took(props: { us: number }) {
  const t = wireTexts();
  return <span class="number">{t("ms", { n: number(props.us / 1000, { maximumFractionDigits: props.us < 10_000 ? 1 : 0 }) })}</span>;
}
