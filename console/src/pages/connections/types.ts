/** Connections, dialects, rules and reports, as the native API tells of them. */

export type Role = "serve" | "connect" | "both";
export const ROLES: readonly Role[] = ["serve", "connect", "both"];

export interface Setting {
  name: string;
  title: string;
  help: string;
  kind: "flag" | "integer" | "word" | "text" | "currency" | "time_zone" | "url" | "secret";
  default: string | null;
  required: boolean;
  secret: boolean;
  role: Role;
  choices?: string[];
  minimum?: number;
  maximum?: number;
}

export interface Dialect {
  id: string;
  title: string;
  roles: Role[];
  settings: Setting[];
  credentials?: { name: string; title: string; secret: boolean }[];
  operations: { name: string; title: string; served: true | string; connected: true | string }[];
}

export interface Health {
  last_contact: string | null;
  last_success: string | null;
  last_error: { at: string; text: string } | null;
  failures: number;
  not_before: string | null;
  denied: { since: string; until: string } | null;
  pulled: { at: string; seen: number; changed: number; problems: number } | null;
  compared: Compared | null;
}

export interface Compared {
  begun: string;
  ended: string | null;
  seen: number;
  error: string | null;
}

export interface Budget {
  at_once: number;
  on_their_way: number;
  windows: { operations: string[]; calls: number; within_s: number; used: number }[];
  paused_until: string | null;
  poll_s: number | null;
}

export interface Connection {
  id: number;
  name: string;
  dialect: string;
  role: Role;
  /** When somebody last called us through it. */
  last_call_at?: string | null;
  scope: "own" | "routed" | "account";
  enabled: boolean;
  settings: Record<string, string>;
  created_at: string;
  /** Names of what is called with; only of those that call. */
  secrets?: string[];
  health?: Health;
  deliveries?: { counts: Partial<Record<string, number>>; oldest: string | null };
  budget?: Budget | null;
}

export type Credentials = Record<string, string | number>;
export type Made = Connection & { credentials: Credentials };

export interface Rule {
  name: string;
  from?: string | null;
  when: string;
  to: string;
  with: Record<string, string>;
  enabled: boolean;
  order: number;
  source: "here" | "file";
}

export interface DryRun {
  looked_at: number;
  would_go: number;
  orders: { id: string; serial: number; number: string | null; status: string; with: Record<string, unknown> }[];
  never: { why: string; orders: number }[];
  errors: { error: string; orders: number }[];
}

export const KINDS = ["missing_there", "missing_here", "differs", "stale", "undelivered"] as const;
export type Kind = (typeof KINDS)[number];

export interface Difference {
  kind: Kind;
  order: number | null;
  since: string;
  seen: string;
  number?: string | null;
  remote?: string | null;
  status?: string;
  error?: string | null;
  updated_there_at?: string;
  there?: Record<string, unknown>;
  fields?: { field: string; there: unknown; here: unknown }[];
}

export interface Report {
  connection: string;
  compared: Compared | null;
  counts: Partial<Record<Kind, number>>;
  differences: Difference[];
  next_cursor: string | null;
}
