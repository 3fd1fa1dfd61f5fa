/**
 * Board, map, order and jobs in every state that somebody may find them in, with each dialog: into console/screenshots.
 * `SHOW=order` takes only what begins so, `WIDTHS=390` only that width, `LANGUAGES=nl,ru` those languages instead of light and dark.
 */

import type { Page } from "@playwright/test";
import { aUnit, ordersAt } from "../e2e/map";
import { HOSTILE, PIXEL } from "../e2e/order";
import { Api, test, expect } from "../e2e/world";

const SIZES: Record<string, number> = { 1440: 900, 1024: 768, 390: 844 };
const widths = (process.env["WIDTHS"] ?? "1440,1024,390").split(",").map(Number);
const languages = process.env["LANGUAGES"]?.split(",");
const looks: { language: string; colorScheme: "light" | "dark" }[] = languages
  ? languages.map((language) => ({ language, colorScheme: "light" }))
  : (["light", "dark"] as const).map((colorScheme) => ({ language: "en", colorScheme }));

interface World {
  word: string;
  order: string;
  plain: string;
  deleted: string;
  job: string;
  asked: string;
  failed: string;
  finished: string;
  unit: { id: number; name: string };
}

/** What the pictures are of: made once, each time under another word. */
async function make(api: Api): Promise<World> {
  const word = `s${Date.now().toString(36)}`;
  const long = "W".repeat(120);
  const { id: order } = await api.order({
    number: `${word}-1`, title: "Fence along Barton Creek: replace six posts, straighten the gate", due: "2020-01-01T00:00:00Z", rush: true, tags: ["north", "keys at the office"], client_status: "Placed",
    description: "Call the tenant half an hour before.\nThe dog is friendly.", customer: { name: "Zoë Quispe-Vanderbilt", email: "zoe@example.org", phone: "+1 512 555 0100" }, reference: "PO 4711", cost: 12.5,
    site: { address1: "1100 Congress Ave", city: "Austin", region: "TX", postal_code: "78701", country: "US", latitude: 30.2747, longitude: -97.7404, radius_m: 120 },
    tasks: [{ name: "Replace six posts", done: true, quantity: 6 }, { name: "Straighten the gate", instructions: "Mind the hinge: it is the customer's grandfather's." }, { name: HOSTILE }],
    notes: [{ text: "Gate code is 4711" }, { text: HOSTILE, site_wide: true }], check_ins: [{ point: { latitude: 30.2747, longitude: -97.74 } }, { point: { latitude: 30.2, longitude: -97.7 } }],
    charges: [{ charge: "bid", description: "Cedar posts", quantity: 6, unit_price: 19.5 }, { charge: "invoice", description: HOSTILE, quantity: 1, unit_price: 1234567.89 }],
    attachments: [{ name: "before.png", content: PIXEL.toString("base64") }, { name: "A very long name of a file that somebody's phone made up 2026-11-22 at 11.22.33.txt", content: "aGk=" }],
    forms: [{ id: "survey", name: "Survey", required: true, definition: { questions: [{ id: "q1", text: "Was anybody at home?", kind: "yesNo", required: true }, { id: "q2", text: "Lot size" }] }, answers: [{ question: "q1", text: "Was anybody at home?", values: ["Yes"] }] }],
    questions: [{ message: "The gate's hinge is broken as well. Replace it, too?", choices: [{ key: "1", label: "Yes, replace it" }, { key: "2", label: "No" }] }],
  });
  await api.call("PATCH", `/v1/orders/${order}`, { client_status: HOSTILE, title: "Fence along Barton Creek: replace six posts, straighten the gate, paint it" });
  const { id: plain } = await api.order({ number: `${word}-2` });
  await api.order({ number: `${word}-3${long}`, title: HOSTILE + long, customer: { name: long }, person: long, site: { address1: HOSTILE, city: long }, tags: [long] });
  const { id: deleted } = await api.order({ number: `${word}-4`, title: "Deleted" });
  await api.call("DELETE", `/v1/orders/${deleted}`);
  const product = await api.call<{ service: string }>("PUT", `/v1/products/${word}`, { name: `Valuation ${word}`, producer: word });
  const job = async (title: string) => (await api.order({ service: product.service, title, site: { address1: "1100 Congress Ave", city: "Austin" } })).id;
  const claim = async () => (await api.post<{ jobs: { id: string; claim: string }[] }>("/v1/jobs/claim", { producer: word })).jobs[0]!;
  await job("Valuation: asked");
  const asked = await claim();
  await api.post(`/v1/jobs/${asked.id}/progress`, { claim: asked.claim, current: 2, total: 5, message: "Measuring the rooms" });
  await api.post(`/v1/jobs/${asked.id}/ask`, { claim: asked.claim, message: "Which lot is meant, the one with the large oak or the one behind it?", choices: ["Lot 210", "Lot 211"] });
  await job("Valuation: failed");
  const failed = await claim();
  await api.post(`/v1/jobs/${failed.id}/fail`, { claim: failed.claim, reason: "No map of that place", retry: false });
  await job(`Valuation: finished ${"x".repeat(60)}`);
  const finished = await claim();
  await api.call("PUT", `/v1/jobs/${finished.id}/result`, '{"value":"<img src=x onerror=alert(1)>"}', { "Docket-Claim": finished.claim, "Content-Type": "application/json", "Content-Disposition": 'attachment; filename="valuation.json"' });
  await job("Valuation: being made");
  const made = await claim();
  await api.post(`/v1/jobs/${made.id}/progress`, { claim: made.claim, current: 3, total: 4, message: "Nearly there" });
  await ordersAt(api, word, 30.24, -97.8, 4);
  const unit = await aUnit(api, 3);
  return { word, order, plain, deleted, job: made.id, asked: asked.id, failed: failed.id, finished: finished.id, unit };
}

