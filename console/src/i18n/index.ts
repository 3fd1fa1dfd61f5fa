/**
 * Texts in the person's language. Every page has its texts beside it, in all languages at once, so that the compiler says
 * what is missing:
 *
 *     const texts = define({ en: { orders: "{n, plural, one {# order} other {# orders}}" }, nl: …, es: …, ru: … });
 *     const t = texts();
 *     t("orders", { n: 3 })
 *
 * Messages are ICU MessageFormat.
 */

import { IntlMessageFormat } from "intl-messageformat";
import { createMemo, createRoot } from "solid-js";
import { preferences } from "~/app/session";

export const LANGUAGES = { en: "English", nl: "Nederlands", es: "Español", ru: "Русский" } as const;
export type Language = keyof typeof LANGUAGES;

function isLanguage(word: string | undefined): word is Language {
  return word !== undefined && word in LANGUAGES;
}

/** The language in force: chosen, or the browser's first that we have. */
export const language = createRoot(() =>
  createMemo<Language>(() => {
    const chosen = preferences().language;
    if (isLanguage(chosen)) return chosen;
    return navigator.languages.map((one) => one.slice(0, 2)).find(isLanguage) ?? "en";
  }),
);

export type Values = Record<string, string | number | Date | null | undefined>;
export type Texts<K extends string> = Record<Language, Record<K, string>>;
export type Translate<K extends string> = (key: K, values?: Values) => string;

const formats = new Map<string, IntlMessageFormat>();

function format(lang: Language, message: string, values: Values | undefined): string {
  if (!message.includes("{")) return message;
  const key = `${lang}\u0000${message}`;
  let found = formats.get(key);
  if (!found) formats.set(key, (found = new IntlMessageFormat(message, lang, undefined, { ignoreTag: true })));
  return String(found.format(values));
}

/** Texts of one page; what comes back is read in components, and follows the language. */
export function define<K extends string>(texts: Texts<K>): () => Translate<K> {
  const translate: Translate<K> = (key, values) => format(language(), texts[language()][key] ?? key, values);
  return () => translate;
}

/** A number as people of this language write it. */
export function number(value: number, options?: Intl.NumberFormatOptions): string {
  return new Intl.NumberFormat(language(), options).format(value);
}

const zone = () => preferences().zone || undefined;

/** A moment in the person's zone. */
export function moment(at: string | number | Date | null | undefined, options: Intl.DateTimeFormatOptions = {}): string {
  if (at === null || at === undefined || at === "") return "";
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return String(at);
  const shape: Intl.DateTimeFormatOptions = Object.keys(options).length ? options : { dateStyle: "medium", timeStyle: "short" };
  return dates(shape).format(date);
}

// Making one takes longer than using it a hundred times, and tables have thousands of moments.
const dateFormats = new Map<string, Intl.DateTimeFormat>();

function dates(shape: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language()} ${zone()} ${JSON.stringify(shape)}`;
  let found = dateFormats.get(key);
  if (!found) dateFormats.set(key, (found = new Intl.DateTimeFormat(language(), { ...shape, timeZone: zone() })));
  return found;
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["second", 60],
  ["minute", 60],
  ["hour", 24],
  ["day", 7],
  ["week", 4.35],
  ["month", 12],
  ["year", Infinity],
];

/** How long ago, or until when: "in 5 minutes". */
export function relative(at: string | number | Date, now: number): string {
  let amount = (new Date(at).getTime() - now) / 1000;
  for (const [unit, size] of STEPS) {
    if (Math.abs(amount) < size) {
      return new Intl.RelativeTimeFormat(language(), { numeric: "auto", style: "short" }).format(Math.round(amount), unit);
    }
    amount /= size;
  }
  return "";
}

/** Bytes as people read them. */
export function bytes(size: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  const step = Math.min(units.length - 1, Math.floor(Math.log(Math.max(size, 1)) / Math.log(1000)));
  return number(size / 1000 ** step, { style: "unit", unit: units[step]!, unitDisplay: step ? "short" : "long", maximumFractionDigits: step ? 1 : 0 });
}

/** Seconds as days, hours and minutes. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds / 60);
  const [hours, minutes] = [Math.floor(whole / 60), whole % 60];
  const part = (value: number, unit: string) => number(value, { style: "unit", unit, unitDisplay: "narrow" });
  if (seconds < 60) return part(Math.round(seconds), "second");
  if (hours >= 48) return [part(Math.floor(hours / 24), "day"), hours % 24 ? part(hours % 24, "hour") : ""].filter(Boolean).join(" ");
  if (!hours) return part(minutes, "minute");
  return minutes ? `${part(hours, "hour")} ${part(minutes, "minute")}` : part(hours, "hour");
}
