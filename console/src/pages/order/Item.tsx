/** What all items have in common. */

import { Show } from "solid-js";
import { define } from "~/i18n";
import { Badge, Time } from "~/ui";
import { ConnectionLink, shortActor } from "./Authority";
import { useOrder } from "./model";
import type { Item, Order } from "./types";

const texts = define({
  en: { later: "{n, plural, one {# more came later} other {# more came later}}", through: "through", nobody: "nobody said who" },
  nl: { later: "{n, plural, one {# kwam later} other {# kwamen later}}", through: "via", nobody: "onbekend" },
  es: { later: "{n, plural, one {# más llegó después} other {# más llegaron después}}", through: "a través de", nobody: "sin autor" },
  ru: { later: "{n, plural, one {ещё # появился позже} few {ещё # появились позже} many {ещё # появилось позже} other {ещё # появилось позже}}", through: "через", nobody: "автор не указан" },
});

type List = "notes" | "attachments" | "forms" | "check_ins" | "charges" | "questions";

/** In the past: how many items were still to come. */
export function Later(props: { list: List }) {
  const t = texts();
  const order = useOrder();
  const count = (of: Order | undefined) => of?.[props.list].length ?? 0;
  const later = () => (order.past() && order.shown() ? count(order.now()) - count(order.shown()) : 0);
  return <Show when={later() > 0}>{<Badge tone="violet">{t("later", { n: later() })}</Badge>}</Show>;
}

/** Who made it, when, and through what it came. */
export function Source(props: { of: Item }) {
  const t = texts();
  return (
    <span>
      {shortActor(props.of.author) || t("nobody")}, <Time at={props.of.at} />
      <Show when={props.of.origin.connection !== null}>
        {" "}
        {t("through")} <ConnectionLink of={props.of.origin.connection} />
      </Show>
    </span>
  );
}
