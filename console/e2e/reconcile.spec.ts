import { accessible } from "./both";
import { compared, landOffice, owed, remoteSystem, workOrder } from "./counterpart";
import { fresh } from "./receiver";
import { expect, test, visit, type Api } from "./world";

interface Report {
  counts: Record<string, number>;
  compared: { ended: string | null } | null;
}

/** A connection that calls this very hub, as somebody else's system would be called. */
async function mirror(api: Api) {
  const there = fresh("there");
  const { credentials } = await api.post<{ credentials: Record<string, string> }>("/v1/connections", { name: there, dialect: "mews", role: "serve", settings: {} });
  const name = fresh("here");
  const settings = { url: credentials["url"], client_token: credentials["client_token"], access_token: credentials["access_token"], poll_s: 86400 };
  await api.post("/v1/connections", { name, dialect: "mews", role: "connect", settings });
  const pulled = async () => (await api.get<{ health: { pulled: unknown } }>(`/v1/connections/${name}`)).health.pulled;
  await expect.poll(pulled, { timeout: 30_000 }).not.toBeNull();
  return name;
}

test("both sides are compared when somebody asks", async ({ page, api }) => {
  const name = await mirror(api);
  const report = () => api.get<Report>(`/v1/reconcile/${name}`);
  await visit(page, `/connections/${name}?tab=reconcile`);
  await expect(page.getByText("Never compared so far.")).toBeVisible();
  await page.getByRole("button", { name: "Compare now" }).click();
  await expect.poll(async () => (await report()).compared?.ended ?? null, { timeout: 30_000 }).not.toBeNull();
  await expect(page.getByText(/^Compared \d+ orders?/)).toBeVisible();
  await expect(page.getByText("Both sides agree: nothing differs.")).toBeVisible();
  await accessible(page);
});

test("what differs, is missing here and was not delivered is set out by kind and field, and said anew: one, some, all", async ({ page, api }) => {
  test.slow();
  const { system, name, connect, close } = await remoteSystem(api);
  const [moved, done, strange] = [1, 2, 3].map((at) => `${name}-${at}`) as [string, string, string];
  system.orders = [workOrder(moved), workOrder(done)];
  system.refusal = "no room for <b>photos</b>";
  await connect();
  const find = async (number: string) => (await api.get<{ orders: { id: string; serial: number; site: { city: string } }[] }>(`/v1/orders?number=${number}`)).orders[0];
  await expect.poll(() => find(done), { timeout: 30_000 }).toBeTruthy();
  const { id } = (await find(done))!;
  await api.post(`/v1/orders/${id}/notes`, { id: "n1", text: "Mowed" });
  await api.post(`/v1/orders/${id}/transitions`, { transition: "complete" });
  await expect.poll(async () => (await owed(api, name))[0]?.status, { timeout: 30_000 }).toBe("error");
  system.orders = [workOrder(moved, "<b>Dallas</b>"), workOrder(done), workOrder(strange)];

  await visit(page, `/connections/${name}?tab=reconcile`);
  await page.getByRole("button", { name: "Compare now" }).click();
  const table = page.getByRole("tabpanel").getByRole("table").first();
  await expect(table.getByRole("link", { name: moved })).toBeVisible({ timeout: 30_000 });
  expect((await api.get<Report>(`/v1/reconcile/${name}`)).counts).toEqual({ differs: 1, missing_here: 1, undelivered: 1 });
  await expect(table.getByRole("row", { name: new RegExp(moved) }).getByRole("row", { name: "city <b>Dallas</b> Austin" })).toBeVisible();
  await expect(table.getByText(/uploadPictures: no room for <b>photos<\/b>/)).toBeVisible();
  await expect(table.getByText(strange).first()).toBeVisible();
  await accessible(page);

  await page.getByRole("button", { name: "1 Not delivered" }).click();
  await expect(table.getByRole("link", { name: moved })).toHaveCount(0);
  await expect(table.getByRole("link", { name: done })).toBeVisible();
  await page.getByRole("button", { name: "3 Everything" }).click();
  await expect(table.getByRole("link", { name: moved })).toBeVisible();

  // One: it is owed again, and taken as soon as there is room.
  system.refusal = "";
  const told = system.asked("uploadPictures");
  await table.getByRole("row", { name: new RegExp(done) }).getByRole("button", { name: "Repush" }).click();
  await expect.poll(() => system.asked("uploadPictures")).toBeGreaterThan(told);
  await expect.poll(async () => (await owed(api, name)).map((one) => one.status), { timeout: 30_000 }).toEqual(["synced"]);
  await expect(table.getByRole("link", { name: done })).toHaveCount(0);

  // Some.
  await table.getByRole("checkbox", { name: `Select ${moved}` }).check();
  await page.getByRole("button", { name: "Repush (1)" }).click();
  await expect.poll(async () => (await owed(api, name)).length, { timeout: 30_000 }).toBe(2);

  // All: of what is not here news are looked for.
  await expect(page.getByRole("button", { name: "Repush all" })).toBeVisible();
  await page.getByRole("button", { name: "Repush all" }).click();
  const sure = page.getByRole("dialog", { name: "Say everything in this report anew?" });
  await accessible(page);
  await sure.getByRole("button", { name: "Repush all" }).click();
  await expect.poll(() => find(strange), { timeout: 30_000 }).toBeTruthy();
  await expect.poll(async () => (await find(moved))?.site.city, { timeout: 30_000 }).toBe("<b>Dallas</b>");
  await page.getByRole("button", { name: "Compare now" }).click();
  await expect(page.getByText("Both sides agree: nothing differs.")).toBeVisible({ timeout: 30_000 });
  expect((await api.get<Report>(`/v1/reconcile/${name}`)).counts).toEqual({});
  await close();
});

