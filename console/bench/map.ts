/**
 * How many frames a second the map has while 5,000 units move on it, and how many it has with nothing on it, in the same browser and run.
 *
 *     cargo xtask bench-console -- --only map                # starts a demo hub of its own
 *     UNITS=1000 SECONDS=10 DOCKET_URL=… npm run bench map   # so many units, so long, at a hub that runs already; they stay there
 */

import { cpus, loadavg } from "node:os";
import type { Page } from "@playwright/test";
import { expect, test, type Api } from "../e2e/world";

const UNITS = Number(process.env["UNITS"] ?? 5000);
const SECONDS = Number(process.env["SECONDS"] ?? 20);
/** How often each unit reports. */
const EVERY_MS = Number(process.env["EVERY_MS"] ?? 1000);
const AT_ONCE = 8;
/** The demo world's Wialon Remote API: units are made there. */
const TOKEN = "a11".repeat(24);

interface Moving {
  unit: string;
  latitude: number;
  longitude: number;
  course: number;
}

/** Makes units as a program would. */
async function makeUnits(hub: string): Promise<Moving[]> {
  const svc = async (name: string, params: unknown, sid = "") => {
    const response = await fetch(`${hub}/wialon/ajax.html`, { method: "POST", body: new URLSearchParams({ svc: name, sid, params: JSON.stringify(params) }) });
    const answer = (await response.json()) as { error?: number; eid?: string; user?: { id: number }; item?: { id: number } };
    expect(answer.error ?? 0, `${name}: ${JSON.stringify(answer)}`).toBe(0);
    return answer;
  };
  const { eid, user } = await svc("token/login", { token: TOKEN });
  // What an earlier run left behind does not stand in the way.
  const run = Date.now() % 1e9;
  const waiting = Array.from({ length: UNITS }, (_, at) => at);
  const moving: Moving[] = [];
  const make = async () => {
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      const unit = `${run}${String(at).padStart(6, "0")}`;
      const { item } = await svc("core/create_unit", { creatorId: user?.id, name: `Unit ${at}`, hwTypeId: 9, dataFlags: 1 }, eid);
      await svc("unit/update_device_type", { itemId: item?.id, deviceTypeId: 9, uniqueId: unit }, eid);
      const [row, column] = [Math.floor(at / 71), at % 71];
      moving.push({ unit, latitude: 30.1 + row * 0.0055, longitude: -97.95 + column * 0.006, course: (at * 47) % 360 });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, make));
  return moving;
}

/** All of them drive on, some 50 km/h, and turn now and then. */
async function drive(api: Api, moving: readonly Moving[]): Promise<void> {
  const at = Date.now();
  const step = 0.000125 * (EVERY_MS / 1000);
  const lines = moving.map((one, index) => {
    if ((index + Math.floor(at / EVERY_MS)) % 20 === 0) one.course = (one.course + 60) % 360;
    one.latitude += step * Math.cos((one.course * Math.PI) / 180);
    one.longitude += step * Math.sin((one.course * Math.PI) / 180);
    return JSON.stringify({ ...one, at, speed_kmh: 50 });
  });
  await api.call("POST", "/v1/positions", lines.join("\n"), { "Content-Type": "application/x-ndjson" });
}

interface Frames {
  /** When the browser made each frame, and in how many of them the units were drawn anew. */
  times: number[];
  drawn: number;
}

/** Counts frames, and those in which somebody draws points: the units are. */
function countFrames(): void {
  const counted: Frames = { times: [], drawn: 0 };
  Object.assign(window, { counted });
  let drew = false;
  const draw = WebGL2RenderingContext.prototype.drawArrays;
  WebGL2RenderingContext.prototype.drawArrays = function (mode, first, count) {
    drew ||= mode === this.POINTS;
    draw.call(this, mode, first, count);
  };
  const frame = (now: number) => {
    counted.times.push(now);
    if (drew) counted.drawn += 1;
    drew = false;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

/** Looks at the map for a while, still or moved about with its keys; tells the frames a second: median and the slowest twentieth. */
async function measure(page: Page, what: string, pan: boolean): Promise<number> {
  const counted = await page.evaluateHandle(() => (window as unknown as { counted: Frames }).counted);
  await counted.evaluate((all) => Object.assign(all, { times: [], drawn: 0 }));
  const until = Date.now() + SECONDS * 1000;
  if (pan) await page.locator(".maplibregl-canvas").focus();
  for (let at = 0; Date.now() < until; at++) {
    if (pan) await page.keyboard.press(at % 8 < 4 ? "ArrowRight" : "ArrowLeft");
    await page.evaluate(() => new Promise((then) => setTimeout(then, 350)));
  }
  const { times, drawn } = await counted.jsonValue();
  const gaps = times.slice(1).map((time, at) => time - times[at]!).sort((a, b) => a - b);
  const rate = (share: number) => 1000 / gaps[Math.min(gaps.length - 1, Math.floor(gaps.length * share))]!;
  const seconds = (times.at(-1)! - times[0]!) / 1000;
  console.log(`${what.padEnd(34)} median ${rate(0.5).toFixed(1).padStart(5)} frames/s   p5 ${rate(0.95).toFixed(1).padStart(5)}   units drawn anew ${(drawn / seconds).toFixed(1).padStart(5)} times/s`);
  return rate(0.5);
}

test("frames a second with many units moving", async ({ page, api, hub }) => {
  const show = (on: boolean) => api.call("PUT", "/v1/session/preferences", { map: { layers: Object.fromEntries(["orders", "units", "trails", "routes", "fences"].map((layer) => [layer, on])) } });
  const open = async () => {
    await page.goto("/map");
    await expect(page.locator(".map-canvas")).toHaveAttribute("data-units", /\d/, { timeout: 120_000 });
  };
  await page.addInitScript(countFrames);
  await show(false);
  await open();
  const gl = await page.evaluate(() => {
    const context = document.createElement("canvas").getContext("webgl2")!;
    const info = context.getExtension("WEBGL_debug_renderer_info");
    return info ? String(context.getParameter(info.UNMASKED_RENDERER_WEBGL)) : "unknown";
  });
  console.log(`${cpus().length} × ${cpus()[0]?.model}; drawn by ${gl}; load ${loadavg()[0]?.toFixed(1)}; ${SECONDS} s each`);
  await measure(page, "nothing on the map, still", false);
  await measure(page, "nothing on the map, panned", true);

  const moving = await makeUnits(hub);
  await drive(api, moving);
  await show(true);
  await page.evaluate(() => localStorage.clear());
  await open();
  await expect.poll(async () => Number(await page.locator(".map-canvas").getAttribute("data-units")), { timeout: 120_000 }).toBeGreaterThanOrEqual(UNITS);
  let driving = true;
  const driven = (async () => {
    for (let next = Date.now(); driving; next = Math.max(next + EVERY_MS, Date.now())) {
      await drive(api, moving);
      await new Promise((then) => setTimeout(then, Math.max(0, next + EVERY_MS - Date.now())));
    }
  })();
  const still = await measure(page, `${UNITS} units moving, still`, false);
  await measure(page, `${UNITS} units moving, panned`, true);
  // Seen from near they go further on the screen, and are drawn anew more often.
  for (let times = 0; times < 4; times++) await page.getByRole("button", { name: "Closer" }).click();
  await measure(page, `${UNITS} units moving, seen from near`, false);
  driving = false;
  await driven;
  console.log(still >= 30 ? "at least 30 frames a second: reached" : "at least 30 frames a second: not reached on this machine");
});
