/**
 * How long the board takes in a real browser over a million orders: to open, and to show what a filter leaves.
 *
 *     cargo xtask bench-console -- --only board                # makes the orders, starts the hub
 *     BOARD_DATA=/some/folder npm run bench board              # a data directory that has orders already
 */

import { spawn, spawnSync } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, PASSWORD, test } from "../e2e/world";

const DATA = process.env["BOARD_DATA"];
const BINARY = process.env["DOCKET_BINARY"] ?? join(import.meta.dirname, "../../target/release/docket");
const TURNS = Number(process.env["TURNS"] ?? 15);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((then) => server.once("listening", then));
  const { port } = server.address() as AddressInfo;
  await new Promise((then) => server.close(then));
  return port;
}

/** Starts a hub on the orders, with somebody who may sign in. */
async function serve(name: string): Promise<{ hub: string; stop: () => Promise<void> }> {
  const added = spawnSync(BINARY, ["user", "add", name, "--role", "dispatcher", "--password-stdin", "--data", DATA!], { input: PASSWORD });
  expect(added.status, String(added.stderr)).toBe(0);
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(BINARY, ["serve", "--listen", address, "--data", DATA!], { stdio: "ignore", env: { ...process.env, DOCKET_WIALON_IPS_LISTEN: "127.0.0.1:0" } });
  const hub = `http://${address}`;
  const stop = async () => {
    child.kill("SIGTERM");
    await new Promise((then) => (child.exitCode === null ? child.once("exit", then) : then(undefined)));
  };
  await expect
    .poll(() => fetch(`${hub}/readyz`).then((answer) => answer.status, () => 0), { timeout: 60_000 })
    .toBe(200)
    .catch(async (error) => {
      await stop();
      throw error;
    });
  return { hub, stop };
}

interface Watch {
  /** When something on the board was last drawn. */
  drawn: number;
  /** When somebody last clicked or typed. */
  asked: number;
}

/** Notes when rows and counts change; the moment is that of the frame in which they are seen. */
function watch(): void {
  const noted: Watch = { drawn: 0, asked: 0 };
  Object.assign(window, { noted });
  new MutationObserver((changes) => {
    const isBoard = changes.some(({ target }) => (target instanceof Element ? target : target.parentElement)?.closest(".grid, .status-bar, main"));
    if (isBoard) requestAnimationFrame((frame) => (noted.drawn = Math.max(noted.drawn, frame, performance.now())));
  }).observe(document, { subtree: true, childList: true, characterData: true });
  for (const kind of ["pointerdown", "input"]) addEventListener(kind, () => (noted.asked = performance.now()), true);
}

/** Waits until nothing is drawn for half a second; how long it took until the last was. */
async function settled(page: Page): Promise<number> {
  const noted = await page.evaluateHandle(() => (window as unknown as { noted: Watch }).noted);
  await expect.poll(() => noted.evaluate(({ drawn, asked }) => drawn > asked && performance.now() - drawn > 500), { intervals: [50], timeout: 30_000 }).toBe(true);
  return noted.evaluate(({ drawn, asked }) => drawn - asked);
}

function tell(what: string, times: number[]): void {
  const sorted = times.sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!.toFixed(0).padStart(5);
  console.log(`${what.padEnd(44)} median ${at(0.5)} ms   worst ${at(1)} ms   of ${sorted.length}`);
}

/** What is done, again and again; `n` is another number each time. */
const FILTERS: readonly (readonly [string, (page: Page, n: number) => Promise<void>])[] = [
  ["a status", (page, n) => page.getByRole("group", { name: "Statuses" }).getByRole("button", { name: n % 2 ? "Assigned" : "Closed" }).click()],
  ["open orders, or all", (page, n) => page.getByRole("group", { name: "Statuses" }).getByRole("button", { name: n % 2 ? "Open" : "All" }).click()],
  ["rush", (page) => page.getByRole("button", { name: "Rush", exact: true }).click()],
  ["late", (page) => page.getByRole("button", { name: "Late", exact: true }).click()],
  ["a word typed: a street and its number", (page, n) => page.getByRole("searchbox", { name: /Find an order/ }).fill(`${4000 + n} elm`)],
  ["a word typed: a common one", (page, n) => page.getByRole("searchbox", { name: /Find an order/ }).fill(n % 2 ? "utrecht" : "houston street")],
  ["a word typed: an order's number", (page, n) => page.getByRole("searchbox", { name: /Find an order/ }).fill(`wo-2029-${String(n * 3003).padStart(7, "0")}`)],
];

test("the board over many orders", async ({ page }) => {
  test.skip(!DATA, "BOARD_DATA names no data directory");
  const name = `bench-${Date.now().toString(36)}`;
  const { hub, stop } = await serve(name);
  try {
    await page.addInitScript(watch);
    await page.goto(`${hub}/board`);
    await page.getByLabel("Name").fill(name);
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    const all = page.getByRole("group", { name: "Statuses" }).getByRole("button", { name: /^All/ });
    await expect(all).toContainText(/\d/, { timeout: 120_000 });
    console.log(`${((await all.textContent()) ?? "").replace(/\D+/g, " ").trim().replace(/ /g, ",")} orders`);
    const opened: number[] = [];
    for (let turn = 0; turn < TURNS; turn++) {
      await page.goto("about:blank");
      await page.goto(`${hub}/board`);
      await expect(page.getByRole("row").nth(5)).toBeVisible();
      opened.push(await settled(page));
    }
    tell("opened, until the last row and count is there", opened);
    for (const [what, act] of FILTERS) {
      await page.goto(`${hub}/board`);
      await settled(page);
      const took: number[] = [];
      for (let turn = 1; turn <= TURNS; turn++) {
        await act(page, turn);
        took.push(await settled(page));
      }
      tell(what, took);
    }
  } finally {
    await stop();
  }
});
