/** The wire log, as the native API tells of it. */

export interface Outline {
  id: string;
  at: string;
  took_us: number;
  dialect: string;
  operation: string;
  connection: string | null;
  /** `in` was answered here, `out` was called by us. */
  direction: "in" | "out";
  line: string;
  /** None when no answer came. */
  status: number | null;
}

export interface Message {
  /** A header a line. */
  headers: string;
  body: string;
}

export interface Change {
  field: string;
  from: unknown;
  to: unknown;
}

export interface Refusal {
  field: string;
  offered: unknown;
  rule: string;
}

/** What the journal has of one change. */
export interface Entry {
  seq: number;
  at: string;
  order: string;
  serial: number;
  actor: string;
  verb: string;
  changes: Change[];
  refused: Refusal[];
  advisories?: string[];
}

export interface Exchange extends Outline {
  request: Message;
  response: Message;
  entries?: Entry[];
  /** There were more than are told. */
  more_entries?: boolean;
}

/** What would become of an order. */
export interface Would {
  would: string;
  why?: string;
  serial?: number;
  number?: string | null;
  status?: string;
  changes?: Change[];
  refused?: Refusal[];
  advisories?: string[];
}

export interface Replay {
  exchange: string;
  direction: "in" | "out";
  really: boolean;
  was: { status: number; body: string };
  answer?: { status: number; body: string };
  differs?: string[];
  orders?: Would[];
  besides?: string[];
  would_call?: { line: string; body: string };
  replayed_as?: string;
}

export const DIALECTS = ["ppw", "pruvan", "wialon", "mews", "planviewer"] as const;
