import { fresh, receiver } from "./receiver";
import { accessible } from "./both";
import { expect, test, visit, type Api } from "./world";

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
