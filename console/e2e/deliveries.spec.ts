import type { Page } from "@playwright/test";
import { accessible } from "./both";
import { landOffice, owed } from "./counterpart";
import { fresh, receiver, type Receiver } from "./receiver";
import { expect, PASSWORD, test, visit, type Api } from "./world";

interface Delivery {
  id: string;
  status: string;
  held_for: string | null;
  error: string | null;
}

const TAKEN = JSON.stringify({ response: { created: 1, updated: 0, deleted: 0 }, error: "" });

/** A Pruvan account of somebody else, an order that is handed to it, and what became of that. */
async function handed(api: Api, account: Receiver, settings: Record<string, unknown> = {}, members: Record<string, unknown> = {}) {
  const name = fresh("crew");
  await api.post("/v1/connections", { name, dialect: "pruvan", role: "connect", settings: { url: account.url, push_key: "k".repeat(24), poll_s: 3600, ...settings } });
  await api.post("/v1/rules", { name, to: name, when: `order.reference == "${name}"` });
  const number = fresh("OUT");
  const site = { address1: "5 Elm Ct", city: "Austin", region: "TX", postal_code: "78701" };
  const order = await api.order({ number, reference: name, service: "Mow", site, tasks: [{ key: "1", name: "Mow" }], ...members });
  const deliveries = async () => (await api.get<{ deliveries: Delivery[] }>(`/v1/deliveries?connection=${name}`)).deliveries;
  return { name, number, order, deliveries };
}

test("what a counterpart does not take is shown in its words, and retried until it does", async ({ page, api }) => {
  const words = "No such user <script>alert(1)</script>";
  const account = await receiver(() => ({ status: 200, body: JSON.stringify({ response: { created: 0, updated: 0, deleted: 0 }, error: words }) }));
  const { name, number, deliveries } = await handed(api, account);
  await visit(page, `/deliveries?connection=${name}`);
  const grid = page.getByRole("grid", { name: "Deliveries" });
  await expect(grid.getByRole("link", { name: number })).toBeVisible();
  await expect.poll(async () => (await deliveries())[0]?.status).toBe("error");
  await expect(grid.getByText("Error", { exact: true })).toBeVisible();
  await accessible(page);
  await grid.getByRole("button", { name: `Open: ${number}` }).click();
  const dialog = page.getByRole("dialog", { name: `Delivery to ${name}` });
  await expect(dialog.getByText(words, { exact: false })).toBeVisible();
  await accessible(page);
  account.answer = () => ({ status: 200, body: TAKEN });
  await dialog.getByRole("button", { name: "Retry" }).click();
  await expect(grid.getByText("Synced", { exact: true })).toBeVisible({ timeout: 30_000 });
  expect((await deliveries())[0]?.status).toBe("synced");
  await account.close();
});

test("several are dropped and retried at once, and filters find them", async ({ page, api }) => {
  const account = await receiver(() => ({ status: 500 }));
  const { name, deliveries } = await handed(api, account);
  await api.order({ number: fresh("OUT"), reference: name, service: "Mow", site: { address1: "6 Elm Ct", city: "Austin", region: "TX", postal_code: "78701" }, tasks: [{ key: "1", name: "Mow" }] });
  await expect.poll(async () => (await deliveries()).length).toBe(2);
  await visit(page, `/deliveries?connection=${name}`);
  const grid = page.getByRole("grid", { name: "Deliveries" });
  await expect(grid.getByRole("row")).toHaveCount(3);
  await grid.getByRole("checkbox", { name: "All" }).check();
  await page.getByRole("group", { name: "2 selected" }).getByRole("button", { name: "Drop" }).click();
  await page.getByRole("dialog", { name: "Drop 2 deliveries?" }).getByRole("button", { name: "Drop" }).click();
  await expect(grid.getByText("Dropped", { exact: true })).toHaveCount(2);
  expect((await deliveries()).map((one) => one.status)).toEqual(["dropped", "dropped"]);
  await page.getByLabel("Status").selectOption("queued");
  await expect(page.getByText("No delivery fits these filters.")).toBeVisible();
  await page.getByLabel("Status").selectOption("dropped");
  await expect(grid.getByRole("row")).toHaveCount(3);
  account.answer = () => ({ status: 200, body: TAKEN });
  await grid.getByRole("checkbox", { name: "All" }).check();
  await page.getByRole("group", { name: "2 selected" }).getByRole("button", { name: "Retry" }).click();
  await expect.poll(async () => (await deliveries()).map((one) => one.status), { timeout: 40_000 }).toEqual(["synced", "synced"]);
  await account.close();
});

