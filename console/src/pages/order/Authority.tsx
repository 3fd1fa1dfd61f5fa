import { A } from "@solidjs/router";
import { createSignal, createUniqueId, For, Show } from "solid-js";
import { define } from "~/i18n";
import { Time } from "~/ui";
import { Ban, Cable, Cpu, Info, Lock, UserRound } from "~/ui/icons";
import { label } from "./labels";
import { useOrder, type Model } from "./model";
import type { Blame, Json } from "./types";
import { worded } from "./values";

const texts = define({
  en: {
    about: "{field}: who has the say", never: "Nobody has written it yet.", lastBy: "Last written by", through: "through", exchange: "exchange", entry: "entry {seq}", none: "nothing",
    open: "Everybody may write it.", shared: "Shared: you may write it, and so may the executing side.", originator: "Belongs to {who}, where the order came from. Nobody else writes it.",
    executor: "Belongs to whoever does the work. You may write it, too.", assignment: "Says who does the work. You may write it.", hub: "Made by Docket itself.",
    youMay: "You may write it.", youMayNot: "You may not write it.", role: "Your role only reads.",
    autoOn: "Auto-Admin is on for {who}: what it sends next replaces what you write here.", autoOff: "Auto-Admin is off for {who}: what it sends for this field is ignored, and kept in the journal.",
    external: "{who} is external: it never assigns anybody.", local: "The order was made here: no originator writes over it.",
    refused: "{n, plural, one {# refused write} other {# refused writes}}", offered: "{who} offered “{value}”",
    originator_owned: "the field belongs to the originating system", auto_admin_off: "Auto-Admin is off", external_mode: "an external integration never assigns", executor_owned: "the field belongs to whoever does the work",
  },
  nl: {
    about: "{field}: wie het voor het zeggen heeft", never: "Nog door niemand geschreven.", lastBy: "Laatst geschreven door", through: "via", exchange: "uitwisseling", entry: "regel {seq}", none: "niets",
    open: "Iedereen mag dit schrijven.", shared: "Gedeeld: u mag dit schrijven, en de uitvoerende kant ook.", originator: "Is van {who}, waar de order vandaan komt. Niemand anders schrijft dit.",
    executor: "Is van wie het werk doet. U mag het ook schrijven.", assignment: "Zegt wie het werk doet. U mag dit schrijven.", hub: "Maakt Docket zelf.",
    youMay: "U mag dit schrijven.", youMayNot: "U mag dit niet schrijven.", role: "Uw rol mag alleen lezen.",
    autoOn: "Auto-Admin staat aan voor {who}: wat het hierna stuurt vervangt wat u hier schrijft.", autoOff: "Auto-Admin staat uit voor {who}: wat het voor dit veld stuurt wordt genegeerd en in het journaal bewaard.",
    external: "{who} is extern: het wijst nooit iemand toe.", local: "De order is hier gemaakt: geen herkomstsysteem overschrijft dit.",
    refused: "{n, plural, one {# geweigerde wijziging} other {# geweigerde wijzigingen}}", offered: "{who} bood “{value}” aan",
    originator_owned: "het veld is van het systeem van herkomst", auto_admin_off: "Auto-Admin staat uit", external_mode: "een externe koppeling wijst nooit toe", executor_owned: "het veld is van wie het werk doet",
  },
  es: {
    about: "{field}: quién decide", never: "Nadie lo ha escrito todavía.", lastBy: "Escrito por última vez por", through: "a través de", exchange: "intercambio", entry: "entrada {seq}", none: "nada",
    open: "Cualquiera puede escribirlo.", shared: "Compartido: usted puede escribirlo, y también quien ejecuta.", originator: "Pertenece a {who}, de donde vino la orden. Nadie más lo escribe.",
    executor: "Pertenece a quien hace el trabajo. Usted también puede escribirlo.", assignment: "Dice quién hace el trabajo. Usted puede escribirlo.", hub: "Lo hace el propio Docket.",
    youMay: "Usted puede escribirlo.", youMayNot: "Usted no puede escribirlo.", role: "Su rol solo permite leer.",
    autoOn: "Auto-Admin está activado para {who}: lo próximo que envíe sustituirá lo que escriba aquí.", autoOff: "Auto-Admin está desactivado para {who}: lo que envíe para este campo se ignora y queda en el diario.",
    external: "{who} es externo: nunca asigna a nadie.", local: "La orden se creó aquí: ningún sistema de origen la sobrescribe.",
    refused: "{n, plural, one {# escritura rechazada} other {# escrituras rechazadas}}", offered: "{who} ofreció «{value}»",
    originator_owned: "el campo pertenece al sistema de origen", auto_admin_off: "Auto-Admin está desactivado", external_mode: "una integración externa nunca asigna", executor_owned: "el campo pertenece a quien hace el trabajo",
  },
  ru: {
    about: "{field}: за кем слово", never: "Ещё никто не записывал.", lastBy: "Последняя запись:", through: "через", exchange: "обмен", entry: "запись {seq}", none: "ничего",
    open: "Писать может каждый.", shared: "Общее поле: писать можете вы и исполняющая сторона.", originator: "Принадлежит {who}, откуда пришёл заказ. Больше никто его не пишет.",
    executor: "Принадлежит тому, кто выполняет работу. Вы тоже можете писать.", assignment: "Говорит, кто выполняет работу. Вы можете писать.", hub: "Заполняет сам Docket.",
    youMay: "Вы можете писать.", youMayNot: "Вы не можете писать.", role: "Ваша роль позволяет только читать.",
    autoOn: "Auto-Admin для {who} включён: следующее, что он пришлёт, заменит написанное здесь.", autoOff: "Auto-Admin для {who} выключен: присланное в это поле не принимается, но остаётся в журнале.",
    external: "{who} — внешняя система: она никого не назначает.", local: "Заказ создан здесь: источник его не перезапишет.",
    refused: "{n, plural, one {# отклонённая запись} few {# отклонённые записи} many {# отклонённых записей} other {# отклонённой записи}}", offered: "{who} предлагает «{value}»",
    originator_owned: "поле принадлежит системе-источнику", auto_admin_off: "Auto-Admin выключен", external_mode: "внешняя интеграция не назначает", executor_owned: "поле принадлежит тому, кто выполняет работу",
  },
});

