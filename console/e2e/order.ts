/** What the tests of the order page begin with. */

import { expect, visit, type Api } from "./world";
import type { Locator, Page } from "@playwright/test";

/** What must render as text, wherever it stands. */
export const HOSTILE = `<img src=x onerror="document.title='taken'"> & "quoted" <b>bold</b>`;
/** The smallest PNG. */
export const PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

let made = 0;
/** An order of this test alone. */
export async function order(api: Api, members: Record<string, unknown> = {}) {
  made += 1;
  const number = `CO-${process.pid}-${Date.now()}-${made}`;
  return api.order({ number, title: `Fence ${number}`, site: { address1: "1 Oak St", city: "Austin", latitude: 30.25, longitude: -97.75 }, ...members });
}

export interface Shown {
  status: string;
  title: string;
  due: string | null;
  rush: boolean;
  unit: number | null;
  person: string | null;
  outcome?: string;
  number: string | null;
  tasks: { name: string; done: boolean; quantity?: number }[];
  notes: { id: string; text: string; site_wide: boolean; revises?: string }[];
  attachments: { name: string; caption?: string; stage?: string; photo: boolean }[];
  forms: { name: string; answers: { question: string; text: string; values: string[] }[] }[];
  charges: { charge: string; description: string; quantity: number; unit_price: number }[];
  check_ins: { point: { latitude: number } }[];
  questions: { message: string; answer?: { choice: string } }[];
}

/** The order's page, when its keys work, too. */
export async function open(page: Page, of: string | number): Promise<void> {
  await visit(page, `/orders/${of}`);
  await expect(page.locator(".order-head")).toBeVisible();
}

/** Presses a key of the page until it does what it is for: the keys are there a moment after the order. */
export async function press(page: Page, key: string, then: () => Promise<void>): Promise<void> {
  await expect(async () => {
    await page.keyboard.press(key);
    await then();
  }).toPass();
}

export const read = (api: Api, id: string) => api.get<Shown>(`/v1/orders/${id}`);
export const field = (page: Page, name: string): Locator => page.locator(`[data-field="${name}"]`);

/** Fills in a field where it stands, and saves it. */
export async function edit(page: Page, name: string, title: string, value: string): Promise<void> {
  await field(page, name).getByRole("button", { name: `Edit: ${title}` }).click();
  await field(page, name).getByLabel(title, { exact: true }).fill(value);
  await field(page, name).getByRole("button", { name: "Save" }).click();
  await expect(field(page, name).getByRole("button", { name: "Save" })).toBeHidden();
}
