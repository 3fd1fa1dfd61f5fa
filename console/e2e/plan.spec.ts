import type { Page } from "@playwright/test";
import { aUnit, canvas, ordersAt, unique, visitFor, type Unit } from "./map";
import { accessible, expect, test, type Api } from "./world";

interface Order {
  unit: number | null;
  route?: { id?: number } | null;
}

const order = (api: Api, id: string) => api.get<Order>(`/v1/orders/${id}`);

/** Chooses all orders that the search found, and one unit that is to visit them. */
async function planFor(page: Page, unit: Unit): Promise<void> {
  await page.getByRole("button", { name: "Choose all in sight" }).click();
  await page.getByRole("button", { name: "Plan these" }).click();
  await expect(page.locator(".map-page")).toHaveAttribute("data-mode", "plan");
  const units = page.getByRole("group", { name: /^Units/ });
  await units.getByRole("button", { name: "None" }).click();
  await expect(page.getByRole("alert")).toHaveText("Choose at least one unit.");
  await expect(page.getByRole("button", { name: "Make a plan" })).toBeDisabled();
  await units.getByRole("searchbox").fill(unit.name);
  await units.getByRole("checkbox", { name: unit.name, exact: true }).check();
  await page.getByLabel("They set out from").selectOption({ label: "The middle of the map" });
  await page.getByLabel("Search for").selectOption("2");
}

test("a day is planned, compared with another plan, and accepted", async ({ page, api }) => {
  const word = unique();
  const made = await ordersAt(api, word, 31.1, -99.2);
  const unit = await aUnit(api, 4);
  await visitFor(page, word, made.length);
  await planFor(page, unit);
  await accessible(page);
  await page.getByRole("button", { name: "Make a plan" }).click();
  await expect(page.getByRole("progressbar", { name: "Searching for a good plan" })).toBeVisible();
  const result = page.locator(".plan-result");
  await expect(result).toHaveAttribute("data-status", "ready", { timeout: 30_000 });
  await expect(canvas(page)).toHaveAttribute("data-stops", "3");
  await expect(canvas(page)).toHaveAttribute("data-routes", /[1-9]/);
  await expect(page.getByText("Every order is visited")).toBeVisible();
  for (const one of made) expect((await order(api, one.id)).unit, "nothing is changed by a plan alone").toBeNull();

  await page.locator("summary").filter({ hasText: "Make another plan" }).click();
  await page.getByLabel("What counts").selectOption("soonest");
  await page.getByLabel("Search for").selectOption("2");
  await page.locator("form.plan-form").getByRole("button", { name: "Make another plan" }).click();
  await expect(page.getByRole("tab", { name: "Plan 2" })).toHaveAttribute("aria-selected", "true");
  await expect(result).toHaveAttribute("data-status", "ready", { timeout: 30_000 });
  const table = page.getByRole("region", { name: "Compared" }).getByRole("table");
  await expect(table.getByRole("columnheader", { name: "As it is" })).toBeVisible();
  await expect(table.getByRole("columnheader", { name: "Plan 2" })).toBeAttached();
  await expect(page.getByText("3 orders have no unit now")).toBeVisible();
  await accessible(page);

  await page.getByRole("tab", { name: "Plan 1" }).click();
  await page.getByRole("button", { name: "Accept this plan" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Accept this plan" }).click();
  await expect(result).toHaveAttribute("data-status", "accepted");
  const routes = new Set<number | undefined>();
  for (const one of made) {
    const now = await order(api, one.id);
    expect(now.unit).toBe(unit.id);
    routes.add(now.route?.id);
  }
  expect(routes.size, "all in one route").toBe(1);
  expect([...routes][0]).toBeGreaterThan(0);
});

test("what cannot be visited is told with the reason, and a plan is forgotten", async ({ page, api }) => {
  const word = unique();
  const [first] = await ordersAt(api, word, 32.1, -100.2, 2);
  await api.order({ number: `${word}-x`, site: { address1: "9 Past Rd", city: "Austin", latitude: 32.12, longitude: -100.1 }, window: { from: "2025-01-06T15:00:00Z", to: "2025-01-06T16:00:00Z" } });
  await visitFor(page, word, 3);
  await planFor(page, await aUnit(api, 5));
  const asked = page.waitForResponse((answer) => answer.url().endsWith("/v1/plans") && answer.request().method() === "POST");
  await page.getByRole("button", { name: "Make a plan" }).click();
  const { id } = (await (await asked).json()) as { id: string };
  await expect(page.locator(".plan-result")).toHaveAttribute("data-status", "ready", { timeout: 30_000 });
  const unserved = page.locator(".unserved");
  await expect(unserved).toHaveAttribute("data-count", "1");
  await expect(unserved).toContainText(`${word}-x`);
  await expect(unserved).toContainText("cannot be reached in time");
  await expect(canvas(page)).toHaveAttribute("data-stops", "2");
  await expect(canvas(page), "beside the stops, those that nobody visits").toHaveAttribute("data-orders", "1");
  const gone = page.waitForResponse((answer) => answer.request().method() === "DELETE");
  await page.getByRole("button", { name: "Forget it" }).click();
  expect((await gone).ok()).toBe(true);
  expect(await api.get(`/v1/plans/${id}`)).toMatchObject({ status: "canceled" });
  await expect(page.getByRole("button", { name: "Make a plan" })).toBeVisible();
  expect((await order(api, first!.id)).unit).toBeNull();
});