const RULES = ["originator_owned", "auto_admin_off", "external_mode", "executor_owned"] as const;
const OWNERS = ["open", "shared", "originator", "executor", "assignment", "hub"] as const;

/** Why a write was not taken: a rule in words, or whatever was said. */
export function ruleWord(rule: string): string {
  const known = RULES.find((one) => one === rule);
  return known ? texts()(known) : rule;
}

/** The name without what kind of name it is: `user dana`, `pruvan demo-pruvan`. */
export function shortActor(actor: string): string {
  return actor.replace(/^(user|token|ppw|pruvan|wialon|mews|planviewer) (?=.)/, "");
}

export function ConnectionLink(props: { of: number | string | null | undefined }) {
  const order = useOrder();
  const name = () => order.connectionOf(props.of)?.name ?? (typeof props.of === "string" ? props.of : `#${props.of}`);
  return (
    <Show when={props.of !== null && props.of !== undefined}>
      <A href={`/connections/${encodeURIComponent(name())}`}>{name()}</A>
    </Show>
  );
}

/** What Auto-Admin and the mode of the originator mean for a field. */
function effect(order: Model, owner: Blame["owner"]): string {
  const t = texts();
  const origin = order.now()?.origin;
  const from = order.connectionOf(origin?.connection);
  if (owner !== "shared" && owner !== "assignment") return "";
  if (!from) return t("local");
  const off = ["false", "off", "no", "0"].includes(from.settings["auto_admin"] ?? "");
  if (owner === "assignment") return from.settings["mode"] === "external" ? t("external", { who: from.name }) : "";
  return t(off ? "autoOff" : "autoOn", { who: from.name });
}

