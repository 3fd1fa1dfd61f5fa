import type { Page } from "@playwright/test";
import { accessible, expect, test, visit, type Api } from "./world";

const unique = () => `U${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`;
const row = (page: Page, name: string) => page.getByRole("row").filter({ hasText: name });

interface Unit {
  id: number;
  name: string;
  unique_id: string;
  phone: string;
  has_password: boolean;
  capacity_kg: number | null;
  odometer_km: number | null;
}
const units = async (api: Api, name: string) => (await api.get<{ units: Unit[] }>("/v1/units?limit=1000")).units.filter((unit) => unit.name === name);

test("a unit is made, heard of, changed and removed", async ({ page, api }) => {
  const name = unique();
  const tracker = `86${String(Date.now()).slice(-11)}${Math.floor(Math.random() * 90 + 10)}`;
  await visit(page, "/units");
  await accessible(page);
  await page.getByRole("button", { name: "Add a unit" }).click();
  const dialog = page.getByRole("dialog", { name: "Add a unit" });
  await accessible(page);
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByLabel("Unique id of its tracker").fill(tracker);
  await dialog.getByLabel("Password of its tracker").fill("opens-sesame");
  await dialog.getByLabel("Weight it carries, in kg").fill("-3");
  await dialog.getByRole("button", { name: "Create" }).click();
  await expect(dialog.getByLabel("Weight it carries, in kg")).toHaveAccessibleDescription(/not negative/);
  expect(await units(api, name)).toHaveLength(0);
  await dialog.getByLabel("Weight it carries, in kg").fill("750");
  await dialog.getByText("How its tracker gets in").click();
  await expect(dialog.getByText(/\/osmand/)).toBeVisible();
  await dialog.getByRole("button", { name: "Create" }).click();
  await expect(dialog).toBeHidden();
  const find = page.getByRole("searchbox", { name: "Find a unit" });
  await find.fill(tracker);
  await expect(row(page, name)).toContainText("Not heard of yet");
  const [made] = await units(api, name);
  expect(made).toMatchObject({ unique_id: tracker, capacity_kg: 750, has_password: true });

  // It reports, and the page shows it without being read anew.
  await api.post("/v1/positions", [{ unit: tracker, latitude: 30.3, longitude: -97.7, speed_kmh: 42 }]);
  await expect(row(page, name)).toContainText("Moving");
  await expect(row(page, name)).toContainText("42 km/h");

  await row(page, name).getByRole("button", { name: `Change: ${name}` }).click();
  const change = page.getByRole("dialog", { name });
  await page.emulateMedia({ colorScheme: "dark" });
  await accessible(page);
  await page.emulateMedia({ colorScheme: "light" });
  await expect(change.getByLabel("Password of its tracker")).toHaveValue("");
  await change.getByLabel("Name").fill(`${name}-b`);
  await change.getByLabel("Phone").fill("+1 512 555 0100");
  await change.getByLabel("Mileage, in km").fill("1200.5");
  await change.getByLabel("Weight it carries, in kg").fill("");
  await change.getByRole("button", { name: "Save" }).click();
  await expect(change).toBeHidden();
  await expect(row(page, `${name}-b`)).toContainText("+1 512 555 0100");
  expect((await units(api, `${name}-b`))[0]).toMatchObject({ odometer_km: 1200.5, capacity_kg: null, has_password: true, unique_id: tracker });

  // Open orders hold it.
  const order = await api.order({ number: unique(), unit: made!.id });
  const remove = async () => {
    await row(page, `${name}-b`).getByRole("button", { name: /^Change: / }).click();
    await page.getByRole("dialog", { name: `${name}-b` }).getByRole("button", { name: "Remove" }).click();
    await page.getByRole("dialog", { name: `Remove ${name}-b?` }).getByRole("button", { name: "Remove" }).click();
  };
  await remove();
  await expect(page.getByText(/open orders are assigned to this unit/)).toBeVisible();
  await page.getByRole("dialog", { name: `${name}-b` }).getByRole("button", { name: "Close" }).click();
  await api.call("PATCH", `/v1/orders/${order.id}`, { unit: null });
  await remove();
  await expect(row(page, `${name}-b`)).toBeHidden();
  expect(await units(api, `${name}-b`)).toHaveLength(0);
});

test("what another unit has is refused where it is said, and names are texts", async ({ page, api }) => {
  const name = `<img src=x onerror="document.title='broken'"> ${unique()}`;
  await api.post("/v1/units", { name });
  await visit(page, "/units");
  await page.getByRole("searchbox", { name: "Find a unit" }).fill(name.slice(-8));
  await expect(row(page, name.slice(-8))).toContainText("<img src=x");
  await page.getByRole("button", { name: "Add a unit" }).click();
  const dialog = page.getByRole("dialog", { name: "Add a unit" });
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByRole("button", { name: "Create" }).click();
  await expect(dialog.getByRole("alert")).toContainText("already taken");
  expect(await units(api, name)).toHaveLength(1);
  expect(await page.title()).not.toBe("broken");
});

test("units stand as cards on a phone", async ({ page, api }) => {
  const name = unique();
  await api.post("/v1/units", { name });
  await page.setViewportSize({ width: 390, height: 844 });
  await visit(page, `/units?q=${name}`);
  await expect(row(page, name)).toBeVisible();
  await accessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});
