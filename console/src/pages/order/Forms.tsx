import { createSignal, For, Match, Show, Switch } from "solid-js";
import { createStore } from "solid-js/store";
import { newId } from "~/api/client";
import { define, moment } from "~/i18n";
import { words } from "~/i18n/words";
import { Badge, Dialog, Empty, ErrorNotice, Field, SelectField, TextField } from "~/ui";
import { Camera, Pencil, Plus, X } from "~/ui/icons";
import { Later, Source } from "./Item";
import { useOrder } from "./model";
import { questionsOf, type Asked } from "./questions";
import type { Answer, Form } from "./types";

const texts = define({
  en: { title: "Forms", none: "No forms", fill: "Fill in", again: "Fill in anew", add: "New form", required: "Required", open: "Not filled in", submitted: "Filled in {at}", photos: "{n, plural, one {# photo} other {# photos}}", name: "Name of the form", question: "Question", answer: "Answer", more: "Another question", leaveOut: "Leave this question out", task: "Task", notSaid: "Not said", empty: "no answer" },
  nl: { title: "Formulieren", none: "Geen formulieren", fill: "Invullen", again: "Opnieuw invullen", add: "Nieuw formulier", required: "Verplicht", open: "Niet ingevuld", submitted: "Ingevuld {at}", photos: "{n, plural, one {# foto} other {# foto's}}", name: "Naam van het formulier", question: "Vraag", answer: "Antwoord", more: "Nog een vraag", leaveOut: "Deze vraag weglaten", task: "Taak", notSaid: "Niet gezegd", empty: "geen antwoord" },
  es: { title: "Formularios", none: "Sin formularios", fill: "Rellenar", again: "Rellenar de nuevo", add: "Nuevo formulario", required: "Obligatorio", open: "Sin rellenar", submitted: "Rellenado {at}", photos: "{n, plural, one {# foto} other {# fotos}}", name: "Nombre del formulario", question: "Pregunta", answer: "Respuesta", more: "Otra pregunta", leaveOut: "Quitar esta pregunta", task: "Tarea", notSaid: "Sin indicar", empty: "sin respuesta" },
  ru: { title: "Формы", none: "Форм нет", fill: "Заполнить", again: "Заполнить заново", add: "Новая форма", required: "Обязательна", open: "Не заполнена", submitted: "Заполнена {at}", photos: "{n, plural, one {# фото} few {# фото} many {# фото} other {# фото}}", name: "Название формы", question: "Вопрос", answer: "Ответ", more: "Ещё вопрос", leaveOut: "Убрать этот вопрос", task: "Задача", notSaid: "Не указано", empty: "нет ответа" },
});

const isAnswered = (form: Form) => form.answers.length > 0 || Boolean(form.submitted_at);

/** A form that was asked for through one connection and answered through another is there twice; the answered one counts. */
function standing(forms: readonly Form[]): Form[] {
  const kind = (form: Form) => `${form.name}\n${form.template ?? ""}\n${form.task ?? ""}`;
  const answered = new Set(forms.filter(isAnswered).flatMap((form) => [form.id, kind(form)]));
  return forms.filter((form) => isAnswered(form) || !(answered.has(form.id) || answered.has(kind(form))));
}

export function Forms() {
  const t = texts();
  const order = useOrder();
  const [open, setOpen] = createSignal<Form | "new">();
  const forms = () => standing(order.shown()?.forms ?? []);
  return (
    <section class="card" aria-label={t("title")}>
      <header>
        <h2>{t("title")}</h2>
        <Later list="forms" />
        <Show when={order.editable()}>
          <button type="button" class="button small" onClick={() => setOpen("new")}>
            <Plus size={14} aria-hidden="true" />
            {t("add")}
          </button>
        </Show>
      </header>
      <Show when={forms().length} fallback={<Empty>{t("none")}</Empty>}>
        <ul class="items">
          <For each={forms()}>
            {(form) => (
              <li class="item">
                <div class="row">
                  <h3 class="grow">{form.name}</h3>
                  <Show when={form.task}>{(task) => <Badge>{task()}</Badge>}</Show>
                  <Show when={form.required && !isAnswered(form)}>
                    <Badge tone="danger">{t("required")}</Badge>
                  </Show>
                  <Show when={order.editable()}>
                    <button type="button" class="button small" onClick={() => setOpen(form)}>
                      <Pencil size={13} aria-hidden="true" />
                      {isAnswered(form) ? t("again") : t("fill")}
                    </button>
                  </Show>
                </div>
                <p class="small soft">
                  {isAnswered(form) ? t("submitted", { at: moment(form.submitted_at ?? form.at) }) : t("open")}, <Source of={form} />
                </p>
                <Answers of={form.answers} />
              </li>
            )}
          </For>
        </ul>
      </Show>
      <Show when={open()} keyed>
        {(form) => <FillIn form={form === "new" ? undefined : form} onClose={() => setOpen(undefined)} />}
      </Show>
    </section>
  );
}

function Answers(props: { of: readonly Answer[] }) {
  const t = texts();
  return (
    <dl class="answers">
      <For each={props.of}>
        {(answer) => (
          <div>
            <dt>{answer.text || answer.question}</dt>
            <dd>
              <span class="lines">{answer.values.join(", ") || t("empty")}</span>{" "}
              <Show when={answer.photos?.length}>
                {(n) => (
                  <Badge>
                    <Camera size={12} aria-hidden="true" />
                    {t("photos", { n: n() })}
                  </Badge>
                )}
              </Show>
            </dd>
          </div>
        )}
      </For>
    </dl>
  );
}

