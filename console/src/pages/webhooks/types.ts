export interface Webhook {
  id: number;
  name: string;
  url: string;
  /** None is all of them. */
  events: string[];
  connection: string | null;
  description: string | null;
  status: "enabled" | "paused" | "disabled" | "gone";
  since: string;
  after: number;
  waiting: number;
  failed: number;
  failing_since: string | null;
  failures: number;
  not_before: string | null;
  last_success: string | null;
  last_error: string | null;
  old_secret_until: string | null;
  created_at: string;
}

export type WithSecret = Webhook & { secret: string };

export interface Attempt {
  id: string;
  at: string;
  message: string | null;
  seq: number | null;
  test: boolean;
  attempt: number;
  took_ms: number;
  status: number | null;
  error: string | null;
  answer: string | null;
}

export interface Waiting {
  id: string;
  seq: number;
  status: "waiting" | "failed";
  attempts: number;
  first_attempt: string;
  next_attempt: string | null;
  error: string | null;
}
