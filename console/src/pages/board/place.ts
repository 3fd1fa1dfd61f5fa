import type { Row } from "./data";

/** Address and city in one line: what says most comes first, since the end may be cut off. */
export function place(row: Row): string {
  return [row.address, row.city, row.postal_code].filter(Boolean).join(", ");
}
