/** One order: as it is, as it stood, who wrote what; and every way to change it. */

import { useSearchParams } from "@solidjs/router";
import { createContext, createEffect, createMemo, createResource, createSignal, on, onCleanup, useContext, type Accessor } from "solid-js";
import { createStore, reconcile } from "solid-js/store";
import { api, path, Problem, send } from "~/api/client";
import { onLive, onLiveSoon } from "~/api/live";
import { can } from "~/app/session";
import { member, same, valueOf } from "./fields";
import type { Transition } from "./states";
import type { Blame, Connection, Entry, Json, Order, Owner, Unit } from "./types";
import type { Names } from "./values";

/** Somebody else wrote the same field while it was being edited. */
export interface Conflict {
  field: string;
  before: Json;
  theirs: Json;
  yours: Json;
  by: Blame["last"];
}

export type Saved = { done: true; refused: string[] } | { done: false; conflict: Conflict };

/** What somebody saw when they began to edit. */
export interface Seen {
  revision: number;
  value: Json;
}

export interface SeenAll {
  revision: number;
  values: Record<string, Json>;
}

/** A value out of the store, as it is at this moment. */
export function plain(value: Json): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** Puts members into others, group by group. */
export function merge(all: Record<string, Json>, more: Record<string, Json>): Record<string, Json> {
  for (const [name, value] of Object.entries(more)) {
    const known = all[name];
    const both = known && value && typeof known === "object" && typeof value === "object" && !Array.isArray(value) && !Array.isArray(known);
    all[name] = both ? merge(known, value as Record<string, Json>) : value;
  }
  return all;
}

const fieldsOf = (text: string | null): string[] => (text ? text.split(",").map((field) => field.trim()) : []);

