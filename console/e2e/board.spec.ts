import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { accessible, expect, test, visit, type Api } from "./world";

const unique = () => `B${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`;
const row = (page: Page, number: string) => page.getByRole("row").filter({ hasText: number });
const chip = (page: Page, status: string) => page.getByRole("group", { name: "Statuses" }).getByRole("button", { name: status });

interface Order {
  id: string;
  number: string;
  status: string;
  title: string | null;
  due: string | null;
  priority: number | null;
  tags: string[] | null;
  person: string | null;
  tasks: { name: string }[];
  site: { address1: string; city: string };
}
const orders = async (api: Api, number: string) => (await api.get<{ orders: Order[] }>(`/v1/orders?number=${number}`)).orders;
const status = async (api: Api, id: string) => (await api.get<Order>(`/v1/orders/${id}`)).status;

test("a new order is in the ledger, and what is wrong with it is said at its field", async ({ page, api }) => {
  const number = unique();
  await visit(page, "/board");
  await page.getByRole("button", { name: "New order" }).click();
  const dialog = page.getByRole("dialog", { name: "New order" });
  await accessible(page);
  await dialog.getByLabel("Number").fill(number);
  await dialog.getByLabel("Title").fill("Gate does not close");
  await dialog.getByLabel("Priority").fill("500");
  await dialog.getByLabel("Address", { exact: true }).fill("1100 Congress Ave");
  await dialog.getByLabel("City").fill("Austin");
  await dialog.getByLabel("Due").fill("2031-05-06T14:30");
  await dialog.getByRole("button", { name: "Add a task" }).click();
  await dialog.getByLabel("What is to be done").fill("Grease the hinge");
  await dialog.getByRole("button", { name: "Create order" }).click();
  const priority = dialog.getByLabel("Priority");
  await expect(priority).toHaveAttribute("aria-invalid", "true");
  await expect(priority).toBeFocused();
  await expect(priority).toHaveAccessibleDescription(/must be from 1 to 99/);
  expect(await orders(api, number)).toHaveLength(0);
  await priority.fill("7");
  await dialog.getByRole("button", { name: "Create order" }).click();
  await expect(dialog).toBeHidden();
  await expect(row(page, number)).toContainText("Gate does not close");
  const [made] = await orders(api, number);
  expect(made).toMatchObject({ title: "Gate does not close", priority: 7, site: { address1: "1100 Congress Ave", city: "Austin" } });
  expect(made?.tasks[0]?.name).toBe("Grease the hinge");
  // In the zone of whoever sits there: Chicago, summer time.
  expect(Date.parse(made?.due ?? "")).toBe(Date.parse("2031-05-06T19:30:00Z"));
});

