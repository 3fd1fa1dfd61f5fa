import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { accessible, expect, test, visit, type Api } from "./world";

const unique = () => `C${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`;
const row = (page: Page, number: string) => page.getByRole("row").filter({ hasText: number });
const bar = (page: Page) => page.getByRole("toolbar");

interface Order {
  id: string;
  number: string;
  status: string;
  rush: boolean;
  outcome?: string;
  priority: number | null;
  tags: string[] | null;
  due: string | null;
  unit: number | null;
  service: string | null;
  tasks: { name: string }[];
  site: { address1: string; city: string; latitude: number } | null;
}
const read = (api: Api, id: string) => api.get<Order>(`/v1/orders/${id}`);

async function both(page: Page, scan: () => Promise<void>): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await scan();
  }
}

test("a new order takes a known place and a known service, and the next one goes on from there", async ({ page, api }) => {
  const word = unique();
  const product = await api.call<{ service: string }>("PUT", `/v1/products/${word.toLowerCase()}`, { name: `Gutter check ${word}`, producer: word.toLowerCase() });
  expect(product.service).toBeTruthy();
  await api.order({ number: `${word}-0`, site: { address1: `7 ${word} Ave`, city: "Pflugerville", postal_code: "78660", latitude: 30.44, longitude: -97.62 } });
  const { units } = await api.get<{ units: { id: number; name: string }[] }>("/v1/units?limit=1");
  await visit(page, "/board");
  await page.getByRole("button", { name: "New order" }).click();
  const dialog = page.getByRole("dialog", { name: "New order" });
  // What is suggested is what the hub has.
  const service = dialog.getByLabel("Service");
  const listed = await page.locator(`datalist#${await service.getAttribute("list")} option`).evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value));
  const known = (await api.get<{ services: { name: string }[] }>("/v1/services")).services.map((one) => one.name);
  expect(listed).toEqual(known);
  expect(listed).toContain(`Gutter check ${word}`);
  await service.fill(`Gutter check ${word}`);
  await dialog.getByLabel("Number").fill(`${word}-1`);
  await dialog.getByLabel("Title").fill("First");
  const place = dialog.getByRole("combobox", { name: "A place that is known" });
  await place.fill(word);
  await expect(dialog.getByRole("option", { name: new RegExp(`7 ${word} Ave`) })).toBeVisible();
  await both(page, () => accessible(page));
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(dialog.getByLabel("Address", { exact: true })).toHaveValue(`7 ${word} Ave`);
  await expect(dialog.getByLabel("City")).toHaveValue("Pflugerville");
  await expect(dialog.getByLabel("Latitude")).toHaveValue("30.44");
  await dialog.getByLabel("Unit").selectOption(String(units[0]!.id));
  await dialog.getByLabel("Rush").check();
  await dialog.getByLabel("Tags").fill("a, b");
  for (const task of ["Left out", "Clean"]) {
    await dialog.getByRole("button", { name: "Add a task" }).click();
    await dialog.getByRole("group", { name: /^Task/ }).last().getByLabel("What is to be done").fill(task);
  }
  await dialog.getByRole("button", { name: "Remove task 1" }).click();
  await dialog.getByRole("button", { name: "Create and begin another" }).click();
  await expect(dialog.getByLabel("Number")).toHaveValue("");
  await expect(dialog.getByLabel("City")).toHaveValue("Pflugerville");
  await dialog.getByLabel("Number").fill(`${word}-2`);
  await dialog.getByRole("button", { name: "Create order" }).click();
  await expect(dialog).toBeHidden();
  const made = async (n: number) => (await api.get<{ orders: Order[] }>(`/v1/orders?number=${word}-${n}`)).orders[0]!;
  expect(await made(1)).toMatchObject({ rush: true, tags: ["a", "b"], unit: units[0]!.id, status: "assigned", site: { address1: `7 ${word} Ave`, city: "Pflugerville", latitude: 30.44 }, tasks: [{ name: "Clean" }] });
  expect(await made(2)).toMatchObject({ site: { city: "Pflugerville" }, tasks: [] });
});

