import { firstHub } from "./first-hub";
import { accessible, expect, NAME, PASSWORD, test, visit } from "./world";

const unique = () => `F${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`;

test("the first user is made in the browser, and another account is another world", async ({ browser, hub: tested }) => {
  const hub = await firstHub();
  const context = await browser.newContext({ baseURL: hub.url });
  // The console is the one under test, wherever that is served; the hub behind it is the new one.
  await context.route((url) => url.origin === hub.url && !url.pathname.startsWith("/v1"), async (route) => {
    const { pathname, search } = new URL(route.request().url());
    await route.fulfill({ response: await route.fetch({ url: `${tested}${pathname}${search}` }) });
  });
  const page = await context.newPage();
  await page.goto(hub.setup);
  await expect(page.getByRole("heading", { name: "Welcome to Docket" })).toBeVisible();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await accessible(page);
  }
  const code = page.getByLabel("Set-up code");
  await expect(code).toHaveValue(new URL(hub.setup).searchParams.get("code")!);
  await page.getByLabel("User name").fill("first");
  await page.getByLabel("Password", { exact: true }).fill("a long enough one");
  await page.getByLabel("Password once more").fill("another long one");
  await expect(page.getByText("The two are not the same.")).toBeVisible();
  await page.getByLabel("Password once more").fill("a long enough one");
  const right = await code.inputValue();
  await code.fill("not this one");
  await page.getByRole("button", { name: "Create and sign in" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await code.fill(right);
  await page.getByRole("button", { name: "Create and sign in" }).click();
  await expect(page).toHaveURL(/\/board$/);
  await expect(page.getByText("There are no orders yet.")).toBeVisible();
  const session = async () => (await (await page.request.get("/v1/session")).json()) as { user: { name: string }; account: string; role: string };
  expect(await session()).toMatchObject({ user: { name: "first" }, account: "main", role: "admin" });
  // What was set up once is not set up again.
  expect(await (await page.request.get("/v1/setup")).json()).toEqual({ needed: false });

  await hub.command("user", "add", "second", "--account", "other", "--generate-password");
  await hub.command("user", "grant", "first", "--account", "other", "--role", "viewer");
  const csrf = ((await (await page.request.get("/v1/session")).json()) as { csrf: string }).csrf;
  await page.request.post("/v1/orders", { data: { number: "OF-MAIN" }, headers: { "Docket-CSRF": csrf } });
  // An account that is new is known to who signs in.
  await page.getByRole("button", { name: "first, admin" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByLabel("User name").fill("first");
  await page.getByLabel("Password").fill("a long enough one");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("row").filter({ hasText: "OF-MAIN" })).toBeVisible();
  await accessible(page);
  await page.getByRole("combobox", { name: "Account" }).selectOption("other");
  await expect(page.getByText("There are no orders yet.")).toBeVisible();
  await expect(page.getByText("OF-MAIN")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "New order" })).toHaveCount(0);
  await expect.poll(session).toMatchObject({ account: "other", role: "viewer" });
  // Back by the palette.
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: /A page, an action/ }).fill("account main");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("row").filter({ hasText: "OF-MAIN" })).toBeVisible();
  expect(await session()).toMatchObject({ account: "main", role: "admin" });
  await context.close();
  await hub.close();
});

test("whoever tries too often is told how long to wait", async ({ page, hub }) => {
  await page.route("**/v1/session", (route) =>
    route.request().method() === "POST"
      ? route.fulfill({ status: 429, headers: { "Retry-After": "7", "Content-Type": "application/problem+json" }, json: { title: "Too many requests", status: 429, code: "rate_limited" } })
      : route.continue(),
  );
  await page.goto(hub);
  await page.getByLabel("User name").fill(NAME);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toHaveText("Too many attempts. Try again in 7 seconds.");
  await page.emulateMedia({ colorScheme: "dark" });
  await accessible(page);
});

test("the palette goes to pages, does things, and finds orders", async ({ page, api }) => {
  const word = unique();
  const hostile = `<img src=x onerror="document.title='${word}'">`;
  const { id } = await api.order({ number: word, title: hostile, site: { address1: "1 Palette St", city: "Austin" } });
  await visit(page, "/system");
  const open = async () => {
    await page.keyboard.press("Control+k");
    await expect(page.getByRole("dialog", { name: "Go anywhere, do anything" })).toBeVisible();
  };
  const find = page.getByRole("combobox", { name: /A page, an action/ });
  await open();
  await expect(find).toBeFocused();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await accessible(page);
  }
  await find.fill("job");
  await expect(page.getByRole("option", { name: "Jobs" })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/jobs$/);
  // Escape leaves everything as it was.
  await open();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page).toHaveURL(/\/jobs$/);
  await page.getByRole("button", { name: "Go anywhere, do anything" }).click();
  await find.fill("dark");
  await page.keyboard.press("Enter");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect.poll(async () => (await api.get<{ theme?: string }>("/v1/session/preferences")).theme).toBe("dark");
  await open();
  await find.fill(word.toLowerCase());
  await expect(page.getByRole("option").filter({ hasText: hostile })).toBeVisible();
  expect(await page.title()).not.toBe(word);
  await page.keyboard.press("ArrowUp");
  await expect(page.getByRole("option", { name: `Find “${word.toLowerCase()}” on the board` })).toHaveAttribute("aria-selected", "true");
  await page.getByRole("option").filter({ hasText: hostile }).click();
  await expect(page).toHaveURL(new RegExp(id));
  await open();
  await find.fill("new order");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "New order" })).toBeVisible();
  await expect(page).toHaveURL(/\/board$/);
});