test("orders are found as one types, by anything, and the link says what is shown", async ({ page, api }) => {
  const word = unique();
  await api.order({ number: `${word}-1`, site: { address1: "12 Rio Grande St", city: "Austin" }, customer: { name: "Zoë Quispe" } });
  await api.order({ number: `${word}-2`, title: `Roof ${word}`, rush: true });
  await api.order({ number: `${word}-3`, status: "completed" });
  await visit(page, "/board");
  const search = page.getByRole("searchbox", { name: /Find an order/ });
  await search.pressSequentially(word);
  await expect(page.getByText("3 orders", { exact: true })).toBeVisible();
  await expect(page).toHaveURL(new RegExp(`q=${word}`));
  await expect(row(page, `${word}-1`)).toBeVisible();
  await search.fill(`${word.toLowerCase()} zoe`);
  await expect(page.getByText("1 order", { exact: true })).toBeVisible();
  await search.fill(word);
  await chip(page, "Completed").click();
  await expect(page).toHaveURL(/status=completed/);
  await expect(page.getByText("1 order", { exact: true })).toBeVisible();
  await expect(row(page, `${word}-3`)).toBeVisible();
  await expect(row(page, `${word}-1`)).toBeHidden();
  await chip(page, "Received").click({ modifiers: ["Control"] });
  await expect(page.getByText("3 orders", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Rush", exact: true }).click();
  await expect(page.getByText("1 order", { exact: true })).toBeVisible();
  // The link is all there is to it.
  await page.reload();
  await expect(row(page, `${word}-2`)).toBeVisible();
  await expect(row(page, `${word}-1`)).toBeHidden();
  await page.getByRole("button", { name: "Rush", exact: true }).click();
  await chip(page, "All").click();
  await expect(page.getByText("3 orders", { exact: true })).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(/status=/);
  await search.fill(`${word} nowhere`);
  await expect(page.getByText("No order fits these filters.")).toBeVisible();
  await accessible(page);
  await page.getByRole("main").getByRole("button", { name: "Clear filters" }).click();
  await expect(page).toHaveURL(/\/board$/);
});

test("every filter is in the dialog", async ({ page, api }) => {
  const word = unique();
  await api.order({ number: `${word}-a`, title: word, tags: [word], due: "2031-02-03T12:00:00Z" });
  await api.order({ number: `${word}-b`, title: word, due: "2031-02-09T12:00:00Z" });
  await visit(page, `/board?q=${word}`);
  await expect(page.getByText("2 orders", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Filters", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Filters" });
  await accessible(page);
  await dialog.getByLabel("Due").selectOption("From … until …");
  await dialog.getByLabel("From").fill("2031-02-03");
  await dialog.getByLabel("Until").fill("2031-02-03");
  await expect(dialog.getByRole("button", { name: "Show 1 order" })).toBeVisible();
  await dialog.getByLabel("Until").fill("2031-02-09");
  await expect(dialog.getByRole("button", { name: "Show 2 orders" })).toBeVisible();
  await dialog.getByLabel("Tag").fill(word);
  await dialog.getByLabel("Came in as").selectOption("native");
  await dialog.getByLabel("Unit").selectOption("No unit");
  await dialog.getByRole("button", { name: "Show 1 order" }).click();
  await expect(row(page, `${word}-a`)).toBeVisible();
  await expect(row(page, `${word}-b`)).toBeHidden();
  await expect(page).toHaveURL(/due=2031-02-03\.\.2031-02-09/);
});

test("filters are saved by name, chosen, renamed and deleted", async ({ page, api }) => {
  const name = unique();
  const kept = async () => (await api.get<{ board?: { filters?: { name: string }[] } }>("/v1/session/preferences")).board?.filters?.map((one) => one.name) ?? [];
  await visit(page, "/board?rush=true&status=received");
  await page.getByRole("button", { name: "Saved filters" }).click();
  await page.getByRole("menuitem", { name: "Save these filters" }).click();
  await page.getByLabel("Name").fill(name);
  await accessible(page);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect.poll(kept).toContain(name);
  await page.goto("/board");
  await page.getByRole("button", { name: "Saved filters" }).click();
  await page.getByRole("menuitemradio", { name }).click();
  await expect(page).toHaveURL(/status=received.*rush=true|rush=true.*status=received/);
  await page.getByRole("button", { name: "Saved filters" }).click();
  await page.getByRole("menuitem", { name: "Rename and delete" }).click();
  await page.getByLabel(`Rename ${name}`).fill(`${name} too`);
  await page.getByLabel(`Rename ${name}`).press("Tab");
  await expect.poll(kept).toContain(`${name} too`);
  await page.getByRole("button", { name: `Delete ${name} too` }).click();
  await expect.poll(kept).not.toContain(`${name} too`);
});

test("columns are chosen and put in order, and stay so", async ({ page, api }) => {
  void api;
  await visit(page, "/board");
  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: "Columns" }).click();
  const dialog = page.getByRole("dialog", { name: "Columns" });
  await accessible(page);
  await dialog.getByRole("button", { name: "As it was" }).click();
  await dialog.getByLabel("Customer", { exact: true }).uncheck();
  await dialog.getByLabel("Client status", { exact: true }).check();
  await dialog.getByRole("button", { name: "Status: earlier", exact: true }).click();
  await dialog.getByRole("button", { name: "Done" }).click();
  const heads = page.getByRole("columnheader").filter({ hasText: /\w/ });
  const wanted = ["Status", "Number", "Title", "Address", "Due", "Unit", "Service", "Changed", "Client status"];
  await expect(heads).toHaveText(wanted);
  await page.reload();
  await expect(heads).toHaveText(wanted);
  await page.getByRole("button", { name: "Due", exact: true }).click();
  await expect(page).toHaveURL(/sort=due/);
  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: "Columns" }).click();
  await dialog.getByRole("button", { name: "As it was" }).click();
});

test("the keyboard goes through the list, selects and opens", async ({ page, api }) => {
  const word = unique();
  for (const n of [1, 2, 3]) await api.order({ number: `${word}-${n}` });
  await visit(page, `/board?q=${word}`);
  await expect(page.getByText("3 orders", { exact: true })).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.press("Enter");
  await page.keyboard.press("x");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Shift+X");
  await expect(page.getByRole("toolbar")).toContainText("3 orders selected");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/orders\//);
});

