import { createSignal, For, onCleanup, Show } from "solid-js";
import { newId, Problem, upload } from "~/api/client";
import { bytes, define } from "~/i18n";
import { words } from "~/i18n/words";
import { Progress, SelectField } from "~/ui";
import { RefreshCw, Upload, X } from "~/ui/icons";
import { useOrder } from "./model";
import { stageWord, STAGES } from "./stages";

const texts = define({
  en: { caption: "Caption of {name}", captionHere: "A few words (optional)", stage: "When in the work", task: "Task", notSaid: "Not said", send: "{n, plural, one {Upload # file} other {Upload # files}}", sending: "Sending {name}", leaveOut: "Leave out {name}", failed: "Not sent: {why}", again: "Send {name} again" },
  nl: { caption: "Onderschrift van {name}", captionHere: "Een paar woorden (mag leeg)", stage: "Wanneer in het werk", task: "Taak", notSaid: "Niet gezegd", send: "{n, plural, one {# bestand uploaden} other {# bestanden uploaden}}", sending: "{name} wordt verzonden", leaveOut: "{name} weglaten", failed: "Niet verzonden: {why}", again: "{name} opnieuw verzenden" },
  es: { caption: "Pie de {name}", captionHere: "Unas palabras (opcional)", stage: "Momento del trabajo", task: "Tarea", notSaid: "Sin indicar", send: "{n, plural, one {Subir # archivo} other {Subir # archivos}}", sending: "Enviando {name}", leaveOut: "Descartar {name}", failed: "Sin enviar: {why}", again: "Enviar {name} de nuevo" },
  ru: { caption: "Подпись к {name}", captionHere: "Несколько слов (необязательно)", stage: "На каком этапе", task: "Задача", notSaid: "Не указано", send: "{n, plural, one {Загрузить # файл} few {Загрузить # файла} many {Загрузить # файлов} other {Загрузить # файла}}", sending: "Отправка: {name}", leaveOut: "Не отправлять {name}", failed: "Не отправлен: {why}", again: "Отправить {name} ещё раз" },
});

export interface Waiting {
  file: File;
  caption: string;
}

interface Sending {
  share: number;
  error?: string;
}

/** Files that were chosen: what is said about them, and how far they are. */
export function UploadTray(props: { files: Waiting[]; onChange: (files: Waiting[]) => void }) {
  const t = texts();
  const w = words();
  const order = useOrder();
  const [stage, setStage] = createSignal("");
  const [task, setTask] = createSignal("");
  const [sending, setSending] = createSignal<ReadonlyMap<Waiting, Sending>>(new Map());
  const stop = new AbortController();
  onCleanup(() => stop.abort());
  // Each file keeps its key, so that sending it again after a broken line adds nothing.
  const keys = new WeakMap<Waiting, string>();
  const tell = (of: Waiting, how: Sending) => setSending((known) => new Map(known).set(of, how));
  const leaveOut = (one: Waiting) => props.onChange(props.files.filter((other) => other !== one));

  const sendOne = async (one: Waiting): Promise<void> => {
    const key = keys.get(one) ?? newId();
    keys.set(one, key);
    tell(one, { share: 0 });
    const form = new FormData();
    const said = { caption: one.caption.trim(), ...(stage() ? { stage: stage() } : {}), ...(task() ? { task: task() } : {}) };
    form.set("attachment", new Blob([JSON.stringify(said)], { type: "application/json" }));
    form.set("file", one.file);
    try {
      await upload(`${order.base()}/attachments`, form, { "Idempotency-Key": key }, (share) => tell(one, { share }), stop.signal);
      leaveOut(one);
    } catch (problem) {
      if (stop.signal.aborted) return;
      const why = problem instanceof Problem ? problem.detail || problem.title : w("unreachable");
      tell(one, { share: 0, error: why });
    }
  };
  // Two at a time: enough to fill a line, and the order is not written by all at once.
  const sendAll = async (): Promise<void> => {
    const queue = props.files.filter((one) => !isUnderway(one));
    const worker = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) await sendOne(next);
    };
    await Promise.all([worker(), worker()]);
    await order.reload();
  };
  const isUnderway = (one: Waiting) => sending().get(one) !== undefined && sending().get(one)?.error === undefined;
  const busy = () => props.files.some(isUnderway);
  const tasks = () => order.now()?.tasks.map((one): [string, string] => [one.name, one.name]) ?? [];
  return (
    <form
      class="tray stack"
      onSubmit={(event) => {
        event.preventDefault();
        void sendAll();
      }}
    >
      <ul class="stack">
        <For each={props.files}>
          {(one) => (
            <li class="waiting">
              <span class="truncate strong">{one.file.name}</span>
              <span class="soft small number">{bytes(one.file.size)}</span>
              <Show
                when={!isUnderway(one)}
                fallback={<Progress current={Math.round((sending().get(one)?.share ?? 0) * 100)} total={100} label={t("sending", { name: one.file.name })} />}
              >
                <input class="input" aria-label={t("caption", { name: one.file.name })} placeholder={t("captionHere")} value={one.caption} onInput={(event) => (one.caption = event.currentTarget.value)} />
                <Show when={sending().get(one)?.error}>
                  <button type="button" class="button plain small icon" aria-label={t("again", { name: one.file.name })} onClick={() => void sendOne(one).then(order.reload)}>
                    <RefreshCw size={14} aria-hidden="true" />
                  </button>
                </Show>
                <button type="button" class="button plain small icon" aria-label={t("leaveOut", { name: one.file.name })} onClick={() => leaveOut(one)}>
                  <X size={14} aria-hidden="true" />
                </button>
              </Show>
              <Show when={sending().get(one)?.error}>
                {(why) => (
                  <p class="wrong small" role="alert">
                    {t("failed", { why: why() })}
                  </p>
                )}
              </Show>
            </li>
          )}
        </For>
      </ul>
      <div class="form">
        <SelectField label={t("stage")} value={stage()} onChange={setStage} options={[["", t("notSaid")], ...STAGES.map((one): [string, string] => [one, stageWord(one)])]} />
        <Show when={tasks().length}>
          <SelectField label={t("task")} value={task()} onChange={setTask} options={[["", t("notSaid")], ...tasks()]} />
        </Show>
      </div>
      <div class="row">
        <button type="submit" class="button primary" disabled={busy()}>
          <Upload size={15} aria-hidden="true" />
          {t("send", { n: props.files.length })}
        </button>
        <button type="button" class="button" onClick={() => props.onChange([])}>
          {w("cancel")}
        </button>
      </div>
    </form>
  );
}
