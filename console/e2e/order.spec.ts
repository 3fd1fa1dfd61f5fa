import { readFile } from "node:fs/promises";
import type { Locator, Page } from "@playwright/test";
import { accessible, expect, test, visit, type Api } from "./world";

const HOSTILE = `<img src=x onerror="document.title='taken'"> & "quoted" <b>bold</b>`;
const PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

let made = 0;
/** An order of this test alone. */
async function order(api: Api, members: Record<string, unknown> = {}) {
  made += 1;
  const number = `CO-${Date.now()}-${made}`;
  return api.order({ number, title: `Fence ${number}`, site: { address1: "1 Oak St", city: "Austin", latitude: 30.25, longitude: -97.75 }, ...members });
}

interface Shown {
  status: string;
  title: string;
  due: string | null;
  rush: boolean;
  unit: number | null;
  person: string | null;
  outcome?: string;
  number: string | null;
  tasks: { name: string; done: boolean; quantity?: number }[];
  notes: { id: string; text: string; site_wide: boolean; revises?: string }[];
  attachments: { name: string; caption?: string; stage?: string; photo: boolean }[];
  forms: { name: string; answers: { question: string; text: string; values: string[] }[] }[];
  charges: { charge: string; description: string; quantity: number; unit_price: number }[];
  check_ins: { point: { latitude: number } }[];
  questions: { message: string; answer?: { choice: string } }[];
}

/** The order's page, when its keys work, too. */
async function open(page: Page, of: string | number): Promise<void> {
  await visit(page, `/orders/${of}`);
  await expect(page.locator(".order-head")).toBeVisible();
}

const read = (api: Api, id: string) => api.get<Shown>(`/v1/orders/${id}`);
const field = (page: Page, name: string): Locator => page.locator(`[data-field="${name}"]`);

async function edit(page: Page, name: string, title: string, value: string): Promise<void> {
  await field(page, name).getByRole("button", { name: `Edit: ${title}` }).click();
  await field(page, name).getByLabel(title, { exact: true }).fill(value);
  await field(page, name).getByRole("button", { name: "Save" }).click();
  await expect(field(page, name).getByRole("button", { name: "Save" })).toBeHidden();
}

test("fields are edited where they stand", async ({ page, api }) => {
  const { id, serial } = await order(api);
  await open(page, serial);
  await edit(page, "title", "Title", HOSTILE);
  await expect(field(page, "title").locator(".text")).toHaveText(HOSTILE);
  await edit(page, "due", "Due", "2031-05-06T07:08");
  await field(page, "rush").getByRole("checkbox").check();
  await expect.poll(async () => (await read(api, id)).rush).toBe(true);
  const now = await read(api, id);
  expect(now.title).toBe(HOSTILE);
  expect(now.due).toBe("2031-05-06T12:08:00Z");
  await expect(page.getByText("Rush", { exact: true }).first()).toBeVisible();
  // Escape leaves it as it was, and focus goes back to where it came from.
  await field(page, "title").getByRole("button", { name: "Edit: Title" }).click();
  await page.keyboard.type("not this");
  await page.keyboard.press("Escape");
  await expect(field(page, "title").getByRole("button", { name: "Edit: Title" })).toBeFocused();
  expect((await read(api, id)).title).toBe(HOSTILE);
});

