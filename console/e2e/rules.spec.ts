import { accessible } from "./both";
import { fresh } from "./receiver";
import { expect, PASSWORD, test, visit, type Api } from "./world";

interface Rule {
  name: string;
  when: string;
  to: string;
  with: Record<string, string>;
  enabled: boolean;
}

async function target(api: Api): Promise<string> {
  const name = fresh("crew");
  await api.post("/v1/connections", { name, dialect: "pruvan", role: "connect", settings: { url: "http://127.0.0.1:9", push_key: "k".repeat(24), paused: true } });
  return name;
}

test("a rule is written, what is wrong said at its place, tried dry, and saved", async ({ page, api }) => {
  test.slow();
  const to = await target(api);
  const name = fresh("rule");
  const number = fresh("R");
  await api.order({ number, reference: name, title: "<b>bold</b>" });
  await visit(page, "/rules");
  await page.getByRole("button", { name: "New rule" }).first().click();
  const dialog = page.getByRole("dialog", { name: "New rule" });
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  await dialog.getByLabel("To").selectOption(to);
  const when = dialog.getByLabel("When");
  await when.fill(`order.referense == "${name}"`);
  await accessible(page);
  await dialog.getByRole("button", { name: "Dry run" }).click();
  await expect(when).toHaveAttribute("aria-invalid", "true");
  await expect(when).toBeFocused();
  await expect(dialog.getByText(/an order has no `referense`/)).toBeVisible();
  await when.fill(`order.reference == "${name}"`);
  await dialog.getByRole("button", { name: "Add a field" }).click();
  await dialog.getByLabel("Field").fill("priority");
  await dialog.getByLabel("Value").fill("order.");
  await dialog.getByRole("button", { name: "Dry run" }).click();
  await expect(dialog.getByLabel("Value")).toHaveAttribute("aria-invalid", "true");
  await dialog.getByLabel("Value").fill("5");
  await dialog.getByRole("button", { name: "Dry run" }).click();
  await expect(dialog.getByText(new RegExp(`1 order of .* would go to ${to} now`))).toBeVisible();
  await expect(dialog.getByRole("row", { name: new RegExp(`${number}.*priority = 5`) })).toBeVisible();
  await accessible(page);
  const none = await api.get<{ rules: Rule[] }>("/v1/rules");
  expect(none.rules.map((rule) => rule.name)).not.toContain(name);

  await dialog.getByLabel("Enabled").uncheck();
  await dialog.getByRole("button", { name: "Save" }).click();
  const row = page.getByRole("row", { name: new RegExp(name) });
  await expect(dialog).toBeHidden();
  expect(await api.get<Rule>(`/v1/rules/${name}`)).toMatchObject({ to, when: `order.reference == "${name}"`, with: { priority: "5" }, enabled: false });

  await expect(row).toContainText("Disabled");
  await accessible(page);
  await row.getByRole("button", { name: `Dry run: ${name}` }).click();
  await expect(page.getByRole("dialog", { name: `Dry run of ${name}` }).getByRole("link", { name: number })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(row.getByRole("button", { name: `Dry run: ${name}` })).toBeFocused();
  await row.getByRole("button", { name: `Enable: ${name}` }).click();
  await expect(row).toContainText("Enabled");
  expect((await api.get<Rule>(`/v1/rules/${name}`)).enabled).toBe(true);
  await row.getByRole("button", { name: `Disable: ${name}` }).click();
  await expect(row.getByRole("button", { name: `Enable: ${name}` })).toBeVisible();

  await row.getByRole("button", { name: `Edit: ${name}` }).click();
  await page.getByRole("dialog", { name: `Rule ${name}` }).getByLabel("Order", { exact: true }).fill("7");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(row.getByRole("cell").first()).toHaveText("7");
  await row.getByRole("button", { name: `Delete: ${name}` }).click();
  await page.getByRole("dialog", { name: `Delete the rule ${name}?` }).getByRole("button", { name: "Delete" }).click();
  await expect(row).toHaveCount(0);
  const left = await api.get<{ rules: Rule[] }>("/v1/rules");
  expect(left.rules.map((rule) => rule.name)).not.toContain(name);
});

test("a rule begins with an example, is of one connection, has its fields taken away, and is left alone when deleting is called off", async ({ page, api }) => {
  test.slow();
  const to = await target(api);
  const name = fresh("rule");
  await api.post("/v1/rules", { name, to, when: "true", with: { priority: "5", crew: '"North"' }, enabled: false });
  await visit(page, "/rules");
  const row = page.getByRole("row", { name: new RegExp(name) });
  await expect(row).toContainText("always");
  await row.getByRole("button", { name: `Edit: ${name}` }).click();
  const dialog = page.getByRole("dialog", { name: `Rule ${name}` });
  await expect(dialog.getByLabel("Name", { exact: true })).toBeDisabled();
  await dialog.getByText("Examples").click();
  await dialog.getByRole("button", { name: "order.cost != null && order.cost > 500.0" }).click();
  await expect(dialog.getByLabel("When")).toHaveValue("order.cost != null && order.cost > 500.0");
  await dialog.getByLabel("From").selectOption("demo-ppw");
  await dialog.getByRole("button", { name: "Remove priority" }).click();
  await accessible(page);
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  expect(await api.get<Rule>(`/v1/rules/${name}`)).toMatchObject({ from: "demo-ppw", when: "order.cost != null && order.cost > 500.0", with: { crew: '"North"' } });
  await expect(row).toContainText(`demo-ppw → ${to}`);
  await row.getByRole("button", { name: `Delete: ${name}` }).click();
  const sure = page.getByRole("dialog", { name: `Delete the rule ${name}?` });
  await accessible(page);
  await sure.getByRole("button", { name: "Cancel" }).click();
  await expect(sure).toBeHidden();
  expect((await api.get<{ rules: Rule[] }>("/v1/rules")).rules.map((rule) => rule.name)).toContain(name);
  await row.getByRole("link", { name: to }).click();
  await expect(page).toHaveURL(new RegExp(`/connections/${to}`));
  await api.call("DELETE", `/v1/rules/${name}`);
});

test("a dry run says what cannot be judged and what would not go; rules of the file are not edited here", async ({ page, api }) => {
  test.slow();
  const to = await target(api);
  const name = fresh("rule");
  await api.order({ number: fresh("NULL"), reference: name });
  await api.order({ number: fresh("OFF"), reference: name, cost: 600.5, status: "canceled" });
  await api.post("/v1/rules", { name, to, when: `order.reference == "${name}"`, with: { work_info: '"Lock box " + order.site.lock_code' }, enabled: false });
  // A rules file is named when a hub starts: to what the hub says one of it is added.
  await page.route("**/v1/rules", async (route) => {
    if (route.request().method() !== "GET") return route.fallback();
    const answer = await route.fetch();
    const { rules } = (await answer.json()) as { rules: object[] };
    await route.fulfill({ json: { rules: [...rules, { name: `${name}-file`, from: null, when: "true", to, with: {}, enabled: true, order: 3, source: "file" }] } });
  });
  await visit(page, "/rules");
  await page.getByRole("button", { name: `Dry run: ${name}`, exact: true }).click();
  const dialog = page.getByRole("dialog", { name: `Dry run of ${name}` });
  await expect(dialog.getByText("Cannot be judged")).toBeVisible();
  await expect(dialog.getByText("it is canceled")).toBeVisible();
  await expect(dialog.getByText(/^No order of /)).toBeVisible();
  await accessible(page);
  await dialog.getByRole("button", { name: "Close" }).last().click();
  const fromFile = page.getByRole("row", { name: new RegExp(`${name}-file`) });
  await expect(fromFile).toContainText("From the rules file: edited there");
  await expect(fromFile.getByRole("button")).toHaveText(["Dry run"]);
  await page.setViewportSize({ width: 390, height: 844 });
  await accessible(page);
  await api.call("DELETE", `/v1/rules/${name}`);
  const viewer = fresh("looks");
  await api.post("/v1/users", { name: viewer, password: PASSWORD, role: "viewer" });
  await api.signIn(viewer);
  await page.goto("/rules");
  await expect(page.getByRole("heading", { level: 1, name: "Rules" })).toBeVisible();
  await expect(page.getByRole("main").getByRole("button", { name: /New rule|Edit|Delete/ })).toHaveCount(0);
  await accessible(page);
});
