/** Connections, the wire and the rest of the machine room: pages, states and dialogs, into console/screenshots. */

import type { Page } from "@playwright/test";
import { Api, test } from "../e2e/world";
import { furnish } from "./counterparts";

type Step = (page: Page) => Promise<unknown>;
const press = (name: string | RegExp): Step => async (page) => {
  const dialog = page.getByRole("dialog");
  await ((await dialog.count()) ? dialog : page).getByRole("button", { name }).first().click();
};
const inMenu = (item: string): Step => async (page) => {
  await page.getByRole("button", { name: "More", exact: true }).first().click();
  await page.getByRole("menuitem", { name: item }).click();
};

/** What is seen where, and what is pressed to see it; presses are by the English words. */
const PICTURES: [name: string, path: string, ...steps: Step[]][] = [
  ["connections", "/connections"],
  ["connection-serving", "/connections/all-ppw"],
  ["connection-refused", "/connections/crew-south-of-the-river-and-beyond"],
  ["connection-failing", "/connections/hotel-amsterdam"],
  ["connection-settings", "/connections/hotel-amsterdam?tab=settings"],
  ["connection-deliveries", "/connections/crew-that-bills?tab=deliveries"],
  ["connection-exchanges", "/connections/hotel-amsterdam?tab=exchanges"],
  ["connection-reconcile", "/connections/crew-north?tab=reconcile"],
  ["connection-missing", "/connections/nobody"],
  ["rules", "/rules"],
  ["deliveries", "/deliveries"],
  ["deliveries-none", "/deliveries?status=dropped"],
  ["messages", "/messages"],
  ["exchanges", "/exchanges?dialect=pruvan"],
  ["exchanges-none", "/exchanges?q=zzzzzz"],
  ["crosswalk", "/crosswalk"],
  ["webhooks", "/webhooks"],
  ["webhook", "/webhooks/warehouse-of-the-far-north"],
  ["webhook-good", "/webhooks/erp"],
  ["system", "/system"],
  ["settings", "/settings"],
  ["users", "/settings?tab=users"],
  ["tokens", "/settings?tab=tokens"],
];

const DIALOGS: [name: string, path: string, ...steps: Step[]][] = [
  ["dialog-create", "/connections", press("New connection"), (page) => page.getByLabel("API").selectOption("mews"), (page) => page.getByLabel("Role").selectOption("connect"), press("Create")],
  ["dialog-create-more", "/connections", press("New connection"), (page) => page.getByLabel("API").selectOption("wialon"), (page) => page.getByText(/more settings?$/).click()],
  ["dialog-rotate", "/connections/all-planviewer", press("Rotate credentials")],
  ["dialog-remove", "/connections/all-planviewer", press("Remove")],
  ["dialog-rule", "/rules", press("Edit: south-of-the-river"), press("Dry run")],
  ["dialog-rule-wrong", "/rules", press("New rule"), (page) => page.getByRole("dialog").getByLabel("When").fill('order.referense == "x"'), press("Dry run")],
  ["dialog-dry-run", "/rules", press("Dry run: south-of-the-river")],
  ["dialog-delivery", "/deliveries?connection=crew-south-of-the-river-and-beyond", press(/^Open: /)],
  ["dialog-drop", "/deliveries?connection=crew-that-bills", (page) => page.getByRole("checkbox").first().check(), press("Drop")],
  ["dialog-explain", "/exchanges?dialect=pruvan", (page) => page.getByRole("grid").getByRole("row").nth(1).click(), press("Explain")],
  ["exchange", "/exchanges?connection=crew-south-of-the-river-and-beyond", (page) => page.getByRole("grid").getByText("push").first().click()],
  ["crosswalk-one", "/crosswalk", (page) => page.getByRole("tab").nth(2).click()],
  ["dialog-webhook", "/webhooks", press("New webhook"), (page) => page.getByLabel("Only these types").check()],
  ["dialog-hook-rotate", "/webhooks/erp", inMenu("Rotate secret")],
  ["dialog-hook-replay", "/webhooks/erp", inMenu("Replay…")],
  ["dialog-totp", "/settings", press("Turn on")],
  ["dialog-user", "/settings?tab=users", press("Add a user")],
  ["menu-user", "/settings?tab=users", press(/^Actions: /)],
  ["dialog-token", "/settings?tab=tokens", press("Make a token")],
  ["dialog-message", "/messages", (page) => page.getByRole("grid").getByRole("row").nth(1).click()],
];

const only = process.env["PICTURES"] ? new RegExp(process.env["PICTURES"]) : /./;

function pictures(title: string, width: number, height: number, colorScheme: "light" | "dark", locale: string, name = "admin") {
  test(title, async ({ browser, hub }) => {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme, baseURL: hub, locale });
    const page = await context.newPage();
    page.setDefaultTimeout(6_000);
    const api = new Api(hub, page.request);
    if (name !== "admin") {
      const admin = new Api(hub, (await browser.newContext()).request);
      await admin.signIn();
      await furnish(admin);
    }
    await api.signIn(name);
    if (name === "admin") await furnish(api);
    const all = locale.startsWith("en") && name === "admin" ? [...PICTURES, ...DIALOGS] : PICTURES;
    for (const [one, path, ...steps] of all) {
      if (!only.test(one)) continue;
      await page.goto(path);
      await page.getByRole("main").waitFor();
      try {
        for (const step of steps) await step(page);
      } catch (error) {
        console.log(`${title} ${one}: ${String(error).split("\n")[0]}`);
      }
      await page.waitForTimeout(900);
      await page.screenshot({ path: `screenshots/${one}-${title}.png` });
    }
    await context.close();
  });
}

for (const [width, height] of [[1440, 900], [1024, 768], [390, 844]] as const) {
  for (const scheme of ["light", "dark"] as const) pictures(`${width}-${scheme}`, width, height, scheme, "en-US");
}
for (const locale of ["nl-NL", "es-ES", "ru-RU"]) {
  for (const [width, height] of [[1024, 768], [390, 844]] as const) pictures(`${width}-${locale.slice(0, 2)}`, width, height, "light", locale);
}
pictures("1024-viewer", 1024, 768, "light", "en-US", "frederika-van-der-westhuizen");
