import { edit, field, HOSTILE, open, order, PIXEL, read, press } from "./order";
import { accessible, expect, test } from "./world";

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
  await press(page, "a", () => expect(page.getByRole("dialog").getByLabel("Unit")).toBeVisible({ timeout: 1_000 }));
  await page.getByRole("dialog").getByLabel("Unit").selectOption({ label: "Van 1" });
  await page.getByRole("dialog").getByLabel("Person").fill("dana");
  await accessible(page);
  await page.getByRole("dialog").getByRole("button", { name: "Assign", exact: true }).click();
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
  const notes = page.getByRole("region", { name: "Notes" });
  await press(page, "n", () => expect(notes.getByLabel("Write a note")).toBeFocused({ timeout: 1_000 }));
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
