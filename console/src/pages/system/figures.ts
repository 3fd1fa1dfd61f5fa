import { bytes, define, number } from "~/i18n";

/** What figures are called, and how their values read. */
const texts = define({
  en: {
    requests: "Requests", latency: "Time to answer", errors: "Failed requests", entries: "Journal entries", commit: "Time to disk", queue: "Waiting to be written", deliveries: "Deliveries", positions: "Positions", streams: "Event streams", memory: "Memory",
    counterparts: "to counterparts", webhooks: "to webhooks", native: "native API", perSecond: "{n}/s", ms: "{n} ms",
  },
  nl: {
    requests: "Verzoeken", latency: "Antwoordtijd", errors: "Mislukte verzoeken", entries: "Journaalposten", commit: "Tijd tot op schijf", queue: "Wacht op wegschrijven", deliveries: "Leveringen", positions: "Posities", streams: "Gebeurtenisstromen", memory: "Geheugen",
    counterparts: "naar tegenpartijen", webhooks: "naar webhooks", native: "eigen API", perSecond: "{n}/s", ms: "{n} ms",
  },
  es: {
    requests: "Peticiones", latency: "Tiempo de respuesta", errors: "Peticiones fallidas", entries: "Asientos del diario", commit: "Tiempo hasta el disco", queue: "En espera de escritura", deliveries: "Entregas", positions: "Posiciones", streams: "Flujos de eventos", memory: "Memoria",
    counterparts: "a otros sistemas", webhooks: "a webhooks", native: "API nativa", perSecond: "{n}/s", ms: "{n} ms",
  },
  ru: {
    requests: "Запросы", latency: "Время ответа", errors: "Неудачные запросы", entries: "Записи журнала", commit: "Время до диска", queue: "Ждут записи", deliveries: "Доставка", positions: "Положения", streams: "Потоки событий", memory: "Память",
    counterparts: "другим системам", webhooks: "вебхукам", native: "собственный API", perSecond: "{n}/с", ms: "{n} мс",
  },
});

/** A word of the hub as people say it; one that we do not know as it is. */
export function figureWord(word: string): string {
  const known = texts()(word as "requests");
  return known === word ? word.replaceAll("_", " ") : known;
}

/** A value with its unit. */
export function figureText(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined) return "–";
  if (unit === "bytes") return bytes(value);
  const n = number(value, { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 });
  if (unit === "1/s") return texts()("perSecond", { n });
  return unit === "ms" ? texts()("ms", { n }) : n;
}

/** The same where there is little room. */
export function axisText(value: number, unit: string): string {
  return unit === "bytes" ? bytes(value) : number(value, { notation: "compact" });
}
