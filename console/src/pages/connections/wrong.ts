import { Problem } from "~/api/client";
import { define } from "~/i18n";

const texts = define({ en: { missing: "This is needed." }, nl: { missing: "Dit is nodig." }, es: { missing: "Esto es necesario." }, ru: { missing: "Это нужно указать." } });

/** The member that a problem is about: `rate_limit` of `/settings/rate_limit`. */
export function memberOf(error: unknown): string | undefined {
  const pointer = error instanceof Problem ? error.pointer : undefined;
  const last = pointer?.split("/").at(-1);
  return last ? last.replaceAll("~1", "/").replaceAll("~0", "~") : undefined;
}

/** What is wrong, by the member it is wrong about. */
export function errorsOf(error: unknown): Record<string, string> {
  const member = memberOf(error);
  if (!member || !(error instanceof Problem)) return {};
  return { [member]: error.detail === "is missing" ? texts()("missing") : error.detail || error.title };
}

/** Whoever asked looks at what was wrong. */
export function lookAtWrong(form: ParentNode): void {
  queueMicrotask(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}
