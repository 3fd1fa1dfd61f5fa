import { fresh, receiver, type Receiver } from "./receiver";
import { accessible } from "./both";
import { expect, test, visit, type Api } from "./world";

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

test("what nobody knows is settled by who looked", async ({ page, api }) => {
  const id = "7-17";
  const unknown = { id, connection: "bills", order: { id: null, serial: 17, number: "B-17" }, status: "held", held_for: "unknown", since: new Date().toISOString(), due: null, attempts: 1, wanted: 3, covered: 0, tried_at: null, error: "no answer came", summary: null };
  // A call that bills and is not answered takes a counterpart of days; what is asked of the hub is what is looked at.
  let told: unknown;
  await api.get("/v1/deliveries");
  await page.route("**/v1/deliveries?*", (route) => route.fulfill({ json: { deliveries: [unknown], next_cursor: null } }));
  await page.route(`**/v1/deliveries/${id}/settle`, (route) => {
    told = route.request().postDataJSON();
    return route.fulfill({ json: { ...unknown, status: "queued", held_for: null } });
  });
  await visit(page, "/deliveries?status=held");
  await page.getByRole("button", { name: "Open: B-17" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Settle" }).click();
  const dialog = page.getByRole("dialog", { name: "Was it done?" });
  await accessible(page);
  await expect(dialog.getByRole("button", { name: "Settle" })).toBeDisabled();
  await dialog.getByLabel("Id over there", { exact: true }).fill("job-9");
  await dialog.getByRole("button", { name: "Settle" }).click();
  await expect(dialog).toBeHidden();
  expect(told).toEqual({ done: "job-9" });
});
