import { createResource, createSignal, createUniqueId, For, Index, Show, Suspense } from "solid-js";
import { api, path, Problem } from "~/api/client";
import { define } from "~/i18n";
import { words } from "~/i18n/words";
import { Dialog, ErrorNotice, say, SelectField, TextField } from "~/ui";
import { Plus, X } from "~/ui/icons";
import { DryRunResult } from "./dry-run";
import { Expression } from "./expression";
import type { Connection, DryRun, Rule } from "./types";
import { lookAtWrong } from "./wrong";

const texts = define({
  en: {
    add: "New rule", edit: "Rule {name}", from: "From", fromHint: "The connection through which the order came", any: "Any connection", to: "To", choose: "Choose…", when: "When", whenHint: "CEL over order and now. “true” is always.", with: "Writes on the order", withHint: "Each value is an expression: 5, \"text\", order.number + \"-A\"",
    field: "Field", value: "Value", addField: "Add a field", removeField: "Remove {name}", order: "Order", orderHint: "Rules with smaller numbers are looked at first", enabled: "Enabled", try: "Dry run", saved: "{name} is saved.", examples: "Examples",
  },
  nl: {
    add: "Nieuwe regel", edit: "Regel {name}", from: "Van", fromHint: "De koppeling waardoor de order binnenkwam", any: "Elke koppeling", to: "Naar", choose: "Kies…", when: "Wanneer", whenHint: "CEL over order en now. “true” is altijd.", with: "Schrijft op de order", withHint: "Elke waarde is een expressie: 5, \"tekst\", order.number + \"-A\"",
    field: "Veld", value: "Waarde", addField: "Veld toevoegen", removeField: "{name} weghalen", order: "Volgorde", orderHint: "Regels met een lager nummer gaan voor", enabled: "Ingeschakeld", try: "Proefdraaien", saved: "{name} is opgeslagen.", examples: "Voorbeelden",
  },
  es: {
    add: "Nueva regla", edit: "Regla {name}", from: "De", fromHint: "La conexión por la que llegó la orden", any: "Cualquier conexión", to: "A", choose: "Elija…", when: "Cuando", whenHint: "CEL sobre order y now. «true» es siempre.", with: "Escribe en la orden", withHint: "Cada valor es una expresión: 5, \"texto\", order.number + \"-A\"",
    field: "Campo", value: "Valor", addField: "Añadir un campo", removeField: "Quitar {name}", order: "Orden", orderHint: "Primero se evalúan las de número menor", enabled: "Activada", try: "Ensayo", saved: "{name} se ha guardado.", examples: "Ejemplos",
  },
  ru: {
    add: "Новое правило", edit: "Правило {name}", from: "Откуда", fromHint: "Подключение, через которое пришёл заказ", any: "Любое подключение", to: "Куда", choose: "Выберите…", when: "Когда", whenHint: "CEL над order и now. «true» — всегда.", with: "Записывает в заказ", withHint: "Каждое значение — выражение: 5, \"текст\", order.number + \"-A\"",
    field: "Поле", value: "Значение", addField: "Добавить поле", removeField: "Убрать {name}", order: "Порядок", orderHint: "Сначала проверяются правила с меньшим номером", enabled: "Включено", try: "Пробный прогон", saved: "Правило {name} сохранено.", examples: "Примеры",
  },
});

const EXAMPLES = [
  'order.open && order.site.region == "TX"',
  'order.rush && order.due - now < duration("24h")',
  'order.service == "Mow" || order.tasks.exists(t, t.name.lower().contains("grass"))',
  'order.origin.dialect == "ppw" && !("internal" in order.tags)',
  "order.cost != null && order.cost > 500.0",
];

/** Fields that rules write most; any other can be typed. */
const FIELDS = ["priority", "rush", "tags", "work_info", "instructions", "description", "reference", "due", "service", "person", "crew", "client_company", "cost", "title"];

/** Where in a rule it is wrong, and what; the detail begins with the place. */
function wrongIn(error: unknown): { place: string; what: string } | undefined {
  if (!(error instanceof Problem) || !error.pointer || error.pointer === "/") return undefined;
  const place = error.pointer.slice(1).replace("/", ".");
  return { place, what: error.detail.startsWith(`${place}: `) ? error.detail.slice(place.length + 2) : error.detail };
}