test("orders come, change and go before one's eyes", async ({ page, api }) => {
  const word = unique();
  const first = await api.order({ number: `${word}-1`, title: "before" });
  await visit(page, `/board?q=${word}&status=received,assigned`);
  await expect(row(page, `${word}-1`)).toContainText("before");
  await api.order({ number: `${word}-2` });
  await expect(row(page, `${word}-2`)).toBeVisible();
  await expect(page.getByText("2 orders", { exact: true })).toBeVisible();
  await api.call("PATCH", `/v1/orders/${first.id}`, { title: "after" });
  await expect(row(page, `${word}-1`)).toContainText("after");
  // What fits no more stays where it is until one asks.
  await api.post(`/v1/orders/${first.id}/transitions`, { transition: "complete" });
  await expect(row(page, `${word}-1`)).toContainText("Completed");
  await page.getByRole("button", { name: "1 no longer fits" }).click();
  await expect(row(page, `${word}-1`)).toBeHidden();
  // Sorted otherwise, what is new waits as well.
  await page.goto(`/board?q=${word}&status=received&sort=due`);
  await expect(row(page, `${word}-2`)).toBeVisible();
  await api.order({ number: `${word}-3` });
  await page.getByRole("button", { name: "1 new" }).click();
  await expect(row(page, `${word}-3`)).toBeVisible();
});

test("a card is moved where the life cycle allows, by dragging and by its menu", async ({ page, api }) => {
  const word = unique();
  const order = await api.order({ number: `${word}-1`, person: "Ana" });
  const done = await api.order({ number: `${word}-2`, status: "invoiced" });
  await visit(page, `/board?q=${word}&layout=columns`);
  const column = (name: string) => page.getByRole("region", { name: new RegExp(`^${name}, `) });
  const card = (name: string, number: string) => column(name).getByRole("group", { name: number });
  await accessible(page);
  await card("Assigned", `${word}-1`).dragTo(column("On site"));
  await expect(card("On site", `${word}-1`)).toBeVisible();
  await expect.poll(() => status(api, order.id)).toBe("started");
  await card("On site", `${word}-1`).focus();
  await page.keyboard.press("m");
  await page.getByRole("menuitem", { name: "Complete" }).click();
  await expect(card("Completed", `${word}-1`)).toBeVisible();
  await expect.poll(() => status(api, order.id)).toBe("completed");
  // What is invoiced is not called off: nothing is asked of the hub.
  await card("Invoiced", `${word}-2`).dragTo(column("Canceled"));
  await expect(page.getByText(/From Invoiced, .* cannot become Canceled/)).toBeVisible();
  expect(await status(api, done.id)).toBe("invoiced");
  // Somebody else's move is seen, too.
  await api.post(`/v1/orders/${order.id}/transitions`, { transition: "close" });
  await expect(card("Closed", `${word}-1`)).toBeVisible();
  await expect(column("Closed")).toContainText(/1/);
});

test("a move that needs a word asks for it", async ({ page, api }) => {
  const word = unique();
  const order = await api.order({ number: word });
  await visit(page, `/board?q=${word}&layout=columns`);
  await page.getByRole("button", { name: `Move ${word}` }).click();
  await page.getByRole("menuitem", { name: "Fail" }).click();
  await page.getByLabel("Reason").fill("Nobody at home");
  await page.getByRole("button", { name: "Do it for 1 order" }).click();
  await expect.poll(() => status(api, order.id)).toBe("failed");
  expect((await api.get<{ outcome: string }>(`/v1/orders/${order.id}`)).outcome).toBe("Nobody at home");
});

