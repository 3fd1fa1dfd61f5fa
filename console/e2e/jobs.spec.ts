import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { accessible, expect, PASSWORD, test, visit, type Api } from "./world";

const unique = () => `j${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`;

interface Job {
  id: string;
  state: string;
  claim: string;
  question: { answer: unknown } | null;
}

/** A product that only this test makes, and one order for it. */
async function world(api: Api, title = "A valuation") {
  const word = unique();
  const product = await api.call<{ service: string }>("PUT", `/v1/products/${word}`, { name: `Valuation ${word}`, producer: word });
  const order = await api.order({ service: product.service, title: `${title} ${word}`, site: { address1: "1100 Congress Ave", city: "Austin" } });
  const claim = async () => {
    const { jobs } = await api.post<{ jobs: Job[] }>("/v1/jobs/claim", { producer: word });
    expect(jobs).toHaveLength(1);
    return jobs[0]!.claim;
  };
  const tell = (verb: string, body: Record<string, unknown>) => api.post<Job>(`/v1/jobs/${order.id}/${verb}`, body);
  const job = () => api.get<Job>(`/v1/jobs/${order.id}`);
  return { word, order, claim, tell, job };
}

const row = (page: Page, text: string) => page.getByRole("row").filter({ hasText: text });

test("a document is ordered, made, asked about, looked at and downloaded", async ({ page, api }) => {
  const word = unique();
  await api.call("PUT", `/v1/products/${word}`, { name: `Valuation ${word}`, producer: word });
  await visit(page, "/jobs");
  await page.getByRole("button", { name: "Order a document" }).click();
  const dialog = page.getByRole("dialog", { name: "Order a document" });
  await accessible(page);
  await dialog.getByLabel("Product").selectOption(`Valuation ${word}`);
  await dialog.getByLabel("Or an address that is new").fill("1100 Congress Ave");
  await dialog.getByLabel("City").fill("Austin");
  await dialog.getByRole("button", { name: "Order 1 document" }).click();
  await expect(page).toHaveURL(/\/jobs\/[0-9a-f-]{36}/);
  await expect(page.getByRole("heading", { name: `Valuation ${word}, 1100 Congress Ave, Austin` })).toBeVisible();
  const id = page.url().split("/").pop()!;
  const { jobs } = await api.post<{ jobs: Job[] }>("/v1/jobs/claim", { producer: word });
  const claim = jobs[0]!.claim;
  await expect(page.getByText("Being made", { exact: true })).toBeVisible();
  await api.post(`/v1/jobs/${id}/progress`, { claim, current: 2, total: 5, message: "Measuring the rooms" });
  await expect(page.getByRole("progressbar")).toHaveAttribute("aria-valuenow", "2");
  await expect(page.getByText("Measuring the rooms")).toBeVisible();
  await api.post(`/v1/jobs/${id}/ask`, { claim, message: "Which <b>lot</b> is meant?", choices: ["Lot 210", "Lot 211"] });
  await expect(page.getByText("Which <b>lot</b> is meant?")).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Lot 211" }).click();
  await expect.poll(async () => (await api.get<Job>(`/v1/jobs/${id}`)).state).toBe("claimed");
  await expect(page.getByText("Lot 211")).toBeVisible();
  const body = '{"value":"<img src=x onerror=alert(1)>"}';
  await api.call("PUT", `/v1/jobs/${id}/result`, body, { "Docket-Claim": claim, "Content-Type": "application/json", "Content-Disposition": 'attachment; filename="valuation.json"' });
  await expect(page.getByText("Finished", { exact: true }).first()).toBeVisible();
  await page.getByRole("button", { name: "Look at it" }).click();
  await expect(page.getByText("<img src=x onerror=alert(1)>")).toBeVisible();
  await expect(page.getByRole("main").locator("img")).toHaveCount(0);
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download" }).click()]);
  expect(file.suggestedFilename()).toBe("valuation.json");
  expect(await readFile(await file.path(), "utf8")).toBe(body);
  await accessible(page);
});

test("the list follows what producers say, and is filtered", async ({ page, api }) => {
  const one = await world(api);
  await visit(page, `/jobs?producer=${one.word}`);
  await expect(row(page, one.word)).toContainText("Open");
  await accessible(page);
  const claim = await one.claim();
  await expect(row(page, one.word)).toContainText("Being made");
  await one.tell("progress", { claim, current: 3, total: 4 });
  await expect(row(page, one.word)).toContainText("3 of 4");
  await page.getByLabel("State").selectOption("Failed");
  await expect(page.getByText("No job is like that.")).toBeVisible();
  await page.getByLabel("State").selectOption("Being made");
  await expect(row(page, one.word)).toBeVisible();
  await expect(page).toHaveURL(/state=claimed/);
  await page.getByLabel("Product").selectOption("Site report");
  await expect(page.getByText("No job is like that.")).toBeVisible();
  await page.getByLabel("Product").selectOption(`Valuation ${one.word}`);
  await row(page, one.word).click();
  await expect(page).toHaveURL(new RegExp(one.order.id));
});

