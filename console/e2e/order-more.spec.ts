import { readFile } from "node:fs/promises";
import { canvas } from "./map";
import type { FileChooser } from "@playwright/test";
import { field, HOSTILE, open, order, PIXEL, press, read } from "./order";
import { fresh, receiver } from "./receiver";
import { accessible, expect, test } from "./world";

interface Delivery {
  id: string;
  status: string;
}

test("the report is opened and downloaded as PDF, as data and as a table", async ({ page, api, context }) => {
  const { id, number, serial } = await order(api, { tasks: [{ name: "=cmd()" }] });
  await open(page, id);
  const menu = async (item: string) => {
    await page.getByRole("button", { name: "More to do with this order" }).click();
    await page.getByRole("menuitem", { name: item }).click();
  };
  for (const [item, format, begins] of [["Report as PDF", "pdf", "%PDF-"], ["Report as a table (CSV)", "csv", ""], ["Report as data (JSON)", "json", "{"]] as const) {
    const [file] = await Promise.all([page.waitForEvent("download"), menu(item)]);
    expect(file.suggestedFilename()).toMatch(new RegExp(`\\.${format}$`));
    const text = await readFile(await file.path(), "latin1");
    expect(text.startsWith(begins), format).toBe(true);
    if (format !== "pdf") expect(text).toContain(number);
  }
  for (const begin of [() => menu("Open the report (PDF)"), () => page.keyboard.press("r")]) {
    const asked = context.waitForEvent("request", (request) => request.url().includes("/report?format=pdf"));
    const [tab] = await Promise.all([context.waitForEvent("page"), begin()]);
    expect(new URL((await asked).url()).pathname).toMatch(new RegExp(`/v1/orders/(${id}|${serial})/report`));
    await tab.close();
  }
});

test("the address, a check-in and a photo lead to their place on the map", async ({ page, api }) => {
  const { id, serial, number } = await order(api, {
    status: "closed", site: { address1: "1 Far Away Rd", city: "Marfa", latitude: 30.31, longitude: -104.02 }, check_ins: [{ point: { latitude: 30.3512, longitude: -104.0912 } }],
    attachments: [{ name: "a.png", content: PIXEL.toString("base64"), point: { latitude: 30.3999, longitude: -104.1999 } }],
  });
  const at = (latitude: string, longitude: string) => expect(canvas(page)).toHaveAttribute("data-center", new RegExp(`^${longitude}\\d* ${latitude}`), { timeout: 30_000 });
  await open(page, id);
  await page.getByRole("link", { name: "1 Far Away Rd, Marfa" }).click();
  await expect(page).toHaveURL(new RegExp(`/map\\?order=${serial}`));
  // Its status is not among those that the map shows: it is found all the same.
  await expect(page.getByRole("region", { name: `Order ${number}` })).toContainText("1 Far Away Rd");
  await at("30\\.31", "-104\\.02");
  await page.goBack();
  await page.getByRole("tab", { name: /From the field/ }).click();
  await page.getByRole("region", { name: "Check-ins" }).getByRole("link", { name: "30.35120, -104.09120" }).click();
  // The map has been looked at before, and goes there none the less.
  await at("30\\.351", "-104\\.091");
  const place = page.getByRole("region", { name: "This place" });
  await expect(place).toContainText("30.3512, -104.0912");
  await expect(page.locator(".map-pin")).toBeVisible();
  await accessible(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await accessible(page);
  await place.getByRole("button", { name: "Close" }).click();
  await expect(page.locator(".map-pin")).toHaveCount(0);
  await expect(page).not.toHaveURL(/at=/);
  await open(page, `${id}?tab=files`);
  await page.locator(".photo").click();
  await page.getByRole("dialog").getByRole("link", { name: /30\.39990, -104\.19990/ }).click();
  await at("30\\.399", "-104\\.199");
  // What makes no sense is no place.
  await page.goto("/map?at=north,pole");
  await expect(canvas(page)).toHaveAttribute("data-center", /\d/, { timeout: 30_000 });
  await expect(page.locator(".map-pin")).toHaveCount(0);
});

test("of two who write the same field, the second may keep what the first wrote, or write on", async ({ page, api }) => {
  const { id } = await order(api, { reference: "first" });
  await open(page, id);
  const reference = field(page, "reference");
  const edit = reference.getByRole("button", { name: "Edit: Reference" });
  const mine = async (text: string, theirs: string) => {
    await edit.click();
    await reference.getByLabel("Reference", { exact: true }).fill(text);
    await api.call("PATCH", `/v1/orders/${id}`, { reference: theirs });
    await expect(reference).toContainText(`changed this meanwhile: ${theirs}`);
    await reference.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("alertdialog")).toBeVisible();
  };
  await mine("mine", HOSTILE);
  await page.emulateMedia({ colorScheme: "dark" });
  await accessible(page);
  await page.getByRole("alertdialog").getByRole("button", { name: /Keep theirs|Keep/ }).click();
  await expect(reference.locator(".text")).toHaveText(HOSTILE);
  expect(await read(api, id)).toMatchObject({ reference: HOSTILE });
  await mine("mine again", "theirs again");
  await page.getByRole("alertdialog").getByRole("button").last().click();
  await expect(reference.getByLabel("Reference", { exact: true })).toHaveValue("mine again");
  await page.keyboard.press("Escape");
  expect(await read(api, id)).toMatchObject({ reference: "theirs again" });
});

