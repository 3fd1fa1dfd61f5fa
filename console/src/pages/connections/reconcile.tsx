import { A } from "@solidjs/router";
import { createEffect, createMemo, createSignal, For, on, onCleanup, Show } from "solid-js";
import { api, path } from "~/api/client";
import { createPages } from "~/api/pages";
import { can } from "~/app/session";
import { define, number } from "~/i18n";
import { words } from "~/i18n/words";
import { Badge, confirm, Empty, ErrorNotice, Progress, say, sayProblem, Skeleton, Time, type Tone } from "~/ui";
import { valueText } from "../exchanges/entries";
import { KINDS, type Connection, type Difference, type Kind, type Report } from "./types";

const texts = define({
  en: {
    missing_there: "Missing there", missing_here: "Missing here", differs: "Differs", stale: "Stale", undelivered: "Not delivered", missing_thereText: "An open order should be there and is not", missing_hereText: "It has an order that is not here", differsText: "Both have it, and say different things",
    staleText: "Something has been owed for more than an hour", undeliveredText: "The work is done, and the counterpart does not know", compare: "Compare now", comparing: "Comparing: {n, plural, one {# order looked at} other {# orders looked at}}…", compared: "Compared {n, plural, one {# order} other {# orders}}", never: "Never compared so far.", about: "Comparing reads what the counterpart has, and changes nothing.",
    fine: "Both sides agree: nothing differs.", repushAll: "Repush all", repush: "Repush", repushSure: "Say everything in this report anew?", repushText: "It is safe: what must not be repeated is not repeated. Where the counterpart has orders that are not here, news are looked for.", owed: "{n, plural, =0 {Nothing was owed.} one {# order is said anew.} other {# orders are said anew.}}",
    pushing: "{done} of {all} said anew", field: "Field", there: "There", here: "Here", subject: "Order", kind: "What", details: "Details", since: "Since", select: "Select {name}", all: "Everything", remote: "Id over there", pull: "“Repush all” looks for it",
  },
  nl: {
    missing_there: "Ontbreekt daar", missing_here: "Ontbreekt hier", differs: "Verschilt", stale: "Blijft liggen", undelivered: "Niet afgeleverd", missing_thereText: "Een open order hoort daar te zijn en is er niet", missing_hereText: "Daar is een order die hier niet is", differsText: "Beide hebben de order, en zeggen er iets anders over",
    staleText: "Er staat al meer dan een uur iets open", undeliveredText: "Het werk is gedaan, en de tegenpartij weet het niet", compare: "Nu vergelijken", comparing: "Vergelijken: {n, plural, one {# order bekeken} other {# orders bekeken}}…", compared: "{n, plural, one {# order} other {# orders}} vergeleken", never: "Nog nooit vergeleken.", about: "Vergelijken leest wat de tegenpartij heeft, en verandert niets.",
    fine: "Beide kanten zijn het eens: er zijn geen verschillen.", repushAll: "Alles opnieuw sturen", repush: "Opnieuw sturen", repushSure: "Alles in dit rapport opnieuw sturen?", repushText: "Dat is veilig: wat niet herhaald mag worden, wordt niet herhaald. Voor orders die hier ontbreken wordt naar nieuws gevraagd.", owed: "{n, plural, =0 {Er hoefde niets opnieuw.} one {# order gaat opnieuw.} other {# orders gaan opnieuw.}}",
    pushing: "{done} van {all} opnieuw gestuurd", field: "Veld", there: "Daar", here: "Hier", subject: "Order", kind: "Wat", details: "Details", since: "Sinds", select: "{name} selecteren", all: "Alles", remote: "Id aan de andere kant", pull: "Alles opnieuw sturen vraagt ernaar",
  },
  es: {
    missing_there: "Falta allí", missing_here: "Falta aquí", differs: "Difiere", stale: "Atascada", undelivered: "Sin entregar", missing_thereText: "Una orden abierta debería estar allí y no está", missing_hereText: "Allí hay una orden que no está aquí", differsText: "Ambos la tienen y dicen cosas distintas",
    staleText: "Se debe algo desde hace más de una hora", undeliveredText: "El trabajo está hecho y el otro sistema no lo sabe", compare: "Comparar ahora", comparing: "Comparando: {n, plural, one {# orden revisada} other {# órdenes revisadas}}…", compared: "{n, plural, one {# orden comparada} other {# órdenes comparadas}}", never: "Aún no se ha comparado.", about: "Comparar lee lo que tiene el otro sistema y no cambia nada.",
    fine: "Ambas partes coinciden: no hay diferencias.", repushAll: "Reenviar todo", repush: "Reenviar", repushSure: "¿Reenviar todo lo de este informe?", repushText: "Es seguro: lo que no debe repetirse no se repite. Para las órdenes que faltan aquí se consultan novedades.", owed: "{n, plural, =0 {No había nada que reenviar.} one {Se reenvía # orden.} other {Se reenvían # órdenes.}}",
    pushing: "{done} de {all} reenviadas", field: "Campo", there: "Allí", here: "Aquí", subject: "Orden", kind: "Qué", details: "Detalles", since: "Desde", select: "Seleccionar {name}", all: "Todo", remote: "Id en el otro sistema", pull: "Se busca al reenviar todo",
  },
  ru: {
    missing_there: "Нет там", missing_here: "Нет здесь", differs: "Различается", stale: "Застряло", undelivered: "Не доставлено", missing_thereText: "Открытый заказ должен быть там, но его нет", missing_hereText: "Там есть заказ, которого нет здесь", differsText: "Заказ есть у обоих, но данные разные",
    staleText: "Доставка ждёт больше часа", undeliveredText: "Работа сделана, а другая система об этом не знает", compare: "Сверить сейчас", comparing: "Сверка: {n, plural, one {просмотрен # заказ} few {просмотрено # заказа} many {просмотрено # заказов} other {просмотрено # заказа}}…", compared: "Сверено: {n, plural, one {# заказ} few {# заказа} many {# заказов} other {# заказа}}", never: "Сверки ещё не было.", about: "Сверка читает, что есть у другой системы, и ничего не меняет.",
    fine: "Обе стороны согласны: различий нет.", repushAll: "Отправить всё заново", repush: "Отправить заново", repushSure: "Отправить заново всё из этого отчёта?", repushText: "Это безопасно: что нельзя повторять, не повторится. Для заказов, которых нет здесь, запрашиваются новости.", owed: "{n, plural, =0 {Отправлять нечего.} one {Заново отправляется # заказ.} few {Заново отправляются # заказа.} many {Заново отправляется # заказов.} other {Заново отправляются # заказа.}}",
    pushing: "Заново отправлено {done} из {all}", field: "Поле", there: "Там", here: "Здесь", subject: "Заказ", kind: "Что", details: "Подробности", since: "С", select: "Выбрать {name}", all: "Всё", remote: "Id в другой системе", pull: "Запросит «Отправить всё заново»",
  },
});

