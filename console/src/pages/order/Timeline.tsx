import { A } from "@solidjs/router";
import { createMemo, createSignal, For, Show } from "solid-js";
import { define } from "~/i18n";
import { statusWord } from "~/i18n/words";
import { Badge, Empty, ErrorNotice, StatusBadge, Time } from "~/ui";
import { Ban, Eye } from "~/ui/icons";
import { ConnectionLink, ruleWord, shortActor } from "./Authority";
import { label } from "./labels";
import { useOrder } from "./model";
import type { Change, Entry, Json, RefusedWrite } from "./types";
import { worded } from "./values";

const texts = define({
  en: {
    title: "Timeline", kind: "What", person: "Who", all: "Everything", everybody: "Everybody", moves: "Status", fields: "Fields", items: "From the field", relay: "Systems", refused: "Refused", none: "No entry fits this filter", older: "Older entries",
    created: "Created", updated: "Changed", noted: "Note added", attached: "File added", filled: "Form filled in", checked: "Checked in", charged: "Charge added", asked: "Question asked", removed: "Removed", acknowledged: "Acknowledged", imported: "Imported", routed: "Handed on",
    fieldsN: "{n, plural, one {# more change} other {# more changes}}", fewer: "Less", then: "See the order then", exchange: "Exchange", through: "through", nothing: "nothing", offered: "{field}: “{value}” was not taken: {why}",
    deleted: "Deleted",
  },
  nl: {
    title: "Tijdlijn", kind: "Wat", person: "Wie", all: "Alles", everybody: "Iedereen", moves: "Status", fields: "Velden", items: "Uit het veld", relay: "Systemen", refused: "Geweigerd", none: "Geen regel past bij dit filter", older: "Oudere regels",
    created: "Aangemaakt", updated: "Gewijzigd", noted: "Notitie toegevoegd", attached: "Bestand toegevoegd", filled: "Formulier ingevuld", checked: "Ter plaatse gemeld", charged: "Regel toegevoegd", asked: "Vraag gesteld", removed: "Verwijderd", acknowledged: "Bevestigd", imported: "Geïmporteerd", routed: "Doorgegeven",
    fieldsN: "{n, plural, one {nog # wijziging} other {nog # wijzigingen}}", fewer: "Minder", then: "Bekijk de order toen", exchange: "Uitwisseling", through: "via", nothing: "niets", offered: "{field}: “{value}” is niet overgenomen: {why}",
    deleted: "Verwijderd",
  },
  es: {
    title: "Cronología", kind: "Qué", person: "Quién", all: "Todo", everybody: "Todos", moves: "Estado", fields: "Campos", items: "Desde el terreno", relay: "Sistemas", refused: "Rechazado", none: "Ninguna entrada coincide con el filtro", older: "Entradas anteriores",
    created: "Creada", updated: "Cambiada", noted: "Nota añadida", attached: "Archivo añadido", filled: "Formulario rellenado", checked: "Llegada registrada", charged: "Cargo añadido", asked: "Pregunta hecha", removed: "Quitado", acknowledged: "Acusada", imported: "Importada", routed: "Pasada",
    fieldsN: "{n, plural, one {# cambio más} other {# cambios más}}", fewer: "Menos", then: "Ver la orden entonces", exchange: "Intercambio", through: "a través de", nothing: "nada", offered: "{field}: no se aceptó «{value}»: {why}",
    deleted: "Eliminada",
  },
  ru: {
    title: "Хронология", kind: "Что", person: "Кто", all: "Всё", everybody: "Все", moves: "Статус", fields: "Поля", items: "С места", relay: "Системы", refused: "Отклонено", none: "Под этот фильтр ничего не подходит", older: "Более ранние записи",
    created: "Создан", updated: "Изменён", noted: "Добавлена заметка", attached: "Добавлен файл", filled: "Заполнена форма", checked: "Отметка на месте", charged: "Добавлено начисление", asked: "Задан вопрос", removed: "Удалено", acknowledged: "Подтверждён", imported: "Импортирован", routed: "Передан",
    fieldsN: "{n, plural, one {ещё # изменение} few {ещё # изменения} many {ещё # изменений} other {ещё # изменения}}", fewer: "Меньше", then: "Посмотреть заказ тогда", exchange: "Обмен", through: "через", nothing: "пусто", offered: "{field}: «{value}» не принято: {why}",
    deleted: "Удалён",
  },
});

