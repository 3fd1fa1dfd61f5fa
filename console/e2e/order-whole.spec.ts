import { readFile } from "node:fs/promises";
import { field, HOSTILE, open, order, PIXEL, read } from "./order";
import { accessible, expect, test, visit } from "./world";

test("charges, check-ins and questions", async ({ page, api }) => {
  const { id } = await order(api);
  await open(page, `${id}?tab=work`);
  const charges = page.getByRole("region", { name: "Charges" });
  await charges.getByRole("button", { name: "Add a charge" }).click();
  await page.getByLabel("Part of").selectOption("bid");
  await page.getByLabel("What is charged").fill(HOSTILE);
  await page.getByLabel("Quantity").fill("2");
  await page.getByLabel("Price of one").fill("19.5");
  await accessible(page);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(charges).toContainText("39.00");
  await charges.getByRole("button", { name: `Change ${HOSTILE}` }).click();
  await page.getByLabel("Quantity").fill("3");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(charges).toContainText("58.50");

  const checkIns = page.getByRole("region", { name: "Check-ins" });
  await checkIns.getByRole("button", { name: "Check in" }).click();
  await page.getByLabel("Latitude").fill("30.26");
  await page.getByRole("dialog").getByRole("button", { name: "Check in" }).click();
  await expect(checkIns).toContainText("1.1 km from the site");

  await page.getByRole("button", { name: "Move on" }).click();
  await page.getByRole("menuitem", { name: "Ask a question" }).click();
  await page.getByLabel("The question").fill("Cut the tree?");
  await page.getByLabel("Choice 1").fill("Yes, cut");
  await page.getByLabel("Choice 2").fill(HOSTILE);
  await page.getByRole("dialog").getByRole("button", { name: "Ask a question" }).click();
  await expect(page.locator(".order-head").getByText("Waiting")).toBeVisible();
  const questions = page.getByRole("region", { name: "Questions" });
  await questions.getByRole("button", { name: HOSTILE }).click();
  await expect(questions).toContainText(`chose “${HOSTILE}”`);
  const now = await read(api, id);
  expect(now.charges).toMatchObject([{ charge: "bid", description: HOSTILE, quantity: 3, unit_price: 19.5 }]);
  expect(now.check_ins).toMatchObject([{ point: { latitude: 30.26 } }]);
  expect(now.questions).toMatchObject([{ message: "Cut the tree?", answer: { choice: "2" } }]);
});

test("the timeline is live, filtered, and a way into the past", async ({ page, api }) => {
  const { id } = await order(api, { reference: "one" });
  await open(page, id);
  await expect(page.locator(".live")).toHaveAttribute("data-state", "open");
  const timeline = page.getByRole("region", { name: "Timeline" });
  await expect(timeline.locator(".entry")).toHaveCount(1);
  await api.call("PATCH", `/v1/orders/${id}`, { reference: "two" });
  await expect(timeline.locator(".entry")).toHaveCount(2);
  await api.post(`/v1/orders/${id}/transitions`, { transition: "accept" });
  await expect(timeline.locator(".entry")).toHaveCount(3);
  await timeline.getByLabel("What", { exact: true }).selectOption("moves");
  await expect(timeline.locator(".entry")).toHaveCount(2);
  await timeline.getByLabel("What", { exact: true }).selectOption("fields");
  await expect(timeline.locator(".entry").first()).toContainText("Reference one → two");
  await timeline.getByLabel("What", { exact: true }).selectOption("refused");
  await expect(timeline).toContainText("No entry fits this filter");
  await timeline.getByLabel("What", { exact: true }).selectOption("all");
  await timeline.getByLabel("Who", { exact: true }).selectOption({ label: api.name });
  await expect(timeline.locator(".entry")).toHaveCount(3);

  const slider = page.getByRole("slider", { name: "Moment in the order's history" });
  await slider.focus();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await expect(page.getByRole("status").filter({ hasText: "The order as it stood on" })).toBeVisible();
  await expect(field(page, "reference").locator(".text")).toHaveText("one");
  await expect(field(page, "reference")).toContainText("Now: two");
  await expect(page.locator(".order-head").getByText("Received")).toBeVisible();
  await expect(page.getByRole("button", { name: /^Edit:/ })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Move on" })).toBeHidden();
  await accessible(page);
  await page.keyboard.press("]");
  await expect(field(page, "reference").locator(".text")).toHaveText("two");
  await page.getByRole("button", { name: "Back to now" }).click();
  await expect(page.locator(".order-head").getByText("Accepted")).toBeVisible();
  await timeline.getByRole("button", { name: /See the order then/ }).last().click();
  await expect(page).toHaveURL(/at=\d+/);
  await page.keyboard.press("Escape");
  await expect(page).not.toHaveURL(/at=/);
});

test("five faces, side by side, with what each does not say", async ({ page, api }) => {
  const { id } = await order(api, { title: "Zebra fence", tags: ["blue"] });
  await open(page, `${id}?tab=faces`);
  const face = (dialect: string) => page.getByRole("article", { name: dialect });
  for (const dialect of ["ppw", "pruvan", "wialon", "mews", "planviewer"]) await expect(face(dialect)).toBeVisible();
  await expect(face("wialon")).toContainText("Zebra fence");
  await face("planviewer").getByText(/this face does not say/).click();
  await expect(face("planviewer").locator(".losses")).toContainText("Tags");
  await accessible(page);
  await page.getByRole("button", { name: "As sent" }).click();
  await expect(face("planviewer").locator("pre")).toContainText(`{"uuid":"${id}"`);
  await page.getByRole("button", { name: "Set out" }).click();
  await api.call("PATCH", `/v1/orders/${id}`, { title: "Okapi fence" });
  await expect(face("wialon").locator("mark").first()).toContainText("Okapi fence");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await face("planviewer").getByRole("button", { name: "Copy" }).click();
  await expect(page.getByText("Copied").first()).toBeVisible();
  expect(JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))).toMatchObject({ uuid: id });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole("tab", { name: "mews" }).click();
  await expect(face("mews")).toBeVisible();
  await expect(face("ppw")).toBeHidden();
});

