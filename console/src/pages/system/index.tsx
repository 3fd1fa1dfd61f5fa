import { createMemo, createResource, For, onCleanup, Show } from "solid-js";
import { api } from "~/api/client";
import { can } from "~/app/session";
import { bytes, define, duration, number } from "~/i18n";
import { Await, Badge, Facts, Time } from "~/ui";
import { Download } from "~/ui/icons";
import { Chart } from "./chart";
import { createMetrics } from "./metrics";

interface System {
  version: string;
  started_at: string;
  now: string;
  store: { backend: string; size_bytes?: number | null; wal_bytes?: number | null; blobs?: { count?: number; size_bytes?: number } | number | null };
  journal: { position: number };
  readers: { name: string; position: number | null; lag: number | null }[];
  listening: ({ name: string; address: string } | string)[];
  orders?: number;
  units?: number;
  connections?: number;
  memory_bytes?: number | null;
}

/** What somebody looks at first stands first. */
const FIRST = ["requests", "latency", "errors", "entries", "commit", "queue", "deliveries", "streams", "positions", "memory"];

const texts = define({
  en: {
    title: "System", version: "Version", up: "Running for", store: "Store", size: "Ledger", wal: "Write-ahead log", blobs: "Files", journal: "Journal position", orders: "Orders", units: "Units",
    connections: "Connections", memory: "Memory", listening: "Listens on", readers: "Readers of the journal", reader: "Reader", position: "Position", lag: "Behind by", upToDate: "up to date",
    readersHint: "Everything that follows orders is a reader: the relay, webhooks, mails, the search index. What it is behind by is what it has not looked at yet.", backup: "Download a backup",
    backupHint: "A consistent copy of the ledger and its files, made while the hub works. Restore it with docket restore.", figures: "The last hour", prometheus: "Everything as Prometheus metrics", none: "No figures yet: they begin with the first seconds of the hub.",
  },
  nl: {
    title: "Systeem", version: "Versie", up: "Actief sinds", store: "Opslag", size: "Grootboek", wal: "Write-ahead log", blobs: "Bestanden", journal: "Positie in het journaal", orders: "Orders", units: "Eenheden",
    connections: "Koppelingen", memory: "Geheugen", listening: "Luistert op", readers: "Lezers van het journaal", reader: "Lezer", position: "Positie", lag: "Achterstand", upToDate: "bij",
    readersHint: "Alles wat orders volgt is een lezer: de relay, webhooks, e-mail, de zoekindex. De achterstand is wat nog niet is bekeken.", backup: "Back-up downloaden",
    backupHint: "Een consistente kopie van het grootboek en de bestanden, gemaakt terwijl de hub werkt. Terugzetten met docket restore.", figures: "Het laatste uur", prometheus: "Alles als Prometheus-metingen", none: "Nog geen cijfers: ze beginnen met de eerste seconden van de hub.",
  },
  es: {
    title: "Sistema", version: "Versión", up: "En marcha desde hace", store: "Almacén", size: "Libro mayor", wal: "Registro previo", blobs: "Archivos", journal: "Posición del diario", orders: "Órdenes", units: "Unidades",
    connections: "Conexiones", memory: "Memoria", listening: "Escucha en", readers: "Lectores del diario", reader: "Lector", position: "Posición", lag: "Atraso", upToDate: "al día",
    readersHint: "Todo lo que sigue las órdenes es un lector: el relé, los webhooks, el correo, el índice de búsqueda. El atraso es lo que aún no ha visto.", backup: "Descargar copia de seguridad",
    backupHint: "Una copia coherente del libro mayor y sus archivos, hecha mientras el hub trabaja. Se restaura con docket restore.", figures: "La última hora", prometheus: "Todo como métricas de Prometheus", none: "Aún no hay cifras: empiezan con los primeros segundos del hub.",
  },
  ru: {
    title: "Система", version: "Версия", up: "Работает", store: "Хранилище", size: "Журнал", wal: "Журнал упреждающей записи", blobs: "Файлы", journal: "Позиция журнала", orders: "Заказы", units: "Объекты",
    connections: "Подключения", memory: "Память", listening: "Слушает", readers: "Читатели журнала", reader: "Читатель", position: "Позиция", lag: "Отставание", upToDate: "без отставания",
    readersHint: "Всё, что следит за заказами, — читатель: ретрансляция, вебхуки, почта, поисковый индекс. Отставание — то, что ещё не просмотрено.", backup: "Скачать резервную копию",
    backupHint: "Согласованная копия журнала и файлов, сделанная во время работы хаба. Восстановление: docket restore.", figures: "Последний час", prometheus: "Всё в виде метрик Prometheus", none: "Данных пока нет: они появятся через несколько секунд после запуска.",
  },
});