/** Who has the say in a field, who used it, and who was refused: a small button beside the value. */
export function Authority(props: { field: string }) {
  const t = texts();
  const order = useOrder();
  const id = createUniqueId();
  const [open, setOpen] = createSignal(false);
  let button!: HTMLButtonElement;
  let box!: HTMLDivElement;
  const blame = () => order.blame(props.field);
  const locked = () => !blame().writable;
  const place = () => {
    const at = button.getBoundingClientRect();
    const below = at.bottom + box.offsetHeight + 8 < window.innerHeight;
    box.style.left = `${Math.max(8, Math.min(at.right - box.offsetWidth, window.innerWidth - box.offsetWidth - 8))}px`;
    box.style.top = below ? `${at.bottom + 4}px` : `${Math.max(8, at.top - box.offsetHeight - 4)}px`;
  };
  const last = () => blame().last;
  return (
    <>
      <button
        ref={button}
        type="button"
        class="who-wrote"
        classList={{ locked: locked() }}
        popovertarget={id}
        aria-label={t("about", { field: label(props.field) })}
        title={t("about", { field: label(props.field) })}
      >
        <Show when={blame().refused.length}>
          <span class="refused-count">
            <Ban size={12} aria-hidden="true" />
            {blame().refused.length}
          </span>
        </Show>
        <Show when={locked()}>
          <Lock size={12} aria-hidden="true" />
        </Show>
        <Show when={last()}>
          {(last) => (
            <>
              <WriterIcon actor={last().actor} connection={last().connection} />
              <span class="name">{shortActor(last().actor)}</span>
            </>
          )}
        </Show>
        <Show when={!last() && !locked()}>
          <Info size={12} aria-hidden="true" />
        </Show>
      </button>
      <div
        ref={box}
        id={id}
        popover="auto"
        class="authority"
        role="dialog"
        aria-label={t("about", { field: label(props.field) })}
        onToggle={(event) => {
          setOpen((event as ToggleEvent).newState === "open");
          if (open()) place();
        }}
      >
        <Show when={open()}>
          <Said field={props.field} blame={blame()} />
        </Show>
      </div>
    </>
  );
}

function WriterIcon(props: { actor: string; connection: string | number | null }) {
  return (
    <Show when={props.connection === null} fallback={<Cable size={12} aria-hidden="true" />}>
      <Show when={props.actor !== "hub"} fallback={<Cpu size={12} aria-hidden="true" />}>
        <UserRound size={12} aria-hidden="true" />
      </Show>
    </Show>
  );
}

function Said(props: { field: string; blame: Blame }) {
  const t = texts();
  const order = useOrder();
  const origin = () => order.connectionOf(order.now()?.origin.connection)?.name ?? order.now()?.origin.dialect ?? "";
  const owner = () => OWNERS.find((one) => one === props.blame.owner);
  // The journal names the rule, which can be said in the person's language.
  const why = (one: Blame["refused"][number]) =>
    ruleWord(order.entries().find((entry) => entry.seq === one.seq)?.refused.find((refused) => refused.field === props.field)?.rule ?? one.why);
  const value = (value: Json) => worded(props.field, value, order.names()) || t("none");
  return (
    <div class="stack">
      <h3>{label(props.field)}</h3>
      <p>{owner() ? t(owner()!, { who: origin() }) : props.blame.owner}</p>
      <Show when={!order.editable() && !order.past() && props.blame.writable} fallback={<Show when={!props.blame.writable}><p class="strong">{t("youMayNot")}</p></Show>}>
        <p class="strong">{t("role")}</p>
      </Show>
      <Show when={effect(order, props.blame.owner)}>{(text) => <p class="soft">{text()}</p>}</Show>
      <Show when={props.blame.last} fallback={<p class="soft">{t("never")}</p>}>
        {(last) => (
          <p>
            {t("lastBy")} <strong>{shortActor(last().actor)}</strong>, <Time at={last().at} />
            <Show when={last().connection !== null}>
              {" "}
              {t("through")} <ConnectionLink of={last().connection} />
            </Show>
            <Traces seq={last().seq} exchange={last().exchange} />
          </p>
        )}
      </Show>
      <Show when={props.blame.refused.length}>
        <p class="strong warn-text">{t("refused", { n: props.blame.refused.length })}</p>
        <ul class="stack">
          <For each={props.blame.refused.slice(-5).toReversed()}>
            {(one) => (
              <li>
                <Time at={one.at} />: {t("offered", { who: shortActor(one.actor), value: value(one.offered) })}: {why(one)}
                <Traces seq={one.seq} exchange={one.exchange} />
              </li>
            )}
          </For>
        </ul>
      </Show>
    </div>
  );
}

/** Links to the entry of the journal and to the exchange that a write came in. */
export function Traces(props: { seq: number; exchange: string | null }) {
  const t = texts();
  const order = useOrder();
  const entry = () => order.entries().find((one) => one.seq === props.seq);
  return (
    <span class="traces">
      <Show when={entry()}>
        {(entry) => (
          <button type="button" class="link" onClick={() => order.travel(entry())}>
            {t("entry", { seq: String(props.seq) })}
          </button>
        )}
      </Show>
      <Show when={props.exchange}>{(exchange) => <A href={`/exchanges/${exchange()}`}>{t("exchange")}</A>}</Show>
    </span>
  );
}
