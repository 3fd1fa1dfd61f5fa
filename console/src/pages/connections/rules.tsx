import { A } from "@solidjs/router";
import { createResource, createSignal, For, Show } from "solid-js";
import { api, path } from "~/api/client";
import { can } from "~/app/session";
import { define } from "~/i18n";
import { words } from "~/i18n/words";
import { Await, Badge, confirm, Empty, say, sayProblem } from "~/ui";
import { Plus } from "~/ui/icons";
import { DryRunDialog } from "./dry-run";
import { Places } from "./places";
import { RuleDialog } from "./rule";
import { linkTexts } from "./texts";
import type { Rule } from "./types";
import "./links.css";

const texts = define({
  en: {
    add: "New rule", none: "No rules yet. A rule hands orders from one connection to another.", any: "any", way: "From → to", when: "When", with: "Writes", order: "Order", state: "State", on: "Enabled", off: "Disabled", enable: "Enable", disable: "Disable", dry: "Dry run", file: "From the rules file: edited there",
    removeSure: "Delete the rule {name}?", removeText: "What it routed stays routed.", removed: "{name} is deleted.", always: "always", hint: "Looked at in this order, for each order that was made or changed; all that hold apply.",
  },
  nl: {
    add: "Nieuwe regel", none: "Nog geen regels. Een regel geeft orders van de ene koppeling door aan een andere.", any: "elke", way: "Van → naar", when: "Wanneer", with: "Schrijft", order: "Volgorde", state: "Stand", on: "Ingeschakeld", off: "Uitgeschakeld", enable: "Inschakelen", disable: "Uitschakelen", dry: "Proefdraaien", file: "Uit het regelbestand: wordt daar bewerkt",
    removeSure: "De regel {name} verwijderen?", removeText: "Wat is doorgegeven, blijft doorgegeven.", removed: "{name} is verwijderd.", always: "altijd", hint: "In deze volgorde bekeken, voor elke nieuwe of gewijzigde order; alle die opgaan gelden.",
  },
  es: {
    add: "Nueva regla", none: "Aún no hay reglas. Una regla pasa órdenes de una conexión a otra.", any: "cualquiera", way: "De → a", when: "Cuando", with: "Escribe", order: "Orden", state: "Estado", on: "Activada", off: "Desactivada", enable: "Activar", disable: "Desactivar", dry: "Ensayo", file: "Del archivo de reglas: se edita allí",
    removeSure: "¿Eliminar la regla {name}?", removeText: "Lo que ya derivó sigue derivado.", removed: "{name} se ha eliminado.", always: "siempre", hint: "Se evalúan en este orden para cada orden creada o modificada; se aplican todas las que se cumplen.",
  },
  ru: {
    add: "Новое правило", none: "Правил пока нет. Правило передаёт заказы из одного подключения в другое.", any: "любое", way: "Откуда → куда", when: "Когда", with: "Записывает", order: "Порядок", state: "Состояние", on: "Включено", off: "Отключено", enable: "Включить", disable: "Отключить", dry: "Пробный прогон", file: "Из файла правил: меняется там",
    removeSure: "Удалить правило {name}?", removeText: "Уже переданное останется переданным.", removed: "Правило {name} удалено.", always: "всегда", hint: "Проверяются в этом порядке для каждого нового или изменённого заказа; действуют все подходящие.",
  },
});

