import { createEffect, createSignal, For, on, Show } from "solid-js";
import { Problem } from "~/api/client";
import { define } from "~/i18n";
import { words } from "~/i18n/words";
import { Badge, CopyButton, ErrorNotice, say, sayProblem } from "~/ui";
import { Pencil } from "~/ui/icons";
import { Authority, shortActor } from "./Authority";
import { Conflicted } from "./Conflict";
import { Editor } from "./Editor";
import { GROUPS, isEmpty, same, valueOf, type FieldSpec, type GroupName } from "./fields";
import { label } from "./labels";
import { plain, useOrder, type Conflict, type Seen } from "./model";
import type { Json } from "./types";
import { worded } from "./values";

const texts = define({
  en: {
    what: "The work", when: "When", who: "Who", where: "Where", customer: "Customer", client: "From the client", result: "Progress and result", load: "Load and execution",
    empty: "{n, plural, one {# empty field} other {# empty fields}}", fewer: "Fewer fields", edit: "Edit: {field}", isNow: "Now: {value}", nothing: "nothing", meanwhile: "{who} changed this meanwhile: {value}",
    refused: "Not taken, because others have the say in it: {fields}", saved: "{field} saved",
  },
  nl: {
    what: "Het werk", when: "Wanneer", who: "Wie", where: "Waar", customer: "Klant", client: "Van de opdrachtgever", result: "Voortgang en resultaat", load: "Lading en uitvoering",
    empty: "{n, plural, one {# leeg veld} other {# lege velden}}", fewer: "Minder velden", edit: "Bewerk: {field}", isNow: "Nu: {value}", nothing: "niets", meanwhile: "{who} heeft dit intussen gewijzigd: {value}",
    refused: "Niet overgenomen, want anderen gaan erover: {fields}", saved: "{field} opgeslagen",
  },
  es: {
    what: "El trabajo", when: "Cuándo", who: "Quién", where: "Dónde", customer: "Cliente final", client: "Del cliente", result: "Avance y resultado", load: "Carga y ejecución",
    empty: "{n, plural, one {# campo vacío} other {# campos vacíos}}", fewer: "Menos campos", edit: "Editar: {field}", isNow: "Ahora: {value}", nothing: "nada", meanwhile: "{who} lo ha cambiado mientras tanto: {value}",
    refused: "No se ha aceptado, porque otros deciden: {fields}", saved: "{field}: guardado",
  },
  ru: {
    what: "Работа", when: "Когда", who: "Кто", where: "Где", customer: "Клиент", client: "От заказчика", result: "Ход и результат", load: "Груз и выполнение",
    empty: "{n, plural, one {# пустое поле} few {# пустых поля} many {# пустых полей} other {# пустого поля}}", fewer: "Меньше полей", edit: "Изменить: {field}", isNow: "Сейчас: {value}", nothing: "пусто", meanwhile: "{who} тем временем меняет на: {value}",
    refused: "Не принято, решают другие: {fields}", saved: "{field}: сохранено",
  },
});

/** All fields, in groups. */
export function Details() {
  return (
    <div class="groups">
      <For each={GROUPS}>{([group, fields]) => <Group name={group} fields={fields} />}</For>
    </div>
  );
}

function Group(props: { name: GroupName; fields: readonly FieldSpec[] }) {
  const t = texts();
  const order = useOrder();
  const [all, setAll] = createSignal(false);
  const isShown = (spec: FieldSpec) =>
    all() || (spec.main && !order.past()) || !isEmpty(valueOf(order.shown(), spec.name)) || (order.past() && !isEmpty(valueOf(order.now(), spec.name)));
  const hidden = () => props.fields.filter((spec) => !isShown(spec)).length;
  return (
    <section class="card fields" aria-label={t(props.name)}>
      <header>
        <h2>{t(props.name)}</h2>
        <Show when={hidden() || all()}>
          <button type="button" class="button plain small soft" aria-expanded={all()} onClick={() => setAll(!all())}>
            {all() ? t("fewer") : t("empty", { n: hidden() })}
          </button>
        </Show>
      </header>
      <Show when={hidden() < props.fields.length}>
        <dl>
          <For each={props.fields}>{(spec) => <Show when={isShown(spec)}><FieldRow spec={spec} /></Show>}</For>
        </dl>
      </Show>
    </section>
  );
}

