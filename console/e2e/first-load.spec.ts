import { expect, test } from "./world";

/** What a first visit may cost, compressed; the map's library comes when somebody opens the map. */
const MOST_BYTES = 150_000;

test("a first visit to the board is light, and fetches no map", async ({ page, api }) => {
  await api.get("/v1/session");
  await page.goto("/board");
  await expect(page.getByRole("row").nth(1)).toBeVisible();
  const fetched = await page.evaluate(() =>
    performance
      .getEntries()
      .filter((entry) => entry instanceof PerformanceResourceTiming)
      .filter((entry) => !new URL(entry.name).pathname.startsWith("/v1/"))
      .map(({ name, encodedBodySize }) => ({ name: new URL(name).pathname, bytes: encodedBodySize })),
  );
  const bytes = fetched.reduce((sum, one) => sum + one.bytes, 0);
  console.log(`first load of the board: ${(bytes / 1000).toFixed(1)} kB compressed in ${fetched.length} files`);
  // The map's library alone is twice what may be fetched; its worker has a name of its own.
  expect(fetched.map(({ name }) => name).filter((name) => /maplibre|pmtiles|uplot/i.test(name))).toEqual([]);
  // The page itself, its script and its styles at least: an empty list would prove nothing.
  expect(fetched.filter(({ bytes }) => bytes > 0).length).toBeGreaterThan(3);
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
});