const TONE: Record<Kind, Tone> = { missing_there: "danger", missing_here: "danger", differs: "warn", stale: "warn", undelivered: "warn" };
const keyOf = (one: Difference) => `${one.kind} ${one.order ?? one.remote}`;

function Details(props: { of: Difference }) {
  const t = texts();
  return (
    <>
      <Show when={props.of.fields?.length}>
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">{t("field")}</th>
              <th scope="col">{t("there")}</th>
              <th scope="col">{t("here")}</th>
            </tr>
          </thead>
          <tbody>
            <For each={props.of.fields}>
              {(field) => (
                <tr>
                  <td class="strong">{field.field}</td>
                  <td class="value">{valueText(field.there)}</td>
                  <td class="value">{valueText(field.here)}</td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </Show>
      <Show when={props.of.there}>
        {(says) => (
          <dl class="facts small">
            <For each={Object.entries(says())}>
              {([name, value]) => (
                <>
                  <dt>{name}</dt>
                  <dd class="value">{valueText(value)}</dd>
                </>
              )}
            </For>
          </dl>
        )}
      </Show>
      <Show when={props.of.error}>{(error) => <p class="wrong small">{error()}</p>}</Show>
    </>
  );
}

/** How far it is with what was said anew: what is still owed to the connection. */
function Pushing(props: { of: Connection; all: number; onDone: () => void }) {
  const t = texts();
  const left = () => (props.of.deliveries?.counts["queued"] ?? 0) + (props.of.deliveries?.counts["sending"] ?? 0);
  const done = () => Math.max(0, props.all - left());
  createEffect(on(left, (count, before) => before !== undefined && count === 0 && props.onDone()));
  return (
    <div class="stack tight" role="status">
      <span class="small">{t("pushing", { done: done(), all: props.all })}</span>
      <Progress current={done()} total={props.all} label={t("pushing", { done: done(), all: props.all })} />
    </div>
  );
}

/** The standing report of a connection, and saying anew what differs. */
export function Reconcile(props: { of: Connection }) {
  const t = texts();
  const w = words();
  const at = () => path`/v1/reconcile/${props.of.name}`;
  const [report, setReport] = createSignal<Report>();
  const [kind, setKind] = createSignal<Kind>();
  const [selected, setSelected] = createSignal<ReadonlySet<number>>(new Set());
  const [asked, setAsked] = createSignal<number>();
  const [pushed, setPushed] = createSignal(0);
  const pages = createPages<Difference>({
    query: () => ({ of: props.of.name }),
    key: keyOf,
    size: 500,
    read: async ({ of: _, ...query }, signal) => {
      const page = await api.get<Report>(at(), query, signal);
      setReport(page);
      return { rows: page.differences, next: page.next_cursor };
    },
  });
  const isComparing = () => {
    const compared = report()?.compared;
    if (compared && !compared.ended) return true;
    return asked() !== undefined && (!compared || Date.parse(compared.begun) < asked()!);
  };
  // A comparison says how far it is only when it is asked.
  const timer = window.setInterval(() => {
    if (isComparing()) void pages.refresh();
    else setAsked(undefined);
  }, 1000);
  onCleanup(() => window.clearInterval(timer));
  // Deliveries keep the report current.
  createEffect(on(() => JSON.stringify(props.of.deliveries), () => void pages.refresh(), { defer: true }));

  const compare = async () => {
    // By the hub's clock, which may not be ours: what began before is not it.
    const before = report()?.compared;
    await api.post(at()).then(() => setAsked(before ? Date.parse(before.begun) + 1 : 0), sayProblem);
    await pages.refresh();
  };
  const repush = async (orders: "all" | number[]) => {
    if (orders === "all" && !(await confirm(t("repushSure"), { text: t("repushText"), yes: t("repushAll") }))) return;
    await api.post<{ owed: number }>(`${at()}/repush`, { orders }).then(({ owed }) => {
      say(t("owed", { n: owed }), "good");
      setPushed(owed);
      setSelected(new Set<number>());
    }, sayProblem);
    await pages.refresh();
  };
  const shown = createMemo(() => pages.rows().filter((one) => !kind() || one.kind === kind()));
  const toggle = (order: number) => {
    const next = new Set(selected());
    if (!next.delete(order)) next.add(order);
    setSelected(next);
  };
  const total = () => Object.values(report()?.counts ?? {}).reduce((sum, count) => sum + (count ?? 0), 0);
  return (
    <>
      <div class="row">
        <span class="grow soft" role="status">
          <Show when={!isComparing()} fallback={t("comparing", { n: report()?.compared?.ended ? 0 : (report()?.compared?.seen ?? 0) })}>
            <Show when={report()?.compared} fallback={t("never")}>
              {(compared) => (
                <>
                  {t("compared", { n: compared().seen })} · <Time at={compared().ended} />
                </>
              )}
            </Show>
          </Show>
        </span>
        <Show when={can("dispatcher")}>
          <button type="button" class="button" disabled={isComparing()} onClick={() => void compare()}>
            {t("compare")}
          </button>
        </Show>
        <Show when={can("integrator") && total()}>
          <Show when={selected().size}>
            <button type="button" class="button primary" onClick={() => void repush([...selected()])}>
              {t("repush")} ({selected().size})
            </button>
          </Show>
          <button type="button" class="button" onClick={() => void repush("all")}>
            {t("repushAll")}
          </button>
        </Show>
      </div>
      <Show when={report()?.compared?.error}>{(error) => <p class="notice danger">{error()}</p>}</Show>
      <Show when={pushed()}>
        <Pushing of={props.of} all={pushed()} onDone={() => setPushed(0)} />
      </Show>
      <div class="figures" role="group" aria-label={t("kind")}>
        <button type="button" class="figure" aria-pressed={kind() === undefined} onClick={() => setKind(undefined)}>
          <b>{number(total())}</b>
          {t("all")}
        </button>
        <For each={KINDS}>
          {(one) => (
            <button type="button" class="figure" title={t(`${one}Text`)} aria-pressed={kind() === one} onClick={() => setKind(kind() === one ? undefined : one)}>
              <b>{number(report()?.counts[one] ?? 0)}</b>
              {t(one)}
            </button>
          )}
        </For>
      </div>
      <Show when={!pages.error()} fallback={<ErrorNotice error={pages.error()} onRetry={() => void pages.refresh()} />}>
        <Show when={report()} fallback={<Skeleton />}>
          <Show when={shown().length} fallback={<div class="card"><Empty>{total() ? w("nothing") : report()?.compared ? t("fine") : t("about")}</Empty></div>}>
            <div class="card scroll">
              <table class="plain stacks">
                <thead>
                  <tr>
                    <th scope="col">
                      <span class="visually-hidden">{w("actions")}</span>
                    </th>
                    <For each={[t("kind"), t("subject"), t("details"), t("since"), w("actions")]}>{(title) => <th scope="col">{title}</th>}</For>
                  </tr>
                </thead>
                <tbody>
                  <For each={shown()}>
                    {(one) => (
                      <tr>
                        <td>
                          <Show when={can("integrator") && one.order}>
                            {(order) => <input type="checkbox" aria-label={t("select", { name: one.number ?? order() })} checked={selected().has(order())} onChange={() => toggle(order())} />}
                          </Show>
                        </td>
                        <td data-label={t("kind")}>
                          <Badge tone={TONE[one.kind]} title={t(`${one.kind}Text`)}>
                            {t(one.kind)}
                          </Badge>
                        </td>
                        <td class="strong">
                          <Show when={one.order} fallback={<span>{one.number ?? one.remote}</span>}>
                            {(order) => <A href={`/orders/${order()}`}>{one.number ?? order()}</A>}
                          </Show>
                          <Show when={one.remote}>
                            {(remote) => (
                              <p class="small soft" title={t("remote")}>
                                <span class="mono">{remote()}</span>
                              </p>
                            )}
                          </Show>
                        </td>
                        <td>
                          <Details of={one} />
                        </td>
                        <td data-label={t("since")}>
                          <Time at={one.since} />
                        </td>
                        <td>
                          <Show when={can("integrator")}>
                            <Show when={one.order} fallback={<span class="small soft">{t("pull")}</span>}>
                              {(order) => (
                                <button type="button" class="button small" onClick={() => void repush([order()])}>
                                  {t("repush")}
                                </button>
                              )}
                            </Show>
                          </Show>
                        </td>
                      </tr>
                    )}
                  </For>
                </tbody>
              </table>
              <Show when={pages.hasMore()}>
                <div class="empty">
                  <button type="button" class="button" onClick={pages.more}>
                    {w("more")}
                  </button>
                </div>
              </Show>
            </div>
          </Show>
        </Show>
      </Show>
    </>
  );
}
