/** What every test begins with: somebody who is signed in, and the native API beside the browser. */

import AxeBuilder from "@axe-core/playwright";
import { expect, test as base, type APIRequestContext, type Page } from "@playwright/test";

export const NAME = "admin";
export const PASSWORD = "docket-demo";

interface Fixtures {
  /** The hub's address. */
  hub: string;
  /** The native API, as somebody with the same session. */
  api: Api;
}

/** The native API for setting things up and for checking what became of them. */
export class Api {
  #csrf = "";
  /** Who is signed in. */
  name = "";
  constructor(
    private readonly hub: string,
    private readonly context: APIRequestContext,
  ) {}

  async signIn(name = NAME): Promise<void> {
    const answer = await this.context.post(`${this.hub}/v1/session`, { data: { name, password: PASSWORD } });
    expect(answer.status(), await answer.text()).toBe(201);
    this.name = name;
    this.#csrf = ((await answer.json()) as { csrf: string }).csrf;
  }

  async call<T>(method: string, path: string, data?: unknown, headers: Record<string, string> = {}): Promise<T> {
    const answer = await this.context.fetch(`${this.hub}${path}`, {
      method,
      headers: { "Docket-CSRF": this.#csrf, ...headers },
      ...(data === undefined ? {} : { data }),
    });
    expect(answer.ok(), `${method} ${path}: ${answer.status()} ${answer.ok() ? "" : await answer.text()}`).toBe(true);
    return (answer.status() === 204 ? undefined : await answer.json()) as T;
  }

  get = <T>(path: string) => this.call<T>("GET", path);
  post = <T>(path: string, data: unknown = {}) => this.call<T>("POST", path, data);

  /** A new order of the demo account. */
  order(members: Record<string, unknown>): Promise<{ id: string; serial: number; number: string }> {
    return this.post("/v1/orders", members);
  }
}

export const test = base.extend<Fixtures>({
  hub: async ({}, use) => {
    await use(process.env["DOCKET_URL"] ?? "");
  },
  baseURL: async ({ hub }, use) => {
    await use(hub);
  },
  /** An administrator of its own, whose preferences no other test changes; the cookie is the browser's too. */
  api: async ({ hub, page, request }, use) => {
    const first = new Api(hub, request);
    await first.signIn();
    const name = `test-${Date.now().toString(36)}-${Math.floor(Math.random() * 1e6).toString(36)}`;
    await first.post("/v1/users", { name, password: PASSWORD, role: "admin" });
    const api = new Api(hub, page.request);
    await api.signIn(name);
    await use(api);
  },
});

/** Goes to a page as somebody signed in, and waits until it is there. Errors in the browser's console fail the test. */
export async function visit(page: Page, path: string): Promise<void> {
  page.on("pageerror", (error) => {
    throw error;
  });
  await page.goto(path);
  await expect(page.getByRole("main")).toBeVisible();
}

/** No violation of WCAG 2.2 A and AA that axe can find. */
export async function accessible(page: Page, but: string[] = []): Promise<void> {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const builder = but.reduce((made, selector) => made.exclude(selector), new AxeBuilder({ page }).withTags(tags));
  const { violations } = await builder.analyze();
  const told = violations.map((one) => `${one.id}: ${one.help}\n${one.nodes.map((node) => `  ${node.html.slice(0, 200)}\n  ${node.failureSummary ?? ""}`).join("\n")}`);
  expect(told.join("\n"), "axe").toBe("");
}

export { expect };