function blobsText(blobs: System["store"]["blobs"]): string | null {
  if (blobs === null || blobs === undefined) return null;
  if (typeof blobs === "number") return number(blobs);
  return [blobs.count === undefined ? "" : number(blobs.count), blobs.size_bytes === undefined ? "" : bytes(blobs.size_bytes)].filter(Boolean).join(", ");
}

function Readers(props: { of: System["readers"] }) {
  const t = texts();
  return (
    <section class="card">
      <header>
        <h2>{t("readers")}</h2>
      </header>
      <p class="body soft small">{t("readersHint")}</p>
      <div class="scroll" tabindex="0" role="region" aria-label={t("readers")}>
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">{t("reader")}</th>
              <th scope="col">{t("position")}</th>
              <th scope="col">{t("lag")}</th>
            </tr>
          </thead>
          <tbody>
            <For each={props.of}>
              {(reader) => (
                <tr>
                  <td class="mono">{reader.name}</td>
                  <td class="number">{reader.position === null ? "–" : number(reader.position)}</td>
                  <td>
                    <Show when={reader.lag} fallback={<Badge tone="good">{t("upToDate")}</Badge>}>
                      {(lag) => <Badge tone={lag() > 1000 ? "danger" : "warn"}>{number(lag())}</Badge>}
                    </Show>
                  </td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** How the hub is. */
export default function SystemPage() {
  const t = texts();
  const [system, { refetch }] = createResource(() => api.get<System>("/v1/system"));
  const metrics = createMetrics();
  void metrics.read();
  const timer = setInterval(() => document.visibilityState === "visible" && (void refetch(), void metrics.read()), 5_000);
  const place = (name: string) => (FIRST.indexOf(name) + 1 || FIRST.length + 1);
  const names = createMemo(() => [...new Set(metrics.series().map((one) => one.name))].sort((a, b) => place(a) - place(b)), [], { equals: (a, b) => a.join() === b.join() });
  onCleanup(() => clearInterval(timer));
  return (
    <div class="page">
      <header>
        <h1>{t("title")}</h1>
        <Show when={can("admin")}>
          <a class="button" href="/v1/system/backup" download="" title={t("backupHint")}>
            <Download size={16} aria-hidden="true" />
            {t("backup")}
          </a>
        </Show>
      </header>
      <Await of={system} retry={() => void refetch()}>
        {(system) => (
          <div class="two-columns">
            <section class="card">
              <div class="body">
                <Facts
                  of={[
                    [t("version"), system().version],
                    [t("up"), <span title={system().started_at}>{duration((Date.parse(system().now) - Date.parse(system().started_at)) / 1000)}</span>],
                    [t("store"), system().store.backend],
                    [t("size"), system().store.size_bytes ? bytes(system().store.size_bytes!) : null],
                    [t("wal"), system().store.wal_bytes ? bytes(system().store.wal_bytes!) : null],
                    [t("blobs"), blobsText(system().store.blobs)],
                    [t("journal"), <span class="number">{number(system().journal.position)}</span>],
                    [t("orders"), system().orders === undefined ? null : number(system().orders!)],
                    [t("units"), system().units === undefined ? null : number(system().units!)],
                    [t("connections"), system().connections === undefined ? null : number(system().connections!)],
                    [t("memory"), system().memory_bytes ? bytes(system().memory_bytes!) : null],
                    [t("listening"), system().listening.map((one) => (typeof one === "string" ? one : `${one.name} ${one.address}`)).join(", ")],
                  ]}
                />
              </div>
            </section>
            <Readers of={system().readers} />
          </div>
        )}
      </Await>
      <section class="stack" aria-label={t("figures")}>
        <div class="row">
          <h2 class="grow">{t("figures")}</h2>
          <a href="/metrics" target="_blank" rel="noopener">
            {t("prometheus")}
          </a>
        </div>
        <Show when={names().length} fallback={<p class="soft">{t("none")}</p>}>
          <div class="charts">
            <For each={names()}>{(name) => <Chart name={name} series={metrics.series().filter((one) => one.name === name)} />}</For>
          </div>
        </Show>
        <p class="soft small">
          <Time at={system.latest?.now} exact />
        </p>
      </section>
    </div>
  );
}