test("each thing that can be set is set for many, and taken back", async ({ page, api }) => {
  const word = unique();
  const made = [await api.order({ number: `${word}-1`, due: "2031-01-01T00:00:00Z", tags: ["old"] }), await api.order({ number: `${word}-2`, priority: 3 })];
  await visit(page, `/board?q=${word}`);
  const dialog = page.getByRole("dialog");
  const all = () => Promise.all(made.map((one) => read(api, one.id)));
  const set = async (what: string, fill: () => Promise<unknown>) => {
    await expect(page.getByText("2 orders", { exact: true })).toBeVisible();
    await page.getByRole("checkbox", { name: "All" }).check();
    await bar(page).getByRole("button", { name: "Set" }).click();
    await page.getByRole("menuitem", { name: what }).click();
    await fill();
    await both(page, () => accessible(page));
    await dialog.getByRole("button", { name: "Do it for 2 orders" }).click();
    await expect(dialog).toBeHidden();
  };
  await set("Rush", () => dialog.getByLabel("Rush").selectOption("Yes"));
  expect((await all()).map((one) => one.rush)).toEqual([true, true]);
  await set("Rush", () => dialog.getByLabel("Rush").selectOption("No"));
  expect((await all()).map((one) => one.rush)).toEqual([false, false]);
  await set("Tags", () => dialog.getByLabel("Tags").fill(""));
  expect((await all()).map((one) => one.tags ?? [])).toEqual([[], []]);
  await set("Due", () => dialog.getByLabel("Due").fill(""));
  expect((await all()).map((one) => one.due ?? null)).toEqual([null, null]);
  await set("Priority", () => dialog.getByLabel("Priority").fill(""));
  expect((await all()).map((one) => one.priority ?? null)).toEqual([null, null]);
  // The selection is given up without anything being done.
  await page.getByRole("checkbox", { name: "All" }).check();
  await bar(page).getByRole("button", { name: "Clear the selection" }).click();
  await expect(page.getByRole("button", { name: "New order" })).toBeVisible();
});

test("each step is taken by many at once, with its reason", async ({ page, api }) => {
  test.slow();
  const word = unique();
  const made = [await api.order({ number: `${word}-1` }), await api.order({ number: `${word}-2` })];
  await visit(page, `/board?q=${word}`);
  const dialog = page.getByRole("dialog");
  const states = async () => (await Promise.all(made.map((one) => read(api, one.id)))).map((one) => one.status);
  const step = async (what: string, becomes: string, reason?: string) => {
    await expect(page.getByText("2 orders", { exact: true })).toBeVisible();
    await page.getByRole("checkbox", { name: "All" }).check();
    await bar(page).getByRole("button", { name: "Status" }).click();
    await page.getByRole("menuitem", { name: new RegExp(`^${what}`) }).click();
    if (reason) await dialog.getByLabel("Reason").fill(reason);
    await dialog.getByRole("button", { name: "Do it for 2 orders" }).click();
    await expect(dialog).toBeHidden();
    expect(await states(), what).toEqual([becomes, becomes]);
  };
  for (const [what, becomes, reason] of [
    ["Accept", "accepted"], ["Start", "started"], ["Complete", "completed"], ["Submit", "submitted"], ["Invoice", "invoiced"], ["Close", "closed"], ["Reopen", "received"], ["Reject", "rejected", "Too far"], ["Reopen", "received"], ["Fail", "failed", "Nobody at home"],
  ] as const) await step(what, becomes, reason);
  expect((await read(api, made[0]!.id)).outcome).toBe("Nobody at home");
  await page.getByRole("checkbox", { name: "All" }).check();
  await bar(page).getByRole("button", { name: "Delete" }).click();
  await both(page, () => accessible(page));
  await dialog.getByRole("button", { name: "Do it for 2 orders" }).click();
  await expect(page.getByText("No order fits these filters.")).toBeVisible();
  expect((await api.get<{ orders: Order[] }>(`/v1/orders?q=${word}`)).orders).toEqual([]);
});

