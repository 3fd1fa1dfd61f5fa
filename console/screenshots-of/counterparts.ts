/** Other systems, rules and programs of a house where not everything goes well, so that pictures show it. */

import { receiver, type Receiver } from "../e2e/receiver";
import { expect, type Api } from "../e2e/world";

const HOSTILE = "<img src=x onerror=alert(1)>";
const LONG = "Grass cut, hedges trimmed, driveway swept and photographed from all four sides as the contract of 2024 with its three amendments demands";

/** Answers like somebody else's server that is not always well. */
async function counterparts(): Promise<Record<"takes" | "refuses" | "fails", Receiver>> {
  const takes = await receiver(() => ({ status: 200, body: JSON.stringify({ response: { created: 1, updated: 0, deleted: 0 }, error: "" }) }));
  const refuses = await receiver(() => ({ status: 200, body: JSON.stringify({ response: { created: 0, updated: 0, deleted: 0 }, error: `No service of ours is called so: ${LONG} ${HOSTILE}` }) }));
  const fails = await receiver(() => ({ status: 503, body: "<html><body><h1>Service Unavailable</h1></body></html>" }));
  return { takes, refuses, fails };
}

/** Makes what the pages are about, once. */
export async function furnish(api: Api): Promise<void> {
  const known = await api.get<{ connections: { name: string }[] }>("/v1/connections");
  if (known.connections.some((one) => one.name === "crew-north")) return;
  const { takes, refuses, fails } = await counterparts();
  const calling = (name: string, url: string, settings: object = {}) =>
    api.post("/v1/connections", { name, dialect: "pruvan", role: "connect", settings: { url, push_key: "k".repeat(24), poll_s: 3600, calls: 200, within_s: 30, ...settings } });
  await calling("crew-north", takes.url);
  await calling("crew-south-of-the-river-and-beyond", refuses.url);
  await calling("crew-that-bills", takes.url, { release_above: 0 });
  await calling("crew-paused", takes.url, { paused: true });
  await api.post("/v1/connections", { name: "hotel-amsterdam", dialect: "mews", role: "connect", settings: { url: fails.url, client_token: "c".repeat(32), access_token: "a".repeat(32) } });
  const rules = [
    { name: "north", to: "crew-north", when: 'order.reference == "north"', order: 10 },
    { name: "south-of-the-river", to: "crew-south-of-the-river-and-beyond", when: 'order.reference == "south" || (order.open && order.site.region == "TX" && order.tasks.exists(t, t.name.lower().contains("grass")) && !("internal" in order.tags))', with: { priority: "5", work_info: '"Lock box " + order.site.lock_code' }, order: 20 },
    { name: "billed", from: "demo-ppw", to: "crew-that-bills", when: 'order.reference == "billed"', enabled: false, order: 30 },
    { name: "billed-by-hand", to: "crew-that-bills", when: 'order.reference == "billed"', order: 40 },
  ];
  for (const rule of rules) await api.post("/v1/rules", rule);
  const site = { address1: "5 Elm Ct", city: "Austin", region: "TX", postal_code: "78701", lock_code: "4711" };
  for (const [reference, count] of [["north", 4], ["south", 3], ["billed", 2]] as const) {
    for (let at = 1; at <= count; at += 1) {
      await api.order({ number: `${reference.toUpperCase()}-${4700 + at}`, reference, title: at === 1 ? HOSTILE : "Grass cut", service: "Mow", cost: 75.5, site, tasks: [{ key: "1", name: at === 1 ? LONG : "Mow" }] });
    }
  }
  const program = await receiver(() => ({ status: 204 }));
  const broken = await receiver(() => ({ status: 500, body: `<script>alert('no')</script> Traceback (most recent call last): ${LONG}` }));
  await api.post("/v1/webhooks", { name: "erp", url: `${program.url}/docket`, description: "Books what the crews report" });
  await api.post("/v1/webhooks", { name: "warehouse-of-the-far-north", url: `${broken.url}/hooks/docket/orders/completed?tenant=8f4b2e`, events: ["order.created", "order.completed", "order.noted", "order.assigned"], description: HOSTILE });
  await api.post("/v1/webhooks", { name: "paused-program", url: program.url });
  await api.post("/v1/webhooks/paused-program/pause");
  for (let at = 1; at <= 3; at += 1) await api.order({ number: `HOOK-${at}`, title: "Told to programs", site });
  await api.post("/v1/webhooks/erp/test");
  await api.post("/v1/tokens", { name: "month-end-export-of-the-accounting-department", role: "integrator" });
  await api.post("/v1/users", { name: "frederika-van-der-westhuizen", password: "docket-demo", role: "viewer" });
  await api.post("/v1/users", { name: "dispatch", password: "docket-demo", role: "dispatcher" });
  await expect.poll(async () => (await api.get<{ deliveries: { status: string }[] }>("/v1/deliveries?connection=crew-that-bills")).deliveries.length).toBe(2);
  await expect.poll(async () => (await api.get<{ deliveries: { status: string }[] }>("/v1/deliveries?status=error")).deliveries.length, { timeout: 40_000 }).toBeGreaterThan(0);
}
