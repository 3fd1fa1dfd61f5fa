import { defineConfig } from "@playwright/test";
import tests from "../playwright.config";

/** Measurements in the browser: one at a time, so that they do not slow each other down. */
export default defineConfig({ ...tests, testDir: ".", testMatch: ["board.ts", "map.ts"], globalSetup: "../e2e/hub.ts", workers: 1, timeout: 600_000 });
