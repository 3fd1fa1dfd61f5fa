/** The life cycle, as the ledger has it: what may follow what. It decides; this only spares people buttons that would be refused. */

export const TRANSITIONS = [
  "assign", "accept", "start", "complete", "submit", "invoice", "close", "ask", "resume", "unassign", "reject", "fail", "reopen", "cancel",
] as const;
export type Transition = (typeof TRANSITIONS)[number];

const OPEN = new Set(["received", "assigned", "accepted", "rejected", "started", "waiting", "failed"]);
const DONE = new Set(["completed", "submitted", "invoiced", "closed"]);

const LEADS_TO: Record<Transition, string> = {
  unassign: "received", assign: "assigned", accept: "accepted", reject: "rejected", start: "started", resume: "started", ask: "waiting",
  complete: "completed", submit: "submitted", invoice: "invoiced", close: "closed", cancel: "canceled", fail: "failed", reopen: "received",
};

function allows(status: string, transition: Transition): boolean {
  switch (transition) {
    case "accept":
      return ["received", "assigned", "rejected"].includes(status);
    case "resume":
      return status === "waiting";
    case "complete":
      return OPEN.has(status);
    case "submit":
      return OPEN.has(status) || status === "completed";
    case "invoice":
      return DONE.has(status);
    case "cancel":
      return status !== "invoiced" && status !== "closed";
    case "close":
      return true;
    case "reopen":
      return !["received", "assigned", "accepted", "started", "waiting"].includes(status);
    default:
      return OPEN.has(status);
  }
}

/** What can be done with an order that stands there, and leads elsewhere. */
export function possible(status: string): Transition[] {
  if (status === "deleted") return [];
  return TRANSITIONS.filter((transition) => allows(status, transition) && LEADS_TO[transition] !== status);
}

const USUAL: Record<string, readonly Transition[]> = {
  received: ["assign", "accept"], assigned: ["accept", "start"], accepted: ["start", "complete"], started: ["complete", "ask"], waiting: ["resume", "complete"],
  rejected: ["assign", "cancel"], failed: ["reopen", "cancel"], completed: ["submit", "reopen"], submitted: ["invoice", "reopen"], invoiced: ["close", "reopen"], closed: ["reopen"], canceled: ["reopen"],
};

/** What usually comes next: the buttons that stand out. */
export function usual(status: string): readonly Transition[] {
  return USUAL[status] ?? [];
}

/** Those that ask for a word of why. */
export const SAYS_WHY: readonly Transition[] = ["reject", "fail", "cancel", "complete", "reopen"];
