import { accessible } from "./both";
import { fresh, receiver } from "./receiver";
import { expect, PASSWORD, test, visit, type Api } from "./world";

interface Made {
  name: string;
  credentials: Record<string, string>;
}
interface Listed {
  exchanges: { id: string; operation: string; status: number; line: string }[];
}

const HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>";

/** A connection of its own, whose exchanges nobody else makes. */
async function pruvan(api: Api): Promise<Made & { push: string }> {
  const made = await api.post<Made>("/v1/connections", { name: fresh("wire"), dialect: "pruvan", role: "serve", settings: {} });
  const { pathname, search } = new URL(made.credentials["push_url"]!);
  return { ...made, push: `${pathname}${search}` };
}

const workOrder = (number: string, instructions: string) => ({
  workOrders: JSON.stringify({ workOrders: [{ workOrderNumber: number, instructions, address1: "5 Elm Ct", city: "Austin", state: "TX", zip: "78701", services: [{ serviceName: "Mow" }] }] }),
});

test("what is said on the wire appears live, is held back while paused, and is text however hostile", async ({ page, api }) => {
  test.slow();
  const { name, push } = await pruvan(api);
  page.on("dialog", () => {
    throw new Error("a script of the wire log ran");
  });
  await visit(page, `/exchanges?connection=${name}`);
  await expect(page.getByText("No exchange fits these filters.")).toBeVisible();
  await accessible(page);
  const grid = page.getByRole("grid", { name: "Wire log" });
  const send = (number: string) => page.request.post(`${push}&x=${encodeURIComponent(HOSTILE)}`, { form: workOrder(number, HOSTILE), headers: { "x-hostile": HOSTILE } });
  await send(fresh("LIVE"));
  await expect(grid.getByText("push", { exact: true })).toHaveCount(1);
  await accessible(page);
  await page.getByRole("button", { name: "Pause" }).click();
  await send(fresh("HELD"));
  await expect(page.getByRole("button", { name: "1 new" })).toBeVisible();
  await expect(grid.getByText("push", { exact: true })).toHaveCount(1);
  await page.getByRole("button", { name: "Resume" }).click();
  await expect(grid.getByText("push", { exact: true })).toHaveCount(2);

  await grid.getByText("push", { exact: true }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: "push" })).toBeVisible();
  const request = page.getByRole("region", { name: "Request" });
  await request.getByText("Headers", { exact: false }).first().click();
  await expect(request.locator("dd", { hasText: HOSTILE })).toBeVisible();
  await expect(request.getByRole("group", { name: "workOrders" })).toContainText(`"instructions": "${HOSTILE}"`);
  await request.getByRole("button", { name: "Raw" }).click();
  await expect(request.getByRole("group", { name: "Body" }).last()).toContainText("workOrders=");
  expect(await page.locator("main img[src='x'], main script").count()).toBe(0);
  await accessible(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await accessible(page);
});

test("the log is narrowed by every filter, and keeps it in the address", async ({ page, api }) => {
  const { name, push } = await pruvan(api);
  const number = fresh("FIND");
  await page.request.post(push, { form: workOrder(number, "needle-in-the-hay") });
  await page.request.post(push, { form: workOrder(fresh("OTHER"), "hay") });
  const { orders } = await api.get<{ orders: { id: string; serial: number }[] }>(`/v1/orders?number=${number}`);
  await visit(page, `/exchanges?connection=${name}`);
  const rows = page.getByRole("grid", { name: "Wire log" }).getByText("push", { exact: true });
  await expect(rows).toHaveCount(2);
  const filters = page.getByRole("search", { name: "Filters" });
  await filters.getByLabel("Text").fill("needle-in-the-hay");
  await expect(rows).toHaveCount(1);
  await expect(page).toHaveURL(/q=needle-in-the-hay/);
  await filters.getByLabel("Text").fill("");
  await expect(rows).toHaveCount(2);
  await filters.getByLabel("Order").fill(String(orders[0]!.serial));
  await expect(rows).toHaveCount(1);
  await filters.getByRole("button", { name: "Clear filters" }).click();
  await filters.getByLabel("Connection").selectOption(name);
  await expect(rows).toHaveCount(2);
  await filters.getByLabel("Status").selectOption("4xx");
  await expect(page.getByText("No exchange fits these filters.")).toBeVisible();
  await filters.getByLabel("Status").selectOption("2xx");
  await expect(rows).toHaveCount(2);
  await filters.getByLabel("Direction").selectOption("out");
  await expect(page.getByText("No exchange fits these filters.")).toBeVisible();
  await filters.getByLabel("Direction").selectOption("in");
  await filters.getByLabel("API").selectOption("pruvan");
  await filters.getByLabel("Operation").fill("push");
  await expect(rows).toHaveCount(2);
  await filters.getByLabel("Until").fill("2020-01-01T00:00");
  await expect(page.getByText("No exchange fits these filters.")).toBeVisible();
  await filters.getByLabel("Until").fill("");
  await filters.getByLabel("From").fill("2020-01-01T00:00");
  await expect(rows).toHaveCount(2);
});