test("every kind of field is filled in", async ({ page, api }) => {
  const { id } = await order(api);
  await open(page, id);
  await expect(page.getByRole("button", { name: /empty field/ })).not.toHaveCount(0);
  for (let left = await page.getByRole("button", { name: /empty field/ }).count(); left > 0; left -= 1) await page.getByRole("button", { name: /empty field/ }).first().click();
  await edit(page, "tags", "Tags", "a, b");
  await edit(page, "priority", "Priority", "7");
  await edit(page, "service_time_s", "Time on site", "90");
  await edit(page, "description", "Description", "two\nlines");
  await edit(page, "cost", "Cost", "12.5");
  await field(page, "unit").getByRole("button", { name: "Edit: Unit" }).click();
  await field(page, "unit").getByRole("combobox").selectOption({ label: "Van 2" });
  await field(page, "unit").getByRole("button", { name: "Save" }).click();
  await expect(field(page, "unit").locator(".text")).toHaveText("Van 2");
  await field(page, "execution_flags").getByRole("button", { name: "Edit: Execution" }).click();
  await field(page, "execution_flags").getByLabel("Must stand still").check();
  await field(page, "execution_flags").getByLabel("Permanent").check();
  await field(page, "execution_flags").getByRole("button", { name: "Save" }).click();
  await expect(field(page, "execution_flags").locator(".text")).toHaveText("Must stand still, Permanent");
  const now = await api.get<Record<string, unknown>>(`/v1/orders/${id}`);
  expect(now).toMatchObject({ tags: ["a", "b"], priority: 7, service_time_s: 5400, description: "two\nlines", cost: 12.5, execution_flags: 33 });
  // What the hub does not take is said beside the field.
  await field(page, "site.latitude").getByRole("button", { name: "Edit: Latitude" }).click();
  await field(page, "site.latitude").getByLabel("Latitude", { exact: true }).fill("30.5");
  await field(page, "site.latitude").getByRole("button", { name: "Save" }).click();
  await expect(field(page, "site.latitude").locator(".text")).toHaveText("30.5");
});

test("authority: who has the say, who wrote, and what was refused", async ({ page, api }) => {
  const { id } = await order(api, { client_status: "Placed" });
  await api.call("PATCH", `/v1/orders/${id}`, { client_status: HOSTILE, title: "Other" });
  await open(page, id);
  await expect(field(page, "client_status").getByRole("button", { name: /^Edit/ })).toBeHidden();
  await field(page, "client_status").getByRole("button", { name: "Client's status: who has the say" }).click();
  const said = page.getByRole("dialog", { name: "Client's status: who has the say" });
  await expect(said).toContainText("You may not write it.");
  await expect(said).toContainText("1 refused write");
  await expect(said).toContainText(HOSTILE);
  await expect(said).toContainText("the field belongs to the originating system");
  await accessible(page);
  await page.keyboard.press("Escape");
  await expect(page.locator(".timeline .refused-line")).toContainText(HOSTILE);
});

test("who writes what somebody else just wrote sees both", async ({ page, api }) => {
  const { id } = await order(api, { reference: "first" });
  await open(page, id);
  const reference = field(page, "reference");
  await reference.getByRole("button", { name: "Edit: Reference" }).click();
  await reference.getByLabel("Reference", { exact: true }).fill("mine");
  await api.call("PATCH", `/v1/orders/${id}`, { reference: "theirs" });
  await expect(reference).toContainText("changed this meanwhile: theirs");
  await reference.getByRole("button", { name: "Save" }).click();
  const conflict = page.getByRole("alertdialog");
  await expect(conflict).toContainText("first");
  await expect(conflict).toContainText("theirs");
  await expect(conflict).toContainText("mine");
  expect((await read(api, id)) as unknown as { reference: string }).toMatchObject({ reference: "theirs" });
  await accessible(page);
  await conflict.getByRole("button", { name: "Save mine" }).click();
  await expect(reference.locator(".text")).toHaveText("mine");
  expect((await read(api, id)) as unknown as { reference: string }).toMatchObject({ reference: "mine" });
});

test("what others do elsewhere in the order disturbs nobody", async ({ page, api }) => {
  const { id } = await order(api);
  await open(page, id);
  await field(page, "title").getByRole("button", { name: "Edit: Title" }).click();
  await field(page, "title").getByLabel("Title", { exact: true }).fill("Mine");
  await api.call("PATCH", `/v1/orders/${id}`, { reference: "elsewhere" });
  await field(page, "title").getByRole("button", { name: "Save" }).click();
  await expect(field(page, "title").locator(".text")).toHaveText("Mine");
  await expect(field(page, "reference").locator(".text")).toHaveText("elsewhere");
  expect((await read(api, id)).title).toBe("Mine");
});

