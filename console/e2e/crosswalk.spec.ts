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

test("a word is found beside one another, too, and nothing that is not there", async ({ page, api }) => {
  await api.get("/v1/session");
  await visit(page, "/crosswalk");
  const table = page.getByRole("region", { name: "All, side by side" });
  await expect(table.getByText("Processed", { exact: true }).first()).toBeVisible();
  const all = await table.locator("tbody tr").count();
  await page.getByRole("searchbox", { name: "Find a word" }).fill("ready for office");
  await expect(table.getByText("Ready for Office", { exact: true }).first()).toBeVisible();
  expect(await table.locator("tbody tr").count()).toBeLessThan(all);
  await page.getByRole("searchbox", { name: "Find a word" }).fill("no-such-word");
  await expect(table.getByText("Nothing here")).toBeVisible();
  await accessible(page);
  await page.getByRole("searchbox", { name: "Find a word" }).fill("");
  await page.getByRole("tab", { name: "Pruvan", exact: true }).click();
  await expect(page.getByRole("link", { name: /^https:\/\/pruvan/ })).toHaveAttribute("rel", /noopener/);
  await page.getByRole("tab", { name: "Pruvan", exact: true }).press("ArrowRight");
  await expect(page.getByRole("tab", { selected: true })).toHaveText("Wialon Remote API");
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(page.getByRole("tab", { selected: true })).toBeInViewport();
  await accessible(page);
});
