import type { Page } from "@playwright/test";
import { aUnit, canvas, unique } from "./map";
import { accessible, expect, test, visit, type Api } from "./world";

const at = (hour: number, minute: number, day: string) => new Date(Date.parse(`${day}T00:00:00-06:00`) + (hour * 60 + minute) * 60_000).toISOString();

/** A day on which one unit drove for an hour and two orders were completed. */
async function pastDay(api: Api, day: string, word: string): Promise<{ unit: { id: number; name: string } }> {
  const unit = await aUnit(api, 9);
  await api.post("/v1/positions", Array.from({ length: 61 }, (_, minute) => ({
    unit: unit.id, at: at(9, minute, day), latitude: 30.2 + minute * 0.002, longitude: -97.75 + minute * 0.001, speed_kmh: 36, course: 25,
  })));
  for (const [number, minute, latitude] of [["1", 20, 30.24], ["2", 50, 30.3]] as const) {
    await api.order({ number: `${word}-${number}`, status: "completed", completed_at: at(9, minute, day), site: { address1: "1 Then St", city: "Austin", latitude, longitude: -97.72 } });
  }
  return { unit };
}

/** A winter's day of long ago, another one each time: what was there before is not there. */
function longAgo(): string {
  return new Date(Date.UTC(1985 + Math.floor(Math.random() * 30), 0, 2 + Math.floor(Math.random() * 55))).toISOString().slice(0, 10);
}

const shown = (page: Page) => page.locator(".replay-bar").getAttribute("data-at").then(Number);

test("a past day is gone through with the slider, and orders appear as they were completed", async ({ page, api }) => {
  const [day, word] = [longAgo(), unique()];
  const { unit } = await pastDay(api, day, word);
  await visit(page, `/map?mode=replay&day=${day}&unit=${unit.id}`);
  const slider = page.getByRole("slider", { name: "Time of the day" });
  await expect(slider).toBeVisible({ timeout: 30_000 });
  await expect(page.getByLabel("Day", { exact: true })).toHaveValue(day);
  await expect(canvas(page)).toHaveAttribute("data-units", "1");
  await expect(canvas(page)).toHaveAttribute("data-orders", "0");
  expect(await shown(page)).toBe(Date.parse(at(9, 0, day)));
  await expect(page.locator(".then")).toContainText("36 km/h");
  await accessible(page);

  const done = page.locator("[data-done]");
  await page.getByRole("button", { name: "To the next order completed" }).click();
  await expect(done).toHaveAttribute("data-done", "1");
  await expect(canvas(page)).toHaveAttribute("data-orders", "1");
  await slider.focus();
  await page.keyboard.press("End");
  await expect(done).toHaveAttribute("data-done", "2");
  await expect(canvas(page)).toHaveAttribute("data-orders", "2");
  await expect(slider).toHaveAttribute("aria-valuetext", "10:00:00 AM");
  await expect(canvas(page)).toHaveAttribute("data-trails", /[2-9]/);
  await page.keyboard.press("Home");
  await expect(done).toHaveAttribute("data-done", "0");
  await expect(canvas(page)).toHaveAttribute("data-orders", "0");

  await page.locator(".completed").getByRole("button", { name: "9:50 AM" }).click();
  expect(await shown(page)).toBe(Date.parse(at(9, 50, day)));
  await expect(page.getByRole("region", { name: `Order ${word}-2` })).toBeVisible();
});

test("it plays and pauses, faster or slower", async ({ page, api }) => {
  const [day, word] = [longAgo(), unique()];
  const { unit } = await pastDay(api, day, word);
  await visit(page, `/map?mode=replay&day=${day}&unit=${unit.id}`);
  const bar = page.locator(".replay-bar");
  await expect(bar).toBeVisible({ timeout: 30_000 });
  await page.getByLabel("How fast").selectOption("900");
  await page.getByRole("button", { name: "Play" }).click();
  await expect(bar).toHaveAttribute("data-playing", "true");
  await expect.poll(() => shown(page)).toBeGreaterThan(Date.parse(at(9, 5, day)));
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(bar).toHaveAttribute("data-playing", "false");
  const stopped = await shown(page);
  await page.getByRole("button", { name: "Play" }).click();
  // At its end it stops by itself; played once more it begins anew.
  await expect(bar).toHaveAttribute("data-playing", "false", { timeout: 30_000 });
  expect(await shown(page)).toBe(Date.parse(at(10, 0, day)));
  expect(stopped).toBeLessThan(await shown(page));
  await page.getByLabel("How fast").selectOption("1");
  await page.getByRole("button", { name: "Play" }).click();
  await expect.poll(() => shown(page)).toBeLessThan(Date.parse(at(9, 10, day)));
});

test("a day of which nothing is known says so, and the live map comes back", async ({ page, api }) => {
  const unit = await aUnit(api, 0);
  await visit(page, `/map?mode=replay&day=2019-05-05&unit=${unit.id}`);
  await expect(page.getByText("Nothing is known of this day")).toBeVisible({ timeout: 30_000 });
  await expect(canvas(page)).toHaveAttribute("data-units", "0");
  await page.getByRole("tab", { name: "Live" }).click();
  await expect(canvas(page)).toHaveAttribute("data-units", /[1-9]/);
});
