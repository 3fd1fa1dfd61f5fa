import { createUniqueId, For, Show, splitProps, type JSX } from "solid-js";

interface FieldProps {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  wide?: boolean;
}

/** A label with whatever is filled in; the child gets the ids that tie them together. */
export function Field(props: FieldProps & { children: (ids: { id: string; "aria-describedby": string | undefined; "aria-invalid": boolean }) => JSX.Element }) {
  const id = createUniqueId();
  return (
    <div class="field" classList={{ wide: props.wide ?? false }}>
      <label for={id}>{props.label}</label>
      {props.children({
        id,
        get "aria-describedby"() {
          return props.hint || props.error ? `${id}-hint` : undefined;
        },
        get "aria-invalid"() {
          return Boolean(props.error);
        },
      })}
      <Show when={props.hint || props.error}>
        <span id={`${id}-hint`} class={props.error ? "wrong" : "hint"}>
          {props.error ?? props.hint}
        </span>
      </Show>
    </div>
  );
}

type TextProps = FieldProps & {
  value: string;
  onInput: (value: string) => void;
  multiline?: boolean;
} & Omit<JSX.InputHTMLAttributes<HTMLInputElement>, "onInput" | "value">;

/** A line of text, or several. */
export function TextField(props: TextProps) {
  const [own, rest] = splitProps(props, ["label", "hint", "error", "wide", "value", "onInput", "multiline"]);
  return (
    <Field label={own.label} hint={own.hint} error={own.error} wide={own.wide ?? false}>
      {(ids) => (
        <Show
          when={own.multiline}
          fallback={<input class="input" {...rest} {...ids} value={own.value} onInput={(event) => own.onInput(event.currentTarget.value)} />}
        >
          <textarea class="input" {...ids} required={rest.required ?? false} value={own.value} onInput={(event) => own.onInput(event.currentTarget.value)} />
        </Show>
      )}
    </Field>
  );
}

/** One of several. */
export function SelectField(props: FieldProps & { value: string; options: readonly (readonly [value: string, label: string])[]; onChange: (value: string) => void; disabled?: boolean; autofocus?: boolean }) {
  return (
    <Field label={props.label} hint={props.hint} error={props.error} wide={props.wide ?? false}>
      {(ids) => (
        <select class="input" {...ids} autofocus={props.autofocus ?? false} disabled={props.disabled ?? false} onChange={(event) => props.onChange(event.currentTarget.value)}>
          <For each={props.options}>
            {([value, label]) => (
              <option value={value} selected={value === props.value}>
                {label}
              </option>
            )}
          </For>
        </select>
      )}
    </Field>
  );
}
