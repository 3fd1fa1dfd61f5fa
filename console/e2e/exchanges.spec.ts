import { fresh } from "./receiver";
import { accessible } from "./both";
import { expect, test, visit, type Api } from "./world";

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