interface Line {
  asked: Asked;
  values: string[];
}

/** A form to fill in: its own questions, or questions that are made up here. */
function FillIn(props: { form: Form | undefined; onClose: () => void }) {
  const t = texts();
  const w = words();
  const order = useOrder();
  const { form } = props;
  const id = form?.id ?? newId();
  const own = (asked: Asked): Line => ({ asked, values: form?.answers.find((answer) => answer.question === asked.id)?.values.slice() ?? [] });
  const blank = (at: number): Line => ({ asked: { id: String(at + 1), text: "", kind: "", required: false, multiple: false, options: [] }, values: [] });
  const [name, setName] = createSignal(form?.name ?? "");
  const [task, setTask] = createSignal(form?.task ?? "");
  const given = form ? questionsOf(form) : [];
  const [lines, setLines] = createStore<Line[]>(given.length ? given.map(own) : [blank(0)]);
  const [error, setError] = createSignal<unknown>();
  const [busy, setBusy] = createSignal(false);
  const isFree = given.length === 0;
  const answers = (): Answer[] => {
    const photos = (question: string) => form?.answers.find((answer) => answer.question === question)?.photos;
    return lines
      .filter((line) => line.asked.text.trim() || !isFree)
      .map(({ asked, values }) => ({ question: asked.id, text: asked.text, kind: asked.kind, values: values.filter(Boolean), photos: photos(asked.id) ?? [] }))
      .filter((answer) => answer.values.length || answer.photos.length);
  };
  const send = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await order.put("forms", {
        id,
        name: name().trim(),
        required: form?.required ?? false,
        submitted_at: new Date().toISOString(),
        answers: answers(),
        ...(form?.template ? { template: form.template } : {}),
        ...(form?.version ? { version: form.version } : {}),
        ...(form?.definition ? { definition: form.definition } : {}),
        ...(task() ? { task: task() } : {}),
      });
      props.onClose();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={form ? form.name : t("add")}
      wide
      onClose={props.onClose}
      onSubmit={() => void send()}
      footer={
        <>
          <button type="button" class="button" onClick={() => props.onClose()}>
            {w("cancel")}
          </button>
          <button type="submit" class="button primary" disabled={busy()}>
            {w("save")}
          </button>
        </>
      }
    >
      <Show when={!form}>
        <TextField label={t("name")} value={name()} onInput={setName} required autofocus />
        <Show when={order.now()?.tasks.length}>
          <SelectField label={t("task")} value={task()} onChange={setTask} options={[["", t("notSaid")], ...order.now()!.tasks.map((one): [string, string] => [one.name, one.name])]} />
        </Show>
      </Show>
      <For each={lines}>
        {(line, at) => (
          <Show when={isFree} fallback={<Question line={line} onChange={(values) => setLines(at(), "values", values)} />}>
            <div class="form free-line">
              <TextField label={t("question")} value={line.asked.text} onInput={(text) => setLines(at(), "asked", "text", text)} required />
              <TextField label={t("answer")} value={line.values[0] ?? ""} onInput={(text) => setLines(at(), "values", [text])} />
              <button type="button" class="button plain small icon" aria-label={t("leaveOut")} disabled={lines.length === 1} onClick={() => setLines((all) => all.filter((other) => other !== line))}>
                <X size={14} aria-hidden="true" />
              </button>
            </div>
          </Show>
        )}
      </For>
      <Show when={isFree}>
        <button type="button" class="button small" onClick={() => setLines(lines.length, blank(lines.length))}>
          <Plus size={14} aria-hidden="true" />
          {t("more")}
        </button>
      </Show>
      <Show when={error()}>
        <ErrorNotice error={error()} />
      </Show>
    </Dialog>
  );
}

function Question(props: { line: Line; onChange: (values: string[]) => void }) {
  const t = texts();
  const { asked } = props.line;
  const text = () => asked.text || asked.id;
  const toggle = (option: string) => props.onChange(props.line.values.includes(option) ? props.line.values.filter((one) => one !== option) : [...props.line.values, option]);
  return (
    <Switch fallback={<TextField label={text()} value={props.line.values.join(", ")} onInput={(value) => props.onChange([value])} required={asked.required} multiline={/long|memo|multi_?line/i.test(asked.kind)} />}>
      <Match when={asked.options.length && asked.multiple}>
        <fieldset class="bits">
          <legend class="strong">{text()}</legend>
          <For each={asked.options}>
            {(option) => (
              <label class="check">
                <input type="checkbox" checked={props.line.values.includes(option)} onChange={() => toggle(option)} />
                {option}
              </label>
            )}
          </For>
        </fieldset>
      </Match>
      <Match when={asked.options.length}>
        <Field label={text()}>
          {(ids) => (
            <select class="input" {...ids} required={asked.required} onChange={(event) => props.onChange(event.currentTarget.value ? [event.currentTarget.value] : [])}>
              <option value="">{t("empty")}</option>
              <For each={asked.options}>{(option) => <option selected={props.line.values.includes(option)}>{option}</option>}</For>
            </select>
          )}
        </Field>
      </Match>
    </Switch>
  );
}
