import { en } from "../src/pages/connections/setting-words/en";
import { es } from "../src/pages/connections/setting-words/es";
import { nl } from "../src/pages/connections/setting-words/nl";
import { ru } from "../src/pages/connections/setting-words/ru";
import type { SettingWords } from "../src/pages/connections/setting-words/types";
import { accessible } from "./both";
import { expect, test, visit } from "./world";

interface Dialect {
  id: string;
  title: string;
  settings: { name: string; title: string; help: string }[];
}

const LANGUAGES: Record<string, SettingWords> = { nl, es, ru };

test("no setting that the hub tells of is without words in any language, and no words are of none", async ({ api }) => {
  const { dialects } = await api.get<{ dialects: Dialect[] }>("/v1/dialects");
  const told = new Set(dialects.flatMap(({ id, settings }) => settings.map(({ name }) => `${id} ${name}`)));
  const missing: string[] = [];
  for (const [language, words] of Object.entries(LANGUAGES)) {
    for (const { id, settings } of dialects) {
      for (const { name, title, help } of settings) {
        const found = words[id]?.[name] ?? words["any"]?.[name];
        if (!found?.[0] || (help && !found[1])) missing.push(`${language} ${id} ${name}: ${title}`);
        else if (found[1] && found[1] === help) missing.push(`${language} ${id} ${name}: still in English`);
      }
    }
  }
  expect(missing).toEqual([]);
  const known = (id: string, name: string) => (id === "any" ? dialects.every((one) => told.has(`${one.id} ${name}`)) : told.has(`${id} ${name}`));
  const stale = Object.entries({ en, ...LANGUAGES }).flatMap(([language, words]) =>
    Object.entries(words).flatMap(([id, settings]) => Object.keys(settings).filter((name) => !known(id, name)).map((name) => `${language} ${id} ${name}`)),
  );
  expect(stale).toEqual([]);
});

test("the form that a dialect's settings make is in the person's language, for every dialect", async ({ page, api }) => {
  test.slow();
  const { dialects } = await api.get<{ dialects: Dialect[] }>("/v1/dialects");
  await api.call("PUT", "/v1/session/preferences", { language: "nl" });
  await visit(page, "/connections");
  await page.getByRole("button", { name: "Nieuwe koppeling" }).click();
  const dialog = page.getByRole("dialog", { name: "Nieuwe koppeling" });
  for (const { id, settings } of dialects) {
    await dialog.getByLabel("API", { exact: true }).selectOption(id);
    await dialog.getByLabel("Rol", { exact: true }).selectOption("both");
    const more = dialog.getByText(/^Nog \d+ instelling/);
    if (!(await dialog.locator("details").getAttribute("open").then((open) => open !== null))) await more.click();
    for (const { name } of settings) {
      const [title] = nl[id]?.[name] ?? nl["any"]![name]!;
      await expect(dialog.locator("label").filter({ hasText: new RegExp(`^${title.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}( \\(verplicht\\))?$`) }), `${id} ${name}`).toHaveCount(1);
    }
  }
  await accessible(page);
  await dialog.getByRole("button", { name: "Aanmaken" }).click();
  await expect(dialog.getByLabel("Naam", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await expect(dialog.getByText("Dit is nodig.")).toBeVisible();
});