test("what costs something waits until somebody releases it", async ({ page, api }) => {
  const account = await receiver(() => ({ status: 200, body: TAKEN }));
  const { name, number, deliveries } = await handed(api, account, { release_above: 0 }, { cost: 75.5 });
  await expect.poll(async () => (await deliveries())[0]?.held_for).toBe("release");
  await visit(page, `/connections/${name}?tab=deliveries`);
  await page.getByRole("button", { name: `Open: ${number}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Release" }).click();
  const sure = page.getByRole("dialog", { name: "Release this delivery?" });
  await sure.getByRole("button", { name: "Release" }).click();
  await expect.poll(async () => (await deliveries())[0]?.status, { timeout: 30_000 }).toBe("synced");
  await account.close();
});

/** A document that was ordered, and of which no answer came; its delivery, as somebody finds it. */
async function unknown(page: Page, api: Api, hub: string, loses: "answer" | "order") {
  const land = await landOffice(api, hub);
  land.office.loses = loses;
  const order = await land.order();
  const deliveries = () => owed(api, land.name);
  await expect.poll(async () => (await deliveries())[0]?.held_for, { timeout: 30_000 }).toBe("unknown");
  await visit(page, `/deliveries?connection=${land.name}&status=error,held`);
  await page.getByRole("button", { name: `Open: ${order.number}` }).click();
  const delivery = page.getByRole("dialog", { name: `Delivery to ${land.name}` });
  await expect(delivery.getByText("Nobody knows whether it was done")).toBeVisible();
  await expect(delivery.getByRole("button", { name: "Retry" })).toHaveCount(0);
  await accessible(page);
  await delivery.getByRole("button", { name: "Settle" }).click();
  return { land, order, deliveries, dialog: page.getByRole("dialog", { name: "Was it done?" }) };
}

test("a call whose answer was lost is settled as done by who looked, under its id over there", async ({ page, api, hub }) => {
  test.slow();
  const { land, order, deliveries, dialog } = await unknown(page, api, hub, "answer");
  await accessible(page);
  await expect(dialog.getByRole("button", { name: "Settle" })).toBeDisabled();
  await dialog.getByLabel("Id over there", { exact: true }).fill("no id of theirs");
  await dialog.getByRole("button", { name: "Settle" }).click();
  await expect(page.getByText(/is no id of/)).toBeVisible();
  const job = land.office.ordered.at(-1)!;
  await dialog.getByLabel("Id over there", { exact: true }).fill(job);
  await dialog.getByRole("button", { name: "Settle" }).click();
  await expect(dialog).toBeHidden();
  await expect.poll(async () => (await deliveries())[0]?.status, { timeout: 30_000 }).toBe("synced");
  expect(land.server.received.filter((one) => one.path.endsWith("jobs/order")).length, "not ordered again").toBe(1);
  const found = async () => (await api.get<{ orders: { id: string }[] }>(`/v1/orders?q=${job}`)).orders.map((one) => one.id);
  expect(await found(), "known by its id over there").toContain(order.id);
  await land.close();
});

test("a call that was not done is settled as such, and done again", async ({ page, api, hub }) => {
  test.slow();
  const { land, deliveries, dialog } = await unknown(page, api, hub, "order");
  land.office.loses = "";
  await dialog.getByLabel("It was not done: do it again").check();
  await dialog.getByRole("button", { name: "Settle" }).click();
  await expect(dialog).toBeHidden();
  await expect.poll(async () => (await deliveries())[0]?.status, { timeout: 30_000 }).toBe("synced");
  expect((await deliveries())[0]?.summary).toContain(land.office.ordered.at(-1));
  await land.close();
});

test("one is retried, dropped and retried after all from its dialog, to which an address leads", async ({ page, api }) => {
  test.slow();
  const account = await receiver(() => ({ status: 200, body: JSON.stringify({ response: { created: 0, updated: 0, deleted: 0 }, error: "not today" }) }));
  const { name, number, order, deliveries } = await handed(api, account);
  await expect.poll(async () => (await deliveries())[0]?.status).toBe("error");
  const { id } = (await deliveries())[0]!;
  await visit(page, `/deliveries?delivery=${id}`);
  const dialog = page.getByRole("dialog", { name: `Delivery to ${name}` });
  await expect(dialog.getByText(/not today/)).toBeVisible();
  await expect(dialog.getByRole("link", { name: "push" }).first()).toBeVisible();
  const pushed = () => account.received.length;
  const before = pushed();
  await dialog.getByRole("button", { name: "Retry" }).click();
  await expect.poll(pushed, { timeout: 30_000 }).toBeGreaterThan(before);
  await expect.poll(async () => (await deliveries())[0]?.status).toBe("error");

  await page.getByLabel("Order", { exact: true }).fill(String(order.serial));
  await page.getByRole("button", { name: `Open: ${number}` }).click();
  await dialog.getByRole("button", { name: "Drop" }).click();
  const sure = page.getByRole("dialog", { name: "Drop this delivery?" });
  await accessible(page);
  await sure.getByRole("button", { name: "Cancel" }).click();
  await expect(sure).toBeHidden();
  expect((await deliveries())[0]?.status).toBe("error");
  await dialog.getByRole("button", { name: "Drop" }).click();
  await sure.getByRole("button", { name: "Drop" }).click();
  await expect.poll(async () => (await deliveries())[0]?.status).toBe("dropped");

  account.answer = () => ({ status: 200, body: TAKEN });
  await page.getByRole("button", { name: `Open: ${number}` }).click();
  await expect(dialog.getByRole("button", { name: "Drop" })).toHaveCount(0);
  await dialog.getByRole("button", { name: "Retry" }).click();
  await expect.poll(async () => (await deliveries())[0]?.status, { timeout: 30_000 }).toBe("synced");
  await page.getByRole("button", { name: `Open: ${number}` }).click();
  await dialog.getByRole("link", { name: number }).click();
  await expect(page).toHaveURL(new RegExp(`/orders/${order.id}`));
  await account.close();
});

test("who may only look opens a delivery and finds nothing to press", async ({ page, api }) => {
  const account = await receiver(() => ({ status: 200, body: TAKEN }));
  const { name, number, deliveries } = await handed(api, account, { release_above: 0 }, { cost: 5 });
  await expect.poll(async () => (await deliveries())[0]?.held_for).toBe("release");
  const viewer = fresh("looks");
  await api.post("/v1/users", { name: viewer, password: PASSWORD, role: "viewer" });
  await api.signIn(viewer);
  await visit(page, `/deliveries?connection=${name}`);
  const grid = page.getByRole("grid", { name: "Deliveries" });
  await expect(grid.getByRole("link", { name: number })).toBeVisible();
  await expect(grid.getByRole("checkbox")).toHaveCount(0);
  await grid.getByRole("button", { name: `Open: ${number}` }).click();
  const dialog = page.getByRole("dialog", { name: `Delivery to ${name}` });
  await expect(dialog.getByText("Waits for a release: it costs something")).toBeVisible();
  await expect(dialog.getByRole("button")).toHaveText(["", "Close"]);
  await accessible(page);
  await account.close();
});
