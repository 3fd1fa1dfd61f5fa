/** Bodies of the wire, set out for people. Every character of a value stays as it was sent. */

export interface Part {
  /** Where in the body it stands; empty for all of it. */
  name: string;
  text: string;
  json: boolean;
}

/** Above this a text is shown as it is: nobody reads it set out, and setting it out takes long. */
const LONGEST = 2_000_000;

function parsed(text: string): unknown {
  if (text.length > LONGEST) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isStructure(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** JSON with line breaks and indents; numbers, escapes and repeated members stay as they were. */
export function indented(json: string): string {
  const out: string[] = [];
  let depth = 0;
  // Between the brackets of something empty there is nothing.
  let opened = false;
  const line = () => out.push(`\n${"  ".repeat(depth)}`);
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    const closes = token === "}" || token === "]";
    if (closes) depth -= 1;
    if (closes ? !opened : opened) line();
    opened = token === "{" || token === "[";
    if (opened) depth += 1;
    out.push(token === ":" ? ": " : token);
    if (token === ",") line();
  }
  return out.join("");
}

/** JSON texts that stand within JSON, with the place of each. */
function nested(value: unknown, place: string, depth = 0): Part[] {
  if (depth > 12) return [];
  if (typeof value === "string") {
    if (!/^\s*[{[]/.test(value)) return [];
    const inner = parsed(value);
    return isStructure(inner) ? [{ name: place, text: indented(value), json: true }, ...nested(inner, place, depth + 1)] : [];
  }
  if (!isStructure(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => nested(member, place ? `${place} › ${name}` : name, depth + 1));
}

function json(text: string, name: string): Part[] | undefined {
  const value = parsed(text);
  return isStructure(value) ? [{ name, text: indented(text), json: true }, ...nested(value, name)] : undefined;
}

/** Form fields in their order; those that are JSON are set out as such. */
export function form(text: string): Part[] {
  return [...new URLSearchParams(text)].flatMap(([name, value]) => json(value, name) ?? [{ name, text: value, json: false }]);
}

/** A body's parts; `undefined` when there is nothing to set out. */
export function setOut(body: string, contentType: string): Part[] | undefined {
  if (!body.trim() || body.length > LONGEST) return undefined;
  const whole = json(body.trim(), "");
  if (whole) return whole;
  const isForm = contentType.includes("x-www-form-urlencoded") || /^[\w.%[\]-]+=[^\n<]*$/.test(body);
  return isForm ? form(body) : undefined;
}

/** A header's value, whatever the case of its name. */
export function header(headers: string, name: string): string {
  const found = headers.split("\n").find((line) => line.toLowerCase().startsWith(`${name}:`));
  return found?.slice(name.length + 1).trim() ?? "";
}

export function target(line: string): { method: string; path: string; query: string } {
  const space = line.indexOf(" ");
  const [path = "", ...query] = line.slice(space + 1).split("?");
  return { method: line.slice(0, space), path, query: query.join("?") };
}
