import { createHmac } from "node:crypto";
import { accessible } from "./both";
import { expect, test, visit } from "./world";

/** Six digits, as an authenticator app makes them of a secret (RFC 6238). */
function totp(secret: string, at = Date.now()): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replace(/=+$/, "")].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const hash = createHmac("sha1", key).update(counter).digest();
  const offset = hash[19]! & 15;
  return String((hash.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

const unique = () => `u${Date.now().toString(36)}${Math.floor(Math.random() * 1000)}`;

test("colours, language and zone are chosen and kept at the hub", async ({ page, api }) => {
  await visit(page, "/settings");
  await page.getByLabel("Colours").selectOption("dark");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await accessible(page);
  await page.getByLabel("Time zone").selectOption("Europe/Amsterdam");
  await expect.poll(async () => (await api.get<{ zone?: string }>("/v1/session/preferences")).zone).toBe("Europe/Amsterdam");
  await page.getByLabel("Language").selectOption({ label: "Nederlands" });
  await expect(page.getByRole("heading", { name: "Instellingen" })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "nl");
  await page.getByLabel("Taal").selectOption({ label: "English" });
  await page.getByLabel("Colours").selectOption("system");
  await page.getByLabel("Time zone").selectOption("");
  await expect.poll(async () => (await api.get<{ zone?: string }>("/v1/session/preferences")).zone ?? "").toBe("");
});

test("an administrator adds a user, changes the role, sets a password, disables and removes", async ({ page, api, browser, hub }) => {
  const name = unique();
  await visit(page, "/settings?tab=users");
  await page.getByRole("button", { name: "Add a user" }).click();
  const dialog = page.getByRole("dialog", { name: "Add a user" });
  await accessible(page);
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByLabel("Password").fill("first password");
  await dialog.getByLabel("Role").selectOption("viewer");
  await dialog.getByRole("button", { name: "Add" }).click();
  await expect(page.getByText(`${name} was added.`)).toBeVisible();
  const user = async () => (await api.get<{ users: { name: string; role: string; disabled: boolean }[] }>("/v1/users")).users.find((one) => one.name === name);
  expect((await user())?.role).toBe("viewer");

  await page.getByLabel(`Role: ${name}`).selectOption("dispatcher");
  await expect.poll(async () => (await user())?.role).toBe("dispatcher");

  await page.getByRole("button", { name: `Actions: ${name}` }).click();
  await page.getByRole("menuitem", { name: "Set a new password" }).click();
  await page.getByRole("dialog").getByLabel("Password").fill("second password");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  const other = await browser.newContext();
  const signIn = (password: string) => other.request.post(`${hub}/v1/session`, { data: { name, password } });
  expect((await signIn("first password")).status()).toBe(401);
  expect((await signIn("second password")).status()).toBe(201);

  await page.getByRole("button", { name: `Actions: ${name}` }).click();
  await page.getByRole("menuitem", { name: "Disable" }).click();
  await expect.poll(async () => (await user())?.disabled).toBe(true);
  expect((await signIn("second password")).status()).toBe(401);

  await page.getByRole("button", { name: `Actions: ${name}` }).click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect.poll(user).toBeUndefined();
  await accessible(page);
  await other.close();
});

test("a token is made, shown once, works, and is revoked", async ({ page, api, request, hub }) => {
  const name = unique();
  await visit(page, "/settings?tab=tokens");
  await page.getByRole("button", { name: "Make a token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByLabel("Role").selectOption("viewer");
  await dialog.getByRole("button", { name: "Create" }).click();
  const token = await dialog.getByTestId("token").innerText();
  await accessible(page);
  const asked = () => request.get(`${hub}/v1/orders?limit=1`, { headers: { Authorization: `Bearer ${token}` } });
  expect((await asked()).status()).toBe(200);
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText(token)).toHaveCount(0);
  await page.getByRole("button", { name: `Revoke: ${name}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await expect.poll(async () => (await asked()).status()).toBe(401);
  await api.get("/v1/tokens");
});

test("somebody changes the password, uses a second factor and its recovery codes, and ends another session", async ({ api, browser, hub }) => {
  test.slow();
  const name = unique();
  await api.post("/v1/users", { name, password: "first password", role: "dispatcher" });
  const context = await browser.newContext({ baseURL: hub, locale: "en-US" });
  const elsewhere = await browser.newContext({ baseURL: hub });
  const page = await context.newPage();
  const signIn = async (password: string, code?: string) => {
    await page.goto("/");
    await page.getByLabel("User name").fill(name);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    if (code === undefined) return;
    await page.getByLabel(/authenticator/).fill(code);
    await page.getByRole("button", { name: "Sign in" }).click();
  };
  await signIn("first password");
  await expect(page.getByRole("navigation")).toBeVisible();

  // Another session, seen and ended from here.
  expect((await elsewhere.request.post(`${hub}/v1/session`, { data: { name, password: "first password" } })).status()).toBe(201);
  await page.goto("/settings");
  await page.getByRole("button", { name: "End", exact: true }).click();
  await expect(page.getByText("Session ended.")).toBeVisible();
  expect((await elsewhere.request.get(`${hub}/v1/session`)).status()).toBe(401);

  await page.getByLabel("Present password").fill("wrong password");
  await page.getByLabel("New password").fill("second password");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("The present password is not right.")).toBeVisible();
  await page.getByLabel("Present password").fill("first password");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText(/^Password changed/)).toBeVisible();

  await page.getByRole("button", { name: "Turn on" }).click();
  const dialog = page.getByRole("dialog", { name: "Second factor" });
  await expect(dialog.getByRole("img")).toBeVisible();
  const secret = await dialog.locator("code").innerText();
  await dialog.getByLabel("Six digits").fill(totp(secret));
  await dialog.getByRole("button", { name: "Turn on" }).click();
  const codes = (await dialog.locator("pre").innerText()).trim().split("\n");
  expect(codes.length).toBeGreaterThan(4);
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText("On", { exact: true })).toBeVisible();

  await context.clearCookies();
  await signIn("second password", codes[0]);
  await expect(page.getByRole("navigation")).toBeVisible();
  await page.goto("/settings");
  await expect(page.getByText(`${codes.length - 1} recovery codes left`)).toBeVisible();
  await page.getByRole("button", { name: "Turn off" }).click();
  await page.getByRole("dialog").getByLabel("Present password").fill("second password");
  await page.getByRole("dialog").getByRole("button", { name: "Turn off" }).click();
  await expect(page.getByText("Off", { exact: true })).toBeVisible();
  await context.close();
  await elsewhere.close();
});

test("who may only read sees no users and no tokens", async ({ api, browser, hub }) => {
  const name = unique();
  await api.post("/v1/users", { name, password: "a viewer's password", role: "viewer" });
  const context = await browser.newContext({ baseURL: hub });
  expect((await context.request.post(`${hub}/v1/session`, { data: { name, password: "a viewer's password" } })).status()).toBe(201);
  const page = await context.newPage();
  await visit(page, "/settings?tab=users");
  await expect(page.getByRole("tab", { name: "You" })).toBeVisible();
  await expect(page.getByRole("tab", { name: "Users" })).toHaveCount(0);
  expect((await context.request.get(`${hub}/v1/users`)).status()).toBe(403);
  await context.close();
});
