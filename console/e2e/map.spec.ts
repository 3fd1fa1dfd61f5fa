import type { Page } from "@playwright/test";
import { aUnit, canvas, list, ordersAt, unique, visitFor } from "./map";
import { accessible, expect, PASSWORD, test, visit, type Api } from "./world";

const unitOf = async (api: Api, id: string) => (await api.get<{ unit: number | null }>(`/v1/orders/${id}`)).unit;
const chosen = (page: Page) => page.locator(".chosen-bar [data-count]");

/** Where the map is, and its size. */
async function area(page: Page): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await canvas(page).boundingBox();
  if (!box) throw new Error("there is no map");
  return box;
}

test("units, orders and routes are on the map and in its lists", async ({ page, api }) => {
  const { units } = await api.get<{ units: { name: string }[] }>("/v1/units");
  await visit(page, "/map");
  await expect(canvas(page)).toHaveAttribute("data-units", String(units.length), { timeout: 30_000 });
  await expect(canvas(page)).not.toHaveAttribute("data-routes", "0");
  expect((await area(page)).height, "it fills the page").toBeGreaterThan(600);
  // A picture of one colour would be a few kilobytes.
  await expect.poll(async () => (await page.locator(".map-host").screenshot()).length, { timeout: 30_000 }).toBeGreaterThan(20_000);
  const find = page.getByPlaceholder("Find a unit, number, address…");
  for (const unit of units.slice(0, 3)) {
    await find.fill(unit.name);
    await expect(list(page, "Units").getByText(unit.name, { exact: true })).toBeVisible();
  }
  await find.fill("");
  await accessible(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await expect(canvas(page)).not.toHaveAttribute("data-routes", "0");
  await accessible(page);
});

test("a new order appears on the map as it comes in, and its texts are texts", async ({ page, api }) => {
  const word = unique();
  await visit(page, "/map");
  await expect(canvas(page)).toHaveAttribute("data-units", /[1-9]/, { timeout: 30_000 });
  await page.getByPlaceholder("Find a unit, number, address…").fill(word);
  await expect(list(page, "Orders").getByText("No order in sight")).toBeVisible();
  const title = `<img src=x onerror="document.title='broken'"> ${word}`;
  const { serial } = await api.order({ title, site: { address1: "1 Congress Ave", city: "Austin", latitude: 30.27, longitude: -97.74, radius_m: 250 } });
  const card = list(page, "Orders").getByRole("row").filter({ hasText: word });
  await expect(card).toContainText("<img src=x");
  await card.click();
  await expect(page.getByRole("region", { name: /^Order / })).toContainText("250 m");
  await expect(canvas(page)).toHaveAttribute("data-fences", "1");
  expect(await page.title()).not.toBe("broken");
  await page.getByRole("link", { name: "Open the order" }).click();
  await expect(page).toHaveURL(/\/orders\//);
  expect(serial).toBeGreaterThan(0);
});

for (const tab of ["Plan", "Replay"]) {
  test(`the map's ${tab.toLowerCase()} can be opened and used by whoever uses no mouse`, async ({ page, api }) => {
    await api.get("/v1/units");
    await visit(page, "/map");
    await page.getByRole("tab", { name: tab }).or(page.getByRole("link", { name: tab, exact: true })).or(page.getByRole("button", { name: tab, exact: true })).first().click();
    await expect(page.locator(".map-page")).toHaveAttribute("data-mode", tab.toLowerCase());
    // What is being read is dimmed for a moment.
    await expect(() => accessible(page)).toPass({ timeout: 30_000 });
  });
}

test("orders are chosen with a box and dragged onto a unit", async ({ page, api }) => {
  const word = unique();
  const made = await ordersAt(api, word, 33.1, -101.2);
  const unit = await aUnit(api, 6);
  await visitFor(page, word, made.length);
  await page.getByRole("button", { name: "Draw a box" }).click();
  const { x, y, width, height } = await area(page);
  // From under the tools' side to the other corner: all of them are inside.
  await page.mouse.move(x + 20, y + 20);
  await page.mouse.down();
  await page.mouse.move(x + width / 2, y + height / 2, { steps: 4 });
  await page.mouse.move(x + width - 60, y + height - 30, { steps: 4 });
  await expect(page.locator(".drawn polygon")).toBeVisible();
  await page.mouse.up();
  await expect(chosen(page)).toHaveAttribute("data-count", "3");
  await accessible(page);
  await page.getByPlaceholder("Find a unit, number, address…").fill(unit.name);
  await page.locator(".chosen-bar").dragTo(list(page, "Units").getByRole("row").filter({ hasText: unit.name }).first(), { sourcePosition: { x: 20, y: 20 } });
  await expect(page.getByText(`3 orders assigned to ${unit.name}`)).toBeVisible();
  for (const one of made) expect(await unitOf(api, one.id)).toBe(unit.id);
});

test("a line is drawn around some of them, and Escape ends it", async ({ page, api }) => {
  const word = unique();
  await ordersAt(api, word, 34.4, -103.3);
  await visitFor(page, word, 3);
  await page.getByRole("button", { name: "Draw around them" }).click();
  const { x, y, width, height } = await area(page);
  // The first lies in the south west, the last in the north east: the lower left half has the first, and not the last.
  await page.mouse.move(x + 5, y + height - 5);
  await page.mouse.down();
  for (const [right, down] of [[0.02, 0.4], [0.45, 0.55], [0.45, 0.98], [0.02, 0.99]] as const) await page.mouse.move(x + width * right, y + height * down, { steps: 3 });
  await page.mouse.up();
  await expect(chosen(page)).toHaveAttribute("data-count", "1");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Draw around them" })).toHaveAttribute("aria-pressed", "false");
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(page.locator(".chosen-bar")).toBeHidden();
});

test("orders are chosen and assigned without a mouse, and lose their unit again", async ({ page, api }) => {
  const word = unique();
  const made = await ordersAt(api, word, 35.5, -104.4);
  const unit = await aUnit(api, 7);
  await visitFor(page, word, made.length);
  const rows = list(page, "Orders").getByRole("grid");
  await rows.focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await expect(chosen(page)).toHaveAttribute("data-count", "2");
  await page.getByRole("button", { name: "Assign…" }).press("Enter");
  const dialog = page.getByRole("dialog", { name: "Assign 2 orders" });
  await accessible(page);
  await dialog.getByLabel("Find a unit").fill(unit.name);
  await dialog.getByRole("radio", { name: new RegExp(`^${unit.name}`) }).first().press("Space");
  await dialog.getByRole("button", { name: "Assign", exact: true }).press("Enter");
  await expect(dialog).toBeHidden();
  await expect.poll(async () => (await Promise.all(made.map((one) => unitOf(api, one.id)))).filter((id) => id === unit.id).length).toBe(2);

  await page.getByRole("button", { name: "Choose all in sight" }).click();
  await page.getByRole("button", { name: "Assign…" }).click();
  await page.getByRole("button", { name: "Take the unit away" }).click();
  await expect.poll(async () => (await Promise.all(made.map((one) => unitOf(api, one.id)))).every((id) => id === null)).toBe(true);
});

test("a unit that is followed takes the map along, and leaves a trail", async ({ page, api }) => {
  const unit = await aUnit(api, 8);
  const report = (latitude: number, seconds: number) =>
    api.post("/v1/positions", [{ unit: unit.id, at: Date.now() + seconds * 1000, latitude, longitude: -97.7, speed_kmh: 45, course: 90 }]);
  await report(30.2, -60);
  await visit(page, "/map");
  await expect(canvas(page)).toHaveAttribute("data-units", /[1-9]/, { timeout: 30_000 });
  await page.getByPlaceholder("Find a unit, number, address…").fill(unit.name);
  await list(page, "Units").getByRole("row").filter({ hasText: unit.name }).first().click();
  const card = page.getByRole("region", { name: `Unit ${unit.name}` });
  await expect(card).toContainText("45 km/h");
  await expect(card).toContainText("E");
  await card.getByRole("button", { name: "Follow", exact: true }).click();
  await report(30.21, -40);
  await report(30.25, 0);
  await expect(canvas(page)).toHaveAttribute("data-center", /^-97\.70+\d* 30\.25/, { timeout: 30_000 });
  await expect(canvas(page)).toHaveAttribute("data-trails", /[1-9]/);
  await card.getByRole("button", { name: "Stop following" }).click();
  await accessible(page);
});

test("layers and statuses are switched, and remembered", async ({ page, api }) => {
  await visit(page, "/map");
  await expect(canvas(page)).toHaveAttribute("data-routes", /[1-9]/, { timeout: 30_000 });
  await page.getByText("Layers and legend").click();
  await accessible(page);
  await page.getByRole("checkbox", { name: "Routes" }).uncheck();
  await expect(canvas(page)).toHaveAttribute("data-routes", "0");
  await page.getByRole("checkbox", { name: "Orders" }).uncheck();
  await expect(canvas(page)).toHaveAttribute("data-orders", "0");
  await page.getByRole("checkbox", { name: "Completed" }).check();
  await expect.poll(async () => (await api.get<{ map?: { layers?: object; statuses?: string[] } }>("/v1/session/preferences")).map).toMatchObject({ layers: { routes: false, orders: false } });
  await page.reload();
  await expect(canvas(page)).toHaveAttribute("data-routes", "0", { timeout: 30_000 });
  await page.getByText("Layers and legend").click();
  await expect(page.getByRole("checkbox", { name: "Completed" })).toBeChecked();
});

test("who may only look is offered nothing else", async ({ page, api }) => {
  const word = unique();
  await ordersAt(api, word, 36.6, -105.5, 1);
  const name = `viewer-${word.toLowerCase()}`;
  await api.post("/v1/users", { name, password: PASSWORD, role: "viewer" });
  await api.signIn(name);
  await visitFor(page, word, 1);
  await page.getByRole("button", { name: "Choose all in sight" }).click();
  await expect(chosen(page)).toHaveAttribute("data-count", "1");
  await expect(page.getByRole("button", { name: "Assign…" })).toHaveCount(0);
  await page.getByRole("tab", { name: "Plan" }).click();
  await expect(page.getByText("Planning needs the role of a dispatcher.")).toBeVisible();
});

test("on a phone the lists are a sheet that gives way", async ({ page, api }) => {
  const word = unique();
  await ordersAt(api, word, 37.7, -106.6, 2);
  await page.setViewportSize({ width: 390, height: 844 });
  await visit(page, `/map?q=${word}`);
  await expect(canvas(page)).toHaveAttribute("data-units", /\d/, { timeout: 30_000 });
  const before = (await area(page)).height;
  await accessible(page);
  await page.getByRole("button", { name: "Hide the lists" }).click();
  await expect.poll(async () => (await area(page)).height).toBeGreaterThan(before + 200);
  await page.getByRole("button", { name: "Show the lists" }).click();
  await page.getByRole("tab", { name: "Units" }).click();
  await expect(list(page, "Units")).toBeVisible();
});
