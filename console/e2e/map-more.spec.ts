import { aUnit, canvas, list, ordersAt, unique, visitFor } from "./map";
import { accessible, expect, test, visit, type Api } from "./world";

const unitOf = async (api: Api, id: string) => (await api.get<{ unit: number | null }>(`/v1/orders/${id}`)).unit;

test("the map is moved and its orders are narrowed down without a mouse", async ({ page, api }) => {
  const word = unique();
  const [plain, mine] = await ordersAt(api, word, 38.1, -107.1, 2);
  const unit = await aUnit(api, 2);
  await api.call("PATCH", `/v1/orders/${mine!.id}`, { unit: unit.id });
  await api.order({ number: `${word}-late`, due: "2020-01-01T00:00:00Z", rush: true, site: { address1: "1 Late Rd", city: "Austin", latitude: 38.12, longitude: -107.12 } });
  await visitFor(page, word, 3);
  const rows = list(page, "Orders").getByRole("row");
  await page.getByRole("button", { name: "Layers and legend" }).or(page.locator("summary").filter({ hasText: "Layers and legend" })).first().click();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await accessible(page);
  }
  for (const only of ["Only late", "Only rush"]) {
    await page.getByRole("checkbox", { name: only }).check();
    await expect(rows).toHaveText([new RegExp(`${word}-late`)]);
    await page.getByRole("checkbox", { name: only }).uncheck();
    await expect(rows).toHaveCount(3);
  }
  const legend = page.locator("details.legend");
  await legend.getByLabel("Unit", { exact: true }).selectOption("any");
  await expect(rows).toHaveText([new RegExp(mine!.number)]);
  await legend.getByLabel("Unit", { exact: true }).selectOption("none");
  await expect(rows).toHaveCount(2);
  await expect(rows.filter({ hasText: mine!.number })).toHaveCount(0);
  await page.locator("summary").first().click();
  const zoomed = async (name: string) => {
    const before = await list(page, "Orders").locator("[data-count]").getAttribute("data-count");
    for (let times = 0; times < 5; times++) await page.getByRole("button", { name }).click();
    return before;
  };
  await zoomed("Closer");
  await expect(list(page, "Orders").locator("[data-count]")).not.toHaveAttribute("data-count", "2");
  await zoomed("Farther");
  await page.getByRole("button", { name: "Show everything" }).click();
  await expect(list(page, "Orders").locator("[data-count]")).toHaveAttribute("data-count", "2");
  expect(await unitOf(api, plain!.id)).toBeNull();
});

test("an order and a unit are looked at, and lead to one another", async ({ page, api }) => {
  const word = unique();
  const [made] = await ordersAt(api, word, 38.9, -108.2, 1);
  const unit = await aUnit(api, 1);
  await api.post("/v1/positions", [{ unit: unit.id, at: Date.now(), latitude: 38.95, longitude: -108.25, speed_kmh: 30, course: 180 }]);
  await visitFor(page, word, 1);
  await list(page, "Orders").getByRole("row").first().click();
  const card = page.getByRole("region", { name: `Order ${made!.number}` });
  await expect(page).toHaveURL(new RegExp(`order=${made!.serial}`));
  await expect(canvas(page)).toHaveAttribute("data-center", /^-108\.20* 38\.90*/);
  await card.getByRole("button", { name: "Assign…" }).click();
  const dialog = page.getByRole("dialog", { name: "Assign 1 order" });
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    await accessible(page);
  }
  await dialog.getByLabel("Find a unit").fill(unit.name);
  await dialog.getByRole("radio", { name: new RegExp(`^${unit.name}\\b`) }).first().check();
  await dialog.getByRole("button", { name: "Assign", exact: true }).click();
  await expect.poll(() => unitOf(api, made!.id)).toBe(unit.id);
  await card.getByRole("button", { name: unit.name }).click();
  const other = page.getByRole("region", { name: `Unit ${unit.name}` });
  await expect(other).toContainText("Open orders");
  await other.getByRole("link", { name: "Replay its day" }).click();
  await expect(page.locator(".map-page")).toHaveAttribute("data-mode", "replay");
  await expect(page).toHaveURL(new RegExp(`unit=${unit.id}`));
  await expect(page.locator(".then")).toContainText(unit.name, { timeout: 30_000 });
  // Another day, other units, and read once more.
  await page.getByLabel("Day", { exact: true }).fill("2019-05-05");
  await expect(page.getByText("Nothing is known of this day")).toBeVisible();
  await page.locator("summary").filter({ hasText: "Which units" }).click();
  const units = page.getByRole("group", { name: /^Units/ });
  await units.getByRole("button", { name: "None" }).click();
  await expect(units.getByRole("checkbox", { checked: true })).toHaveCount(0);
  await units.getByRole("button", { name: "All" }).click();
  await expect(units.getByRole("checkbox", { checked: true })).not.toHaveCount(0);
  const read = page.waitForRequest((request) => request.url().includes("/positions"));
  await page.getByRole("button", { name: "Read again" }).click();
  await read;
});