test("an exchange says what it changed, is explained, done once more, and copied as curl", async ({ page, api, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const { name, push } = await pruvan(api);
  const number = fresh("CAUSE");
  await page.request.post(push, { form: workOrder(number, "it's new") });
  const find = async () => (await api.get<Listed>(`/v1/exchanges?connection=${name}`)).exchanges;
  await expect.poll(async () => (await find()).length).toBe(1);
  const [first] = await find();
  await visit(page, `/exchanges/${first!.id}`);
  const changed = page.locator("section", { has: page.getByRole("heading", { name: "What it changed" }) });
  await expect(changed.getByRole("row", { name: `number – ${number}` })).toBeVisible();
  await expect(changed.getByRole("link", { name: /^Order \d+/ })).toBeVisible();

  await page.getByRole("button", { name: "Copy as curl" }).click();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  expect(command).toMatch(/^curl -s -X 'POST' 'http:\/\/[^']+\/api\/\?apiKey=\*\*\*'/);
  expect(command).toContain("--data-raw 'workOrders=");

  await page.getByRole("button", { name: "Explain" }).click();
  const dialog = page.getByRole("dialog", { name: "What it would do today" });
  await expect(dialog.getByText(/stay as it is/)).toBeVisible();
  await accessible(page);
  expect(await find()).toHaveLength(1);
  await dialog.getByRole("button", { name: "Replay for real" }).click();
  const sure = page.getByRole("dialog", { name: "Replay this exchange for real?" });
  await accessible(page);
  await sure.getByRole("button", { name: "Replay for real" }).click();
  await page.getByRole("link", { name: "To the new exchange" }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect.poll(async () => (await find()).length).toBe(2);
  await expect(page).toHaveURL(new RegExp((await find())[0]!.id));
});

test("a call that was made is shown as it went out, explained without calling, and made once more", async ({ page, api, context }) => {
  test.slow();
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const account = await receiver(() => ({ status: 500, body: JSON.stringify({ Message: "Down", Details: { created: 1 } }) }));
  const name = fresh("out");
  const settings = { url: account.url, client_token: "c".repeat(32), access_token: "a".repeat(32), poll_s: 86400 };
  await api.post("/v1/connections", { name, dialect: "mews", role: "connect", settings });
  const find = async () => (await api.get<Listed>(`/v1/exchanges?connection=${name}&direction=out`)).exchanges;
  await expect.poll(async () => (await find()).length, { timeout: 30_000 }).toBeGreaterThan(0);
  // Nobody calls in between.
  await api.call("PATCH", `/v1/connections/${name}`, { settings: { paused: true } });
  await visit(page, `/exchanges/${(await find())[0]!.id}`);
  await expect(page.getByText("called by us")).toBeVisible();
  await expect(page.locator("dt", { hasText: "Status" }).locator("+ dd")).toHaveText("500");
  const response = page.getByRole("region", { name: "Response" });
  await expect(response.locator("pre")).toContainText('"created": 1');
  await response.getByRole("button", { name: "Raw" }).click();
  await expect(response.locator("pre")).toContainText('"Details":{"created":1}');
  await response.getByRole("button", { name: "Copy" }).click();
  expect(JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))).toMatchObject({ Details: { created: 1 } });
  const called = account.received.length;
  await page.getByRole("button", { name: "Explain" }).click();
  const dialog = page.getByRole("dialog", { name: "What it would do today" });
  await expect(dialog.getByText("It would be called like this")).toBeVisible();
  await accessible(page);
  expect(account.received.length, "explaining calls nobody").toBe(called);
  await dialog.getByRole("button", { name: "Replay for real" }).click();
  await page.getByRole("dialog", { name: "Replay this exchange for real?" }).getByRole("button", { name: "Replay for real" }).click();
  await expect(page.getByRole("dialog", { name: "What came of it" })).toBeVisible();
  expect(account.received.length).toBe(called + 1);
  expect(account.received.at(-1)?.body).toBe(account.received.at(-2)?.body);
  await account.close();
});