test("what is owed to another system is retried and dropped from the order's page", async ({ page, api }) => {
  const words = "No such user <b>here</b>";
  const account = await receiver(() => ({ status: 200, body: JSON.stringify({ response: { created: 0, updated: 0, deleted: 0 }, error: words }) }));
  const name = fresh("crew");
  await api.post("/v1/connections", { name, dialect: "pruvan", role: "connect", settings: { url: account.url, push_key: "k".repeat(24), poll_s: 3600 } });
  await api.post("/v1/rules", { name, to: name, when: `order.reference == "${name}"` });
  const { id } = await order(api, { reference: name, service: "Mow", site: { address1: "5 Elm Ct", city: "Austin", region: "TX", postal_code: "78701" }, tasks: [{ key: "1", name: "Mow" }] });
  const status = async () => (await api.get<{ deliveries: Delivery[] }>(`/v1/deliveries?connection=${name}`)).deliveries[0]?.status;
  await expect.poll(status, { timeout: 30_000 }).toBe("error");
  await open(page, `${id}?tab=links`);
  const deliveries = page.getByRole("region", { name: "Deliveries" });
  await expect(deliveries).toContainText(words);
  await accessible(page);
  account.answer = () => ({ status: 200, body: JSON.stringify({ response: { created: 1, updated: 0, deleted: 0 }, error: "" }) });
  await deliveries.getByRole("button", { name: "Try again now" }).click();
  await expect(deliveries).toContainText("Synced", { timeout: 30_000 });
  expect(await status()).toBe("synced");
  account.answer = () => ({ status: 500 });
  await api.call("PATCH", `/v1/orders/${id}`, { instructions: "Mind the dog" });
  await deliveries.getByRole("button", { name: "Give it up" }).click();
  const dialog = page.getByRole("dialog", { name: "Give it up" });
  await accessible(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await accessible(page);
  await dialog.getByRole("button", { name: "Give it up" }).click();
  await expect(dialog).toBeHidden();
  await expect.poll(status).toBe("dropped");
  await expect(deliveries).toContainText("Dropped");
  await account.close();
});

test("nothing is taken away from nobody, and what is assigned can be", async ({ page, api }) => {
  const { id } = await order(api);
  await open(page, id);
  await page.getByRole("button", { name: "Nobody assigned" }).click();
  const dialog = page.getByRole("dialog", { name: "Who does it?" });
  await expect(dialog.getByRole("button", { name: "Assign", exact: true })).toBeDisabled();
  await expect(dialog.getByLabel("Unit")).toBeFocused();
  await dialog.getByLabel("Crew").fill("Crew 7");
  await dialog.getByRole("button", { name: "Assign", exact: true }).click();
  await expect(dialog).toBeHidden();
  expect(await read(api, id)).toMatchObject({ status: "assigned", crew: "Crew 7" });
  await page.getByRole("button", { name: "Crew 7" }).click();
  await dialog.getByLabel("Crew").fill("");
  await expect(dialog).toContainText("Take it from whoever has it");
  await page.emulateMedia({ colorScheme: "dark" });
  await accessible(page);
  await dialog.getByRole("button", { name: "Take away" }).click();
  await expect.poll(async () => (await read(api, id)).status).toBe("received");
});

test("every step of an order's life is taken from its page", async ({ page, api }) => {
  const { id } = await order(api);
  await open(page, id);
  const head = page.locator(".order-head");
  const step = async (what: string, becomes: string) => {
    await head.getByRole("button", { name: "Move on" }).click();
    await page.getByRole("menuitem", { name: what, exact: true }).click();
    const dialog = page.getByRole("dialog", { name: what, exact: true });
    await dialog.locator("footer").getByRole("button", { name: what, exact: true }).click();
    await expect(dialog).toBeHidden();
    await expect.poll(async () => (await read(api, id)).status).toBe(becomes);
  };
  for (const [what, becomes] of [["Accept", "accepted"], ["Start", "started"], ["Complete", "completed"], ["Submit", "submitted"], ["Invoice", "invoiced"], ["Close", "closed"], ["Reopen", "received"], ["Reject", "rejected"], ["Reopen", "received"]] as const) await step(what, becomes);
  await head.getByRole("button", { name: "Move on" }).click();
  await page.getByRole("menuitem", { name: "Cancel the order" }).click();
  await page.getByLabel("Why, or what came of it").fill("Sold");
  await page.emulateMedia({ colorScheme: "dark" });
  await accessible(page);
  await page.getByRole("dialog").getByRole("button", { name: "Cancel the order" }).click();
  await expect.poll(async () => read(api, id)).toMatchObject({ status: "canceled", outcome: "Sold" });
});

test("a check-in is made where the phone is, and a file that does not arrive is sent again", async ({ page, api, context }) => {
  const { id } = await order(api);
  await context.grantPermissions(["geolocation"]);
  await context.setGeolocation({ latitude: 30.2611, longitude: -97.7511, accuracy: 12 });
  await open(page, `${id}?tab=work`);
  await page.getByRole("region", { name: "Check-ins" }).getByRole("button", { name: "Check in" }).click();
  const dialog = page.getByRole("dialog", { name: "Check in" });
  await dialog.getByRole("button", { name: "Where I am" }).click();
  await expect(dialog.getByLabel("Latitude")).toHaveValue("30.2611");
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await accessible(page);
  }
  await dialog.getByRole("button", { name: "Check in" }).click();
  await expect(dialog).toBeHidden();
  expect((await read(api, id)).check_ins).toMatchObject([{ point: { latitude: 30.2611, longitude: -97.7511 } }]);

  await page.getByRole("tab", { name: /Photos and files/ }).click();
  const files = page.getByRole("region", { name: "Photos and files" });
  await expect(files.getByRole("button", { name: "Add files" })).toBeVisible();
  let fails = true;
  await page.route("**/attachments**", (route) => (route.request().method() !== "GET" && fails ? route.abort() : route.continue()));
  let chooser: FileChooser | undefined;
  let seen: FileChooser | undefined;
  page.on("filechooser", (one) => (seen = one));
  await press(page, "u", async () => {
    chooser ??= seen ?? (await page.waitForEvent("filechooser", { timeout: 3_000 }));
  });
  await chooser!.setFiles([{ name: "one.txt", mimeType: "text/plain", buffer: Buffer.from("one") }, { name: "two.txt", mimeType: "text/plain", buffer: Buffer.from("two") }]);
  await files.getByRole("button", { name: "Leave out two.txt" }).click();
  await files.getByRole("button", { name: "Upload 1 file" }).click();
  await expect(files.getByRole("alert")).toBeVisible();
  await accessible(page);
  fails = false;
  await files.getByRole("button", { name: /one\.txt/ }).first().click();
  await expect(files.getByRole("link", { name: "one.txt" })).toBeVisible();
  expect((await read(api, id)).attachments.map((one) => one.name)).toEqual(["one.txt"]);
});