test("one order is dragged from the list onto a unit", async ({ page, api }) => {
  const word = unique();
  const made = await ordersAt(api, word, 39.6, -109.3, 2);
  const unit = await aUnit(api, 0);
  await api.post("/v1/positions", [{ unit: unit.id, at: Date.now(), latitude: 39.615, longitude: -109.28 }]);
  await visitFor(page, word, 2);
  await list(page, "Orders").getByRole("row").filter({ hasText: made[0]!.number }).locator(".order-card").dragTo(list(page, "Units").getByRole("row").filter({ hasText: unit.name }).first());
  await expect(page.getByText(`1 order assigned to ${unit.name}`)).toBeVisible();
  expect([await unitOf(api, made[0]!.id), await unitOf(api, made[1]!.id)]).toEqual([unit.id, null]);
});

test("a search for a plan is called off", async ({ page, api }) => {
  // More than can be planned in a moment.
  const word = unique();
  const place = () => ({ latitude: 30.2 + Math.random() / 5, longitude: -97.8 + Math.random() / 5 });
  await api.post("/v1/orders", Array.from({ length: 80 }, (_, at) => ({ number: `${word}-${at}`, site: { address1: `${at} ${word} Rd`, city: "Austin", ...place() } })));
  await visitFor(page, word, 80);
  await page.getByRole("tab", { name: "Plan" }).click();
  await page.getByLabel("Which orders").selectOption("sight");
  await page.getByLabel("They set out from").selectOption({ label: "The middle of the map" });
  await page.getByLabel("They go back there at the end").check();
  await page.getByLabel("Orders keep the unit they have").check();
  await page.getByLabel("Minutes at a stop, where the order does not say").fill("20");
  await page.getByLabel("Search for").selectOption("60");
  await page.emulateMedia({ colorScheme: "dark" });
  await accessible(page);
  const asked = page.waitForResponse((answer) => answer.url().endsWith("/v1/plans") && answer.request().method() === "POST");
  await page.getByRole("button", { name: "Make a plan" }).click();
  const { id } = (await (await asked).json()) as { id: string };
  expect(JSON.parse((await asked).request().postData() ?? "{}")).toMatchObject({ returns: true, keep_units: true, service_time_s: 1200, budget_ms: 60_000 });
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await expect(page.getByRole("button", { name: "Make a plan" })).toBeVisible();
  await expect.poll(async () => (await api.get<{ status: string }>(`/v1/plans/${id}`)).status).toBe("canceled");
});

test("on a phone what is looked at takes the place of the lists", async ({ page, api }) => {
  const word = unique();
  const [made] = await ordersAt(api, word, 41.2, -111.5, 1);
  await page.setViewportSize({ width: 390, height: 844 });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await visit(page, `/map?order=${made!.serial}`);
    await expect(page.getByRole("region", { name: `Order ${made!.number}` })).toBeVisible({ timeout: 30_000 });
    await expect(page.getByRole("button", { name: "Show the lists" })).toBeVisible();
    await accessible(page);
  }
});
