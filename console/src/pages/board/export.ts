/** Orders as CSV, and their reports in one file. */

import { path, send, type Query } from "~/api/client";
import type { BoardColumn } from "./columns";
import { called, readRows, type Row } from "./data";

/** More than that is for `docket export`, not for a browser. */
export const CSV_LIMIT = 100_000;
export const REPORTS_LIMIT = 50;

/** A spreadsheet takes text that begins like this for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

function field(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180 with a byte order mark, so that spreadsheets know it is UTF-8. */
export function toCsv(columns: readonly BoardColumn[], rows: readonly Row[]): Blob {
  const lines = [columns.map((column) => field(column.title)), ...rows.map((row) => columns.map((column) => field(column.text(row))))];
  return new Blob(["\ufeff", lines.map((line) => `${line.join(",")}\r\n`).join("")], { type: "text/csv;charset=utf-8" });
}

/** Every row of a query, page by page. */
export async function allRows(query: Query, read: (n: number) => void, signal: AbortSignal): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await readRows({ ...query, limit: 1000, cursor }, signal);
    rows.push(...page.orders);
    cursor = page.next_cursor;
    read(rows.length);
  } while (cursor && rows.length < CSV_LIMIT);
  return rows;
}

export type Format = "pdf" | "json" | "csv";

/** A report of each order; of several in one archive. */
export async function reports(rows: readonly Row[], format: Format, read: (n: number) => void, signal: AbortSignal): Promise<{ blob: Blob; name: string }> {
  const files: [name: string, bytes: Uint8Array][] = [];
  const taken = new Set<string>();
  for (const row of rows) {
    const response = await send("GET", path`/v1/orders/${row.id}/report`, { query: { format }, signal });
    const safe = called(row).replace(/[^\p{L}\p{N}._-]+/gu, "_").slice(0, 100) || String(row.serial);
    const name = taken.has(safe) ? `${safe}-${row.serial}` : safe;
    taken.add(name);
    files.push([`${name}.${format}`, new Uint8Array(await response.arrayBuffer())]);
    read(files.length);
  }
  const [first] = files;
  if (files.length === 1 && first) return { name: first[0], blob: new Blob([first[1] as Uint8Array<ArrayBuffer>]) };
  const { zipSync } = await import("fflate");
  const zipped = zipSync(Object.fromEntries(files), { level: 1 });
  return { name: "reports.zip", blob: new Blob([zipped as Uint8Array<ArrayBuffer>], { type: "application/zip" }) };
}

/** Hands a file to whoever sits there. */
export function hand(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
