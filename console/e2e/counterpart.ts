/** Systems of somebody else that really answer, and can be made to answer wrongly. */

import { expect, type Api } from "./world";
import { fresh, receiver, type Answer, type Received, type Receiver } from "./receiver";

export interface Delivery {
  id: string;
  status: string;
  held_for: string | null;
  error: string | null;
  summary: string | null;
  attempts: number;
  wanted: number;
}

const json = (body: unknown): Answer => ({ status: 200, body: JSON.stringify(body) });

/** Deliveries to a connection. */
export const owed = async (api: Api, connection: string) => (await api.get<{ deliveries: Delivery[] }>(`/v1/deliveries?connection=${connection}`)).deliveries;

/** A remote system with Pruvan's four services: it gives orders, and is told what the field did. */
export async function remoteSystem(api: Api) {
  const system = {
    orders: [] as Record<string, unknown>[],
    /** Why it takes no photos and notes; empty: it does. */
    refusal: "",
    asked: (service: string) => account.received.filter((one) => one.path.includes(service)).length,
    close: () => account.close(),
  };
  const answer = ({ path }: Received): Answer => {
    if (path.includes("validate")) return json({ error: "", validated: true, token: "t" });
    if (path.includes("getWorkOrders")) return json({ error: "", workOrders: system.orders });
    if (path.includes("uploadPictures") && system.refusal) return json({ error: system.refusal, status: false });
    return json({ error: "", status: true });
  };
  const account: Receiver = await receiver(answer);
  const name = fresh("remote");
  const settings = { url: account.url, towards: "remote", remote_username: "u", remote_password: "p", remote_token: "t", poll_s: 86400 };
  return { ...system, name, connect: () => api.post("/v1/connections", { name, dialect: "pruvan", role: "connect", settings }), system };
}

/** An order as that system lists it. */
export function workOrder(number: string, city = "Austin") {
  return { workOrderNumber: number, status: "assigned", instructions: "Mow", address1: "5 Elm Ct", city, state: "TX", zip: "78701", services: [{ serviceName: "Mow" }] };
}

/**
 * Documents that cost money: this very hub's own Planviewer API behind somebody who loses answers. The API has no list of
 * jobs, so what became of an order without an answer nobody knows.
 */
export async function landOffice(api: Api, hub: string) {
  const there = fresh("land");
  const { credentials } = await api.post<{ credentials: Record<string, string> }>("/v1/connections", { name: there, dialect: "planviewer", role: "serve", settings: { scope: "account", soft_cap: 1000 } });
  const office = { loses: "" as "" | "answer" | "order", forgets: false, ordered: [] as string[] };
  const server = await receiver(async ({ method, path, headers, body }) => {
    const isOrder = path.endsWith("jobs/order");
    if (isOrder && office.loses === "order") return { status: 200, body: "[]" };
    const passed = Object.fromEntries(["authorization", "content-type", "accept"].flatMap((name) => (headers[name] ? [[name, String(headers[name])]] : [])));
    const answer = await fetch(`${hub}${path}`, { method, headers: passed, ...(method === "GET" ? {} : { body }) });
    const text = await answer.text();
    if (isOrder && answer.ok) office.ordered.push(...[...text.matchAll(/"uuid":"([0-9a-f-]{36})"/g)].map(([, id]) => id!));
    if (isOrder && office.loses === "answer") return { status: 200, body: "[]" };
    if (office.forgets && path.includes("jobs/status")) return { status: answer.status, body: "[]" };
    return { status: answer.status, body: text };
  });
  const name = fresh("docs");
  const settings = { url: server.url, key: credentials["key"], secret: credentials["secret"], product: "site_report", daily_cap: 0, poll_s: 86400 };
  await api.post("/v1/connections", { name, dialect: "planviewer", role: "connect", settings });
  await api.post("/v1/rules", { name, to: name, when: `order.reference == "${name}"` });
  const order = async () => {
    const house = 1 + Math.floor(Math.random() * 9998);
    const site = { address1: `Voorbeeldstraat ${house}`, postal_code: "3511AB", city: "Utrecht", country: "NL" };
    // The counterpart knows the place.
    await api.order({ number: fresh("KNOWN"), site });
    return api.order({ number: fresh("DOC"), reference: name, title: "document", site });
  };
  return { name, there, office, order, server, close: () => server.close() };
}

/** Compares both sides, and waits for it. */
export async function compared(api: Api, connection: string): Promise<{ counts: Record<string, number> }> {
  type Report = { counts: Record<string, number>; compared: { begun: string; ended: string | null } | null };
  const read = () => api.get<Report>(`/v1/reconcile/${connection}`);
  const before = (await read()).compared?.begun;
  await api.post(`/v1/reconcile/${connection}`);
  await expect.poll(async () => { const now = (await read()).compared; return Boolean(now?.ended && now.begun !== before); }, { timeout: 40_000 }).toBe(true);
  return read();
}
