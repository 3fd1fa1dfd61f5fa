import { createEffect, createSignal, For, on, onCleanup, Show } from "solid-js";
import { words } from "~/i18n/words";
import { Field } from "./field";
import { X } from "./icons";

interface PickerProps<T> {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  /** What is found by what is typed. */
  read: (text: string, signal: AbortSignal) => Promise<readonly T[]>;
  /** One of them, in a line. */
  line: (one: T) => string;
  onPick: (one: T | undefined) => void;
  /** What is chosen, in words; nothing where something is still to be chosen. */
  chosen?: string | undefined;
}

/** One of many, found by typing: a combobox whose list comes from the hub. */
export function Picker<T>(props: PickerProps<T>) {
  const w = words();
  const [text, setText] = createSignal("");
  const [found, setFound] = createSignal<readonly T[]>([]);
  const [at, setAt] = createSignal(-1);
  let reading = new AbortController();

  createEffect(
    on(
      text,
      (text) => {
        reading.abort();
        setAt(-1);
        if (text.trim().length < 2) return void setFound([]);
        reading = new AbortController();
        const { signal } = reading;
        const timer = window.setTimeout(() => props.read(text.trim(), signal).then(setFound, () => {}), 150);
        signal.addEventListener("abort", () => window.clearTimeout(timer));
      },
      { defer: true },
    ),
  );
  onCleanup(() => reading.abort());

  const pick = (one: T | undefined) => {
    setFound([]);
    setText("");
    props.onPick(one);
  };
  const keys = (event: KeyboardEvent) => {
    const all = found();
    if (!all.length) return;
    if (event.key === "ArrowDown") setAt((at() + 1) % all.length);
    else if (event.key === "ArrowUp") setAt((Math.max(at(), 0) + all.length - 1) % all.length);
    else if (event.key === "Enter") pick(all[Math.max(at(), 0)]);
    else if (event.key === "Escape") setFound([]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <Field label={props.label} hint={props.hint} error={props.error}>
      {(ids) => (
        <div class="picker">
          <Show
            when={props.chosen}
            fallback={
              <input
                class="input"
                {...ids}
                role="combobox"
                autocomplete="off"
                aria-autocomplete="list"
                aria-expanded={found().length > 0}
                aria-controls={`${ids.id}-list`}
                aria-activedescendant={at() >= 0 ? `${ids.id}-${at()}` : undefined}
                value={text()}
                onInput={(event) => setText(event.currentTarget.value)}
                onKeyDown={keys}
                onBlur={() => setFound([])}
              />
            }
          >
            <span class="picked">
              <span class="truncate grow" id={ids.id} title={props.chosen}>{props.chosen}</span>
              <button type="button" class="button plain small icon" aria-label={`${w("clear")}: ${props.label}`} title={w("clear")} onClick={() => pick(undefined)}>
                <X size={14} aria-hidden="true" />
              </button>
            </span>
          </Show>
          <ul id={`${ids.id}-list`} role="listbox" aria-label={props.label} hidden={!found().length}>
            <For each={found()}>
              {(one, index) => (
                <li id={`${ids.id}-${index()}`} role="option" aria-selected={index() === at()} onMouseDown={(event) => (event.preventDefault(), pick(one))}>
                  {props.line(one)}
                </li>
              )}
            </For>
          </ul>
        </div>
      )}
    </Field>
  );
}
