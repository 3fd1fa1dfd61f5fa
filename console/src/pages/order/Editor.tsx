import { createSignal, createUniqueId, For, Match, onMount, Show, Switch, type JSX } from "solid-js";
import { define } from "~/i18n";
import { words } from "~/i18n/words";
import { fromInput, toInput } from "~/i18n/zone";
import type { FieldSpec } from "./fields";
import { useOrder } from "./model";
import type { Json } from "./types";
import { channels, customerKinds, executionFlags, type Bits } from "./values";

const texts = define({
  en: { tags: "Commas between", minutes: "in minutes", nobody: "Nobody", notSaid: "Not said", keys: "Ctrl+Enter saves, Esc leaves it as it was" },
  nl: { tags: "Komma's ertussen", minutes: "in minuten", nobody: "Niemand", notSaid: "Niet gezegd", keys: "Ctrl+Enter slaat op, Esc laat het zoals het was" },
  es: { tags: "Separe con comas", minutes: "en minutos", nobody: "Nadie", notSaid: "Sin indicar", keys: "Ctrl+Intro guarda, Esc lo deja como estaba" },
  ru: { tags: "Через запятую", minutes: "в минутах", nobody: "Никто", notSaid: "Не указано", keys: "Ctrl+Enter — сохранить, Esc — оставить как было" },
});

/** A value as the text of an input, by kind. */
function toText(spec: FieldSpec, value: Json): string {
  if (value === null) return "";
  if (spec.kind === "time") return toInput(String(value));
  if (spec.kind === "seconds") return String(Number(value) / 60);
  return Array.isArray(value) ? value.join(", ") : String(value);
}

function fromText(spec: FieldSpec, text: string): Json {
  const trimmed = text.trim();
  switch (spec.kind) {
    case "text":
      return trimmed || null;
    case "lines":
    case "code":
      return trimmed ? text : null;
    case "time":
      return fromInput(trimmed) ?? null;
    case "seconds":
      return trimmed ? Math.round(Number(trimmed) * 60) : null;
    case "tags":
      return trimmed.split(",").map((tag) => tag.trim()).filter(Boolean);
    case "serials":
      return trimmed.split(/[\s,]+/).filter(Boolean).map(Number);
    case "whole":
    case "number":
    case "unit":
      return trimmed ? Number(trimmed) : null;
    default:
      return trimmed || null;
  }
}

/** Fills in one field, where it stands. Enter saves, Escape leaves it as it was. */
export function Editor(props: {
  spec: FieldSpec;
  label: string;
  value: Json;
  busy: boolean;
  error: string | undefined;
  onSave: (value: Json) => void;
  onCancel: () => void;
}) {
  const t = texts();
  const w = words();
  const order = useOrder();
  const id = createUniqueId();
  const { spec } = props;
  const [text, setText] = createSignal(toText(spec, props.value));
  const [bits, setBits] = createSignal(Number(props.value ?? 0));
  let form!: HTMLFormElement;
  onMount(() => {
    const field = form.querySelector<HTMLInputElement>("input, select, textarea");
    field?.focus();
    if (spec.kind === "text") field?.select();
  });
  const isBits = spec.kind === "executionFlags" || spec.kind === "channels";
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      props.onCancel();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  };
  const shared = (): JSX.InputHTMLAttributes<HTMLInputElement> => ({
    "aria-label": props.label,
    "aria-invalid": Boolean(props.error),
    "aria-describedby": `${id}-hint`,
    value: text(),
    onInput: (event) => setText(event.currentTarget.value),
  });
  return (
    <form
      ref={form}
      class="editor"
      onKeyDown={keys}
      onSubmit={(event) => {
        event.preventDefault();
        props.onSave(isBits ? bits() || null : fromText(spec, text()));
      }}
    >
      <Switch fallback={<input class="input" {...shared()} list={spec.kind === "service" ? `${id}-services` : undefined} />}>
        <Match when={spec.kind === "lines" || spec.kind === "code"}>
          <textarea
            class="input"
            classList={{ mono: spec.kind === "code" }}
            aria-label={props.label}
            aria-invalid={Boolean(props.error)}
            aria-describedby={`${id}-hint`}
            value={text()}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </Match>
        <Match when={spec.kind === "time"}>
          <input class="input" type="datetime-local" {...shared()} />
        </Match>
        <Match when={spec.kind === "whole" || spec.kind === "number" || spec.kind === "seconds"}>
          <input class="input" type="number" step={spec.kind === "whole" ? 1 : "any"} min={spec.least} max={spec.most} {...shared()} />
        </Match>
        <Match when={spec.kind === "unit"}>
          <Choice label={props.label} value={text()} onChange={setText} options={[["", t("nobody")], ...order.units().map((unit): [string, string] => [String(unit.id), unit.name])]} />
        </Match>
        <Match when={spec.kind === "customerKind"}>
          <Choice label={props.label} value={text()} onChange={setText} options={[["", t("notSaid")], ...customerKinds()]} />
        </Match>
        <Match when={isBits}>
          <BitBoxes label={props.label} known={spec.kind === "channels" ? channels() : executionFlags()} value={bits()} onChange={setBits} />
        </Match>
      </Switch>
      <Show when={spec.kind === "service"}>
        <datalist id={`${id}-services`}>
          <For each={[...order.names().services]}>{([key, name]) => <option value={key}>{name}</option>}</For>
        </datalist>
      </Show>
      <div class="row">
        <button type="submit" class="button primary small" disabled={props.busy}>
          {w("save")}
        </button>
        <button type="button" class="button small" onClick={() => props.onCancel()}>
          {w("cancel")}
        </button>
        <span id={`${id}-hint`} class={props.error ? "wrong small" : "soft small"}>
          {props.error ?? hint(spec, t)}
        </span>
      </div>
    </form>
  );
}

function hint(spec: FieldSpec, t: ReturnType<typeof texts>): string {
  if (spec.kind === "tags" || spec.kind === "serials") return t("tags");
  if (spec.kind === "seconds") return t("minutes");
  return spec.kind === "lines" || spec.kind === "code" ? t("keys") : "";
}

function Choice(props: { label: string; value: string; options: readonly (readonly [string, string])[]; onChange: (value: string) => void }) {
  return (
    <select class="input" aria-label={props.label} onChange={(event) => props.onChange(event.currentTarget.value)}>
      <For each={props.options}>
        {([value, text]) => (
          <option value={value} selected={value === props.value}>
            {text}
          </option>
        )}
      </For>
    </select>
  );
}

function BitBoxes(props: { label: string; known: Bits; value: number; onChange: (value: number) => void }) {
  return (
    <fieldset class="bits" aria-label={props.label}>
      <For each={props.known}>
        {([bit, word]) => (
          <label class="check">
            <input type="checkbox" checked={Boolean(props.value & bit)} onChange={() => props.onChange(props.value ^ bit)} />
            {word}
          </label>
        )}
      </For>
    </fieldset>
  );
}
