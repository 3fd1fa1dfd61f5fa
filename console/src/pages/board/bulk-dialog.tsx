import { createMemo, createResource, createSignal, For, Match, onCleanup, Show, Switch } from "solid-js";
import { after, type Transition } from "~/api/lifecycle";
import { transitionWords } from "~/i18n/transitions";
import { words } from "~/i18n/words";
import { fromInput } from "~/i18n/zone";
import { Dialog, Progress, sayProblem, SelectField, TextField } from "~/ui";
import { CircleAlert } from "~/ui/icons";
import { ask, type Asked, type Outcome } from "./bulk";
import { bulkTexts } from "./bulk-texts";
import { called, readUnits, type Row } from "./data";

/** What is to be done to the selection. */
export type Action = { kind: "assign" } | { kind: "transition"; transition: Transition } | { kind: "due" } | { kind: "priority" } | { kind: "tags" } | { kind: "rush" } | { kind: "remove" };

/** Where a reason belongs to it. */
const REASONED: readonly Transition[] = ["reject", "fail", "cancel"];

function isAssigned(row: Row): boolean {
  return row.unit !== null || Boolean(row.person);
}

/** Whether an order stands so that it can be done. */
export function fits(action: Action, row: Row): boolean {
  if (action.kind !== "transition") return true;
  const to = after(row.status, action.transition, isAssigned(row));
  return to !== undefined && to !== row.status;
}

export function actionWord(action: Action): string {
  const t = bulkTexts();
  if (action.kind === "transition") return transitionWords()(action.transition);
  return t(action.kind);
}

/** Asks what is needed, does it, and shows what became of each order. */
export function BulkDialog(props: { action: Action; rows: readonly Row[]; onClose: () => void; onDone: (refused: readonly string[]) => void }) {
  const t = bulkTexts();
  const w = words();
  const orders = createMemo(() => props.rows.filter((row) => fits(props.action, row)));
  const [unit, setUnit] = createSignal("");
  const [person, setPerson] = createSignal("");
  const [text, setText] = createSignal("");
  const [outcomes, setOutcomes] = createSignal<ReadonlyMap<string, Outcome>>(new Map());
  const [state, setState] = createSignal<"asking" | "doing" | "done">("asking");
  const [asking, setAsking] = createSignal<readonly string[]>([]);
  const stop = new AbortController();
  onCleanup(() => stop.abort());

  const asked = (): Asked | undefined => {
    const { action } = props;
    const value = text().trim();
    switch (action.kind) {
      case "assign":
        return unit() || person().trim() ? { set: { unit: unit() ? Number(unit()) : null, person: person().trim() || null } } : undefined;
      case "transition":
        return { transition: action.transition, ...(value ? { outcome: value } : {}) };
      case "due":
        return { set: { due: fromInput(value) ?? null } };
      case "priority":
        return { set: { priority: value ? Number(value) : null } };
      case "tags":
        return { set: { tags: value ? value.split(",").map((tag) => tag.trim()).filter(Boolean) : null } };
      case "rush":
        return { set: { rush: text() !== "no" } };
      case "remove":
        return { remove: true };
    }
  };
  const refused = () => [...outcomes()].filter(([, outcome]) => outcome.status >= 400).map(([id]) => id);
  const fine = () => outcomes().size - refused().length;

  const run = async (ids: readonly string[]) => {
    const what = asked();
    if (!what || !ids.length) return;
    setState("doing");
    setAsking(ids);
    try {
      await ask(ids, what, (told) => setOutcomes(new Map([...outcomes(), ...told.map((outcome) => [ids[outcome.index]!, outcome] as const)])), stop.signal);
      setState("done");
      // Nothing to look at: it went as it was asked.
      if (!refused().length && outcomes().size >= ids.length) close();
    } catch (error) {
      if (!stop.signal.aborted) sayProblem(error);
      setState(outcomes().size ? "done" : "asking");
    }
  };
  const close = () => {
    if (state() !== "asking") props.onDone(refused());
    props.onClose();
  };
  const again = () => {
    const ids = refused();
    setOutcomes(new Map([...outcomes()].filter(([id]) => !ids.includes(id))));
    void run(ids);
  };
  const footer = () => (
    <Switch>
      <Match when={state() === "asking"}>
        <button type="button" class="button" onClick={props.onClose}>{w("close")}</button>
        <button type="submit" class="button" classList={{ danger: isGrave(props.action), primary: !isGrave(props.action) }} disabled={!orders().length || !asked()}>
          {t("go", { n: orders().length })}
        </button>
      </Match>
      <Match when={state() === "doing"}>
        <button type="button" class="button" onClick={() => (stop.abort(), close())}>{t("stop")}</button>
      </Match>
      <Match when={state() === "done"}>
        <Show when={refused().length}>
          <button type="button" class="button" onClick={again}>{t("again")}</button>
        </Show>
        <button type="button" class="button primary" onClick={close}>{w("done")}</button>
      </Match>
    </Switch>
  );
  return (
    <Dialog title={t("title", { what: actionWord(props.action), n: props.rows.length })} onClose={close} onSubmit={() => void run(orders().map((row) => row.id))} footer={footer()}>
      <Show when={state() === "asking"}>
        <Show when={orders().length < props.rows.length}>
          <p class="notice warn">{orders().length ? t("notFit", { n: props.rows.length - orders().length }) : t("nothingFits")}</p>
        </Show>
        <Fields action={props.action} unit={unit()} onUnit={setUnit} person={person()} onPerson={setPerson} text={text()} onText={setText} />
      </Show>
      <Show when={state() !== "asking"}>
        <div class="row">
          <div class="grow"><Progress current={outcomes().size} total={asking().length} label={actionWord(props.action)} /></div>
          <span class="number" role="status">{t("doing", { done: outcomes().size, all: asking().length })}</span>
        </div>
        <p class="row">
          <span class="badge good">{t("fine", { n: fine() })}</span>
          <Show when={refused().length}><span class="badge danger">{t("refused", { n: refused().length })}</span></Show>
        </p>
        <Outcomes rows={props.rows} outcomes={outcomes()} />
      </Show>
    </Dialog>
  );
}

