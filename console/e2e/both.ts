import type { Page } from "@playwright/test";
import { accessible as inOne } from "./world";

/** No violation that axe can find, in light and in dark. */
export async function accessible(page: Page): Promise<void> {
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    await inOne(page);
  }
}
