import { target } from "./pretty";
import type { Exchange } from "./types";

/** Between one pair of machines only; curl makes its own. */
const OF_THE_WIRE = ["host", "connection", "content-length", "transfer-encoding", "accept-encoding", "expect"];

export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The request as a command; what the log masks stays masked. */
export function curl(exchange: Exchange, origin: string): string {
  const { method, path, query } = target(exchange.line);
  const url = `${exchange.direction === "in" ? origin : ""}${path}${query ? `?${query}` : ""}`;
  const parts = [`curl -s -X ${quoted(method)} ${quoted(url)}`];
  for (const line of exchange.request.headers.split("\n")) {
    const name = line.slice(0, line.indexOf(":")).trim().toLowerCase();
    if (name && !OF_THE_WIRE.includes(name)) parts.push(`-H ${quoted(line.trim())}`);
  }
  const { body } = exchange.request;
  const isText = !/^\(\d+ bytes of .*\)$/.test(body);
  if (body) parts.push(isText ? `--data-raw ${quoted(body)}` : "--data-binary @body");
  return parts.join(" \\\n  ");
}