test("colours and language are chosen at the top, and kept with the user", async ({ page, api }) => {
  await visit(page, "/board?status=rejected");
  await page.getByRole("button", { name: "Light or dark" }).click();
  await accessible(page);
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.getByRole("button", { name: `${api.name}, admin` }).click();
  await accessible(page);
  await page.getByRole("menuitemradio", { name: "Русский" }).click();
  await expect(page.getByRole("link", { name: "Доска" })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "ru");
  await expect.poll(async () => api.get<{ theme?: string; language?: string }>("/v1/session/preferences")).toMatchObject({ theme: "dark", language: "ru" });
  for (const [name, board] of [["Nederlands", "Bord"], ["Español", "Tablero"], ["English", "Board"]] as const) {
    await page.getByRole("button", { name: `${api.name}, admin` }).click();
    await page.getByRole("menuitemradio", { name }).click();
    await expect(page.getByRole("link", { name: board, exact: true })).toBeVisible();
    await accessible(page);
  }
  await page.getByRole("button", { name: "Light or dark" }).click();
  await page.getByRole("menuitemradio", { name: "Light" }).click();
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "light");
});

test("pages are gone to with keys, the skip link, and on a phone with the bar below", async ({ page, api }) => {
  void api;
  await visit(page, "/board");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "To the content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
  for (const [letter, path] of [["j", "jobs"], ["m", "map"], ["x", "crosswalk"], ["b", "board"]] as const) {
    await page.keyboard.press("g");
    await page.keyboard.press(letter);
    await expect(page).toHaveURL(new RegExp(`/${path}$`));
  }
  await page.keyboard.press("Shift+?");
  const list = page.getByRole("dialog", { name: "Keyboard" });
  await expect(list).toContainText("New order");
  await accessible(page);
  await list.getByRole("button", { name: "Close" }).last().click();
  await expect(list).toBeHidden();
  await page.keyboard.press("n");
  await expect(page.getByRole("dialog", { name: "New order" })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("f");
  await expect(page.getByRole("dialog", { name: "Filters" })).toBeVisible();
  await page.keyboard.press("Escape");

  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole("navigation").getByRole("link", { name: "Jobs" }).click();
  await expect(page).toHaveURL(/\/jobs$/);
  await page.getByRole("button", { name: "More pages" }).click();
  await accessible(page);
  await page.getByRole("menuitem", { name: "System" }).click();
  await expect(page).toHaveURL(/\/system$/);
  await page.goto("/nowhere");
  await expect(page.getByText("There is no such page")).toBeVisible();
  await accessible(page);
  await page.getByRole("link", { name: "To the board" }).click();
  await expect(page).toHaveURL(/\/board$/);
});

test("a hub that has gone away is said to have, and comes back by itself", async ({ page, api }) => {
  const word = unique();
  await api.order({ number: word });
  await page.route("**/v1/**", (route) => route.abort());
  await page.goto(`/board?q=${word}`);
  await expect(page.getByRole("alert")).toContainText("The hub cannot be reached");
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await accessible(page);
  }
  await page.unroute("**/v1/**");
  await expect(page.getByRole("row").filter({ hasText: word })).toBeVisible();
  // In the middle of the work, what is there stays, and is asked for again.
  await page.route("**/v1/orders*", (route) => route.abort());
  await page.getByRole("group", { name: "Statuses" }).getByRole("button", { name: "Completed" }).click();
  await expect(page.getByRole("alert")).toContainText("The hub cannot be reached");
  await accessible(page);
  await page.unroute("**/v1/orders*");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("No order fits these filters.")).toBeVisible();
});

test("a session that ended elsewhere leads back to where one was", async ({ page, api, hub }) => {
  const word = unique();
  await api.order({ number: word });
  await visit(page, `/board?q=${word}`);
  await expect(page.getByRole("row").filter({ hasText: word })).toBeVisible();
  const { csrf } = await api.get<{ csrf: string }>("/v1/session");
  expect((await page.request.delete(`${hub}/v1/session`, { headers: { "Docket-CSRF": csrf } })).ok()).toBe(true);
  await page.getByRole("group", { name: "Statuses" }).getByRole("button", { name: "Open" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await page.getByLabel("User name").fill(api.name);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("row").filter({ hasText: word })).toBeVisible();
});