test("an order reads well in other languages, and nothing sticks out on a phone", async ({ page, api }) => {
  test.slow();
  const long = "Vermessungsgrundstücksverkehrsgenehmigung".repeat(4);
  const { id } = await order(api, { title: long, description: HOSTILE, charges: [{ charge: "invoice", description: long, quantity: 1, unit_price: 1234567.89 }], tasks: [{ name: long }], notes: [{ text: long }], customer: { name: long, email: `${"a".repeat(60)}@example.org` } });
  await page.setViewportSize({ width: 390, height: 844 });
  for (const language of ["nl", "es", "ru", "en"]) {
    await api.call("PUT", "/v1/session/preferences", { language });
    for (const tab of ["", "?tab=work", "?tab=timeline", "?tab=links"]) {
      await open(page, `${id}${tab}`);
      await expect(page.locator("html")).toHaveAttribute("lang", language);
      expect(await page.evaluate(() => document.querySelector("main")!.scrollWidth <= window.innerWidth), `${language} ${tab}`).toBe(true);
    }
  }
});

test("a long history is unfolded, gone through by its menu and keys, and read anew", async ({ page, api, context }) => {
  const { id, serial } = await order(api, { reference: "0", cost: 1, description: "d", instructions: "i", tags: ["t"] });
  for (let n = 1; n <= 55; n++) await api.call("PATCH", `/v1/orders/${id}`, { reference: String(n) });
  await open(page, `${id}?tab=timeline`);
  const timeline = page.getByRole("region", { name: "Timeline" });
  const shown = await timeline.locator(".entry").count();
  expect(shown).toBeLessThan(56);
  await timeline.getByRole("button", { name: "Older entries" }).or(timeline.locator("button.plain")).first().click();
  await expect(timeline.locator(".entry")).toHaveCount(56);
  const created = timeline.locator(".entry").last();
  const lines = await created.locator(".changes li").count();
  await created.getByRole("button", { name: /more changes/ }).click();
  await expect(created.locator(".changes li")).not.toHaveCount(lines);
  await created.locator('button[aria-expanded="true"]').click();
  await expect(created.locator(".changes li")).toHaveCount(lines);

  await press(page, "1", () => expect(page.getByRole("tab", { name: "Order", exact: true })).toHaveAttribute("aria-selected", "true", { timeout: 1_000 }));
  await page.getByRole("button", { name: "More to do with this order" }).click();
  await page.getByRole("menuitem", { name: "Time travel" }).click();
  await expect(field(page, "reference").locator(".text")).toHaveText("54");
  await page.keyboard.press("[");
  await expect(field(page, "reference").locator(".text")).toHaveText("53");
  await page.keyboard.press("Escape");
  await expect(field(page, "reference").locator(".text")).toHaveText("55");
  // The entry that a field was last written in is a way there, too.
  await field(page, "reference").getByRole("button", { name: "Reference: who has the say" }).click();
  await page.getByRole("dialog", { name: "Reference: who has the say" }).getByRole("button", { name: /^entry/ }).click();
  await expect(page).toHaveURL(/at=\d+/);
  await page.getByRole("button", { name: "Back to now" }).click();

  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await field(page, "number").getByRole("button", { name: "Copy" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^CO-/);
  const load = page.getByRole("region", { name: "Load and execution" });
  await load.getByRole("button", { name: /empty field/ }).click();
  await load.getByRole("button", { name: "Fewer fields" }).click();
  await expect(load.getByRole("button", { name: /empty field/ })).toBeVisible();
  const asked = page.waitForRequest((request) => request.method() === "GET" && new RegExp(`/v1/orders/(${id}|${serial})($|\\?)`).test(request.url()));
  await page.getByRole("button", { name: "More to do with this order" }).click();
  await page.getByRole("menuitem", { name: "Read anew" }).click();
  await asked;
  await page.keyboard.press("d");
  await expect(page.getByRole("dialog").getByLabel("Number of the copy")).toBeVisible();
});