export function RuleDialog(props: { of: Rule | undefined; onClose: () => void; onSaved: () => void }) {
  const t = texts();
  const w = words();
  const list = createUniqueId();
  let inside!: HTMLDivElement;
  const [rule, setRule] = createSignal<Omit<Rule, "with" | "source">>(props.of ?? { name: "", from: null, when: "true", to: "", enabled: true, order: 0 });
  const [fields, setFields] = createSignal<[field: string, value: string][]>(Object.entries(props.of?.with ?? {}));
  const [error, setError] = createSignal<unknown>();
  const [run, setRun] = createSignal<DryRun>();
  const [busy, setBusy] = createSignal(false);
  const [connections] = createResource(() => api.get<{ connections: Connection[] }>("/v1/connections").then((all) => all.connections));
  const set = (change: Partial<Rule>) => {
    setRule({ ...rule(), ...change });
    setRun(undefined);
  };
  const wrong = (place: string) => {
    const found = wrongIn(error());
    return found?.place === place ? found.what : undefined;
  };
  const isShown = () => ["name", "from", "to", "when", "order", ...fields().map(([field]) => `with.${field}`)].includes(wrongIn(error())?.place ?? "");
  const body = () => {
    const { name, from, when, to, enabled, order } = rule();
    const written = fields().filter(([field]) => field.trim());
    return { name: name.trim(), ...(from ? { from } : {}), when, to, enabled, order, with: Object.fromEntries(written.map(([field, value]) => [field.trim(), value])) };
  };
  const attempt = async (work: () => Promise<void>) => {
    setBusy(true);
    setError(undefined);
    try {
      await work();
    } catch (problem) {
      setError(problem);
      lookAtWrong(inside);
    } finally {
      setBusy(false);
    }
  };
  const dryRun = () => attempt(async () => void setRun(await api.post<DryRun>("/v1/rules/dry-run", { ...body(), name: body().name || "new" })));
  const save = () =>
    attempt(async () => {
      if (props.of) await api.put(path`/v1/rules/${props.of.name}`, body());
      else await api.post("/v1/rules", body());
      say(t("saved", { name: body().name }), "good");
      props.onSaved();
    });
  const named = (filter: (one: Connection) => boolean, now: string | null | undefined): [string, string][] => {
    const names = (connections() ?? []).filter(filter).map((one) => one.name);
    if (now && !names.includes(now)) names.push(now);
    return names.map((name) => [name, name]);
  };
  const change = (at: number, part: 0 | 1, text: string) => setFields(fields().map((one, index) => (index === at ? (part ? [one[0], text] : [text, one[1]]) : one)));
  return (
    <Dialog
      wide
      title={props.of ? t("edit", { name: props.of.name }) : t("add")}
      onClose={props.onClose}
      onSubmit={() => void save()}
      footer={
        <>
          <button type="button" class="button" disabled={busy()} onClick={() => void dryRun()}>
            {t("try")}
          </button>
          <span class="grow" />
          <button type="button" class="button" onClick={props.onClose}>
            {w("cancel")}
          </button>
          <button type="submit" class="button primary" disabled={busy()}>
            {w("save")}
          </button>
        </>
      }
    >
      <div class="stack" ref={inside}>
        <Show when={error() && !isShown()}>
          <ErrorNotice error={error()} />
        </Show>
        <div class="form">
          <TextField label={w("name")} error={wrong("name")} value={rule().name} disabled={Boolean(props.of)} onInput={(name) => set({ name })} autocomplete="off" spellcheck={false} />
          <TextField label={t("order")} hint={t("orderHint")} error={wrong("order")} inputmode="numeric" value={String(rule().order)} onInput={(text) => set({ order: Math.trunc(Number(text)) || 0 })} />
          <Suspense>
            <SelectField label={t("from")} hint={t("fromHint")} error={wrong("from")} value={rule().from ?? ""} options={[["", t("any")], ...named(() => true, rule().from)]} onChange={(from) => set({ from: from || null })} />
            <SelectField label={t("to")} error={wrong("to")} value={rule().to} options={[["", t("choose")], ...named((one) => one.role !== "serve", rule().to)]} onChange={(to) => set({ to })} />
          </Suspense>
        </div>
        <Expression label={t("when")} hint={t("whenHint")} error={wrong("when")} rows={4} value={rule().when} onInput={(when) => set({ when })} />
        <details>
          <summary>{t("examples")}</summary>
          <ul class="stack tight">
            <For each={EXAMPLES}>
              {(example) => (
                <li>
                  <button type="button" class="button small plain rule-when" onClick={() => set({ when: example })}>
                    {example}
                  </button>
                </li>
              )}
            </For>
          </ul>
        </details>
        <fieldset class="stack">
          <legend>{t("with")}</legend>
          <p class="soft small">{t("withHint")}</p>
          <Index each={fields()}>
            {(field, at) => (
              <div class="with-row">
                <TextField label={t("field")} list={list} value={field()[0]} onInput={(text) => change(at, 0, text)} autocomplete="off" spellcheck={false} />
                <Expression label={t("value")} error={wrong(`with.${field()[0].trim()}`)} rows={1} value={field()[1]} onInput={(text) => change(at, 1, text)} />
                <button type="button" class="button plain icon" aria-label={t("removeField", { name: field()[0] })} onClick={() => setFields(fields().filter((_, index) => index !== at))}>
                  <X size={16} aria-hidden="true" />
                </button>
              </div>
            )}
          </Index>
          <datalist id={list}>
            <For each={FIELDS}>{(field) => <option value={field} />}</For>
          </datalist>
          <div>
            <button type="button" class="button small" onClick={() => setFields([...fields(), ["", ""]])}>
              <Plus size={14} aria-hidden="true" />
              {t("addField")}
            </button>
          </div>
        </fieldset>
        <label class="check">
          <input type="checkbox" checked={rule().enabled} onChange={(event) => set({ enabled: event.currentTarget.checked })} />
          {t("enabled")}
        </label>
        <Show when={run()}>{(found) => <DryRunResult of={found()} to={rule().to} />}</Show>
      </div>
    </Dialog>
  );
}
