import { fresh, receiver } from "./receiver";
import { accessible } from "./both";
import { expect, test, visit } from "./world";

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