test("a document of the order is ordered and its report fetched", async ({ page, api }) => {
  const { id, serial, number } = await order(api);
  await open(page, `${id}?tab=links`);
  await expect(page.getByRole("region", { name: "Deliveries" })).toContainText("Nothing of this order is owed to anybody");
  await expect(page.getByRole("region", { name: "Where it came from and went" })).toContainText(String(serial));
  const jobs = page.getByRole("region", { name: "Documents of this order" });
  await jobs.getByRole("button", { name: "Order a document" }).click();
  await page.getByLabel("What", { exact: true }).selectOption({ label: "Order report as data" });
  await accessible(page);
  await page.getByRole("dialog").getByRole("button", { name: "Order a document" }).click();
  await expect(jobs).toContainText(`Order report as data, ${number}`);
  const { orders } = await api.get<{ orders: { title: string }[] }>("/v1/orders?sort=-serial&limit=50");
  expect(orders.map((one) => one.title)).toContain(`Order report as data, ${number}`);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "More to do with this order" }).click();
  await page.getByRole("menuitem", { name: "Report as data (JSON)" }).click();
  expect(await readFile(await (await download).path(), "utf8")).toContain(number);
});

test("an order is duplicated, and deleted with its history kept", async ({ page, api }) => {
  const { id, number } = await order(api, { tasks: [{ name: "Mow", done: true }], person: "dana", notes: [{ text: "not copied" }] });
  await open(page, id);
  await page.getByRole("button", { name: "More to do with this order" }).click();
  await page.getByRole("menuitem", { name: "Duplicate" }).click();
  await page.getByLabel("Number of the copy").fill(`${number}-2`);
  await accessible(page);
  await page.getByRole("dialog").getByRole("button", { name: "Duplicate" }).click();
  await expect(page.getByRole("heading", { name: `${number}-2` })).toBeVisible();
  const copy = new URL(page.url()).pathname.split("/").at(-1)!;
  expect(copy).not.toBe(id);
  expect(await read(api, copy)).toMatchObject({ number: `${number}-2`, title: `Fence ${number}`, tasks: [{ name: "Mow", done: false }], notes: [] });
  expect((await read(api, copy)).person ?? null).toBeNull();

  await page.getByRole("button", { name: "More to do with this order" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page).toHaveURL(/\/board/);
  await visit(page, `/orders/${copy}`);
  await expect(page.getByText("This order was deleted. Its history stays.")).toBeVisible();
  await expect(page.getByRole("region", { name: "Timeline" }).locator(".entry")).toHaveCount(2);
  await visit(page, "/orders/9007199254740000");
  await expect(page.getByText("There is no such order")).toBeVisible();
});

test("keys are listed and do what they say", async ({ page, api }) => {
  const { id } = await order(api);
  await open(page, id);
  await page.keyboard.press("Shift+?");
  await expect(page.getByRole("dialog")).toContainText("Write a note");
  await accessible(page);
  await page.keyboard.press("Escape");
  await page.keyboard.press("5");
  await expect(page.getByRole("tab", { name: "Faces" })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("3");
  await expect(page.getByRole("region", { name: "Photos and files" })).toBeVisible();
});

test("who may only read is offered nothing to change", async ({ page, api, hub }) => {
  const { id } = await order(api, { tasks: [{ name: "Mow" }] });
  const name = `reader-${Date.now()}`;
  await api.post("/v1/users", { name, password: "a long enough one", role: "viewer" });
  await page.context().clearCookies();
  expect((await page.request.post(`${hub}/v1/session`, { data: { name, password: "a long enough one" } })).status()).toBe(201);
  await open(page, id);
  await expect(page.getByRole("checkbox", { name: "Mow" })).toBeDisabled();
  await expect(page.getByRole("button", { name: /^Edit/ })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Move on" })).toBeHidden();
  for (const tab of [/From the field/, /Photos and files/, "Systems"]) {
    await page.getByRole("tab", { name: tab }).click();
    await expect(page.getByRole("button", { name: /^(Add|New|Check in|Order a)/ })).toHaveCount(0);
  }
});

test("every tab is accessible, light and dark, wide and narrow", async ({ page, api }) => {
  test.slow();
  const { id } = await order(api, {
    tasks: [{ name: "Mow", done: true }, { name: "Rake" }], due: "2020-01-01T00:00:00Z", rush: true, notes: [{ text: HOSTILE }], check_ins: [{ point: { latitude: 30.2, longitude: -97.7 } }],
    charges: [{ description: HOSTILE, quantity: 1, unit_price: 5 }], attachments: [{ name: "a.png", content: PIXEL.toString("base64") }, { name: "b.txt", content: "aGk=" }],
    forms: [{ name: "Survey", answers: [{ question: "1", text: "Gate?", values: ["Open"] }] }], questions: [{ message: "Now?", choices: [{ key: "1", label: "Yes" }, { key: "2", label: "No" }] }],
  });
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize(scheme === "light" ? { width: 1440, height: 900 } : { width: 390, height: 844 });
    await open(page, id);
    for (const tab of ["Order", /From the field/, /Photos and files/, "Timeline", "Faces", "Systems"]) {
      await page.getByRole("tab", { name: tab }).click();
      await expect(page.getByRole("tabpanel").getByRole("heading").first()).toBeVisible();
      await accessible(page);
    }
  }
});
