import { expect, NAME, PASSWORD, test } from "./world";

/** What a page of somebody else's could try with the browser of a signed-in person. */
test("forged and foreign requests are refused", async ({ api, page, hub }) => {
  const session = await api.get<{ csrf: string }>("/v1/session");
  const order = { number: `CSRF-${Date.now()}`, title: "forged" };
  const tried = async (headers: Record<string, string>) => {
    const answer = await page.request.post(`${hub}/v1/orders`, { data: order, headers });
    return [answer.status(), ((await answer.json()) as { code: string }).code];
  };
  expect(await tried({}), "without the token").toEqual([403, "csrf"]);
  expect(await tried({ "Docket-CSRF": "0".repeat(session.csrf.length) }), "with another token").toEqual([403, "csrf"]);
  expect(await tried({ "Docket-CSRF": session.csrf, Origin: "https://elsewhere.example" }), "from another page").toEqual([403, "csrf"]);
  expect(await tried({ "Docket-CSRF": session.csrf, "Sec-Fetch-Site": "cross-site" }), "from another site").toEqual([403, "csrf"]);
  const { orders } = await api.get<{ orders: unknown[] }>(`/v1/orders?number=${order.number}`);
  expect(orders).toEqual([]);
});

test("a session id that somebody planted is not the one that is used", async ({ browser, hub }) => {
  const context = await browser.newContext();
  const planted = "f".repeat(64);
  await context.addCookies([{ name: "docket_session", value: planted, url: hub }]);
  expect((await context.request.post(`${hub}/v1/session`, { data: { name: NAME, password: PASSWORD } })).status()).toBe(201);
  const cookie = (await context.cookies(hub)).find((one) => one.name === "docket_session");
  expect(cookie?.value).not.toBe(planted);
  expect([cookie?.httpOnly, cookie?.sameSite]).toEqual([true, "Strict"]);
  const other = await browser.newContext();
  await other.addCookies([{ name: "docket_session", value: planted, url: hub }]);
  expect((await other.request.get(`${hub}/v1/session`)).status()).toBe(401);
  await context.close();
  await other.close();
});

test("the console runs, loads and calls nothing that is not the hub's", async ({ api, page, hub }) => {
  const calls: string[] = [];
  page.on("request", (request) => calls.push(request.url()));
  const answer = await page.goto("/board");
  await api.get("/v1/session");
  const policy = answer?.headers()["content-security-policy"] ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self'");
  expect(policy).not.toContain("unsafe");
  expect(answer?.headers()["x-frame-options"]).toBe("DENY");
  await expect(page.getByRole("main")).toBeVisible();
  await page.goto("/map");
  await expect(page.locator("canvas").first()).toBeVisible();
  const foreign = calls.filter((url) => !url.startsWith(hub) && !/^(data|blob):/.test(url));
  expect(foreign).toEqual([]);
});
