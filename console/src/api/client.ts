/** The native API, as any program sees it: JSON over `/v1`, problems as RFC 9457. */

/** What the hub says when it will not do what was asked. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    /** Where in the body it is, a JSON pointer. */
    readonly pointer: string | undefined,
    /** The request's id, by which the log has it. */
    readonly request: string | undefined,
    /** After how many seconds it is worth another try. */
    readonly retryAfter: number | undefined,
  ) {
    super(detail || title);
    this.name = "Problem";
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface Asked {
  query?: Query;
  /** Sent as JSON, unless it is a form, a blob or text, which go as they are. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Goes on when the page is left. */
  keepalive?: boolean;
}

let csrf = "";
let onSignedOut: () => void = () => {};

/** What changing requests must show; given with the session. */
export function useCsrf(token: string): void {
  csrf = token;
}

/** Called when the hub no longer knows the session. */
export function whenSignedOut(then: () => void): void {
  onSignedOut = then;
}

/** A path with its variable parts escaped: path`/v1/orders/${id}`. */
export function path(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  return parts.reduce((text, part, at) => text + encodeURIComponent(String(values[at - 1])) + part);
}

export function withQuery(target: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `${target}?${text}` : target;
}

/** Sends a form, and tells how much of it is on its way, which `fetch` does not. */
export function upload(target: string, form: FormData, headers: Record<string, string>, onProgress: (share: number) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", target);
    for (const [name, value] of Object.entries({ "Docket-CSRF": csrf, ...headers })) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onload = () => {
      if (request.status < 300) return resolve();
      const known = ["x-request-id", "retry-after"].flatMap((name) => [[name, request.getResponseHeader(name) ?? ""]] as [string, string][]);
      const response = new Response(request.responseText, { status: request.status, statusText: request.statusText, headers: known.filter(([, value]) => value) });
      void problemOf(response).then(reject);
    };
    request.onerror = () => reject(new TypeError("unreachable"));
    request.onabort = () => reject(new DOMException("", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

async function problemOf(response: Response): Promise<Problem> {
  const request = response.headers.get("x-request-id") ?? undefined;
  const after = Number(response.headers.get("retry-after")) || undefined;
  const text = await response.text();
  try {
    const { code, title, detail, pointer } = JSON.parse(text) as Record<string, string>;
    return new Problem(response.status, code ?? "", title ?? response.statusText, detail ?? "", pointer, request, after);
  } catch {
    return new Problem(response.status, "", response.statusText, text.slice(0, 300), undefined, request, after);
  }
}

/** One request. Rejects with a [`Problem`] when the hub refuses, with a `TypeError` when it cannot be reached. */
export async function send(method: string, target: string, asked: Asked = {}): Promise<Response> {
  const headers = new Headers(asked.headers);
  let body: BodyInit | undefined;
  if (asked.body instanceof FormData || asked.body instanceof Blob || typeof asked.body === "string") {
    body = asked.body;
  } else if (asked.body !== undefined) {
    headers.set("Content-Type", "application/json");
    body = JSON.stringify(asked.body);
  }
  if (method !== "GET" && csrf) headers.set("Docket-CSRF", csrf);
  const response = await fetch(withQuery(target, asked.query), {
    method,
    headers,
    credentials: "same-origin",
    ...(body === undefined ? {} : { body }),
    ...(asked.signal ? { signal: asked.signal } : {}),
    keepalive: asked.keepalive ?? false,
  });
  if (response.ok || response.status === 304) return response;
  const problem = await problemOf(response);
  if (problem.status === 401 && problem.code === "unauthorized") onSignedOut();
  throw problem;
}

async function json<T>(method: string, target: string, asked?: Asked): Promise<T> {
  const response = await send(method, target, asked);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export const api = {
  get: <T>(target: string, query?: Query, signal?: AbortSignal) =>
    json<T>("GET", target, { ...(query ? { query } : {}), ...(signal ? { signal } : {}) }),
  post: <T>(target: string, body?: unknown, asked?: Asked) => json<T>("POST", target, { ...asked, body: body ?? {} }),
  put: <T>(target: string, body?: unknown, asked?: Asked) => json<T>("PUT", target, { ...asked, body: body ?? {} }),
  patch: <T>(target: string, body?: unknown, asked?: Asked) => json<T>("PATCH", target, { ...asked, body: body ?? {} }),
  delete: <T>(target: string, asked?: Asked) => json<T>("DELETE", target, asked),
};

/** A key that makes one intent safe to send again. */
export function idempotencyKey(): { headers: Record<string, string> } {
  return { headers: { "Idempotency-Key": newId() } };
}

/** `crypto.randomUUID` is there only on https and localhost; hubs are also looked at over plain http. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
