import { accessible } from "./both";
import { expect, test, visit } from "./world";

test("every dialect's words beside the ledger's, and one dialect's own tables", async ({ page, api }) => {
  const { dialects } = await api.get<{ dialects: { title: string; statuses: unknown[]; fields: { member: string }[] }[] }>("/v1/crosswalk");
  await visit(page, "/crosswalk");
  for (const dialect of dialects) await expect(page.getByRole("columnheader", { name: dialect.title, exact: true })).toBeVisible();
  await accessible(page);
  const last = dialects.at(-1)!;
  await page.getByRole("tab", { name: last.title, exact: true }).click();
  await expect(page.getByRole("region", { name: "Statuses" }).locator("tbody tr")).toHaveCount(last.statuses.length);
  const member = last.fields[0]!.member;
  await page.getByRole("searchbox", { name: "Find a word" }).fill(member);
  await expect(page.getByRole("region", { name: "Fields" }).locator("tbody tr").first()).toContainText(member);
  await accessible(page);
});
