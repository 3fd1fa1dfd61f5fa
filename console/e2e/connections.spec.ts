import { accessible } from "./both";
import { owed } from "./counterpart";
import { fresh, receiver } from "./receiver";
import { expect, PASSWORD, test, visit } from "./world";

interface Connection {
  name: string;
  role: string;
  enabled: boolean;
  settings: Record<string, string>;
  secrets?: string[];
}

test("a connection is made, with credentials that are shown once and work", async ({ page, api, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const name = fresh("acme");
  await visit(page, "/connections");
  await accessible(page);
  await page.getByRole("button", { name: "New connection" }).click();
  const dialog = page.getByRole("dialog", { name: "New connection" });
  await dialog.getByLabel("API").selectOption({ label: "Pruvan" });
  await dialog.getByText(/more settings?$/).click();
  await dialog.getByLabel("Mode").selectOption("external");
  await accessible(page);
  await dialog.getByLabel("Name", { exact: true }).fill("demo-ppw");
  await dialog.getByRole("button", { name: "Create" }).click();
  const field = dialog.getByLabel("Name", { exact: true });
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(field).toBeFocused();
  await field.fill(name);
  await dialog.getByRole("button", { name: "Create" }).click();

  const credentials = page.getByRole("dialog", { name: `Credentials of ${name}` });
  await expect(credentials.getByText("This is the only time they are shown.")).toBeVisible();
  await expect(credentials.locator("pre")).toContainText("curl -s");
  await accessible(page);
  await credentials.getByRole("button", { name: "Copy push_url" }).click();
  const push = await page.evaluate(() => navigator.clipboard.readText());
  expect(push).toContain("/api/?apiKey=");
  await page.keyboard.press("Escape");
  await expect(credentials).toBeVisible();
  await credentials.getByRole("button", { name: "I have kept them" }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  expect(await api.get<Connection>(`/v1/connections/${name}`)).toMatchObject({ role: "serve", enabled: true, settings: { mode: "external" } });

  const number = fresh("PUSH");
  const order = { workOrderNumber: number, address1: "5 Elm Ct", city: "Austin", state: "TX", zip: "78701", services: [{ serviceName: "Mow" }] };
  const { pathname, search } = new URL(push);
  const answer = await page.request.post(`${pathname}${search}`, { form: { workOrders: JSON.stringify({ workOrders: [order] }) } });
  expect(((await answer.json()) as { response: { created: number } }).response.created).toBe(1);
});

test("settings are changed, wrong ones said at their field, and taken back", async ({ page, api }) => {
  const name = fresh("set");
  await api.post("/v1/connections", { name, dialect: "mews", role: "serve", settings: { rate_limit: 7 } });
  await visit(page, `/connections/${name}?tab=settings`);
  const rate = page.getByLabel("Rate limit");
  await expect(rate).toHaveValue("7");
  await accessible(page);
  await rate.fill("many");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(rate).toHaveAttribute("aria-invalid", "true");
  await expect(rate).toBeFocused();
  await rate.fill("50");
  await page.getByLabel("Scope").selectOption("account");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  expect(await api.get(`/v1/connections/${name}`)).toMatchObject({ scope: "account", settings: { rate_limit: "50" } });
  await rate.fill("");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
  await expect.poll(async () => (await api.get<Connection>(`/v1/connections/${name}`)).settings["rate_limit"]).toBeUndefined();
});

test("a connection is disabled, enabled, given new credentials and removed by who types its name", async ({ page, api }) => {
  const name = fresh("gone");
  await api.post("/v1/connections", { name, dialect: "planviewer", role: "serve", settings: {} });
  await visit(page, `/connections/${name}`);
  await accessible(page);
  await page.getByRole("button", { name: "Disable" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click();
  await expect(page.getByRole("button", { name: "Enable" })).toBeVisible();
  expect((await api.get<Connection>(`/v1/connections/${name}`)).enabled).toBe(false);
  await page.getByRole("button", { name: "Enable" }).click();
  await expect(page.getByRole("button", { name: "Disable" })).toBeVisible();
  expect((await api.get<Connection>(`/v1/connections/${name}`)).enabled).toBe(true);

  await page.getByRole("button", { name: "Rotate credentials" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Rotate credentials" }).click();
  const credentials = page.getByRole("dialog", { name: `Credentials of ${name}` });
  await expect(credentials.locator("pre")).toContainText("curl -s -u");
  await credentials.getByRole("button", { name: "I have kept them" }).click();

  await page.getByRole("button", { name: "Remove" }).click();
  const remove = page.getByRole("dialog", { name: `Remove ${name}?` });
  await accessible(page);
  await expect(remove.getByRole("button", { name: "Remove" })).toBeDisabled();
  await remove.getByLabel(`Type ${name} to remove it`).fill(name);
  await remove.getByRole("button", { name: "Remove" }).click();
  await expect(page).toHaveURL(/\/connections$/);
  const { connections } = await api.get<{ connections: Connection[] }>("/v1/connections");
  expect(connections.map((one) => one.name)).not.toContain(name);
});

test("a connection that calls says how it goes, live, and looks for news when it is told to", async ({ page, api }) => {
  const counterpart = await receiver(() => ({ status: 500, body: "<script>alert('down')</script>" }));
  const name = fresh("hotel");
  await visit(page, "/connections");
  await page.getByRole("button", { name: "New connection" }).click();
  const dialog = page.getByRole("dialog", { name: "New connection" });
  await dialog.getByLabel("API").selectOption({ label: "Mews Connector API" });
  await dialog.getByLabel("Role").selectOption("connect");
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  await dialog.getByRole("button", { name: "Create" }).click();
  await expect(dialog.getByLabel("Url")).toHaveAttribute("aria-invalid", "true");
  await dialog.getByLabel("Url").fill(counterpart.url);
  for (const secret of ["Client token (required)", "Access token (required)"]) {
    await expect(dialog.getByLabel(secret, { exact: true })).toHaveAttribute("type", "password");
    await dialog.getByLabel(secret, { exact: true }).fill("c66ef7b239d24632943d115ede9cb810");
  }
  await dialog.getByRole("button", { name: "Create" }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  expect((await api.get<Connection>(`/v1/connections/${name}`)).secrets).toEqual(expect.arrayContaining(["client_token", "access_token"]));
  await expect.poll(() => counterpart.received.length).toBeGreaterThan(0);
  await expect(page.getByText(/Failing|Down/).first()).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole("progressbar").first()).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Pull now" }).click();
  await expect(page.getByText(`${name} is asked for news.`)).toBeVisible();

  await page.getByRole("tab", { name: "Settings" }).click();
  await page.getByLabel("Access token (required)", { exact: true }).fill("d66ef7b239d24632943d115ede9cb811");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  await page.getByRole("tab", { name: "Exchanges" }).click();
  await expect(page.getByRole("grid", { name: "Wire log" })).toContainText("500");
  await api.call("DELETE", `/v1/connections/${name}`);
  await counterpart.close();
});

test("who may only look sees how it goes, and nothing to press", async ({ page, api }) => {
  const name = fresh("viewer");
  await api.post("/v1/users", { name, password: "only-looking-1", role: "viewer" });
  await page.context().clearCookies();
  await page.goto("/connections");
  await page.getByLabel("User name").fill(name);
  await page.getByLabel("Password").fill("only-looking-1");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("link", { name: "demo-ppw" })).toBeVisible();
  await expect(page.getByRole("button", { name: "New connection" })).toHaveCount(0);
  await page.getByRole("link", { name: "demo-ppw" }).click();
  await expect(page.getByRole("tab")).toHaveText(["Overview"]);
  await expect(page.getByRole("button", { name: "Remove" })).toHaveCount(0);
  await accessible(page);
  await page.goto("/exchanges");
  await expect(page.getByRole("alert")).toContainText("Your role does not allow this");
});

test("on a phone, in the dark, connections are cards", async ({ page, api }) => {
  await api.get("/v1/connections");
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: "dark" });
  await visit(page, "/connections");
  await expect(page.getByRole("link", { name: "demo-ppw" })).toBeVisible();
  await accessible(page);
});

test("rotating ends the old credentials, disabling ends them all for a while", async ({ page, api, hub }) => {
  const name = fresh("keys");
  const { credentials } = await api.post<{ credentials: Record<string, string> }>("/v1/connections", { name, dialect: "planviewer", role: "serve", settings: {} });
  const status = async (key: string, secret: string) => {
    const Authorization = `Basic ${Buffer.from(`${key}:${secret}`).toString("base64")}`;
    return (await fetch(`${hub}/product_api/v1/products/list`, { headers: { Authorization, Accept: "application/json" } })).status;
  };
  const before = [credentials["key"]!, credentials["secret"]!] as const;
  expect(await status(...before)).toBe(200);
  await visit(page, `/connections/${name}`);
  await page.getByRole("button", { name: "Rotate credentials" }).click();
  const sure = page.getByRole("dialog", { name: `New credentials for ${name}?` });
  await accessible(page);
  await sure.getByRole("button", { name: "Cancel" }).click();
  expect(await status(...before)).toBe(200);
  await page.getByRole("button", { name: "Rotate credentials" }).click();
  await sure.getByRole("button", { name: "Rotate credentials" }).click();
  const shown = page.getByRole("dialog", { name: `Credentials of ${name}` });
  await accessible(page);
  const value = (member: string) => shown.locator(".secrets span", { hasText: new RegExp(`^${member}$`) }).locator("+ code").innerText();
  const after = [await value("key"), await value("secret")] as const;
  await shown.getByRole("button", { name: "I have kept them" }).click();
  expect(await status(...before)).toBe(401);
  expect(await status(...after)).toBe(200);

  await page.getByRole("button", { name: "Disable" }).click();
  await accessible(page);
  await page.getByRole("dialog", { name: `Disable ${name}?` }).getByRole("button", { name: "Disable" }).click();
  await expect(page.getByText("Disabled", { exact: true }).first()).toBeVisible();
  expect(await status(...after)).toBe(401);
  await page.getByRole("button", { name: "Enable" }).click();
  await expect.poll(() => status(...after)).toBe(200);
});

test("a secret is looked at while it is typed, replaced and taken back; changes are discarded", async ({ page, api }) => {
  const name = fresh("secret");
  const settings = { url: "http://127.0.0.1:9", client_token: "c".repeat(32), access_token: "a".repeat(32), webhook_key: "w".repeat(16), paused: true };
  await api.post("/v1/connections", { name, dialect: "mews", role: "connect", settings });
  const secrets = async () => (await api.get<{ secrets: string[] }>(`/v1/connections/${name}`)).secrets;
  await visit(page, `/connections/${name}?tab=settings`);
  for (const group of ["Access", "Orders and this API", "Calls"]) await expect(page.getByRole("group", { name: group })).toBeVisible();
  const key = page.getByLabel("Webhook key", { exact: true });
  await expect(key).toHaveAttribute("placeholder", /•/);
  await key.fill("other-secret-key");
  await page.getByRole("button", { name: "Show: Webhook key" }).click();
  await expect(key).toHaveAttribute("type", "text");
  await page.getByRole("button", { name: "Hide: Webhook key" }).click();
  await expect(key).toHaveAttribute("type", "password");
  await expect(page.getByText("1 change", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Discard changes" }).click();
  await expect(key).toHaveValue("");
  await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
  await page.getByLabel("Paused").selectOption("false");
  await page.getByRole("button", { name: "Take back: Webhook key" }).click();
  await expect(key).toBeDisabled();
  await accessible(page);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  expect(await secrets()).not.toContain("webhook_key");
  expect((await api.get<Connection>(`/v1/connections/${name}`)).settings["paused"]).toBe("false");
  await page.getByRole("tab", { name: "Overview" }).click();
  await expect(page.locator("dt", { hasText: "Paused" }).locator("+ dd")).toHaveText("No");
  await expect(page.locator("dt", { hasText: "Kept secrets" }).locator("+ dd")).toHaveText("access_token, client_token");
});

test("a counterpart that answers and takes nothing is not said to be unused, and its deliveries lead to it", async ({ page, api }) => {
  const account = await receiver(() => ({ status: 200, body: JSON.stringify({ response: { created: 0, updated: 0, deleted: 0 }, error: "no" }) }));
  const name = fresh("refuses");
  await api.post("/v1/connections", { name, dialect: "pruvan", role: "connect", settings: { url: account.url, push_key: "k".repeat(24), poll_s: 3600 } });
  await api.post("/v1/rules", { name, to: name, when: `order.reference == "${name}"` });
  await api.order({ number: fresh("NO"), reference: name, service: "Mow", site: { address1: "5 Elm Ct", city: "Austin" }, tasks: [{ key: "1", name: "Mow" }] });
  await expect.poll(async () => (await owed(api, name))[0]?.status, { timeout: 30_000 }).toBe("error");
  await visit(page, `/connections/${name}`);
  await expect(page.getByText("Refuses", { exact: true }).first()).toBeVisible();
  await expect(page.getByText("It answers, and has taken nothing so far").first()).toBeVisible();
  await page.getByRole("link", { name: "1 Error" }).click();
  await expect(page).toHaveURL(new RegExp(`/deliveries\\?connection=${name}&status=error`));
  await expect(page.getByRole("grid", { name: "Deliveries" }).getByText("Error", { exact: true })).toBeVisible();
  await account.close();
});

test("an address of no connection says so and leads back; a user's tabs follow the role", async ({ page, api }) => {
  await visit(page, "/connections/nobody-of-that-name");
  await expect(page.getByText("There is no such connection.")).toBeVisible();
  await accessible(page);
  await page.getByRole("link", { name: "Back" }).click();
  await expect(page).toHaveURL(/\/connections$/);
  const dispatcher = fresh("dispatcher");
  await api.post("/v1/users", { name: dispatcher, password: PASSWORD, role: "dispatcher" });
  await api.signIn(dispatcher);
  await visit(page, "/connections/demo-ppw?tab=settings");
  await expect(page.getByRole("tab")).toHaveText(["Overview"]);
  await expect(page.getByRole("button", { name: "Disable" })).toHaveCount(0);
});
