import { accessible, expect, test, visit } from "./world";

test("units, orders and routes are on the map and in its lists", async ({ page, api }) => {
  const { units } = await api.get<{ units: { name: string }[] }>("/v1/units");
  await visit(page, "/map");
  const canvas = page.locator(".map-canvas");
  await expect(canvas).toHaveAttribute("data-units", String(units.length), { timeout: 30_000 });
  await expect(canvas).not.toHaveAttribute("data-routes", "0");
  expect((await canvas.boundingBox())?.height, "it fills the page").toBeGreaterThan(600);
  // A picture of one colour would be a few kilobytes.
  await expect.poll(async () => (await page.locator(".map-host").screenshot()).length, { timeout: 30_000 }).toBeGreaterThan(20_000);
  for (const unit of units.slice(0, 3)) await expect(page.getByRole("complementary").getByText(unit.name, { exact: true })).toBeVisible();
  await accessible(page);
});

test("a new order appears on the map as it comes in", async ({ page, api }) => {
  await visit(page, "/map");
  const word = `MAP-${Date.now().toString(36)}`;
  await expect(page.locator(".map-canvas")).not.toHaveAttribute("data-units", "0", { timeout: 30_000 });
  await api.order({ number: word, title: word, site: { address1: "1 Congress Ave", city: "Austin", latitude: 30.27, longitude: -97.74 } });
  await page.getByRole("complementary").getByRole("searchbox").or(page.getByPlaceholder("Find a unit, number, address…")).first().fill(word);
  await expect(page.getByRole("complementary").getByText(word).first()).toBeVisible();
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
