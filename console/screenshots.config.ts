import tests from "./playwright.config";

/** Pictures of every page, for people to look at: nothing is asserted. */
export default { ...tests, testDir: "screenshots-of", timeout: 240_000, workers: 1 };
