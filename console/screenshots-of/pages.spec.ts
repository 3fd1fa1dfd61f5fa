/** Every page at three widths, light and dark, into console/screenshots. */

import { Api, test } from "../e2e/world";

const WIDTHS = [
  [1440, 900],
  [1024, 768],
  [390, 844],
] as const;

for (const [width, height] of WIDTHS) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`${width} ${colorScheme}`, async ({ browser, hub }) => {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme, baseURL: hub, locale: "en-US" });
      const page = await context.newPage();
      const take = async (name: string) => {
        await page.waitForTimeout(name.startsWith("map") ? 6_000 : 1_500);
        await page.screenshot({ path: `screenshots/${name}-${width}-${colorScheme}.png` });
      };
      await page.goto("/");
      await take("sign-in");
      const api = new Api(hub, page.request);
      await api.signIn();
      const { orders } = await api.get<{ orders: { id: string; number: string }[] }>("/v1/orders?status=completed,submitted&limit=1000");
      const { exchanges } = await api.get<{ exchanges: { id: string }[] }>("/v1/exchanges?limit=1");
      const order = `/orders/${(orders.find((one) => one.number?.startsWith("WO-")) ?? orders[0]!).id}`;
      const pages: [name: string, path: string][] = [
        ["board", "/board"], ["board-columns", "/board?layout=columns"], ["map", "/map"], ["order", order], ["order-work", `${order}?tab=work`],
        ["order-files", `${order}?tab=files`], ["order-timeline", `${order}?tab=timeline`], ["order-faces", `${order}?tab=faces`], ["order-systems", `${order}?tab=links`],
        ["jobs", "/jobs"], ["deliveries", "/deliveries"], ["messages", "/messages"], ["connections", "/connections"], ["connection", "/connections/all-ppw"], ["rules", "/rules"],
        ["exchanges", "/exchanges"], ["exchange", `/exchanges/${exchanges[0]?.id ?? ""}`], ["crosswalk", "/crosswalk"], ["webhooks", "/webhooks"], ["system", "/system"],
        ["settings", "/settings"], ["users", "/settings?tab=users"], ["tokens", "/settings?tab=tokens"], ["reference", "/reference.html"],
      ];
      for (const [name, path] of pages) {
        await page.goto(path);
        await take(name);
      }
      await context.close();
    });
  }
}