test("what was refused is tried again, and one that does not fit is left as it is", async ({ page, api }) => {
  const word = unique();
  const open = await api.order({ number: `${word}-1` });
  const done = await api.order({ number: `${word}-2`, status: "invoiced" });
  await visit(page, `/board?q=${word}`);
  await page.getByRole("checkbox", { name: "All" }).check();
  await bar(page).getByRole("button", { name: "Status" }).click();
  await page.getByRole("menuitem", { name: /^Start/ }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("1 order stands so that this is not possible");
  await dialog.getByRole("button", { name: "Do it for 1 order" }).click();
  await expect(dialog).toBeHidden();
  expect([(await read(api, open.id)).status, (await read(api, done.id)).status]).toEqual(["started", "invoiced"]);
  // The hub refuses once.
  let refuses = true;
  await page.route("**/v1/orders/bulk*", async (route) => {
    if (!refuses) return route.continue();
    refuses = false;
    const lines = (route.request().postData() ?? "").trim().split("\n");
    await route.fulfill({ status: 200, headers: { "Content-Type": "application/x-ndjson" }, body: lines.map((_, index) => JSON.stringify({ index, status: 409, code: "conflict", detail: "Somebody else was first <b>" })).join("\n") });
  });
  await row(page, `${word}-1`).getByRole("checkbox").check();
  await bar(page).getByRole("button", { name: "Set" }).click();
  await page.getByRole("menuitem", { name: "Priority" }).click();
  await dialog.getByLabel("Priority").fill("8");
  await dialog.getByRole("button", { name: "Do it for 1 order" }).click();
  await expect(dialog.getByText("Somebody else was first <b>")).toBeVisible();
  await both(page, () => accessible(page));
  await dialog.getByRole("button", { name: "Try the refused ones again" }).click();
  await expect(dialog).toBeHidden();
  expect((await read(api, open.id)).priority).toBe(8);
});

test("quick filters, sorting and every field of the filter dialog find what they say", async ({ page, api }) => {
  test.slow();
  const word = unique();
  const { units } = await api.get<{ units: { id: number; name: string }[] }>("/v1/units?limit=1");
  const soon = new Date(Date.now() + 60_000).toISOString();
  await api.order({ number: `${word}-plain`, title: word, service: `S${word}`, due: "2031-01-01T00:00:00Z" });
  await api.order({ number: `${word}-unit`, title: word, unit: units[0]!.id, due: "2030-01-01T00:00:00Z" });
  await api.order({ number: `${word}-late`, title: word, due: "2020-01-01T00:00:00Z", rework: true });
  await api.order({ number: `${word}-site`, title: word, due: soon, rush: true, site: { address1: `9 ${word} Ct`, city: "Austin" } });
  await visit(page, `/board?q=${word}`);
  const shows = (...names: string[]) => expect(page.locator('[role="row"] .called a')).toHaveText(names.map((name) => `${word}-${name}`));
  await shows("site", "late", "unit", "plain");
  for (const [button, names] of [["No unit", ["site", "late", "plain"]], ["Due: Today", ["site"]], ["Rush", ["site"]]] as const) {
    await page.getByRole("button", { name: button, exact: true }).click();
    await shows(...names);
    await page.getByRole("button", { name: button, exact: true }).click();
    await shows("site", "late", "unit", "plain");
  }
  const menu = async (item: string) => {
    await page.getByRole("button", { name: "More", exact: true }).click();
    await page.getByRole("menuitemradio", { name: item }).click();
  };
  await menu("Oldest first");
  await shows("plain", "unit", "late", "site");
  await menu("Due first");
  await shows("late", "site", "unit", "plain");
  await menu("Due last");
  await shows("plain", "unit", "site", "late");
  await menu("Newest first");
  await shows("site", "late", "unit", "plain");
  await expect(page).not.toHaveURL(/sort=/);

  const dialog = page.getByRole("dialog", { name: "Filters" });
  const by = async (fill: () => Promise<unknown>, ...names: string[]) => {
    await page.getByRole("button", { name: "Filters", exact: true }).click();
    await fill();
    await dialog.getByRole("button", { name: `Show ${names.length} order${names.length === 1 ? "" : "s"}` }).click();
    await shows(...names);
    await page.getByRole("button", { name: "Filters", exact: true }).click();
    await dialog.getByRole("button", { name: "Clear all" }).click();
    await dialog.getByLabel("Search").fill(word);
    await dialog.getByRole("button", { name: "Show 4 orders" }).click();
  };
  await by(async () => (await dialog.getByLabel("Service").fill(`S${word}`), dialog.getByLabel("Service").press("Tab")), "plain");
  await by(() => dialog.getByLabel("Unit").selectOption({ label: units[0]!.name }), "unit");
  await by(() => dialog.getByLabel("Unit").selectOption({ label: "Any unit" }).catch(() => dialog.getByLabel("Unit").selectOption("any")), "unit");
  await by(() => dialog.getByLabel("Rework").selectOption("true"), "late");
  await by(() => dialog.getByLabel("Rush").selectOption("false"), "late", "unit", "plain");
  await by(() => dialog.getByLabel("Created").selectOption("today"), "site", "late", "unit", "plain");
  await by(() => dialog.getByRole("checkbox", { name: "Assigned" }).check(), "unit");
  await by(() => dialog.getByLabel("Late", { exact: true }).selectOption("true"), "late");
  // Each filter is taken away where it is shown.
  await page.getByRole("button", { name: "Filters", exact: true }).click();
  await dialog.getByLabel("Connection").selectOption({ index: 1 });
  await dialog.getByRole("button", { name: "Show 0 orders" }).click();
  await expect(page.getByText("No order fits these filters.")).toBeVisible();
  await page.getByRole("button", { name: /Remove the filter Connection/ }).click();
  await shows("site", "late", "unit", "plain");
  await by(async () => {
    await dialog.getByRole("combobox", { name: "Site" }).fill(word);
    await dialog.getByRole("option", { name: new RegExp(`9 ${word} Ct`) }).click();
    await both(page, () => accessible(page));
  }, "site");
});

test("saved filters are written over, and stand where they were found", async ({ page, api }) => {
  const name = unique();
  const saved = async () => (await api.get<{ board?: { filters?: { name: string; query: Record<string, string> }[] } }>("/v1/session/preferences")).board?.filters ?? [];
  const save = async (colorScheme: "light" | "dark") => {
    await page.emulateMedia({ colorScheme });
    await page.getByRole("button", { name: "Saved filters" }).click();
    await accessible(page);
    await page.getByRole("menuitem", { name: "Save these filters" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill(name);
    await page.getByRole("button", { name: "Save", exact: true }).click();
  };
  await visit(page, "/board?status=rejected&sort=due");
  await save("light");
  await expect.poll(saved).toEqual([{ name, query: { status: "rejected", sort: "due" } }]);
  await expect(page.getByRole("button", { name: "Saved filters" })).toContainText(name);
  await visit(page, "/board?status=failed");
  await save("dark");
  await expect.poll(saved).toEqual([{ name, query: { status: "failed" } }]);
  await page.getByRole("button", { name: "Saved filters" }).click();
  await page.getByRole("menuitem", { name: "Rename and delete" }).click();
  await both(page, () => accessible(page));
});

test("columns are put in order by dragging, and the selection goes into a file as it is shown", async ({ page, api }) => {
  const word = unique();
  await api.order({ number: `${word}-1`, customer: { name: "Ann" }, title: "not this" });
  await api.order({ number: `${word}-2`, customer: { name: "Bo" }, title: "=2+2" });
  await visit(page, `/board?q=${word}`);
  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: "Columns" }).click();
  const dialog = page.getByRole("dialog", { name: "Columns" });
  await both(page, () => accessible(page));
  const item = (name: string) => dialog.getByRole("listitem").filter({ has: page.getByLabel(name, { exact: true }) });
  for (const name of ["Status", "Address", "Due", "Unit", "Service", "Changed"]) await dialog.getByLabel(name, { exact: true }).uncheck();
  await item("Customer").dragTo(item("Number"));
  await dialog.getByRole("button", { name: "Title: later" }).isDisabled();
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("columnheader").filter({ hasText: /\w/ })).toHaveText(["Customer", "Number", "Title"]);
  await expect.poll(async () => (await api.get<{ board?: { columns?: string[] } }>("/v1/session/preferences")).board?.columns).toEqual(["customer", "number", "title"]);
  await row(page, `${word}-2`).getByRole("checkbox").check();
  await bar(page).getByRole("button", { name: "CSV" }).click();
  await both(page, () => accessible(page));
  const [csv] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download" }).click()]);
  expect((await readFile(await csv.path(), "utf8")).replace("\ufeff", "").trim().split("\r\n")).toEqual(["Customer,Number,Title", `Bo,${word}-2,'=2+2`]);
  for (const [format, name] of [["PDF", ".pdf"], ["CSV", ".csv"]] as const) {
    await bar(page).getByRole("button", { name: "Reports" }).click();
    await page.getByLabel("Format").selectOption(format);
    await both(page, () => accessible(page));
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download 1 report" }).click()]);
    expect(file.suggestedFilename()).toContain(name);
  }
});

