import { createEffect, createMemo, Show } from "solid-js";
import { define, moment } from "~/i18n";
import { Badge, ErrorNotice } from "~/ui";
import { History, SkipBack, SkipForward } from "~/ui/icons";
import { shortActor } from "./Authority";
import { FIELDS, same, valueOf } from "./fields";
import { useOrder } from "./model";
import { entryWord } from "./Timeline";

const texts = define({
  en: { past: "In the past", asOf: "The order as it stood on {at}", after: "after: {what}, {who} (entry {seq})", back: "Back to now", earlier: "Earlier", later: "Later", slider: "Moment in the order's history", readOnly: "read only", differs: "{n, plural, =0 {No field differs from now} one {# field differs from now} other {# fields differ from now}}", now: "Now" },
  nl: { past: "In het verleden", asOf: "De order zoals hij was op {at}", after: "na: {what}, {who} (regel {seq})", back: "Terug naar nu", earlier: "Eerder", later: "Later", slider: "Moment in de geschiedenis van de order", readOnly: "alleen lezen", differs: "{n, plural, =0 {Geen veld wijkt af van nu} one {# veld wijkt af van nu} other {# velden wijken af van nu}}", now: "Nu" },
  es: { past: "En el pasado", asOf: "La orden tal como estaba el {at}", after: "tras: {what}, {who} (entrada {seq})", back: "Volver a ahora", earlier: "Antes", later: "Después", slider: "Momento en la historia de la orden", readOnly: "solo lectura", differs: "{n, plural, =0 {Ningún campo difiere de ahora} one {# campo difiere de ahora} other {# campos difieren de ahora}}", now: "Ahora" },
  ru: { past: "В прошлом", asOf: "Заказ, каким он был {at}", after: "после: {what}, {who} (запись {seq})", back: "Вернуться в настоящее", earlier: "Раньше", later: "Позже", slider: "Момент в истории заказа", readOnly: "только чтение", differs: "{n, plural, =0 {Отличий от настоящего нет} one {# поле отличается от настоящего} few {# поля отличаются от настоящего} many {# полей отличаются от настоящего} other {# поля отличаются от настоящего}}", now: "Сейчас" },
});

/** The slider over the journal. While it is not at its end, the page shows what was. */
export function Past() {
  const t = texts();
  const order = useOrder();
  const all = order.entries;
  const at = () => (order.past() ? all().indexOf(order.past()!) : all().length - 1);
  const said = () => {
    const entry = order.past();
    return entry ? `${moment(entry.at)}, ${entryWord(entry)}, ${shortActor(entry.actor)}` : t("now");
  };
  const differing = createMemo(() => (order.past() && order.shown() ? [...FIELDS.keys(), "status", "tasks"].filter((field) => !same(valueOf(order.shown(), field), valueOf(order.now(), field))).length : 0));
  let slider!: HTMLInputElement;
  // Set when there is room for it: a value beyond the maximum of the moment would be cut off.
  createEffect(() => {
    slider.max = String(Math.max(0, all().length - 1));
    slider.value = String(at());
  });
  return (
    <div class="past-bar" classList={{ "is-past": Boolean(order.past()) }} role="region" aria-label={t("slider")}>
      <div class="row">
        <Show when={order.past()} fallback={<History size={15} aria-hidden="true" />}>
          <Badge tone="violet">
            <History size={13} aria-hidden="true" />
            {t("past")}
          </Badge>
        </Show>
        <button type="button" class="button plain small icon" aria-label={t("earlier")} title={t("earlier")} disabled={at() <= 0} onClick={() => order.step(-1)}>
          <SkipBack size={15} aria-hidden="true" />
        </button>
        <div class="grow slider">
          <input
            ref={slider}
            type="range"
            min={0}
            step={1}
            aria-label={t("slider")}
            aria-valuetext={said()}
            title={said()}
            disabled={all().length < 2}
            onInput={(event) => order.step(Number(event.currentTarget.value) - at())}
          />
        </div>
        <button type="button" class="button plain small icon" aria-label={t("later")} title={t("later")} disabled={!order.past()} onClick={() => order.step(1)}>
          <SkipForward size={15} aria-hidden="true" />
        </button>
        <Show when={order.past()} fallback={<span class="soft small">{t("now")}</span>}>
          <button type="button" class="button primary small" onClick={() => order.travel(undefined)}>
            {t("back")}
          </button>
        </Show>
      </div>
      <Show when={order.past()}>
        {(entry) => (
          <p role="status">
            <strong>{t("asOf", { at: moment(entry().at, { dateStyle: "medium", timeStyle: "medium" }) })}</strong>, {t("after", { what: entryWord(entry()), who: shortActor(entry().actor), seq: String(entry().seq) })}.{" "}
            {t("differs", { n: differing() })}; {t("readOnly")}.
          </p>
        )}
      </Show>
      <Show when={order.travelError()}>
        <ErrorNotice error={order.travelError()} />
      </Show>
    </div>
  );
}
