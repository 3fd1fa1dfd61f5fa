import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { accessible } from "./both";
import { fresh, receiver } from "./receiver";
import { expect, PASSWORD, test, visit } from "./world";

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

test("an administrator downloads a backup, in which the ledger is; others are not offered it", async ({ page, api }) => {
  test.slow();
  await api.order({ number: fresh("KEPT"), title: "In the backup" });
  await visit(page, "/system");
  const started = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download a backup" }).click();
  const download = await started;
  expect(download.suggestedFilename()).toMatch(/\.tar$/);
  const { stdout } = await promisify(execFile)("tar", ["-tvf", await download.path()]);
  const ledger = stdout.split("\n").find((line) => /\.(db|sqlite3?)$/.test(line.trim()));
  expect(ledger, stdout).toBeTruthy();
  expect(Number(ledger!.trim().split(/\s+/)[2])).toBeGreaterThan(10_000);

  const integrator = fresh("integrator");
  await api.post("/v1/users", { name: integrator, password: PASSWORD, role: "integrator" });
  await api.signIn(integrator);
  await page.goto("/system");
  await expect(page.getByText("Journal position")).toBeVisible();
  await expect(page.getByRole("link", { name: "Download a backup" })).toHaveCount(0);
});

test("a reader that is behind says by how much", async ({ page, api }) => {
  const program = await receiver();
  const name = fresh("slow");
  await api.post("/v1/webhooks", { name, url: program.url });
  await api.post(`/v1/webhooks/${name}/pause`);
  for (let count = 0; count < 3; count += 1) await api.order({ number: fresh("LAG") });
  await visit(page, "/system");
  const row = page.getByRole("row", { name: new RegExp(`webhook ${name}`) });
  const lag = async () => (await api.get<{ readers: { name: string; lag: number }[] }>("/v1/system")).readers.find((one) => one.name === `webhook ${name}`)!.lag;
  expect(await lag()).toBeGreaterThanOrEqual(3);
  await expect.poll(async () => Number((await row.getByRole("cell").last().innerText()).replace(/\D/g, ""))).toBeGreaterThanOrEqual(3);
  await api.call("DELETE", `/v1/webhooks/${name}`);
  await program.close();
});

test("figures are drawn with their values, those of the moment that is pointed at", async ({ page, api }) => {
  await visit(page, "/system");
  const { series } = await api.get<{ series: { name: string }[] }>("/v1/system/metrics");
  const memory = page.getByRole("figure", { name: "Memory" });
  await expect(memory).toBeVisible({ timeout: 30_000 });
  await expect(page.locator("figure.chart")).toHaveCount(new Set(series.map((one) => one.name)).size);
  await expect(memory.locator(".values")).toHaveText(/\d+(\.\d+)? [kMG]?B$/);
  await expect(memory.locator("figcaption")).toHaveText(/^Memory\s*$/);
  // What is drawn is more than an empty frame: there are pixels of the line.
  const drawn = () => memory.locator("canvas").evaluate((canvas: HTMLCanvasElement) => canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0));
  await expect.poll(drawn).toBe(true);
  await memory.locator(".plot").hover();
  await expect(memory.locator("figcaption")).toHaveText(/Memory\s*\d+:\d+/);
  await expect(page.getByRole("link", { name: "Everything as Prometheus metrics" })).toHaveAttribute("href", "/metrics");
  await page.setViewportSize({ width: 390, height: 844 });
  await accessible(page);
});
