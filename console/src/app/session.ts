/** Who is signed in, to which account, as what; and what they prefer. */

import { createSignal } from "solid-js";
import { api, Problem, useCsrf, whenSignedOut } from "~/api/client";
import { liveFor } from "~/api/live";

export type Role = "viewer" | "dispatcher" | "integrator" | "admin";
export const ROLES: readonly Role[] = ["viewer", "dispatcher", "integrator", "admin"];

export interface Session {
  user: { name: string; totp: boolean; recovery_codes_left?: number };
  account: string;
  role: Role;
  accounts: { name: string; role: Role }[];
  csrf: string;
  expires_at: string;
}

export interface SavedFilter {
  name: string;
  query: Record<string, string>;
}

/** Kept at the hub for each user and account; every member may be missing. */
export interface Preferences {
  theme?: "system" | "light" | "dark";
  language?: string;
  zone?: string;
  board?: { columns?: string[]; filters?: SavedFilter[]; layout?: "table" | "columns" };
  [page: string]: unknown;
}

const [session, setSession] = createSignal<Session | null | undefined>(undefined);
const [preferences, setPreferences] = createSignal<Preferences>(remembered());
/** `undefined` until it is known, `null` when nobody is signed in. */
export { preferences, session };

function remembered(): Preferences {
  try {
    return JSON.parse(localStorage.getItem("docket.preferences") ?? "{}") as Preferences;
  } catch {
    return {};
  }
}

function remember(next: Preferences): void {
  setPreferences(next);
  localStorage.setItem("docket.preferences", JSON.stringify(next));
}

async function enter(next: Session | null): Promise<void> {
  useCsrf(next?.csrf ?? "");
  if (next) {
    const kept = await api.get<Preferences>("/v1/session/preferences").catch(() => ({}));
    remember({ ...remembered(), ...kept });
  }
  setSession(next);
  liveFor(next !== null);
}

whenSignedOut(() => void enter(null));

export async function loadSession(): Promise<void> {
  try {
    await enter(await api.get<Session>("/v1/session"));
  } catch (error) {
    if (error instanceof Problem && error.status === 401) await enter(null);
    else throw error;
  }
}

export async function signIn(name: string, password: string, totp?: string): Promise<void> {
  await enter(await api.post<Session>("/v1/session", { name, password, ...(totp ? { totp } : {}) }));
}

export async function setUp(code: string, name: string, password: string): Promise<void> {
  await enter(await api.post<Session>("/v1/setup", { code, name, password }));
}

export async function switchAccount(account: string): Promise<void> {
  await enter(await api.patch<Session>("/v1/session", { account }));
}

export async function signOut(): Promise<void> {
  await api.delete("/v1/session").catch(() => {});
  await enter(null);
}

/** After a change of what the session shows, such as the second factor. */
export async function reloadSession(): Promise<void> {
  const next = await api.get<Session>("/v1/session");
  useCsrf(next.csrf);
  setSession(next);
}

/** Whether the signed-in user may do what needs this role. */
export function can(role: Role): boolean {
  const own = session()?.role;
  return own !== undefined && ROLES.indexOf(own) >= ROLES.indexOf(role);
}

let keeping: number | undefined;
/** Sets some preferences, here at once and at the hub soon. */
export function prefer(change: Partial<Preferences>): void {
  const next = { ...preferences(), ...change };
  remember(next);
  if (!session()) return;
  window.clearTimeout(keeping);
  keeping = window.setTimeout(keepNow, 500);
}

function keepNow(): void {
  window.clearTimeout(keeping);
  keeping = undefined;
  void api.put("/v1/session/preferences", preferences(), { keepalive: true }).catch(() => {});
}

// Who leaves at once keeps what was preferred a moment ago.
window.addEventListener("pagehide", () => {
  if (keeping !== undefined) keepNow();
});
