/** What may follow what in an order's life. The hub decides; this is so that only what it will do is offered. */

export const TRANSITIONS = [
  "assign",
  "unassign",
  "accept",
  "reject",
  "start",
  "ask",
  "resume",
  "complete",
  "submit",
  "invoice",
  "close",
  "cancel",
  "fail",
  "reopen",
] as const;
export type Transition = (typeof TRANSITIONS)[number];

const OPEN = ["received", "assigned", "accepted", "rejected", "started", "waiting", "failed"];
const DONE = ["completed", "submitted", "invoiced", "closed"];
const ALL = [...OPEN, ...DONE, "canceled"];

/** From which statuses, and to which. */
const TABLE: Record<Exclude<Transition, "reopen">, readonly [from: readonly string[], to: string]> = {
  assign: [OPEN, "assigned"],
  unassign: [OPEN, "received"],
  accept: [["received", "assigned", "accepted", "rejected"], "accepted"],
  reject: [OPEN, "rejected"],
  start: [OPEN, "started"],
  ask: [OPEN, "waiting"],
  resume: [["waiting", "started"], "started"],
  complete: [[...OPEN, "completed"], "completed"],
  submit: [[...OPEN, "completed", "submitted"], "submitted"],
  invoice: [DONE, "invoiced"],
  close: [ALL, "closed"],
  cancel: [ALL.filter((status) => status !== "invoiced" && status !== "closed"), "canceled"],
  fail: [OPEN, "failed"],
};

/** Where an order would stand afterwards; nothing where that is not possible. */
export function after(status: string, transition: Transition, isAssigned: boolean): string | undefined {
  if (transition === "reopen") return ALL.includes(status) ? (isAssigned ? "assigned" : "received") : undefined;
  const [from, to] = TABLE[transition];
  return from.includes(status) ? to : undefined;
}

/** What would take an order somewhere else. */
export function possible(status: string, isAssigned: boolean): Transition[] {
  return TRANSITIONS.filter((transition) => {
    // An order that is open needs no opening, and what waits is resumed.
    if (transition === "reopen" && OPEN.includes(status) && status !== "failed" && status !== "rejected") return false;
    if (transition === "start" && status === "waiting") return false;
    const to = after(status, transition, isAssigned);
    return to !== undefined && to !== status;
  });
}

/** What leads from one status to another. */
export function leading(from: string, to: string, isAssigned: boolean): Transition | undefined {
  return possible(from, isAssigned).find((transition) => after(from, transition, isAssigned) === to);
}
