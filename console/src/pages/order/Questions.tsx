import { createSignal, For, Show } from "solid-js";
import { createStore } from "solid-js/store";
import { newId } from "~/api/client";
import { define } from "~/i18n";
import { words } from "~/i18n/words";
import { Badge, Dialog, ErrorNotice, TextField, Time } from "~/ui";
import { Check, CircleHelp, Plus, X } from "~/ui/icons";
import { Later, Source } from "./Item";
import { useOrder } from "./model";
import type { Question } from "./types";

const texts = define({
  en: { title: "Questions", ask: "Ask a question", message: "The question", choice: "Choice {n}", more: "Another choice", leaveOut: "Leave this choice out", open: "Waits for an answer", answered: "{who} chose “{label}”" },
  nl: { title: "Vragen", ask: "Een vraag stellen", message: "De vraag", choice: "Keuze {n}", more: "Nog een keuze", leaveOut: "Deze keuze weglaten", open: "Wacht op antwoord", answered: "{who} koos “{label}”" },
  es: { title: "Preguntas", ask: "Hacer una pregunta", message: "La pregunta", choice: "Opción {n}", more: "Otra opción", leaveOut: "Quitar esta opción", open: "Espera respuesta", answered: "{who} eligió «{label}»" },
  ru: { title: "Вопросы", ask: "Задать вопрос", message: "Вопрос", choice: "Вариант {n}", more: "Ещё вариант", leaveOut: "Убрать этот вариант", open: "Ждёт ответа", answered: "{who}: выбрано «{label}»" },
});

/** Questions to the user; an open one is answered with a press. Shown where there are some. */
export function Questions(props: { onlyOpen?: boolean }) {
  const t = texts();
  const order = useOrder();
  const all = () => (order.shown()?.questions ?? []).filter((one) => !props.onlyOpen || !one.answer);
  return (
    <Show when={all().length}>
      <section class="card" classList={{ asking: all().some((one) => !one.answer) }} aria-label={t("title")}>
        <header>
          <h2>{t("title")}</h2>
          <Later list="questions" />
        </header>
        <ul class="items">
          <For each={all().toReversed()}>{(question) => <QuestionLine question={question} />}</For>
        </ul>
      </section>
    </Show>
  );
}

function QuestionLine(props: { question: Question }) {
  const t = texts();
  const order = useOrder();
  const [busy, setBusy] = createSignal(false);
  const [error, setError] = createSignal<unknown>();
  const choose = async (choice: string) => {
    setBusy(true);
    setError(undefined);
    await order.put(`questions/${props.question.place}/answer`, { choice }).catch(setError);
    setBusy(false);
  };
  const chosen = () => props.question.choices.find((choice) => choice.key === props.question.answer?.choice)?.label ?? props.question.answer?.choice ?? "";
  return (
    <li class="item">
      <div class="row question-head">
        <CircleHelp size={16} aria-hidden="true" />
        <p class="strong lines grow">{props.question.message}</p>
        <Show when={!props.question.answer}>
          <Badge tone="warn">{t("open")}</Badge>
        </Show>
      </div>
      <Show
        when={props.question.answer}
        fallback={
          <div class="row">
            <For each={props.question.choices}>
              {(choice) => (
                <button type="button" class="button" disabled={busy() || !order.editable()} onClick={() => void choose(choice.key)}>
                  {choice.label}
                </button>
              )}
            </For>
          </div>
        }
      >
        {(answer) => (
          <p class="row">
            <Check size={15} aria-hidden="true" />
            {t("answered", { who: answer().by, label: chosen() })} <Time at={answer().at} />
          </p>
        )}
      </Show>
      <p class="small soft">
        <Source of={props.question} />
      </p>
      <Show when={error()}>
        <ErrorNotice error={error()} />
      </Show>
    </li>
  );
}

/** Puts a question to the user: what is asked, and at least two things to choose from. */
export function AskDialog(props: { onClose: () => void }) {
  const t = texts();
  const w = words();
  const order = useOrder();
  const id = newId();
  const [message, setMessage] = createSignal("");
  const [choices, setChoices] = createStore<{ label: string }[]>([{ label: "" }, { label: "" }]);
  const [error, setError] = createSignal<unknown>();
  const send = async () => {
    setError(undefined);
    const said = choices.map((choice) => choice.label.trim()).filter(Boolean);
    try {
      await order.put("questions", { id, message: message().trim(), choices: said.map((label, at) => ({ key: String(at + 1), label })) });
      props.onClose();
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <Dialog
      title={t("ask")}
      onClose={props.onClose}
      onSubmit={() => void send()}
      footer={
        <>
          <button type="button" class="button" onClick={() => props.onClose()}>
            {w("cancel")}
          </button>
          <button type="submit" class="button primary">
            {t("ask")}
          </button>
        </>
      }
    >
      <TextField label={t("message")} value={message()} onInput={setMessage} required autofocus />
      <For each={choices}>
        {(choice, at) => (
          <div class="row choice-line">
            <TextField label={t("choice", { n: at() + 1 })} value={choice.label} onInput={(label) => setChoices(at(), "label", label)} required />
            <button type="button" class="button plain small icon" aria-label={t("leaveOut")} disabled={choices.length < 3} onClick={() => setChoices((all) => all.filter((other) => other !== choice))}>
              <X size={14} aria-hidden="true" />
            </button>
          </div>
        )}
      </For>
      <button type="button" class="button small" onClick={() => setChoices(choices.length, { label: "" })}>
        <Plus size={14} aria-hidden="true" />
        {t("more")}
      </button>
      <Show when={error()}>
        <ErrorNotice error={error()} />
      </Show>
    </Dialog>
  );
}