test("moments of the filters are those of the person's zone; what cannot be had again is not offered", async ({ page, api }) => {
  await api.call("PUT", "/v1/session/preferences", { zone: "Asia/Tokyo" });
  const { name, push } = await pruvan(api);
  await page.request.post(push, { form: workOrder(fresh("TOKYO"), "x") });
  await visit(page, `/exchanges?connection=${name}`);
  const rows = page.getByRole("grid", { name: "Wire log" }).getByText("push", { exact: true });
  await expect(rows).toHaveCount(1);
  const inTokyo = (at: number) => new Intl.DateTimeFormat("sv", { timeZone: "Asia/Tokyo", dateStyle: "short", timeStyle: "short" }).format(at).replace(" ", "T");
  const filters = page.getByRole("search", { name: "Filters" });
  await filters.getByLabel("From").fill(inTokyo(Date.now() + 120_000));
  await expect(page.getByText("No exchange fits these filters.")).toBeVisible();
  await filters.getByLabel("From").fill(inTokyo(Date.now() - 120_000));
  await expect(rows).toHaveCount(1);

  // What callers of the native API say is not in this hub's log; were it there, it could not be replayed.
  const [one] = (await api.get<Listed>(`/v1/exchanges?connection=${name}`)).exchanges;
  await page.route(`**/v1/exchanges/${one!.id}`, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ json: { ...((await answer.json()) as object), dialect: "native", connection: null } });
  });
  await page.goto(`/exchanges/${one!.id}`);
  await expect(page.getByText("Native API").first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Explain" })).toHaveCount(0);
  await accessible(page);
  await page.goto("/exchanges/00000000-0000-7000-8000-000000000000");
  await expect(page.getByText("There is no such exchange. The wire log keeps the last 30 days.")).toBeVisible();
  await accessible(page);
});

test("on a phone the filters are behind a button, and exchanges are cards; the dispatcher is told why there are none", async ({ page, api }) => {
  const { name, push } = await pruvan(api);
  await page.request.post(push, { form: workOrder(fresh("PHONE"), "x") });
  await page.setViewportSize({ width: 390, height: 844 });
  await visit(page, `/exchanges?connection=${name}`);
  const filters = page.getByRole("search", { name: "Filters" });
  await expect(filters.getByLabel("Operation")).toHaveCount(0);
  await filters.getByRole("button", { name: "Filters", exact: true }).click();
  await filters.getByLabel("Operation").fill("nothing-of-that-name");
  await expect(page.getByText("No exchange fits these filters.")).toBeVisible();
  await accessible(page);
  await filters.getByLabel("Operation").fill("push");
  await page.getByRole("grid", { name: "Wire log" }).getByText("push", { exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "push" })).toBeVisible();
  await accessible(page);
  const dispatcher = fresh("dispatcher");
  await api.post("/v1/users", { name: dispatcher, password: PASSWORD, role: "dispatcher" });
  await api.signIn(dispatcher);
  await page.goto("/exchanges");
  await expect(page.getByRole("alert")).toContainText("Your role does not allow this");
  await accessible(page);
});
