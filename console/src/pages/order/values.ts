/** What fields say, in words. */

import { define, duration, moment, number } from "~/i18n";
import { words } from "~/i18n/words";
import { FIELDS } from "./fields";
import type { Json, Task, Unit } from "./types";

const texts = define({
  en: {
    unitGone: "Unit {id}", tasks: "{n, plural, one {# task} other {# tasks}}", person: "Person", company: "Company", sms: "Text message", sms2: "Text to the second phone", email: "E-mail",
    stop: "Must stand still", exit: "Done on leaving", permanent: "Permanent", keepStatus: "Keeps its status after the route", copy: "Made anew after the route",
  },
  nl: {
    unitGone: "Eenheid {id}", tasks: "{n, plural, one {# taak} other {# taken}}", person: "Persoon", company: "Bedrijf", sms: "Sms", sms2: "Sms naar tweede telefoon", email: "E-mail",
    stop: "Moet stilstaan", exit: "Klaar bij vertrek", permanent: "Doorlopend", keepStatus: "Houdt status na de route", copy: "Opnieuw gemaakt na de route",
  },
  es: {
    unitGone: "Unidad {id}", tasks: "{n, plural, one {# tarea} other {# tareas}}", person: "Persona", company: "Empresa", sms: "SMS", sms2: "SMS al segundo teléfono", email: "Correo",
    stop: "Debe detenerse", exit: "Completa al salir", permanent: "Permanente", keepStatus: "Conserva su estado tras la ruta", copy: "Se crea de nuevo tras la ruta",
  },
  ru: {
    unitGone: "Объект {id}", tasks: "{n, plural, one {# задача} few {# задачи} many {# задач} other {# задачи}}", person: "Человек", company: "Компания", sms: "СМС", sms2: "СМС на второй телефон", email: "Почта",
    stop: "Нужна остановка", exit: "Выполнен при выезде", permanent: "Постоянный", keepStatus: "Сохраняет статус после маршрута", copy: "Создаётся заново после маршрута",
  },
});

export type Bits = readonly (readonly [bit: number, word: string])[];

export function executionFlags(): Bits {
  const t = texts();
  return [[0x1, t("stop")], [0x2, t("exit")], [0x20, t("permanent")], [0x80, t("keepStatus")], [0x100, t("copy")]];
}

export function channels(): Bits {
  const t = texts();
  return [[0x1, t("sms")], [0x2, t("sms2")], [0x10, t("email")]];
}

export function customerKinds(): readonly (readonly [string, string])[] {
  const t = texts();
  return [["person", t("person")], ["company", t("company")]];
}

function bits(value: number, known: Bits): string {
  const rest = known.reduce((left, [bit]) => left & ~bit, value);
  const said = known.filter(([bit]) => value & bit).map(([, word]) => word);
  return [...said, ...(rest ? [`0x${rest.toString(16)}`] : [])].join(", ");
}

export interface Names {
  units: readonly Unit[];
  services: ReadonlyMap<string, string>;
}

/** A value of a field as people read it; empty where there is none. */
export function worded(field: string, value: Json, names: Names): string {
  if (value === null || value === undefined) return "";
  const t = texts();
  const spec = FIELDS.get(field);
  if (field === "tasks" && Array.isArray(value)) {
    return (value as unknown as Task[]).map((task) => `${task.done ? "☑" : "☐"} ${task.name}`).join(", ") || t("tasks", { n: 0 });
  }
  if (typeof value === "boolean") return words()(value ? "yes" : "no");
  if (Array.isArray(value)) return value.map((one) => (typeof one === "object" ? JSON.stringify(one) : String(one))).join(", ");
  if (typeof value === "object") return JSON.stringify(value);
  if (spec?.kind === "time") return moment(value);
  if (spec?.kind === "service") return names.services.get(String(value)) ?? String(value);
  if (typeof value === "string") return spec?.kind === "customerKind" ? (customerKinds().find(([kind]) => kind === value)?.[1] ?? value) : value;
  switch (spec?.kind) {
    case "unit":
      return names.units.find((unit) => unit.id === value)?.name ?? t("unitGone", { id: String(value) });
    case "seconds":
      return value < 0 ? `−${duration(-value)}` : duration(value);
    case "executionFlags":
      return bits(value, executionFlags());
    case "channels":
      return bits(value, channels());
  }
  if (field === "site.latitude" || field === "site.longitude" || field === "route.id") return String(value);
  if (spec?.unit === "metre") return value >= 1000 ? number(value / 1000, { style: "unit", unit: "kilometer", maximumFractionDigits: 1 }) : number(value, { style: "unit", unit: "meter", maximumFractionDigits: 0 });
  return number(value, spec?.unit ? { style: "unit", unit: spec.unit, maximumFractionDigits: 1 } : {});
}
