/** What the tests of the map's three parts share. */

import type { Locator, Page } from "@playwright/test";
import { expect, visit, type Api } from "./world";

export const unique = (): string => `M${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`;
export const canvas = (page: Page): Locator => page.locator(".map-canvas");
export const list = (page: Page, name: "Orders" | "Units"): Locator => page.getByRole("region", { name, exact: true });

export interface Unit {
  id: number;
  name: string;
  unique_id: string;
}

export interface Made {
  id: string;
  serial: number;
  number: string;
}

/** Orders of one test, some kilometres apart, where no others are; found by the word that their numbers begin with. */
export async function ordersAt(api: Api, word: string, latitude: number, longitude: number, count = 3, members: Record<string, unknown> = {}): Promise<Made[]> {
  const made: Made[] = [];
  for (let at = 0; at < count; at++) {
    const site = { address1: `${at + 1} ${word} Rd`, city: "Austin", latitude: latitude + at * 0.03, longitude: longitude + at * 0.04 };
    made.push(await api.order({ number: `${word}-${at}`, site, ...members }));
  }
  return made;
}

/** Opens the map with nothing but what a search finds, all of it in sight. */
export async function visitFor(page: Page, word: string, count: number): Promise<void> {
  await visit(page, `/map?q=${word}`);
  await expect(canvas(page)).toHaveAttribute("data-units", /\d/, { timeout: 30_000 });
  await seeAll(page, count);
}

/** Brings the orders that were found into the middle of the map. */
async function seeAll(page: Page, count: number): Promise<void> {
  await expect(async () => {
    await page.getByRole("button", { name: "Show everything" }).click();
    await expect(list(page, "Orders").locator("[data-count]")).toHaveAttribute("data-count", String(count), { timeout: 2_000 });
  }).toPass();
}

export async function aUnit(api: Api, at: number): Promise<Unit> {
  const { units } = await api.get<{ units: Unit[] }>("/v1/units?limit=10");
  return units[at % units.length]!;
}