test("what failed is made anew, and what goes on is called off", async ({ page, api }) => {
  const one = await world(api);
  await one.tell("fail", { claim: await one.claim(), reason: "No map of that place", retry: false });
  await visit(page, `/jobs/${one.order.id}`);
  await expect(page.getByText("Failed", { exact: true }).first()).toBeVisible();
  await expect(page.getByRole("region", { name: "Attempts" })).toContainText("No map of that place");
  await page.getByRole("button", { name: "Make it anew" }).click();
  await accessible(page);
  await page.getByRole("dialog").getByRole("button", { name: "Make it anew" }).click();
  await expect.poll(async () => (await one.job()).state).toBe("open");
  await page.getByRole("button", { name: "Call it off" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Call it off" }).click();
  await expect.poll(async () => (await one.job()).state).toBe("canceled");
  await expect(page.getByText("Canceled", { exact: true })).toBeVisible();
});

test("reports of orders are ordered, one for each", async ({ page, api }) => {
  const word = unique();
  const orders = [await api.order({ number: `${word}-1` }), await api.order({ number: `${word}-2` })];
  await visit(page, "/jobs");
  await page.getByRole("button", { name: "Order a document" }).click();
  const dialog = page.getByRole("dialog", { name: "Order a document" });
  await dialog.getByLabel("Product").selectOption("Order report");
  for (const n of [1, 2]) {
    await dialog.getByRole("combobox", { name: "Order" }).fill(`${word}-${n}`);
    await dialog.getByRole("option", { name: `${word}-${n}` }).click();
  }
  await accessible(page);
  await dialog.getByRole("button", { name: "Order 2 documents" }).click();
  await expect(dialog).toBeHidden();
  const found = await api.get<{ orders: { dependencies: number[] | null }[] }>(`/v1/orders?q=${word}`);
  expect(found.orders.flatMap((order) => order.dependencies ?? []).sort()).toEqual(orders.map((order) => order.serial).sort());
});

test("a site that is known is picked, and an order that is not meant is left out", async ({ page, api }) => {
  const word = unique();
  await api.order({ number: `${word}-1`, site: { address1: `3 ${word} Way`, city: "Hutto", postal_code: "78634" } });
  await api.call("PUT", `/v1/products/${word}`, { name: `Valuation ${word}`, producer: word });
  await visit(page, "/jobs");
  const dialog = page.getByRole("dialog", { name: "Order a document" });
  await page.getByRole("button", { name: "Order a document" }).click();
  await expect(dialog.getByRole("button", { name: "Order 1 document" })).toBeDisabled();
  await dialog.getByLabel("Product").selectOption("Order report");
  await dialog.getByRole("combobox", { name: "Order" }).fill(`${word}-1`);
  await dialog.getByRole("option", { name: `${word}-1` }).click();
  await dialog.getByRole("button", { name: `Remove ${word}-1` }).click();
  await expect(dialog.getByRole("button", { name: "Order 1 document" })).toBeDisabled();
  await dialog.getByLabel("Product").selectOption(`Valuation ${word}`);
  await dialog.getByRole("combobox", { name: "Site" }).fill(word);
  await dialog.getByRole("option", { name: new RegExp(`3 ${word} Way`) }).click();
  await dialog.getByLabel("Title").fill(`Mine ${word}`);
  await page.emulateMedia({ colorScheme: "dark" });
  await accessible(page);
  await dialog.getByRole("button", { name: "Order 1 document" }).click();
  await expect(page.getByRole("heading", { name: `Mine ${word}` })).toBeVisible();
  const { orders } = await api.get<{ orders: { title: string; site: { address1: string; city: string } }[] }>(`/v1/orders?q=${word}&sort=-serial`);
  expect(orders[0]).toMatchObject({ title: `Mine ${word}`, site: { address1: `3 ${word} Way`, city: "Hutto" } });
  await page.getByRole("link", { name: "All jobs" }).click();
  await expect(page).toHaveURL(/\/jobs$/);
});

test("who may only look answers nothing and orders nothing", async ({ page, api }) => {
  const one = await world(api);
  await one.tell("ask", { claim: await one.claim(), message: "Which lot?", choices: ["A", "B"] });
  const name = `viewer-${one.word}`;
  await api.post("/v1/users", { name, password: PASSWORD, role: "viewer" });
  await api.signIn(name);
  await visit(page, `/jobs/${one.order.id}`);
  await expect(page.getByRole("button", { name: "A", exact: true })).toBeDisabled();
  await expect(page.getByText("Your role does not allow this")).toBeVisible();
  await expect(page.getByRole("button", { name: /Call it off|Make it anew/ })).toHaveCount(0);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await accessible(page);
  }
  await visit(page, "/jobs");
  await expect(page.getByRole("row").nth(1)).toBeVisible();
  await expect(page.getByRole("button", { name: "Order a document" })).toHaveCount(0);
});

test("jobs read well on a phone and in the dark", async ({ page, api }) => {
  const one = await world(api, `<script>document.title=1</script> ${"W".repeat(300)}`);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: "dark" });
  await visit(page, `/jobs?producer=${one.word}`);
  await expect(row(page, "<script>")).toBeVisible();
  await accessible(page);
  await visit(page, `/jobs/${one.order.id}`);
  await expect(page.getByRole("heading", { name: /<script>/ })).toBeVisible();
  await accessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
});

test("a job that is none is said to be none", async ({ page, api }) => {
  void api;
  await visit(page, "/jobs/01a20455-2290-7240-8e27-32b06a4415b0");
  await expect(page.getByRole("alert")).toContainText("there is no such job");
});