function Row(props: { of: Rule; onChange: () => void; onEdit: () => void; onTry: () => void }) {
  const t = texts();
  const w = words();
  const at = () => path`/v1/rules/${props.of.name}`;
  const able = () => api.post(`${at()}/${props.of.enabled ? "disable" : "enable"}`).then(props.onChange, sayProblem);
  const remove = async () => {
    if (!(await confirm(t("removeSure", { name: props.of.name }), { text: t("removeText"), yes: w("delete"), danger: true }))) return;
    await api.delete(at()).then(() => say(t("removed", { name: props.of.name }), "good"), sayProblem);
    props.onChange();
  };
  const button = (text: string, then: () => void, danger = false) => (
    <button type="button" class="button small" classList={{ danger }} aria-label={`${text}: ${props.of.name}`} onClick={then}>
      {text}
    </button>
  );
  return (
    <tr>
      <td class="number" data-label={t("order")}>{props.of.order}</td>
      <th scope="row">{props.of.name}</th>
      <td class="name" data-label={t("way")}>
        <span>
          {props.of.from ?? <span class="soft">{t("any")}</span>} → <A href={`/connections/${encodeURIComponent(props.of.to)}`}>{props.of.to}</A>
        </span>
      </td>
      <td data-label={t("when")}>{props.of.when === "true" ? <span class="soft">{t("always")}</span> : <span class="rule-when">{props.of.when}</span>}</td>
      <td data-label={t("with")}>
        <div>
          <For each={Object.entries(props.of.with)} fallback={<span class="soft">–</span>}>
            {([field, value]) => (
              <p class="rule-when">
                {field} = {value}
              </p>
            )}
          </For>
        </div>
      </td>
      <td data-label={t("state")}>
        <Badge tone={props.of.enabled ? "good" : "quiet"}>{t(props.of.enabled ? "on" : "off")}</Badge>
      </td>
      <td>
        <Show when={can("integrator")}>
          <span class="row tight rule-actions">
            {button(t("dry"), props.onTry)}
            <Show when={props.of.source !== "file"} fallback={<span class="small soft">{t("file")}</span>}>
              {button(w("edit"), props.onEdit)}
              {button(t(props.of.enabled ? "disable" : "enable"), () => void able())}
              {button(w("delete"), () => void remove(), true)}
            </Show>
          </span>
        </Show>
      </td>
    </tr>
  );
}

export default function Page() {
  const t = texts();
  const l = linkTexts();
  const w = words();
  const [editing, setEditing] = createSignal<Rule | "new">();
  const [trying, setTrying] = createSignal<Rule>();
  const [rules, { refetch }] = createResource(async () => {
    const { rules } = await api.get<{ rules: Rule[] }>("/v1/rules");
    return rules.toSorted((a, b) => a.order - b.order || a.name.localeCompare(b.name, "en"));
  });
  const add = () => (
    <Show when={can("integrator")}>
      <button type="button" class="button primary" onClick={() => setEditing("new")}>
        <Plus size={16} aria-hidden="true" />
        {t("add")}
      </button>
    </Show>
  );
  return (
    <div class="page">
      <header>
        <h1>{l("rules")}</h1>
        {add()}
      </header>
      <Places here="rules" />
      <Await of={rules} retry={() => void refetch()}>
        {(all) => (
          <Show when={all().length} fallback={<Empty action={add()}>{t("none")}</Empty>}>
            <p class="soft small">{t("hint")}</p>
            <div class="card scroll">
              <table class="plain stacks">
                <thead>
                  <tr>
                    <For each={[t("order"), w("name"), t("way"), t("when"), t("with"), t("state"), w("actions")]}>{(title) => <th scope="col">{title}</th>}</For>
                  </tr>
                </thead>
                <tbody>
                  <For each={all()}>{(rule) => <Row of={rule} onChange={() => void refetch()} onEdit={() => setEditing(rule)} onTry={() => setTrying(rule)} />}</For>
                </tbody>
              </table>
            </div>
          </Show>
        )}
      </Await>
      <Show when={editing()} keyed>
        {(rule) => (
          <RuleDialog
            of={rule === "new" ? undefined : rule}
            onClose={() => setEditing(undefined)}
            onSaved={() => {
              setEditing(undefined);
              void refetch();
            }}
          />
        )}
      </Show>
      <Show when={trying()} keyed>
        {(rule) => <DryRunDialog rule={rule} onClose={() => setTrying(undefined)} />}
      </Show>
    </div>
  );
}
