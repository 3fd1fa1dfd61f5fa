import { createSignal, createUniqueId, For, onCleanup, onMount, Show, type JSX } from "solid-js";
import { words } from "~/i18n/words";
import { X } from "./icons";

interface DialogProps {
  title: string;
  wide?: boolean;
  onClose: () => void;
  /** Only its buttons close it: what it shows is not to be had again. */
  stays?: boolean;
  /** When there is something to submit: the dialog is a form. */
  onSubmit?: () => void;
  children: JSX.Element;
  footer?: JSX.Element;
}

/** A modal dialog: shown while it is there, closed by Escape, its X, or a click beside it. */
export function Dialog(props: DialogProps) {
  const w = words();
  const id = createUniqueId();
  let dialog!: HTMLDialogElement;
  let gone = false;
  onMount(() => dialog.showModal());
  // Closed before it is taken away, so that focus goes back to where it was.
  onCleanup(() => {
    gone = true;
    if (dialog.open) dialog.close();
  });
  const inside = (
    <>
      <header>
        <h2 id={id}>{props.title}</h2>
        <Show when={!props.stays}>
          <button type="button" class="button plain small icon" aria-label={w("close")} onClick={() => dialog.close()}>
            <X size={16} aria-hidden="true" />
          </button>
        </Show>
      </header>
      <div class="content">{props.children}</div>
      <Show when={props.footer}>
        <footer>{props.footer}</footer>
      </Show>
    </>
  );
  return (
    <dialog
      ref={dialog}
      class="dialog"
      classList={{ wide: props.wide ?? false }}
      aria-labelledby={id}
      onClose={() => !gone && props.onClose()}
      onCancel={(event) => props.stays && event.preventDefault()}
      onKeyDown={(event) => props.stays && event.key === "Escape" && event.preventDefault()}
      onMouseDown={(event) => event.target === dialog && !props.stays && dialog.close()}
    >
      <Show when={props.onSubmit} fallback={<div class="inside">{inside}</div>}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            props.onSubmit?.();
          }}
        >
          {inside}
        </form>
      </Show>
    </dialog>
  );
}

interface Question {
  title: string;
  text?: string | undefined;
  yes: string;
  danger: boolean;
  answer: (yes: boolean) => void;
}

const [questions, setQuestions] = createSignal<Question[]>([]);

/** Asks before something that cannot be undone. */
export function confirm(title: string, options: { text?: string; yes?: string; danger?: boolean } = {}): Promise<boolean> {
  return new Promise((resolve) => {
    const question: Question = {
      title,
      text: options.text,
      yes: options.yes ?? words()("done"),
      danger: options.danger ?? false,
      answer: (yes) => {
        setQuestions((all) => all.filter((one) => one !== question));
        resolve(yes);
      },
    };
    setQuestions((all) => [...all, question]);
  });
}

/** Where questions of [`confirm`] appear; once in the shell. */
export function Confirmations() {
  const w = words();
  return (
    <For each={questions()}>
      {(question) => (
        <Dialog
          title={question.title}
          onClose={() => question.answer(false)}
          onSubmit={() => question.answer(true)}
          footer={
            <>
              <button type="button" class="button" onClick={() => question.answer(false)}>
                {w("cancel")}
              </button>
              <button type="submit" class="button" classList={{ danger: question.danger, primary: !question.danger }}>
                {question.yes}
              </button>
            </>
          }
        >
          <p>{question.text ?? w("confirm")}</p>
        </Dialog>
      )}
    </For>
  );
}