function isGrave(action: Action): boolean {
  return action.kind === "remove" || (action.kind === "transition" && action.transition === "cancel");
}

/** What was refused and why; what went well needs no words. */
function Outcomes(props: { rows: readonly Row[]; outcomes: ReadonlyMap<string, Outcome> }) {
  const shown = () => props.rows.filter((row) => (props.outcomes.get(row.id)?.status ?? 0) >= 400).slice(0, 200);
  return (
    <ul class="outcomes">
      <For each={shown()}>
        {(row) => (
          <li>
            <CircleAlert size={15} aria-hidden="true" />
            <span class="strong">{called(row)}</span>
            <span class="grow">{props.outcomes.get(row.id)?.detail ?? props.outcomes.get(row.id)?.code}</span>
          </li>
        )}
      </For>
    </ul>
  );
}

interface FieldsProps {
  action: Action;
  unit: string;
  onUnit: (unit: string) => void;
  person: string;
  onPerson: (person: string) => void;
  text: string;
  onText: (text: string) => void;
}

function Fields(props: FieldsProps) {
  const t = bulkTexts();
  const w = words();
  const [units] = createResource(() => props.action.kind === "assign", () => readUnits().catch(() => []));
  const text = { get value() { return props.text; }, onInput: (value: string) => props.onText(value) };
  const isReasoned = () => props.action.kind === "transition" && REASONED.includes(props.action.transition);
  return (
    <Switch>
      <Match when={props.action.kind === "assign"}>
        <p class="soft">{t("assignHint")}</p>
        <SelectField autofocus label={t("unit")} value={props.unit} options={[["", t("nobody")], ...(units.latest ?? []).map((unit) => [String(unit.id), unit.name] as const)]} onChange={props.onUnit} />
        <TextField label={t("person")} hint={t("personHint")} value={props.person} onInput={props.onPerson} maxLength={200} />
      </Match>
      <Match when={isReasoned()}>
        <TextField label={t("reason")} hint={t("reasonHint")} {...text} maxLength={1000} autofocus />
      </Match>
      <Match when={props.action.kind === "due"}>
        <TextField label={t("due")} type="datetime-local" hint={t("clearValue")} {...text} />
      </Match>
      <Match when={props.action.kind === "priority"}>
        <TextField label={t("priority")} type="number" min="1" max="99" step="1" hint={`${t("priorityHint")}. ${t("clearValue")}`} {...text} />
      </Match>
      <Match when={props.action.kind === "tags"}>
        <TextField label={t("tags")} hint={`${t("tagsHint")}. ${t("clearValue")}`} {...text} maxLength={1000} />
      </Match>
      <Match when={props.action.kind === "rush"}>
        <SelectField label={t("rush")} value={props.text || "yes"} options={[["yes", w("yes")], ["no", w("no")]]} onChange={props.onText} />
      </Match>
      <Match when={props.action.kind === "remove"}>
        <p>{t("removeSure")}</p>
      </Match>
    </Switch>
  );
}