test("cards are gone through with arrows, opened and assigned with keys, and come back when the hub says no", async ({ page, api }) => {
  const word = unique();
  const first = await api.order({ number: `${word}-1` });
  await api.order({ number: `${word}-2`, status: "accepted", person: "Bo" });
  await visit(page, `/board?q=${word}&layout=columns`);
  await expect(page.getByRole("button", { name: "Columns by status" })).toHaveAttribute("aria-pressed", "true");
  const column = (name: string) => page.getByRole("region", { name: new RegExp(`^${name}, `) });
  const card = (n: number) => page.getByRole("group", { name: new RegExp(`^${word}-${n}`) });
  await card(1).focus();
  await page.keyboard.press("ArrowRight");
  await expect(card(2)).toBeFocused();
  await page.keyboard.press("ArrowLeft");
  await expect(card(1)).toBeFocused();
  // The hub refuses: the card is where it was, and the reason is said.
  await page.route("**/transitions", (route) => route.fulfill({ status: 409, headers: { "Content-Type": "application/problem+json" }, json: { title: "Not now", detail: "It is locked <i>", status: 409, code: "conflict" } }), { times: 1 });
  await page.keyboard.press("m");
  await page.getByRole("menuitem", { name: "Start" }).click();
  await expect(page.getByText("It is locked <i>")).toBeVisible();
  await expect(column("Received").getByRole("group", { name: new RegExp(`^${word}-1`) })).toBeVisible();
  expect((await read(api, first.id)).status).toBe("received");
  // Dropped where somebody has to be named, it asks who.
  await card(1).dragTo(column("Assigned"));
  const dialog = page.getByRole("dialog", { name: /^Assign/ });
  await both(page, () => accessible(page));
  await dialog.getByLabel("Person").fill("Ana");
  await dialog.getByRole("button", { name: "Do it for 1 order" }).click();
  await expect.poll(async () => (await read(api, first.id)).status).toBe("assigned");
  await expect(column("Assigned").getByRole("group", { name: new RegExp(`^${word}-1`) })).toBeVisible();
  await page.getByRole("button", { name: "Table", exact: true }).click();
  await expect(row(page, `${word}-1`)).toBeVisible();
  await page.getByRole("button", { name: "Columns by status" }).click();
  await expect.poll(async () => (await api.get<{ board?: { layout?: string } }>("/v1/session/preferences")).board?.layout).toBe("columns");
  await card(1).focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(first.id));
});
