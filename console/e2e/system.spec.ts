import { readFile } from "node:fs/promises";
import { accessible } from "./both";
import { expect, test, visit } from "./world";

test("the hub's state, its readers and its figures", async ({ page, api }) => {
  await visit(page, "/system");
  const system = await api.get<{ version: string; readers: { name: string }[] }>("/v1/system");
  await expect(page.getByText(system.version, { exact: true })).toBeVisible();
  expect(system.readers.length).toBeGreaterThan(0);
  for (const reader of system.readers) await expect(page.getByRole("cell", { name: reader.name, exact: true }).first()).toBeVisible();
  await expect(page.getByRole("figure").or(page.locator("figure.chart")).first()).toBeVisible({ timeout: 30_000 });
  await accessible(page);
});

test("the journal's position follows", async ({ page, api }) => {
  await visit(page, "/system");
  const shown = async () => Number((await page.locator("dt", { hasText: "Journal position" }).locator("+ dd").innerText()).replace(/\D/g, ""));
  const before = await shown();
  await api.order({ number: `SYS-${Date.now()}`, title: "Position moves" });
  await expect.poll(shown, { timeout: 20_000 }).toBeGreaterThan(before);
});

test("an administrator downloads a backup", async ({ page, api }) => {
  await api.get("/v1/system");
  await visit(page, "/system");
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download a backup" }).click();
  const file = await (await download).path();
  expect((await readFile(file)).length).toBeGreaterThan(10_000);
});
