import type { Page } from "@playwright/test";
import { accessible } from "./both";
import { fresh, receiver } from "./receiver";
import { expect, PASSWORD, test, visit, type Api } from "./world";

interface Webhook {
  status: string;
  url: string;
  events: string[];
  description: string | null;
  old_secret_until: string | null;
  failed: number;
  waiting: number;
}

const shown = (api: Api, name: string) => api.get<Webhook>(`/v1/webhooks/${name}`);

/** What can be done with a webhook; "More" is called so below its messages, too. */
const menu = (page: Page) => page.locator("[aria-haspopup=menu]").and(page.getByRole("button", { name: "More", exact: true }));

test("a webhook is made, its secret shown once, tried, paused, rotated, changed and deleted", async ({ page, api }) => {
  test.slow();
  const program = await receiver();
  const name = fresh("hook");
  await visit(page, "/webhooks");
  await page.getByRole("button", { name: "New webhook" }).first().click();
  const dialog = page.getByRole("dialog", { name: "New webhook" });
  await accessible(page);
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  await dialog.getByLabel("URL").fill("ftp://nowhere.example");
  await dialog.getByRole("button", { name: "Create" }).click();
  await expect(dialog.getByLabel("URL")).toHaveAttribute("aria-invalid", "true");
  await expect(dialog.getByLabel("URL")).toBeFocused();
  await dialog.getByLabel("URL").fill(`${program.url}/hook`);
  await dialog.getByLabel("Description").fill("<img src=x onerror=alert(1)>");
  await dialog.getByLabel("Only these types").check();
  await dialog.getByLabel("order.created", { exact: true }).check();
  await dialog.getByRole("button", { name: "Create" }).click();

  const secret = page.getByRole("dialog", { name: `Secret of ${name}` });
  await expect(secret.locator(".secrets code")).toHaveText(/^whsec_/);
  await accessible(page);
  await page.keyboard.press("Escape");
  await expect(secret).toBeVisible();
  await secret.getByRole("button", { name: "I have kept it" }).click();
  await expect(page).toHaveURL(new RegExp(`/webhooks/${name}$`));
  expect(await shown(api, name)).toMatchObject({ status: "enabled", events: ["order.created"], description: "<img src=x onerror=alert(1)>" });
  await expect(page.getByText("<img src=x onerror=alert(1)>")).toBeVisible();
  await accessible(page);

  await page.getByRole("button", { name: "Send a test" }).click();
  await expect(page.getByText(`${name} took the test`)).toBeVisible();
  expect(program.received.at(-1)?.headers["webhook-signature"]).toMatch(/^v1,/);
  await expect(page.getByRole("cell", { name: "Test", exact: true }).first()).toBeVisible();

  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByRole("button", { name: "Enable", exact: true })).toBeVisible();
  expect((await shown(api, name)).status).toBe("paused");
  await page.getByRole("button", { name: "Enable", exact: true }).click();
  await expect(page.getByRole("button", { name: "Pause" })).toBeVisible();
  expect((await shown(api, name)).status).toBe("enabled");

  const more = async (item: string) => {
    await page.getByRole("button", { name: "More", exact: true }).click();
    await page.getByRole("menuitem", { name: item }).click();
  };
  await more("Rotate secret");
  await page.getByRole("dialog").getByRole("button", { name: "Rotate secret" }).click();
  await expect(page.locator(".secrets code")).toHaveText(/^whsec_/);
  await page.getByRole("button", { name: "I have kept it" }).click();
  expect((await shown(api, name)).old_secret_until).not.toBeNull();

  await more("Edit");
  await page.getByLabel("Description").fill("for the office");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("for the office")).toBeVisible();
  expect((await shown(api, name)).description).toBe("for the office");

  await more("Delete");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page).toHaveURL(/\/webhooks$/);
  const left = await api.get<{ webhooks: { name: string }[] }>("/v1/webhooks");
  expect(left.webhooks.map((one) => one.name)).not.toContain(name);
  await program.close();
});

