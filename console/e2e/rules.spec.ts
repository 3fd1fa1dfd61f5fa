import { fresh } from "./receiver";
import { accessible } from "./both";
import { expect, test, visit, type Api } from "./world";

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