const VERBS: Record<string, Parameters<ReturnType<typeof texts>>[0]> = {
  created: "created", updated: "updated", noted: "noted", attached: "attached", "filled in": "filled", "checked in": "checked", charged: "charged", asked: "asked", removed: "removed",
  acknowledged: "acknowledged", imported: "imported", routed: "routed", refused: "refused", deleted: "deleted",
};

const ITEMS = ["notes", "attachments", "forms", "check_ins", "charges", "questions"];
const RELAY = ["keys", "routed_to", "imported_by", "acknowledgements"];

type Filter = "all" | "moves" | "fields" | "items" | "relay" | "refused";

function fits(entry: Entry, filter: Filter): boolean {
  const has = (test: (field: string) => boolean) => entry.changes.some((change) => test(change.field));
  const isRelay = (field: string) => RELAY.includes(field) || field.startsWith("wire.");
  switch (filter) {
    case "moves":
      return has((field) => field === "status");
    case "items":
      return has((field) => ITEMS.includes(field));
    case "relay":
      return has(isRelay) || entry.connection !== null;
    case "fields":
      return has((field) => field !== "status" && !ITEMS.includes(field) && !isRelay(field));
    case "refused":
      return entry.refused.length > 0;
    default:
      return true;
  }
}

/** What an entry did, in a word: its verb, or where the order went. */
export function entryWord(entry: Entry): string {
  const verb = VERBS[entry.verb];
  return verb ? texts()(verb) : statusWord(entry.verb);
}

const PAGE = 40;

/** Every entry of the journal about this order, newest first. */
export function Timeline() {
  const t = texts();
  const order = useOrder();
  const [filter, setFilter] = createSignal<Filter>("all");
  const [who, setWho] = createSignal("");
  const [limit, setLimit] = createSignal(PAGE);
  const people = createMemo(() => [...new Set(order.entries().map((entry) => entry.actor))].sort());
  const found = createMemo(() => order.entries().filter((entry) => fits(entry, filter()) && (!who() || entry.actor === who())).toReversed());
  const filters = (): [Filter, string][] => [["all", t("all")], ["moves", t("moves")], ["fields", t("fields")], ["items", t("items")], ["relay", t("relay")], ["refused", t("refused")]];
  return (
    <section class="card timeline" aria-label={t("title")}>
      <header>
        <h2>{t("title")}</h2>
        <select class="input" aria-label={t("kind")} onChange={(event) => setFilter(event.currentTarget.value as Filter)}>
          <For each={filters()}>{([key, text]) => <option value={key}>{text}</option>}</For>
        </select>
        <select class="input" aria-label={t("person")} onChange={(event) => setWho(event.currentTarget.value)}>
          <option value="">{t("everybody")}</option>
          <For each={people()}>{(actor) => <option value={actor} selected={actor === who()}>{shortActor(actor)}</option>}</For>
        </select>
      </header>
      <Show when={!order.historyError()} fallback={<ErrorNotice error={order.historyError()} onRetry={() => void order.reload()} />}>
        <ol class="entries" aria-live="off">
          <For each={found().slice(0, limit())}>{(entry) => <EntryLine entry={entry} />}</For>
        </ol>
        <Show when={order.entries().length && !found().length}>
          <Empty>{t("none")}</Empty>
        </Show>
        <Show when={found().length > limit()}>
          <button type="button" class="button plain" onClick={() => setLimit(limit() + PAGE)}>
            {t("older")}
          </button>
        </Show>
      </Show>
    </section>
  );
}

const FEW = 4;