test("what should be there and is not, is missing there until it is found again", async ({ page, api, hub }) => {
  test.slow();
  const land = await landOffice(api, hub);
  const order = await land.order();
  await expect.poll(async () => (await owed(api, land.name))[0]?.status, { timeout: 30_000 }).toBe("synced");
  land.office.forgets = true;
  expect((await compared(api, land.name)).counts).toEqual({ missing_there: 1 });
  await visit(page, `/connections/${land.name}?tab=reconcile`);
  const row = page.getByRole("tabpanel").getByRole("row", { name: new RegExp(order.number) });
  await expect(row.getByText("Missing there")).toBeVisible();
  const before = (await owed(api, land.name))[0]!.wanted;
  await row.getByRole("button", { name: "Repush" }).click();
  await expect(page.getByText("1 order is said anew.")).toBeVisible();
  await expect.poll(async () => { const [one] = await owed(api, land.name); return one!.status === "synced" && one!.wanted >= before; }, { timeout: 30_000 }).toBe(true);
  expect(land.office.ordered.length, "nothing is ordered twice").toBe(2);
  land.office.forgets = false;
  await page.getByRole("button", { name: "Compare now" }).click();
  await expect.poll(async () => (await api.get<Report>(`/v1/reconcile/${land.name}`)).counts["missing_there"] ?? 0, { timeout: 30_000 }).toBe(0);
  await land.close();
});

test("what has been owed for an hour is stale", async ({ page, api }) => {
  const name = await mirror(api);
  await compared(api, name);
  // An hour would have to pass: to what the hub says one row is added.
  const at = new Date(Date.now() - 4_000_000).toISOString();
  await page.route(`**/v1/reconcile/${name}?*`, async (route) => {
    const answer = await route.fetch();
    const report = (await answer.json()) as { counts: object; differences: unknown[] };
    const stale = { kind: "stale", order: 19, since: at, seen: at, number: "STALE-19", delivery: "queued", error: "down <script>alert(1)</script>" };
    await route.fulfill({ json: { ...report, counts: { ...report.counts, stale: 1 }, differences: [...report.differences, stale] } });
  });
  await visit(page, `/connections/${name}?tab=reconcile`);
  const row = page.getByRole("tabpanel").getByRole("row", { name: /STALE-19/ });
  await expect(row.getByText("Stale", { exact: true })).toBeVisible();
  await expect(row.getByText("down <script>alert(1)</script>")).toBeVisible();
  await expect(page.getByRole("button", { name: "1 Stale" })).toBeVisible();
});

test("a comparison that cannot be made says why", async ({ page, api }) => {
  const name = fresh("gone");
  await api.post("/v1/connections", { name, dialect: "mews", role: "connect", settings: { url: "http://127.0.0.1:9", client_token: "c".repeat(32), access_token: "a".repeat(32), poll_s: 86400 } });
  await visit(page, `/connections/${name}?tab=reconcile`);
  await page.getByRole("button", { name: "Compare now" }).click();
  await expect(page.getByRole("tabpanel").locator(".notice.danger")).toBeVisible({ timeout: 40_000 });
  await accessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await accessible(page);
});