test("tasks are ticked, added, changed, put in order and removed", async ({ page, api }) => {
  const { id } = await order(api, { tasks: [{ name: "Mow" }, { name: HOSTILE }] });
  await open(page, id);
  const tasks = page.getByRole("region", { name: "Tasks" });
  await tasks.getByRole("checkbox", { name: "Mow" }).check();
  await expect(tasks).toContainText("1 of 2 done");
  await tasks.getByRole("button", { name: "Add a task" }).click();
  await page.getByLabel("What is to be done").fill("Rake");
  await page.getByLabel("Quantity").fill("3");
  await accessible(page);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(tasks).toContainText("1 of 3 done");
  await tasks.getByRole("button", { name: "Earlier: Rake" }).click();
  await expect(tasks.locator(".task .name").nth(1)).toHaveText("Rake");
  await tasks.getByRole("button", { name: "Edit Rake" }).click();
  await page.getByLabel("What is to be done").fill("Rake leaves");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(tasks.getByText("Rake leaves", { exact: true })).toBeVisible();
  await tasks.getByRole("button", { name: "Edit Mow" }).click();
  await page.getByRole("button", { name: "Remove" }).click();
  await expect(tasks.getByText("Mow", { exact: true })).toBeHidden();
  expect((await read(api, id)).tasks).toMatchObject([{ name: "Rake leaves", quantity: 3, done: false }, { name: HOSTILE, done: false }]);
});

test("an order is assigned, moved on, failed with a reason, and opened again", async ({ page, api }) => {
  const { id } = await order(api);
  await open(page, id);
  await page.keyboard.press("a");
  await page.getByRole("dialog").getByLabel("Unit").selectOption({ label: "Van 1" });
  await page.getByRole("dialog").getByLabel("Person").fill("dana");
  await accessible(page);
  await page.getByRole("button", { name: "Assign", exact: true }).click();
  await expect(page.locator(".order-head").getByText("Assigned")).toBeVisible();
  expect(await read(api, id)).toMatchObject({ status: "assigned", person: "dana" });
  await page.locator(".order-head").getByRole("button", { name: "Accept", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Accept", exact: true }).click();
  await expect(page.locator(".order-head").getByText("Accepted")).toBeVisible();
  await page.getByRole("button", { name: "Move on" }).click();
  await expect(page.getByRole("menuitem", { name: "Invoice" })).toBeHidden();
  await page.getByRole("menuitem", { name: "Fail" }).click();
  await page.getByLabel("Why, or what came of it").fill(HOSTILE);
  await page.getByRole("dialog").getByRole("button", { name: "Fail", exact: true }).click();
  await expect(page.locator(".order-head").getByText("Failed")).toBeVisible();
  expect(await read(api, id)).toMatchObject({ status: "failed", outcome: HOSTILE });
  await page.locator(".order-head").getByRole("button", { name: "Reopen" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Reopen" }).click();
  await expect(page.locator(".order-head").getByText("Assigned")).toBeVisible();
  await page.getByRole("button", { name: "Move on" }).click();
  await page.getByRole("menuitem", { name: "Take away" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Take away" }).click();
  await expect.poll(async () => (await read(api, id)).status).toBe("received");
});

test("notes are added, revised, and meant for the whole site", async ({ page, api }) => {
  const { id } = await order(api);
  await open(page, id);
  await page.keyboard.press("n");
  const notes = page.getByRole("region", { name: "Notes" });
  await expect(notes.getByLabel("Write a note")).toBeFocused();
  await page.keyboard.type(HOSTILE);
  await notes.getByLabel("For all orders of this site").check();
  await notes.getByRole("button", { name: "Add the note" }).click();
  await expect(notes.locator(".item").first()).toContainText(HOSTILE);
  await expect(notes.locator(".item").first()).toContainText("Site");
  await notes.getByRole("button", { name: "Revise" }).click();
  await notes.getByLabel("Revising a note").fill("Dog is friendly");
  await notes.getByLabel("Revising a note").press("Control+Enter");
  await expect(notes.locator(".item")).toHaveCount(1);
  await expect(notes).toContainText("1 earlier version");
  const kept = (await read(api, id)).notes;
  expect(kept).toMatchObject([{ text: HOSTILE, site_wide: true }, { text: "Dog is friendly", revises: kept[0]!.id }]);
});

test("files are sent by button and by dragging, and photos looked at by keyboard", async ({ page, api }) => {
  const { id } = await order(api);
  await open(page, `${id}?tab=files`);
  const files = page.getByRole("region", { name: "Photos and files" });
  const chosen = page.waitForEvent("filechooser");
  await files.getByRole("button", { name: "Add files" }).click();
  await (await chosen).setFiles([
    { name: "front <b>.png", mimeType: "image/png", buffer: PIXEL },
    { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("hello") },
  ]);
  await files.getByLabel("Caption of front <b>.png").fill(HOSTILE);
  await files.getByLabel("When in the work").selectOption("before");
  await accessible(page);
  await files.getByRole("button", { name: "Upload 2 files" }).click();
  await expect(files.locator(".photo")).toHaveCount(1);
  const dropped = await page.evaluateHandle((data) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))], "after.png", { type: "image/png" }));
    return transfer;
  }, PIXEL.toString("base64"));
  await files.dispatchEvent("drop", { dataTransfer: dropped });
  await files.getByLabel("When in the work").selectOption("after");
  await files.getByRole("button", { name: "Upload 1 file" }).click();
  await expect(files.locator(".photo")).toHaveCount(2);
  await expect(files.getByRole("link", { name: "notes.txt" })).toBeVisible();
  expect((await read(api, id)).attachments.map(({ caption, stage, photo }) => [caption ?? "", stage, photo]).sort()).toEqual(
    [["", "after", true], ["", "before", false], [HOSTILE, "before", true]].sort(),
  );
  await files.locator(".photo").first().focus();
  await page.keyboard.press("Enter");
  const lightbox = page.getByRole("dialog", { name: "Photo 1 of 2" });
  await expect(lightbox).toContainText(HOSTILE);
  await accessible(page);
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("dialog", { name: "Photo 2 of 2" })).toContainText("after.png");
  await page.keyboard.press("ArrowRight");
  await expect(lightbox).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(lightbox).toBeHidden();
});