function EntryLine(props: { entry: Entry }) {
  const t = texts();
  const order = useOrder();
  const [all, setAll] = createSignal(false);
  const isMove = () => props.entry.changes.some((change) => change.field === "status");
  // The status is in the heading; what a dialect keeps for itself comes last.
  const changes = createMemo(() => props.entry.changes.filter((change) => change.field !== "status").sort((one, other) => Number(one.field.startsWith("wire.")) - Number(other.field.startsWith("wire."))));
  const shown = () => (all() ? changes() : changes().slice(0, FEW));
  return (
    <li class="entry" classList={{ here: order.past()?.seq === props.entry.seq, refusing: props.entry.refused.length > 0 }} data-seq={props.entry.seq}>
      <div class="row entry-head">
        <Show when={isMove()} fallback={<strong>{entryWord(props.entry)}</strong>}>
          <Show when={props.entry.verb === "created"}>
            <strong>{t("created")}</strong>
          </Show>
          <StatusBadge status={String(props.entry.changes.findLast((change) => change.field === "status")?.to)} />
        </Show>
        <Who actor={props.entry.actor} connection={props.entry.connection} />
        <span class="grow" />
        <span class="traces">
          <Time at={props.entry.at} />
          <button type="button" class="link" title={t("then")} aria-label={`${t("then")} (${props.entry.seq})`} onClick={() => order.travel(props.entry)}>
            <Eye size={15} aria-hidden="true" />
          </button>
        </span>
      </div>
      <Show when={changes().length}>
        <ul class="changes">
          <For each={shown()}>{(change) => <ChangeLine change={change} />}</For>
        </ul>
      </Show>
      <For each={props.entry.refused}>{(refused) => <RefusedLine refused={refused} />}</For>
      <For each={props.entry.advisories}>{(text) => <p class="soft small">{text}</p>}</For>
      <Show when={changes().length > FEW || props.entry.exchange}>
        <div class="row small">
          <Show when={changes().length > FEW}>
            <button type="button" class="link" aria-expanded={all()} onClick={() => setAll(!all())}>
              {all() ? t("fewer") : t("fieldsN", { n: changes().length - FEW })}
            </button>
          </Show>
          <span class="grow" />
          <Show when={props.entry.exchange}>{(exchange) => <A href={`/exchanges/${exchange()}`}>{t("exchange")}</A>}</Show>
        </div>
      </Show>
    </li>
  );
}

/** Who it was; whoever came through a connection of the same name is named once. */
function Who(props: { actor: string; connection: number | null }) {
  const t = texts();
  const order = useOrder();
  const name = () => shortActor(props.actor);
  const isConnection = () => order.connectionOf(props.connection)?.name === name();
  return (
    <span class="soft small">
      <Show when={props.connection !== null} fallback={name()}>
        <Show when={!isConnection()}>
          {name()} {t("through")}{" "}
        </Show>
        <ConnectionLink of={props.connection} />
      </Show>
    </span>
  );
}

function RefusedLine(props: { refused: RefusedWrite }) {
  const t = texts();
  const order = useOrder();
  const value = () => (props.refused.field === "status" ? statusWord(String(props.refused.offered)) : worded(props.refused.field, props.refused.offered, order.names())) || t("nothing");
  return (
    <p class="refused-line">
      <Badge tone="danger">
        <Ban size={12} aria-hidden="true" />
        {t("refused")}
      </Badge>{" "}
      {t("offered", { field: label(props.refused.field), value: value(), why: ruleWord(props.refused.rule) })}
    </p>
  );
}

/** An item of the order in a few words. */
function itemWord(value: Json): string {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return String(value ?? "");
  const { text, caption, name, message, description, namespace, key, answer, point } = value as Record<string, Json>;
  if (namespace) return `${String(namespace)} ${String(key)}`;
  const said = text ?? message ?? description ?? (name && caption ? `${String(name)}: ${String(caption)}` : name);
  const chosen = answer && typeof answer === "object" && !Array.isArray(answer) ? ` → ${String(answer["choice"])}` : "";
  if (said) return `${String(said)}${chosen}`;
  if (point && typeof point === "object" && !Array.isArray(point)) return `${String(point["latitude"])}, ${String(point["longitude"])}`;
  return JSON.stringify(value);
}

function ChangeLine(props: { change: Change }) {
  const t = texts();
  const order = useOrder();
  const { field } = props.change;
  const isItem = ITEMS.includes(field) || field === "keys" || field === "acknowledgements";
  const isConnection = field === "routed_to" || field === "imported_by";
  const said = (value: Json) => (isItem ? (value === null ? "" : itemWord(value)) : worded(field, value, order.names()));
  const had = () => props.change.from !== null && props.change.from !== undefined;
  return (
    <li>
      <span class="soft">{label(field)}</span>{" "}
      <Show when={!isConnection} fallback={<ConnectionLink of={props.change.to as number} />}>
        <Show when={had()}>
          <del>{said(props.change.from)}</del> <span aria-hidden="true">→</span>{" "}
        </Show>
        <span class="became" classList={{ mono: field.startsWith("wire.") }}>
          {said(props.change.to) || t("nothing")}
        </span>
      </Show>
    </li>
  );
}
