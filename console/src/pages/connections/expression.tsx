import { createEffect, on } from "solid-js";
import { Field } from "~/ui";

/** Where in an expression it is wrong: "(at character 12)", "(line 1, column 5)". */
export function placeOf(what: string, text: string): number | undefined {
  const character = /\(at character (\d+)\)/.exec(what)?.[1];
  if (character) return Number(character) - 1;
  const [, line, column] = /\(line (\d+), column (\d+)\)/.exec(what) ?? [];
  if (!line || !column) return undefined;
  const before = text.split("\n").slice(0, Number(line) - 1);
  return before.reduce((sum, one) => sum + one.length + 1, 0) + Math.max(0, Number(column) - 1);
}

/** An expression; what is wrong in it is selected. */
export function Expression(props: { label: string; hint?: string; error?: string | undefined; rows: number; value: string; onInput: (text: string) => void }) {
  let area!: HTMLTextAreaElement;
  createEffect(
    on(
      () => props.error,
      (error) => {
        const found = error === undefined ? undefined : placeOf(error, area.value);
        if (found === undefined) return;
        // What is wrong is the word, not the dot before it.
        const at = found + (area.value[found] === "." ? 1 : 0);
        const length = /^[\w.]+|^\S/.exec(area.value.slice(at))?.[0].length ?? 1;
        area.focus();
        area.setSelectionRange(at, at + length);
      },
    ),
  );
  return (
    <Field label={props.label} hint={props.hint} error={props.error}>
      {(ids) => <textarea ref={area} class="input expression" {...ids} rows={props.rows} spellcheck={false} autocapitalize="off" value={props.value} onInput={(event) => props.onInput(event.currentTarget.value)} />}
    </Field>
  );
}