test("forms are filled in, their own questions and new ones", async ({ page, api }) => {
  const definition = { questions: [{ id: "q1", text: HOSTILE, kind: "yesNo", required: true }, { id: "q2", text: "Lot size" }] };
  const { id } = await order(api, { forms: [{ id: "survey", name: "Survey", required: true, definition }] });
  await open(page, `${id}?tab=work`);
  const forms = page.getByRole("region", { name: "Forms" });
  await expect(forms).toContainText("Required");
  await forms.getByRole("button", { name: "Fill in" }).click();
  await page.getByRole("dialog").getByLabel(HOSTILE).selectOption("Yes");
  await page.getByRole("dialog").getByLabel("Lot size").fill("2 acres");
  await accessible(page);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(forms).toContainText("2 acres");
  await forms.getByRole("button", { name: "New form" }).click();
  await page.getByLabel("Name of the form").fill("Walk round");
  await page.getByLabel("Question", { exact: true }).fill("Gate locked?");
  await page.getByLabel("Answer", { exact: true }).fill("No");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(forms).toContainText("Walk round");
  expect((await read(api, id)).forms).toMatchObject([
    { name: "Survey", answers: [{ question: "q1", values: ["Yes"] }, { question: "q2", values: ["2 acres"] }] },
    { name: "Walk round", answers: [{ text: "Gate locked?", values: ["No"] }] },
  ]);
});

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
  await timeline.getByLabel("Who", { exact: true }).selectOption({ label: "admin" });
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
  await face("planviewer").getByRole("button", { name: "Copy planviewer" }).click();
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
    for (const tab of ["details", "work", "files", "timeline", "faces", "links"]) {
      await open(page, `${id}?tab=${tab}`);
      await expect(page.getByRole("tabpanel").getByRole("heading").first()).toBeVisible();
      await accessible(page);
    }
  }
});