/** Whatever is in sight once it is calm. */
type Take = (name: string, path: string | undefined, act?: () => Promise<unknown>) => Promise<void>;

const dialogOff = async (page: Page) => {
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
};

async function frame(page: Page, take: Take, hub: string): Promise<void> {
  const find = page.getByRole("banner");
  await take("frame-user-menu", "/board", () => find.locator(".menu > button").last().click());
  await take("frame-theme-menu", "/board", () => find.locator(".menu > button").first().click());
  await take("frame-keys", "/board", () => page.keyboard.press("Shift+?"));
  await take("frame-more", "/board", () => page.locator(".places .more > .menu > button").click({ timeout: 500 }));
  await take("frame-none", "/no-such-page");
  await take("frame-palette", "/board", () => page.keyboard.press("Control+k"));
  await take("frame-palette-found", "/board", async () => {
    await page.keyboard.press("Control+k");
    await page.keyboard.type("fence");
    await page.waitForTimeout(800);
  });
  await page.route(`${hub}/v1/**`, (route) => route.abort());
  await take("frame-hub-gone", "/board");
  await page.unroute(`${hub}/v1/**`);
  await take("frame-hub-gone-later", "/board", async () => {
    await page.route(`${hub}/v1/**`, (route) => route.abort());
    await page.getByRole("group").getByRole("button").nth(1).click();
    await page.waitForTimeout(1_000);
  });
  await page.unroute(`${hub}/v1/**`);
}