test("one thing is done to many orders, with an outcome for each", async ({ page, api }) => {
  const word = unique();
  const made: { id: string }[] = [];
  for (const n of [1, 2, 3]) made.push(await api.order({ number: `${word}-${n}` }));
  await visit(page, `/board?q=${word}`);
  const bar = page.getByRole("toolbar");
  const selectAll = async () => {
    await expect(page.getByText("3 orders", { exact: true })).toBeVisible();
    await page.getByRole("checkbox", { name: "All" }).check();
    await expect(bar).toContainText("3 orders selected");
  };
  const dialog = page.getByRole("dialog");
  const all = () => Promise.all(made.map((order) => api.get<Order & { unit: number }>(`/v1/orders/${order.id}`)));
  await selectAll();
  await accessible(page);
  await bar.getByRole("button", { name: "Assign" }).click();
  await expect(dialog.getByLabel("Unit").locator("option").nth(1)).toBeAttached();
  await dialog.getByLabel("Unit").selectOption({ index: 1 });
  await dialog.getByLabel("Person").fill("Ana");
  await accessible(page);
  await dialog.getByRole("button", { name: "Do it for 3 orders" }).click();
  await expect(dialog).toBeHidden();
  expect((await all()).map((order) => [order.person, order.status, order.unit > 0])).toEqual(Array(3).fill(["Ana", "assigned", true]));

  await selectAll();
  await bar.getByRole("button", { name: "Set" }).click();
  await page.getByRole("menuitem", { name: "Due" }).click();
  await dialog.getByLabel("Due").fill("2031-05-06T14:30");
  await dialog.getByRole("button", { name: "Do it for 3 orders" }).click();
  await expect(dialog).toBeHidden();
  await selectAll();
  await bar.getByRole("button", { name: "Set" }).click();
  await page.getByRole("menuitem", { name: "Priority" }).click();
  await dialog.getByLabel("Priority").fill("9");
  await dialog.getByRole("button", { name: "Do it for 3 orders" }).click();
  await expect(dialog).toBeHidden();
  expect((await all()).map((order) => [Date.parse(order.due ?? ""), order.priority])).toEqual(Array(3).fill([Date.parse("2031-05-06T19:30:00Z"), 9]));

  // One that is gone by then is told, the others are done.
  await selectAll();
  await bar.getByRole("button", { name: "Set" }).click();
  await page.getByRole("menuitem", { name: "Tags" }).click();
  await dialog.getByLabel("Tags").fill("north, keys");
  await api.call("DELETE", `/v1/orders/${made[0]!.id}`);
  await dialog.getByRole("button", { name: /Do it for/ }).click();
  await expect(dialog.getByText("1 refused")).toBeVisible();
  await expect(dialog.getByText("2 done")).toBeVisible();
  await expect(dialog.getByRole("listitem")).toContainText(`${word}-1`);
  await accessible(page);
  await dialog.getByRole("button", { name: "Done" }).click();
  expect((await api.get<Order>(`/v1/orders/${made[1]!.id}`)).tags).toEqual(["north", "keys"]);

  await row(page, `${word}-2`).getByRole("checkbox").check();
  await row(page, `${word}-3`).getByRole("checkbox").check();
  await bar.getByRole("button", { name: "Status" }).click();
  await page.getByRole("menuitem", { name: "Complete" }).click();
  await dialog.getByRole("button", { name: "Do it for 2 orders" }).click();
  await expect(dialog).toBeHidden();
  expect(await status(api, made[1]!.id)).toBe("completed");
  await row(page, `${word}-2`).getByRole("checkbox").check();
  await bar.getByRole("button", { name: "Cancel orders" }).click();
  await dialog.getByRole("button", { name: "Do it for 1 order" }).click();
  await expect(dialog).toBeHidden();
  expect(await status(api, made[1]!.id)).toBe("canceled");
});

test("everything that is found can be selected, however much of it is in sight", async ({ page, api }) => {
  const word = unique();
  await api.post("/v1/orders", Array.from({ length: 250 }, (_, n) => ({ number: `${word}-${n}`, priority: 1 })));
  await visit(page, `/board?q=${word}&sort=serial`);
  await expect(page.getByText("250 orders", { exact: true })).toBeVisible();
  await page.getByRole("checkbox", { name: "All" }).check();
  await page.getByRole("button", { name: "Select all 250" }).click();
  const bar = page.getByRole("toolbar");
  await expect(bar).toContainText("250 orders selected");
  await bar.getByRole("button", { name: "Set" }).click();
  await page.getByRole("menuitem", { name: "Priority" }).click();
  await page.getByRole("dialog").getByLabel("Priority").fill("44");
  await page.getByRole("button", { name: "Do it for 250 orders" }).click();
  await expect(page.getByRole("dialog")).toBeHidden();
  const { orders } = await api.get<{ orders: Order[] }>(`/v1/orders?q=${word}&limit=1000`);
  expect(orders.map((order) => order.priority)).toEqual(Array(250).fill(44));
  // The last of them comes when one goes there.
  await page.getByRole("grid").focus();
  await expect(async () => {
    await page.keyboard.press("End");
    await expect(row(page, `${word}-249`)).toBeVisible({ timeout: 500 });
  }).toPass();
});

