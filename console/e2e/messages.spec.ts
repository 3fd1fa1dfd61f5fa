import { fresh } from "./receiver";
import { accessible } from "./both";
import { expect, test, visit, type Api } from "./world";

interface Message {
  id: number;
  status: string;
  to: string;
  subject: string | null;
}

/** A mail that is owed: somebody ordered as many documents as a day allows. */
async function owed(api: Api, post: (path: string, key: string, data: unknown) => Promise<unknown>): Promise<Message> {
  const to = `${fresh("desk")}@example.com`;
  const name = fresh("desk");
  const settings = { soft_cap: 1, grace: 3, email: to, scope: "account" };
  const { credentials } = await api.post<{ credentials: Record<string, string> }>("/v1/connections", { name, dialect: "planviewer", role: "serve", settings });
  const key = Buffer.from(`${credentials["key"]}:${credentials["secret"]}`).toString("base64");
  const street = `Mail${Date.now()}`;
  await api.order({ number: fresh("M"), site: { address1: `1 ${street} St`, city: "Austin", region: "TX", postal_code: "78701" } });
  const found = (await post("search/structured", key, { entity: "adres", query: { field: { fields: ["openbareruimtenaam"], query: street.toLowerCase() } } })) as { uuid: string }[];
  const listed = (await post("intentions/list", key, { uuids: [found[0]!.uuid], products: ["site_report"] })) as { intentions: { uuid: string }[] }[];
  await post("jobs/order", key, { uuids: [listed[0]!.intentions[0]!.uuid] });
  const find = async () => (await api.get<{ messages: Message[] }>("/v1/outbox?limit=1000")).messages.find((one) => one.to === to);
  await expect.poll(find).toBeTruthy();
  return (await find())!;
}

test("a message is found, read, dropped and sent after all", async ({ page, api, hub }) => {
  const message = await owed(api, async (path, key, data) => {
    const answer = await page.request.post(`${hub}/product_api/v1/${path}`, { data, headers: { Authorization: `Basic ${key}`, Accept: "application/json" } });
    expect(answer.status(), await answer.text()).toBe(200);
    return answer.json();
  });
  const status = async () => (await api.get<Message>(`/v1/outbox/${message.id}`)).status;
  await visit(page, "/messages");
  const grid = page.getByRole("grid", { name: "Messages" });
  const row = grid.getByRole("row", { name: message.to });
  await expect(row).toContainText("Queued");
  await accessible(page);
  await row.getByText(message.to).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("group", { name: "Message" })).toBeVisible();
  await accessible(page);
  await dialog.getByRole("button", { name: "Drop" }).click();
  const sure = page.getByRole("dialog", { name: "Drop this message?" });
  await accessible(page);
  await sure.getByRole("button", { name: "Drop" }).click();
  await expect(row).toContainText("Dropped");
  expect(await status()).toBe("dropped");
  await page.getByLabel("Status").selectOption("queued");
  await expect(row).toHaveCount(0);
  await page.getByLabel("Status").selectOption("dropped");
  await row.getByRole("checkbox").check();
  await page.getByRole("group", { name: "1 selected" }).getByRole("button", { name: "Send now" }).click();
  await expect.poll(status).not.toBe("dropped");
});