async function board(page: Page, take: Take, w: World): Promise<void> {
  const mine = `/board?q=${w.word}`;
  const bar = page.getByRole("toolbar");
  const doings = page.locator(".toolbar .doings");
  await take("board", "/board");
  await take("board-columns", "/board?layout=columns");
  await take("board-hostile", mine);
  await take("board-hostile-columns", `${mine}&layout=columns`);
  await take("board-empty", "/board?q=nothing-at-all&late=true&due=2031-02-03..2031-02-09");
  await take("board-filters", "/board", () => page.locator(".choices > button").first().click());
  await take("board-saved", "/board?rush=true", () => page.locator(".choices .menu > button").click());
  await take("board-save", undefined, () => page.locator("[role=menuitem]:visible").first().click());
  await take("board-more", "/board", () => doings.locator(".menu > button").click());
  await take("board-csv", undefined, () => page.locator("[role=menuitem]:visible").last().click());
  await take("board-choose-columns", "/board", async () => {
    await doings.locator(".menu > button").click();
    await page.locator("[role=menuitem]:visible").first().click();
  });
  await take("board-new", "/board", () => page.locator(".button.new").click());
  await take("board-new-wrong", undefined, async () => {
    await page.locator('input[type="number"]').first().fill("500");
    await page.locator("dialog button[type=submit]").click();
  });
  await take("board-new-end", undefined, () => page.locator("dialog .content").evaluate((content) => content.scrollTo(0, 1e6)));
  const select = async () => {
    await page.locator(".grid .line input[type=checkbox]").first().check();
    await page.locator(".grid .line input[type=checkbox]").nth(1).check();
  };
  await take("board-selected", mine, select);
  await take("board-assign", undefined, () => bar.locator(".button.primary").click());
  await dialogOff(page);
  await take("board-status-menu", mine, async () => (await select(), bar.locator(".menu > button").first().click()));
  await take("board-transition", undefined, () => page.locator("[role=menuitem]:visible").last().click());
  await take("board-set-menu", mine, async () => (await select(), bar.locator(".menu > button").last().click()));
  await take("board-set-due", undefined, () => page.locator("[role=menuitem]:visible").first().click());
  await take("board-reports", mine, async () => (await select(), bar.locator("> .button:not(.plain):not(.danger)").last().click()));
  await take("board-delete", mine, async () => (await select(), bar.locator(".button.danger").last().click()));
}

async function map(page: Page, take: Take, w: World): Promise<void> {
  await take("map", "/map");
  await take("map-layers", undefined, () => page.locator("details summary").first().click());
  await take("map-chosen", `/map?q=${w.word}`, async () => {
    await page.locator(".map-canvas[data-units]").waitFor();
    await page.waitForTimeout(2_000);
    await page.locator('[class*="tools"] button').last().click();
    await page.waitForTimeout(2_500);
  });
  await take("map-order-card", `/map?q=${w.word}`, async () => {
    await page.waitForTimeout(3_000);
    await page.locator("[role=row]:visible").first().click();
    await page.waitForTimeout(2_500);
  });
  await take("map-unit-card", "/map", async () => {
    await page.waitForTimeout(2_000);
    await page.getByText(w.unit.name, { exact: true }).first().click();
    await page.waitForTimeout(2_500);
  });
  await take("map-plan", "/map?mode=plan");
  await take("map-replay", "/map?mode=replay");
}

async function order(page: Page, take: Take, w: World): Promise<void> {
  const at = `/orders/${w.order}`;
  const head = page.locator(".order-head");
  for (const tab of ["order", "work", "files", "timeline", "faces", "links"]) {
    await take(`order-${tab}`, tab === "order" ? at : `${at}?tab=${tab}`);
    await take(`order-${tab}-end`, undefined, () => page.locator("main").evaluate((main) => main.scrollTo(0, 1e6)));
  }
  await take("order-plain", `/orders/${w.plain}`);
  await take("order-plain-work", `/orders/${w.plain}?tab=work`);
  await take("order-plain-files", `/orders/${w.plain}?tab=files`);
  await take("order-deleted", `/orders/${w.deleted}`);
  await take("order-none", "/orders/9007199254740000");
  await take("order-edit", at, () => page.locator('[data-field="title"] button').first().click());
  await take("order-authority", at, () => page.locator('[data-field="client_status"] button').last().click());
  await take("order-assign", at, async () => (await page.waitForTimeout(500), page.keyboard.press("a")));
  await take("order-more", at, () => head.locator(".menu > button").last().click());
  await take("order-copy", undefined, () => page.locator("[role=menuitem]:visible").first().click());
  await take("order-move", at, () => head.locator(".menu > button").first().click());
  await take("order-task", at, () => page.locator(".task button").last().click());
  await take("order-past", at, async () => {
    await page.locator("input[type=range]").focus();
    await page.keyboard.press("ArrowLeft");
    await page.waitForTimeout(600);
    await page.locator("main").evaluate((main) => main.scrollTo(0, 0));
  });
  await take("order-photo", `${at}?tab=files`, () => page.locator(".photo").first().click());
  await take("order-upload", `${at}?tab=files`, async () => {
    const chosen = page.waitForEvent("filechooser", { timeout: 3_000 });
    await page.locator("[role=tabpanel] .card > header button").first().click();
    await (await chosen).setFiles([{ name: "front <b>.png", mimeType: "image/png", buffer: PIXEL }, { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("hello") }]);
  });
  const buttons = page.locator("[role=tabpanel] .card > header button");
  for (const [n, name] of ["form", "charge", "check-in"].entries()) await take(`order-${name}`, `${at}?tab=work`, () => buttons.nth(n).click());
  await take("order-document", `${at}?tab=links`, () => page.locator("[role=tabpanel] .card > header button").first().click());
}

