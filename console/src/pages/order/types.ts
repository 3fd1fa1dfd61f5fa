/** An order and what belongs to it, as docs/native-api.md gives them. */

export type Json = string | number | boolean | null | Json[] | { [member: string]: Json };

export interface Task {
  name: string;
  key?: string;
  instructions?: string;
  options?: string;
  quantity?: number;
  unit_price?: number;
  done: boolean;
}

export interface Point {
  latitude: number;
  longitude: number;
  accuracy_m?: number;
}

export interface Item {
  place: number;
  id: string;
  origin: Origin;
  author: string;
  at: string;
  kind: string;
}

export interface Origin {
  dialect: string;
  /** Its id; `null` for the native API and the command line. */
  connection: number | null;
}

export interface Note extends Item {
  text: string;
  site_wide: boolean;
  revises?: string;
}

export type Stage = "before" | "during" | "after";

export interface Attachment extends Item {
  photo: boolean;
  name: string;
  media_type: string;
  size_bytes: number;
  blob: string;
  stage?: Stage;
  task?: string;
  caption?: string;
  taken_at?: string;
  point?: Point;
  note?: string;
}

export interface Answer {
  question: string;
  text?: string;
  kind?: string;
  values: string[];
  photos?: string[];
}

export interface Form extends Item {
  name: string;
  template?: string;
  version?: string;
  task?: string;
  required: boolean;
  /** The sender's own questions, JSON text. */
  definition?: string;
  submitted_at?: string;
  answers: Answer[];
}

export interface CheckIn extends Item {
  point?: Point;
  data?: string;
}

export type ChargeKind = "bid" | "completion" | "invoice";

export interface Charge extends Item {
  charge: ChargeKind;
  item?: string;
  description: string;
  quantity?: number;
  unit_price?: number;
  comment?: string;
  flat_fee: boolean;
  photos?: string[];
}

export interface Question extends Item {
  message: string;
  choices: { key: string; label: string }[];
  answer?: { choice: string; by: string; at: string };
}

export interface Order {
  id: string;
  serial: number;
  number: string | null;
  title?: string | null;
  status: string;
  status_since?: string;
  rush: boolean;
  rework: boolean;
  late?: boolean;
  due: string | null;
  unit: number | null;
  person?: string | null;
  crew?: string | null;
  service?: string | null;
  origin: Origin;
  tasks: Task[];
  site?: { [member: string]: Json } | null;
  result?: { blob: string; name: string; type: string } | null;
  routed_to?: number[];
  imported_by?: number[];
  keys?: { connection: number; namespace: string; key: string }[];
  acknowledgements?: Json[];
  created_at: string;
  updated_at: string;
  updated_by?: string;
  revision: number;
  notes: Note[];
  attachments: Attachment[];
  forms: Form[];
  check_ins: CheckIn[];
  charges: Charge[];
  questions: Question[];
}

export interface Change {
  field: string;
  from: Json;
  to: Json;
}

export interface RefusedWrite {
  field: string;
  offered: Json;
  rule: string;
}

/** One entry of the journal. */
export interface Entry {
  seq: number;
  at: string;
  order: string;
  serial: number;
  revision: number;
  actor: string;
  connection: number | null;
  verb: string;
  changes: Change[];
  refused: RefusedWrite[];
  advisories: string[];
  exchange: string | null;
}

interface Write {
  seq: number;
  at: string;
  actor: string;
  /** Its name, or its id. */
  connection: string | number | null;
  exchange: string | null;
}

export type Owner = "originator" | "shared" | "assignment" | "executor" | "open" | "hub";

/** Who has the say in one field. */
export interface Blame {
  field: string;
  value: Json;
  owner: Owner;
  writable: boolean;
  why: string | null;
  last: Write | null;
  refused: (Write & { offered: Json; why: string })[];
}

export interface Connection {
  id: number;
  name: string;
  dialect: string;
  settings: Record<string, string>;
}

export interface Unit {
  id: number;
  name: string;
}

export interface Delivery {
  id: string;
  connection: string;
  order: { id: string; serial: number; number: string | null };
  status: string;
  held_for: string | null;
  since: string;
  due: string | null;
  attempts: number;
  tried_at: string | null;
  error: string | null;
  summary: string | null;
}

export interface Job {
  id: string;
  serial: number;
  title: string;
  product: string;
  producer: string;
  state: string;
  progress: { current: number; total: number } | null;
  follows: number | string | null;
  last_failure: string | null;
  reason: string | null;
  result: { name: string; url: string } | null;
  created_at: string;
}