/** One field: what it says, who has the say, and a way to change it. */
export function FieldRow(props: { spec: FieldSpec }) {
  const t = texts();
  const w = words();
  const order = useOrder();
  const { name } = props.spec;
  const [seen, setSeen] = createSignal<Seen>();
  const [draft, setDraft] = createSignal<Json>(null);
  const [busy, setBusy] = createSignal(false);
  const [error, setError] = createSignal<unknown>();
  const [conflict, setConflict] = createSignal<Conflict>();
  let pencil: HTMLButtonElement | undefined;

  const value = () => valueOf(order.shown(), name);
  const shownText = (of: Json) => worded(name, of, order.names());
  const mayWrite = () => order.editable() && !props.spec.fixed && order.blame(name).writable;
  const differs = () => order.past() && order.shown() && !same(value(), valueOf(order.now(), name));
  const meanwhile = () => {
    const began = seen();
    const theirs = valueOf(order.now(), name);
    return began && !conflict() && !busy() && !same(theirs, began.value) ? { value: theirs, who: order.blame(name).last?.actor } : undefined;
  };
  const begin = () => {
    const now = order.now();
    if (!now || !mayWrite()) return;
    setDraft(plain(value()));
    setError(undefined);
    setSeen({ revision: now.revision, value: plain(value()) });
  };
  const end = () => {
    setSeen(undefined);
    setConflict(undefined);
    setError(undefined);
    queueMicrotask(() => pencil?.focus());
  };
  const save = async (next: Json, since = seen()) => {
    if (!since) return;
    if (same(next, since.value) && !conflict()) return end();
    setBusy(true);
    setDraft(next);
    try {
      const saved = await order.save(name, next, since);
      if (!saved.done) return setConflict(saved.conflict);
      if (saved.refused.length) say(t("refused", { fields: saved.refused.map(label).join(", ") }), "danger");
      else say(t("saved", { field: label(name) }), "good");
      end();
    } catch (problem) {
      if (seen()) setError(problem);
      else sayProblem(problem);
    } finally {
      setBusy(false);
    }
  };
  // Who steps into the past has stopped editing.
  createEffect(on(order.past, (past) => past && end(), { defer: true }));
  const flag = () => props.spec.kind === "flag";
  /** Text that reads better on lines of its own, where the card is narrow. */
  const isLong = () => shownText(value()).length > 24 && ["text", "lines", "code"].includes(props.spec.kind);
  const wrong = () => {
    const problem = error();
    return problem instanceof Problem ? problem.detail || problem.title : undefined;
  };
  return (
    <div class="said" classList={{ differs: Boolean(differs()), editing: Boolean(seen()), long: isLong() }} data-field={name}>
      <dt>{label(name)}</dt>
      <dd>
        <Show
          when={seen() && !flag()}
          fallback={
            <div class="value">
              <Show when={flag() && mayWrite()} fallback={<Text spec={props.spec} value={value()} onEdit={begin} />}>
                <input
                  type="checkbox"
                  aria-label={label(name)}
                  checked={value() === true}
                  disabled={busy()}
                  onChange={(event) => void save(event.currentTarget.checked, { revision: order.now()?.revision ?? 0, value: value() })}
                />
              </Show>
              <Show when={mayWrite() && !flag()}>
                <button ref={pencil} type="button" class="button plain small icon pencil" aria-label={t("edit", { field: label(name) })} title={w("edit")} onClick={begin}>
                  <Pencil size={13} aria-hidden="true" />
                </button>
              </Show>
              <Show when={differs()}>
                <Badge tone="violet">{t("isNow", { value: shownText(valueOf(order.now(), name)) || t("nothing") })}</Badge>
              </Show>
            </div>
          }
        >
          <Show when={!conflict()} fallback={<Conflicted of={conflict()!} busy={busy()} onMine={(mine) => void save(mine, { revision: order.now()!.revision, value: conflict()!.theirs })} onTheirs={end} onBack={() => { setSeen({ revision: order.now()!.revision, value: conflict()!.theirs }); setConflict(undefined); }} />}>
            <Editor spec={props.spec} label={label(name)} value={draft()} busy={busy()} error={wrong()} onSave={(next) => void save(next)} onCancel={end} />
            <Show when={meanwhile()}>
              {(other) => <p class="notice warn small">{t("meanwhile", { who: shortActor(other().who ?? "?"), value: shownText(other().value) || t("nothing") })}</p>}
            </Show>
            <Show when={error() && !wrong()}>
              <ErrorNotice error={error()} />
            </Show>
          </Show>
        </Show>
      </dd>
      <dd class="say">
        <Authority field={name} />
      </dd>
    </div>
  );
}

/** What a field says; numbers to call and addresses to write to are links. */
function Text(props: { spec: FieldSpec; value: Json; onEdit: () => void }) {
  const order = useOrder();
  const text = () => worded(props.spec.name, props.value, order.names());
  const href = () => {
    if (typeof props.value !== "string") return undefined;
    if (props.spec.name === "customer.email") return `mailto:${encodeURIComponent(props.value)}`;
    return props.spec.name.startsWith("customer.phone") ? `tel:${props.value.replace(/[^+\d]/g, "")}` : undefined;
  };
  return (
    <Show when={!isEmpty(props.value) || props.value === false} fallback={<span class="soft">–</span>}>
      <span class="text" classList={{ lines: props.spec.kind === "lines", mono: props.spec.kind === "code" || props.spec.name === "result.blob" }} onDblClick={() => props.onEdit()}>
        <Show when={href()} fallback={<Show when={Array.isArray(props.value) && props.spec.kind === "tags"} fallback={text()}><Tags of={props.value as string[]} /></Show>}>
          {(href) => <a href={href()}>{text()}</a>}
        </Show>
      </span>
      <Show when={props.spec.name === "number"}>
        <CopyButton text={text()} />
      </Show>
    </Show>
  );
}

function Tags(props: { of: string[] }) {
  return <For each={props.of}>{(tag) => <Badge>{tag}</Badge>}</For>;
}

