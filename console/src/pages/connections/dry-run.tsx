import { A } from "@solidjs/router";
import { createSignal, For, onMount, Show } from "solid-js";
import { api, path } from "~/api/client";
import { define, number } from "~/i18n";
import { words } from "~/i18n/words";
import { Dialog, ErrorNotice, Skeleton, StatusBadge } from "~/ui";
import { valueText } from "../exchanges/entries";
import type { DryRun, Rule } from "./types";

const texts = define({
  en: {
    title: "Dry run of {name}", sum: "{go, plural, =0 {No order} one {# order} other {# orders}} of {all} would go to {to} now. Nothing was done.", order: "Order", writes: "Would be written", never: "Would hold, and do not go", errors: "Cannot be judged", orders: "{n, plural, one {# order} other {# orders}}", first: "The first {n} are shown.", nothing: "nothing",
  },
  nl: {
    title: "Proef met {name}", sum: "{go, plural, =0 {Geen order} one {# order} other {# orders}} van {all} zou nu naar {to} gaan. Er is niets gedaan.", order: "Order", writes: "Zou geschreven worden", never: "Voldoen, en gaan toch niet", errors: "Niet te beoordelen", orders: "{n, plural, one {# order} other {# orders}}", first: "De eerste {n} staan hier.", nothing: "niets",
  },
  es: {
    title: "Ensayo de {name}", sum: "{go, plural, =0 {Ninguna orden} one {# orden} other {# órdenes}} de {all} iría ahora a {to}. No se ha hecho nada.", order: "Orden", writes: "Se escribiría", never: "Cumplen, y no van", errors: "No se puede evaluar", orders: "{n, plural, one {# orden} other {# órdenes}}", first: "Se muestran las primeras {n}.", nothing: "nada",
  },
  ru: {
    title: "Пробный прогон: {name}", sum: "{go, plural, =0 {Ни один заказ} one {# заказ} few {# заказа} many {# заказов} other {# заказа}} из {all} ушли бы сейчас в {to}. Ничего не сделано.", order: "Заказ", writes: "Было бы записано", never: "Подходят, но не уходят", errors: "Невозможно оценить", orders: "{n, plural, one {# заказ} few {# заказа} many {# заказов} other {# заказа}}", first: "Показаны первые {n}.", nothing: "ничего",
  },
});

/** Which orders would go where, and why others would not. */
export function DryRunResult(props: { of: DryRun; to: string }) {
  const t = texts();
  const w = words();
  const lines = (title: string, of: readonly { what: string; orders: number }[]) => (
    <Show when={of.length}>
      <section>
        <h3>{title}</h3>
        <ul>
          <For each={of}>
            {(one) => (
              <li>
                {one.what} <span class="soft">({t("orders", { n: one.orders })})</span>
              </li>
            )}
          </For>
        </ul>
      </section>
    </Show>
  );
  return (
    <div class="stack" role="status">
      <p class="strong">{t("sum", { go: props.of.would_go, all: number(props.of.looked_at), to: props.to })}</p>
      <Show when={props.of.orders.length}>
        <div class="scroll">
          <table class="plain">
            <thead>
              <tr>
                <th scope="col">{t("order")}</th>
                <th scope="col">{w("status")}</th>
                <th scope="col">{t("writes")}</th>
              </tr>
            </thead>
            <tbody>
              <For each={props.of.orders}>
                {(order) => (
                  <tr>
                    <td>
                      <A href={`/orders/${order.id}`}>{order.number ?? order.serial}</A>
                    </td>
                    <td>
                      <StatusBadge status={order.status} />
                    </td>
                    <td class="rule-when">
                      <For each={Object.entries(order.with)} fallback={<span class="soft">{t("nothing")}</span>}>
                        {([field, value]) => (
                          <p>
                            {field} = {valueText(value)}
                          </p>
                        )}
                      </For>
                    </td>
                  </tr>
                )}
              </For>
            </tbody>
          </table>
        </div>
        <Show when={props.of.would_go > props.of.orders.length}>
          <p class="soft small">{t("first", { n: props.of.orders.length })}</p>
        </Show>
      </Show>
      {lines(t("never"), props.of.never.map((one) => ({ what: one.why, orders: one.orders })))}
      {lines(t("errors"), props.of.errors.map((one) => ({ what: one.error, orders: one.orders })))}
    </div>
  );
}

/** A rule that is kept, tried. */
export function DryRunDialog(props: { rule: Rule; onClose: () => void }) {
  const t = texts();
  const w = words();
  const [run, setRun] = createSignal<DryRun>();
  const [error, setError] = createSignal<unknown>();
  onMount(() => void api.post<DryRun>(path`/v1/rules/${props.rule.name}/dry-run`).then(setRun, setError));
  return (
    <Dialog
      wide
      title={t("title", { name: props.rule.name })}
      onClose={props.onClose}
      footer={
        <button type="button" class="button" onClick={props.onClose}>
          {w("close")}
        </button>
      }
    >
      <Show when={!error()} fallback={<ErrorNotice error={error()} />}>
        <Show when={run()} fallback={<Skeleton />}>
          {(found) => <DryRunResult of={found()} to={props.rule.to} />}
        </Show>
      </Show>
    </Dialog>
  );
}
