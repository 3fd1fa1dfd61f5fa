import type { Row } from "./data";

/** Address and city in one line. */
export function place(row: Row): string {
  return [row.address, [row.postal_code, row.city].filter(Boolean).join(" ")].filter(Boolean).join(", ");
}