test("what happened is sent, again since a moment, and what was not taken can be retried", async ({ page, api }) => {
  const program = await receiver(() => ({ status: 500, body: "<script>alert('no')</script>" }));
  const name = fresh("hook");
  await api.post("/v1/webhooks", { name, url: program.url, events: ["order.created"] });
  await visit(page, `/webhooks/${name}`);
  await expect(page.getByText("No attempt so far.")).toBeVisible();
  const { id } = await api.order({ number: fresh("W"), title: "Told" });
  await expect(page.getByText("<script>alert('no')</script>").first()).toBeVisible();
  await expect(page.getByRole("heading", { name: "Messages not taken" })).toBeVisible();
  program.answer = () => ({ status: 204 });
  const told = () => program.received.filter((one) => one.body.includes(id)).length;
  const before = told();
  await page.getByRole("button", { name: /^Retry: msg_/ }).click();
  await expect.poll(told).toBeGreaterThan(before);
  await expect.poll(async () => (await shown(api, name)).waiting).toBe(0);

  const taken = told();
  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: "Replay…" }).click();
  const dialog = page.getByRole("dialog", { name: "Replay since a moment" });
  await accessible(page);
  const hourAgo = new Date(Date.now() - 3_600_000);
  const local = new Intl.DateTimeFormat("sv", { timeZone: "America/Chicago", dateStyle: "short", timeStyle: "short" }).format(hourAgo).replace(" ", "T");
  await dialog.getByLabel("Since").fill(local);
  await dialog.getByRole("button", { name: "Send again" }).click();
  await expect(dialog).toBeHidden();
  await expect.poll(told).toBeGreaterThan(taken);
  await api.call("DELETE", `/v1/webhooks/${name}`);
  await program.close();
});

test("one that says it is gone is left alone, and enabled again from now on only, or where it stopped", async ({ page, api }) => {
  test.slow();
  const program = await receiver(() => ({ status: 410 }));
  const name = fresh("hook");
  await api.post("/v1/webhooks", { name, url: program.url, events: ["order.created"] });
  await visit(page, `/webhooks/${name}`);
  await api.order({ number: fresh("GONE") });
  await expect(page.getByText("Gone", { exact: true }).first()).toBeVisible({ timeout: 30_000 });
  expect((await shown(api, name)).status).toBe("gone");
  await accessible(page);
  const missed = await api.order({ number: fresh("MISSED") });
  program.answer = () => ({ status: 204 });
  program.received.length = 0;
  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: "Enable, from now on only" }).click();
  await expect(page.getByText(`${name} is enabled.`)).toBeVisible();
  expect((await shown(api, name)).status).toBe("enabled");
  const later = await api.order({ number: fresh("LATER") });
  const told = (id: string) => program.received.some((one) => one.body.includes(id));
  await expect.poll(() => told(later.id), { timeout: 30_000 }).toBe(true);
  expect(told(missed.id), "what was missed is left out").toBe(false);

  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByText("Paused", { exact: true }).first()).toBeVisible();
  const kept = await api.order({ number: fresh("KEPT") });
  await page.getByRole("button", { name: "Enable", exact: true }).click();
  await expect.poll(() => told(kept.id), { timeout: 30_000 }).toBe(true);
  await api.call("DELETE", `/v1/webhooks/${name}`);
  await program.close();
});

test("a receiver that fails is seen in the list, tests say why, attempts are narrowed to those", async ({ page, api }) => {
  test.slow();
  const program = await receiver(() => ({ status: 204 }));
  const name = fresh("hook");
  await api.post("/v1/webhooks", { name, url: program.url, events: ["order.created"] });
  await visit(page, `/webhooks/${name}`);
  await page.getByRole("button", { name: "Send a test" }).click();
  await expect(page.getByText(`${name} took the test`)).toBeVisible();
  program.answer = () => ({ status: 500, body: "<b>broken</b>" });
  await page.getByRole("button", { name: "Send a test" }).click();
  await expect(page.getByText(`${name} did not take the test`, { exact: false })).toBeVisible();
  await api.order({ number: fresh("FAIL") });
  await expect.poll(async () => (await shown(api, name)).waiting, { timeout: 30_000 }).toBe(1);
  await expect(page.getByText("Failing", { exact: true }).first()).toBeVisible();
  const attempts = page.locator("section", { has: page.getByRole("heading", { name: "Attempts" }) });
  await expect(attempts.getByText("204", { exact: true })).toHaveCount(1);
  await attempts.getByLabel("Failed only").check();
  await expect(attempts.getByText("204", { exact: true })).toHaveCount(0);
  await expect(attempts.getByText("<b>broken</b>").first()).toBeVisible();
  await accessible(page);
  await page.getByRole("link", { name: "All webhooks" }).click();
  const row = page.getByRole("row", { name: new RegExp(name) });
  await expect(row.getByText("Failing", { exact: true })).toBeVisible();
  await accessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await accessible(page);
  await row.getByRole("link", { name }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  await accessible(page);
  await api.call("DELETE", `/v1/webhooks/${name}`);
  await program.close();
});

test("what was given up is sent again, all of it", async ({ page, api }) => {
  const program = await receiver();
  const name = fresh("hook");
  await api.post("/v1/webhooks", { name, url: program.url });
  // Giving up takes three days: how many were given up is said for the hub; what is asked of it is real.
  await page.route(`**/v1/webhooks/${name}`, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ json: { ...((await answer.json()) as object), failed: 2 } });
  });
  await visit(page, `/webhooks/${name}`);
  const asked = page.waitForResponse((one) => one.url().endsWith(`/v1/webhooks/${name}/replay`));
  await page.getByRole("button", { name: "More", exact: true }).click();
  await accessible(page);
  await page.getByRole("menuitem", { name: "Retry all given up" }).click();
  const answer = await asked;
  expect(answer.request().postDataJSON()).toEqual({ failed: true });
  expect(answer.ok()).toBe(true);
  await expect(page.getByText("2 messages are sent again.")).toBeVisible();
  await api.call("DELETE", `/v1/webhooks/${name}`);
  await program.close();
});

