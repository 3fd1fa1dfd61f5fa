import { Dynamic } from "solid-js/web";
import { define, number } from "~/i18n";
import { Badge, type Tone } from "~/ui";
import { CircleAlert, CircleCheck, CircleDashed, CircleHelp, CircleSlash, Send } from "~/ui/icons";

export const DELIVERY_STATUSES = ["queued", "sending", "error", "held", "dropped", "synced"] as const;
export type Status = (typeof DELIVERY_STATUSES)[number];

export const deliveryWords = define({
  en: { queued: "Queued", sending: "Sending", synced: "Synced", error: "Error", held: "Held", dropped: "Dropped" },
  nl: { queued: "In de wachtrij", sending: "Wordt verzonden", synced: "Gelijk", error: "Fout", held: "Vastgehouden", dropped: "Opgegeven" },
  es: { queued: "En cola", sending: "Enviando", synced: "Al día", error: "Error", held: "Retenida", dropped: "Descartada" },
  ru: { queued: "В очереди", sending: "Отправляется", synced: "Доставлено", error: "Ошибка", held: "Задержано", dropped: "Снято" },
});

const LOOK: Record<Status, { tone: Tone; icon: typeof CircleAlert }> = {
  queued: { tone: "accent", icon: CircleDashed },
  sending: { tone: "accent", icon: Send },
  synced: { tone: "good", icon: CircleCheck },
  error: { tone: "danger", icon: CircleAlert },
  held: { tone: "warn", icon: CircleHelp },
  dropped: { tone: "quiet", icon: CircleSlash },
};

/** How a delivery stands; with `count`, how many stand so. */
export function DeliveryStatus(props: { status: Status; count?: number }) {
  const t = deliveryWords();
  return (
    <Badge tone={LOOK[props.status].tone}>
      <Dynamic component={LOOK[props.status].icon} size={13} aria-hidden={true} />
      {props.count === undefined ? "" : `${number(props.count)} `}
      {t(props.status)}
    </Badge>
  );
}
