import { Problem } from "~/api/client";

/** The member that a problem is about: `rate_limit` of `/settings/rate_limit`. */
export function memberOf(error: unknown): string | undefined {
  const pointer = error instanceof Problem ? error.pointer : undefined;
  const last = pointer?.split("/").at(-1);
  return last ? last.replaceAll("~1", "/").replaceAll("~0", "~") : undefined;
}

/** What is wrong, by the member it is wrong about. */
export function errorsOf(error: unknown): Record<string, string> {
  const member = memberOf(error);
  return member && error instanceof Problem ? { [member]: error.detail || error.title } : {};
}

/** Whoever asked looks at what was wrong. */
export function lookAtWrong(form: ParentNode): void {
  queueMicrotask(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}