test("what is shown is exported, and reports are downloaded", async ({ page, api }) => {
  const word = unique();
  await api.order({ number: `${word}-1`, title: "=1+1", customer: { name: 'Ann "B", C' } });
  await api.order({ number: `${word}-2` });
  await visit(page, `/board?q=${word}`);
  await expect(page.getByText("2 orders", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: "Export as CSV" }).click();
  const [csv] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download" }).click()]);
  const text = await readFile(await csv.path(), "utf8");
  expect(text).toContain("\ufeffNumber,Status,Title");
  expect(text).toContain(`${word}-1,received,'=1+1,"Ann ""B"", C"`);
  expect(text.trim().split("\r\n")).toHaveLength(3);
  await page.getByRole("checkbox", { name: "All" }).check();
  await page.getByRole("button", { name: "Reports" }).click();
  await page.getByLabel("Format").selectOption("JSON");
  const [zip] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download 2 reports" }).click()]);
  expect(zip.suggestedFilename()).toBe("reports.zip");
});

test("hostile texts are texts", async ({ page, api }) => {
  const word = unique();
  const hostile = `<img src=x onerror="document.title='${word}'"><script>document.title='${word}'</script>{{1}}`;
  await api.order({ number: `${word}"><svg onload=1>`, title: hostile, customer: { name: hostile }, person: hostile, site: { address1: hostile, city: "\u202Eniarg" }, client_status: hostile, service: hostile, tags: [hostile] });
  await api.order({ number: `${word}-${"long".repeat(200)}`, title: "W".repeat(5000) });
  for (const layout of ["table", "columns"]) {
    await visit(page, `/board?q=${word}&layout=${layout}`);
    await expect(page.getByText("2 orders", { exact: true })).toBeVisible();
    await expect(page.getByText(hostile).first()).toBeVisible();
    await expect(page.getByRole("main").locator("img, script")).toHaveCount(0);
    await expect(page).toHaveTitle(/Docket/);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  }
  await visit(page, `/board?q=${encodeURIComponent(hostile)}&tag=${encodeURIComponent(hostile)}`);
  await expect(page.getByRole("button", { name: /Remove the filter Tag/ })).toBeVisible();
  await expect(page.getByRole("main").locator("img, script")).toHaveCount(0);
});

test("who may only look is offered nothing else", async ({ api, browser, hub }) => {
  const name = unique().toLowerCase();
  await api.post("/v1/users", { name, password: "looks only 4 now", role: "viewer" });
  const context = await browser.newContext({ baseURL: hub });
  const page = await context.newPage();
  await context.request.post(`${hub}/v1/session`, { data: { name, password: "looks only 4 now" } });
  await visit(page, "/board");
  await expect(page.getByRole("row").nth(2)).toBeVisible();
  await expect(page.getByRole("button", { name: "New order" })).toBeHidden();
  // What is looked at may be taken along.
  await page.getByRole("checkbox", { name: "All" }).check();
  await expect(page.getByRole("toolbar").getByRole("button", { name: "CSV" })).toBeVisible();
  await expect(page.getByRole("toolbar").getByRole("button", { name: /Assign|Status|Set|Cancel|Delete/ })).toHaveCount(0);
  await visit(page, "/board?layout=columns");
  await expect(page.getByRole("region", { name: /^Received/ })).toBeVisible();
  await expect(page.getByRole("button", { name: /^Move / })).toHaveCount(0);
  await context.close();
});

test("on a phone orders are cards", async ({ page, api }) => {
  const word = unique();
  await api.order({ number: word, title: "On a small screen", rush: true });
  await page.setViewportSize({ width: 390, height: 844 });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await visit(page, `/board?q=${word}`);
    await expect(row(page, word)).toContainText("On a small screen");
    await expect(page.getByRole("columnheader")).toHaveCount(0);
    await accessible(page);
  }
  await row(page, word).click();
  await expect(page).toHaveURL(/\/orders\//);
});

test("the board reads well in the dark", async ({ page, api }) => {
  void api;
  await page.emulateMedia({ colorScheme: "dark" });
  await visit(page, "/board");
  await expect(page.getByRole("row").nth(3)).toBeVisible();
  await accessible(page);
  await visit(page, "/board?layout=columns");
  await expect(page.getByRole("group", { name: /GC-|WO-|#/ }).first()).toBeVisible();
  await accessible(page);
});