test("address, types and connection are changed, and moments are those of the person's zone", async ({ page, api }) => {
  test.slow();
  const program = await receiver();
  const name = fresh("hook");
  await api.call("PUT", "/v1/session/preferences", { zone: "Asia/Tokyo" });
  await visit(page, "/webhooks");
  await page.getByRole("button", { name: "New webhook" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  await dialog.getByLabel("URL").fill(program.url);
  const inTokyo = (at: number) => new Intl.DateTimeFormat("sv", { timeZone: "Asia/Tokyo", dateStyle: "short", timeStyle: "short" }).format(at).replace(" ", "T");
  const since = Math.floor(Date.now() / 60_000) * 60_000 - 60_000;
  await dialog.getByLabel("Begin with what happened since").fill(inTokyo(since));
  const made = page.waitForRequest((one) => one.url().endsWith("/v1/webhooks") && one.method() === "POST");
  await dialog.getByRole("button", { name: "Create" }).click();
  expect(Date.parse(((await made).postDataJSON() as { since: string }).since)).toBe(since);
  await page.getByRole("button", { name: "I have kept it" }).click();

  await menu(page).click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  const edit = page.getByRole("dialog", { name: `Webhook ${name}` });
  await edit.getByLabel("URL").fill(`${program.url}/other`);
  await edit.getByLabel("Only through").selectOption("demo-ppw");
  await edit.getByLabel("Only these types").check();
  await edit.getByLabel("order.noted", { exact: true }).check();
  await accessible(page);
  await edit.getByRole("button", { name: "Save" }).click();
  await expect(edit).toBeHidden();
  expect(await shown(api, name)).toMatchObject({ url: `${program.url}/other`, events: ["order.noted"], connection: "demo-ppw" });
  await menu(page).click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  await edit.getByLabel("All types").check();
  await edit.getByLabel("Only through").selectOption("");
  await edit.getByRole("button", { name: "Save" }).click();
  await expect(edit).toBeHidden();
  expect(await shown(api, name)).toMatchObject({ events: [], connection: null });

  await menu(page).click();
  await page.getByRole("menuitem", { name: "Replay…" }).click();
  await page.getByRole("textbox", { name: "Since" }).fill(inTokyo(since));
  const asked = page.waitForRequest((one) => one.url().endsWith("/replay"));
  await page.getByRole("button", { name: "Send again" }).click();
  expect(Date.parse(((await asked).postDataJSON() as { since: string }).since)).toBe(since);
  await api.call("DELETE", `/v1/webhooks/${name}`);
  await program.close();
});

test("who may only look has no webhooks to press", async ({ page, api }) => {
  const program = await receiver();
  const name = fresh("hook");
  await api.post("/v1/webhooks", { name, url: program.url });
  const viewer = fresh("looks");
  await api.post("/v1/users", { name: viewer, password: PASSWORD, role: "viewer" });
  await api.signIn(viewer);
  await visit(page, `/webhooks/${name}`);
  await expect(page.getByRole("heading", { level: 1, name }).or(page.getByRole("alert"))).toBeVisible();
  for (const button of ["Send a test", "Pause", "More"]) await expect(page.getByRole("main").getByRole("button", { name: button, exact: true })).toHaveCount(0);
  await accessible(page);
  await program.close();
});