export function createOrder(name: Accessor<string>) {
  const [state, setState] = createStore<{ now?: Order; then?: Order; blame: Record<string, Blame> }>({ blame: {} });
  const [error, setError] = createSignal<unknown>();
  const [entries, setEntries] = createSignal<readonly Entry[]>([]);
  const [historyError, setHistoryError] = createSignal<unknown>();
  const [connections] = createResource(() => api.get<{ connections: Connection[] }>("/v1/connections").then((answer) => answer.connections, () => []));
  const [units] = createResource(() => api.get<{ units: Unit[] }>("/v1/units", { limit: 1000 }).then((answer) => answer.units, () => []));
  const [services] = createResource(catalogue);
  const [params, setParams] = useSearchParams<{ at?: string }>();

  const base = () => path`/v1/orders/${name()}`;
  // Answers may overtake one another; only the newest question's counts.
  let asked = 0;
  const loadNow = async (): Promise<Order | undefined> => {
    const turn = ++asked;
    try {
      const order = await api.get<Order>(base());
      if (turn === asked) {
        setState("now", reconcile(order, { key: "place" }));
        setError(undefined);
      }
      return order;
    } catch (problem) {
      if (turn === asked && (!state.now || (problem instanceof Problem && problem.status === 404))) setError(problem);
      return undefined;
    }
  };
  const loadBlame = async (): Promise<void> => {
    const { fields } = await api.get<{ fields: Blame[] }>(`${base()}/blame`).catch(() => ({ fields: [] }));
    setState("blame", reconcile(Object.fromEntries(fields.map((field) => [field.field, field])), { key: "field" }));
  };
  const loadHistory = async (): Promise<void> => {
    try {
      const answer = await api.get<{ entries: Entry[] }>(`${base()}/history`);
      setEntries((known) => merged(known, answer.entries));
      setHistoryError(undefined);
    } catch (problem) {
      setHistoryError(problem);
    }
  };
  const reload = async (): Promise<void> => {
    await Promise.all([loadNow(), loadBlame(), loadHistory()]);
  };
  createEffect(
    on(name, () => {
      setState({ now: undefined, then: undefined, blame: {} });
      setEntries([]);
      setError(undefined);
      void reload();
    }),
  );

  const concerns = (data: { serial?: number; order?: unknown }) => data.serial !== undefined && data.serial === (state.now?.serial ?? entries()[0]?.serial);
  onLive(["entry"], ({ kind, data }) => {
    if (kind === "entry" && concerns(data as Entry)) setEntries((known) => merged(known, [data as Entry]));
  });
  onLiveSoon(["entry"], ({ data }) => concerns(data as Entry), () => void reload(), 150);

  // Time travel: `?at=SEQ`.
  const [at, setAt] = createSignal(params.at);
  createEffect(on(() => params.at, (seq) => setAt(seq), { defer: true }));
  const past = createMemo(() => {
    const seq = Number(at());
    return at() ? entries().find((entry) => entry.seq === seq) : undefined;
  });
  const stood = new Map<string, Promise<Order>>();
  const [travelError, setTravelError] = createSignal<unknown>();
  /** Of which entry `then` is. */
  const [stoodAt, setStoodAt] = createSignal<number>();
  createEffect(
    on(past, (entry) => {
      setTravelError(undefined);
      if (!entry) {
        setStoodAt(undefined);
        return setState("then", undefined);
      }
      const key = `${entry.order} ${entry.seq}`;
      const answer = stood.get(key) ?? api.get<Order>(base(), { at: entry.seq });
      stood.set(key, answer);
      answer.then(
        (order) => {
          if (past() !== entry) return;
          setState("then", reconcile(structuredClone(order), { key: "place" }));
          setStoodAt(entry.seq);
        },
        (problem) => {
          stood.delete(key);
          if (past() === entry) setTravelError(problem);
        },
      );
    }),
  );
  // The address follows when the slider rests.
  let resting: number | undefined;
  onCleanup(() => window.clearTimeout(resting));
  const travel = (entry: Entry | undefined) => {
    setAt(entry ? String(entry.seq) : undefined);
    window.clearTimeout(resting);
    resting = window.setTimeout(() => setParams({ at: at() }, { replace: true, scroll: false }), 200);
  };
  /** Earlier and later in the journal; past the newest is now. */
  const step = (by: number) => {
    const all = entries();
    const at = past() ? all.indexOf(past()!) : all.length - 1;
    const to = at + by;
    travel(to >= all.length - 1 ? undefined : all[Math.max(0, to)]);
  };

  const tag = (revision: number) => ({ "If-Match": `"${revision}"` });
  const isOutdated = (problem: unknown) => problem instanceof Problem && problem.status === 412;

  /**
   * Sets fields, unless somebody else wrote one of them since it was seen. What others did to other fields meanwhile (the
   * hub's next arrival estimate, say) is no reason to bother anybody: then it is tried again on the order as it is by now.
   */
  const saveAll = async (values: Record<string, Json>, seen: SeenAll): Promise<Saved> => {
    let revision = seen.revision;
    const body = Object.entries(values).reduce((all, [field, value]) => merge(all, member(field, value)), {});
    for (;;) {
      try {
        const response = await send("PATCH", base(), { body, headers: tag(revision) });
        await reload();
        return { done: true, refused: fieldsOf(response.headers.get("docket-refused")) };
      } catch (problem) {
        if (!isOutdated(problem)) throw problem;
        const fresh = await loadNow();
        if (!fresh) throw problem;
        const written = Object.keys(values).find((field) => {
          const theirs = valueOf(fresh, field);
          return !same(theirs, seen.values[field] ?? null) && !same(theirs, values[field] ?? null);
        });
        if (written) {
          await Promise.all([loadBlame(), loadHistory()]);
          const by = state.blame[written]?.last ?? lastWrite(entries(), written);
          return { done: false, conflict: { field: written, before: seen.values[written] ?? null, theirs: valueOf(fresh, written), yours: values[written] ?? null, by } };
        }
        revision = fresh.revision;
      }
    }
  };
  const save = (field: string, value: Json, seen: Seen) => saveAll({ [field]: value }, { revision: seen.revision, values: { [field]: seen.value } });
  /** What these fields say now, to be held against what they say when something is saved. */
  const see = (...fields: string[]): SeenAll => ({
    revision: state.now?.revision ?? 0,
    values: Object.fromEntries(fields.map((field) => [field, plain(valueOf(state.now, field))])),
  });

  const move = async (transition: Transition, members: Record<string, Json> = {}): Promise<string[]> => {
    const status = state.now?.status;
    let revision = state.now?.revision ?? 0;
    for (;;) {
      try {
        const response = await send("POST", `${base()}/transitions`, { body: { transition, ...members }, headers: tag(revision) });
        await reload();
        return fieldsOf(response.headers.get("docket-refused"));
      } catch (problem) {
        if (!isOutdated(problem)) throw problem;
        const fresh = await loadNow();
        if (!fresh || fresh.status !== status) throw problem;
        revision = fresh.revision;
      }
    }
  };

  /** Puts an item, and shows the order with it. */
  const put = async (list: string, body: unknown): Promise<void> => {
    await api.post(`${base()}/${list}`, body);
    await reload();
  };

  const connectionOf = (of: number | string | null | undefined) => connections.latest?.find((one) => one.id === of || one.name === of);
  return {
    name,
    base,
    now: () => state.now,
    /** What the page shows: the order as it is, or as it stood. */
    shown: () => (past() ? (state.then ?? state.now) : state.now),
    /** What the page shows is not what the slider says yet. */
    traveling: () => past() !== undefined && stoodAt() !== past()?.seq,
    past,
    travel,
    step,
    travelError,
    blame: (field: string): Blame => {
      const told = state.blame[field];
      return told ? { ...told, owner: ownerOf(field, told.owner) } : unwritten(field);
    },
    entries,
    historyError,
    error,
    reload,
    save,
    saveAll,
    see,
    move,
    put,
    connections: () => connections.latest ?? [],
    connectionOf,
    units: () => units.latest ?? [],
    /** Names of what orders only have the ids of. */
    names: (): Names => ({ units: units.latest ?? [], services: services.latest ?? NO_SERVICES }),
    /** Somebody who may change orders looks at the order as it is. */
    editable: () => can("dispatcher") && !past(),
  };
}

