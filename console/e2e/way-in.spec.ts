import { accessible, expect, NAME, PASSWORD, test } from "./world";

test("somebody signs in, is told when the password is wrong, and signs out", async ({ page, hub }) => {
  await page.goto(hub);
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await accessible(page);
  await page.getByLabel("User name").fill(NAME);
  await page.getByLabel("Password").fill("not this one");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toHaveText("Name or password is wrong.");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("navigation")).toBeVisible();
  await expect(page).toHaveURL(/\/board$/);
  await page.getByRole("button", { name: `${NAME}, admin` }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
});

test("the way in speaks four languages", async ({ page, hub }) => {
  await page.goto(hub);
  for (const [language, title] of [["Nederlands", "Aanmelden"], ["Español", "Iniciar sesión"], ["Русский", "Вход"], ["English", "Sign in"]] as const) {
    await page.getByRole("combobox").selectOption({ label: language });
    await expect(page.getByRole("heading", { name: title })).toBeVisible();
  }
});