async function jobs(page: Page, take: Take, w: World): Promise<void> {
  await take("jobs", "/jobs");
  await take("jobs-empty", `/jobs?producer=${w.word}&state=open`);
  await take("jobs-order", "/jobs", () => page.locator("main header .button.primary").click());
  for (const name of ["job", "asked", "failed", "finished"] as const) await take(`job-${name}`, `/jobs/${w[name]}`);
  await take("job-anew", `/jobs/${w.failed}`, () => page.locator("main header button").first().click());
}

let world: World | undefined;
for (const width of widths) {
  for (const { language, colorScheme } of looks) {
    const look = languages ? language : colorScheme;
    test(`${width} ${look}`, async ({ browser, hub, api }) => {
      test.setTimeout(900_000);
      world ??= await make(api);
      const context = await browser.newContext({ viewport: { width, height: SIZES[width] ?? 800 }, colorScheme, baseURL: hub, locale: language, hasTouch: width < 500, timezoneId: "America/Chicago" });
      const page = await context.newPage();
      page.setDefaultTimeout(4_000);
      const wanted = (process.env["SHOW"] ?? "").split(",");
      const take: Take = async (name, path, act) => {
        if (!wanted.some((word) => name.startsWith(word))) return;
        try {
          if (path) await page.goto(path);
          await page.waitForTimeout(name.startsWith("map") ? 4_000 : 600);
          await act?.();
          await page.waitForTimeout(400);
        } catch (wrong) {
          console.log(`${name} ${width} ${look}: ${String(wrong).split("\n")[0]}`);
        }
        await page.screenshot({ path: `screenshots/${name}-${width}-${look}.png` });
      };
      await take("sign-in", "/");
      await take("sign-in-wrong", undefined, async () => {
        await page.locator("input").first().fill("somebody");
        await page.locator("input[type=password]").fill("wrong");
        await page.locator("button[type=submit]").click();
        await expect(page.getByRole("alert")).toBeVisible();
      });
      await page.route("**/v1/setup", (route) => route.fulfill({ json: { needed: true } }));
      await take("set-up", "/setup?code=4711");
      await page.unroute("**/v1/setup");
      await new Api(hub, page.request).signIn();
      await frame(page, take, hub);
      await board(page, take, world);
      await map(page, take, world);
      await order(page, take, world);
      await jobs(page, take, world);
      const viewer = `viewer-${Date.now().toString(36)}`;
      await api.post("/v1/users", { name: viewer, password: "docket-demo", role: "viewer" });
      await new Api(hub, page.request).signIn(viewer);
      await take("viewer-board", "/board");
      await take("viewer-order", `/orders/${world.order}`);
      await take("viewer-order-work", `/orders/${world.order}?tab=work`);
      await take("viewer-job", `/jobs/${world.asked}`);
      await context.close();
    });
  }
}
