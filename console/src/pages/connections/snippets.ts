import { quoted } from "../exchanges/curl";
import type { Credentials } from "./types";

/** A first call in a dialect, ready to be pasted: it reads, and changes nothing. `sha1` is how PPW and Pruvan want passwords. */
export function snippet(dialect: string, credentials: Credentials): string | undefined {
  const said = (name: string) => String(credentials[name] ?? "");
  const url = said("url").replace(/\/$/, "");
  const sha1 = `$(printf %s ${quoted(said("password"))} | sha1sum | cut -d' ' -f1)`;
  switch (dialect) {
    case "ppw":
      return [
        `password=${sha1}`,
        `curl -s ${quoted(`${url}/api/link/receiver.php`)} --data-urlencode "payload={\\"username\\":\\"${said("username")}\\",\\"password\\":\\"$password\\",\\"event_name\\":\\"get_all_orders\\",\\"event_data\\":\\"\\"}"`,
      ].join("\n");
    case "pruvan":
      return [
        `password=${sha1}`,
        `curl -s ${quoted(`${url}/pruvan/getWorkOrders`)} --data-urlencode "payload={\\"username\\":\\"${said("username")}\\",\\"password\\":\\"$password\\",\\"token\\":\\"${said("token")}\\"}"`,
      ].join("\n");
    case "wialon":
      return `curl -s ${quoted(`${url}/wialon/ajax.html`)} -d svc=token/login --data-urlencode ${quoted(`params={"token":"${said("token")}"}`)}`;
    case "mews":
      return [
        `curl -s ${quoted(`${url}/api/connector/v1/configuration/get`)} -H 'Content-Type: application/json' \\`,
        `  -d ${quoted(JSON.stringify({ ClientToken: said("client_token"), AccessToken: said("access_token"), Client: "curl 1.0" }))}`,
      ].join("\n");
    case "planviewer":
      return `curl -s -u ${quoted(`${said("key")}:${said("secret")}`)} ${quoted(`${url}/product_api/v1/products/list`)}`;
    default:
      return undefined;
  }
}