const SHARED: readonly string[] = ["description", "reference", "work_info", "instructions", "options", "tasks", "due", "rush", "rework"];
const ASSIGNMENT: readonly string[] = ["unit", "person", "crew"];
const ORIGINATOR: readonly string[] = ["client_status", "client_due", "client_instructions"];

/** The ledger's own classes are finer than what is told: of the shared fields some say who works, and most are open to everybody. */
function ownerOf(field: string, owner: Owner): Owner {
  if (owner !== "shared" || SHARED.includes(field)) return owner;
  return ASSIGNMENT.includes(field) ? "assignment" : "open";
}

/** Who has the say in a field that nobody wrote yet. */
function unwritten(field: string): Blame {
  const isTheirs = ORIGINATOR.includes(field);
  return { field, value: null, owner: isTheirs ? "originator" : ownerOf(field, "shared"), writable: !isTheirs, why: null, last: null, refused: [] };
}

const NO_SERVICES: ReadonlyMap<string, string> = new Map();

/** What can be ordered: services and products, by id. Whoever may not see them sees the ids. */
async function catalogue(): Promise<ReadonlyMap<string, string>> {
  const none = { services: [], products: [] };
  const [{ services }, { products }] = await Promise.all([
    api.get<{ services: { id: string; name: string }[] }>("/v1/services").catch(() => none),
    api.get<{ products: { service: string; name: string }[] }>("/v1/products").catch(() => none),
  ]);
  return new Map([...services.map((one) => [one.id, one.name] as const), ...products.map((one) => [one.service, one.name] as const)]);
}

export type Model = ReturnType<typeof createOrder>;

/** Entries in order, each once. */
function merged(known: readonly Entry[], more: readonly Entry[]): readonly Entry[] {
  const all = new Map(known.map((entry) => [entry.seq, entry]));
  const before = all.size;
  for (const entry of more) if (!all.has(entry.seq)) all.set(entry.seq, entry);
  return all.size === before ? known : [...all.values()].sort((one, other) => one.seq - other.seq);
}

function lastWrite(entries: readonly Entry[], field: string): Blame["last"] {
  const entry = entries.findLast((one) => one.changes.some((change) => change.field === field));
  return entry ? { seq: entry.seq, at: entry.at, actor: entry.actor, connection: entry.connection, exchange: entry.exchange } : null;
}

export const OrderContext = createContext<Model>();

export function useOrder(): Model {
  const model = useContext(OrderContext);
  if (!model) throw new Error("outside of an order's page");
  return model;
}
