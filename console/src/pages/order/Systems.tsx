import { A } from "@solidjs/router";
import { createResource, createSignal, For, Show } from "solid-js";
import { api, path } from "~/api/client";
import { onLiveSoon } from "~/api/live";
import { can } from "~/app/session";
import { define } from "~/i18n";
import { words } from "~/i18n/words";
import { Await, Badge, CopyButton, Dialog, Empty, ErrorNotice, Progress, say, sayProblem, SelectField, Time } from "~/ui";
import type { Tone } from "~/ui/badge";
import { Download, Plus, RefreshCw, X } from "~/ui/icons";
import { ConnectionLink } from "./Authority";
import { useOrder } from "./model";
import type { Delivery, Job } from "./types";

const texts = define({
  en: {
    deliveries: "Deliveries", noDeliveries: "Nothing of this order is owed to anybody", origin: "Where it came from and went", from: "Came from", native: "Made here", routed: "Handed to", imported: "Imported by", keys: "Keys of others", id: "Id", serial: "Serial", created: "Made", changed: "Changed",
    queued: "Queued", sending: "Sending", sent: "Synced", error: "Error", held: "Held", dropped: "Dropped", attempts: "{n, plural, one {# attempt} other {# attempts}}", retry: "Try again now", drop: "Give it up", release: "Let it go", dropping: "Give up the delivery to {connection}?",
    jobs: "Documents of this order", noJobs: "No document was ordered", own: "This order is a job", order: "Order a document", product: "What", ordered: "Ordered", open: "open", claimed: "in work", following: "follows the order", delayed: "delayed", waiting: "waits for an answer", finished: "finished", failed: "failed", canceled: "canceled",
  },
  nl: {
    deliveries: "Leveringen", noDeliveries: "Van deze order is niemand iets verschuldigd", origin: "Waar hij vandaan kwam en heen ging", from: "Kwam van", native: "Hier gemaakt", routed: "Doorgegeven aan", imported: "Geïmporteerd door", keys: "Sleutels van anderen", id: "Id", serial: "Volgnummer", created: "Gemaakt", changed: "Gewijzigd",
    queued: "In de rij", sending: "Wordt verzonden", sent: "Gelijk", error: "Fout", held: "Vastgehouden", dropped: "Opgegeven", attempts: "{n, plural, one {# poging} other {# pogingen}}", retry: "Nu opnieuw", drop: "Opgeven", release: "Laten gaan", dropping: "De levering aan {connection} opgeven?",
    jobs: "Documenten van deze order", noJobs: "Er is geen document besteld", own: "Deze order is een taak", order: "Document bestellen", product: "Wat", ordered: "Besteld", open: "open", claimed: "in behandeling", following: "volgt de order", delayed: "uitgesteld", waiting: "wacht op antwoord", finished: "klaar", failed: "mislukt", canceled: "geannuleerd",
  },
  es: {
    deliveries: "Entregas", noDeliveries: "No se debe nada de esta orden a nadie", origin: "De dónde vino y adónde fue", from: "Vino de", native: "Creada aquí", routed: "Pasada a", imported: "Importada por", keys: "Claves de otros", id: "Id", serial: "Serie", created: "Creada", changed: "Cambiada",
    queued: "En cola", sending: "Enviando", sent: "Sincronizada", error: "Error", held: "Retenida", dropped: "Abandonada", attempts: "{n, plural, one {# intento} other {# intentos}}", retry: "Reintentar ahora", drop: "Abandonar", release: "Dejar pasar", dropping: "¿Abandonar la entrega a {connection}?",
    jobs: "Documentos de esta orden", noJobs: "No se ha pedido ningún documento", own: "Esta orden es un trabajo", order: "Pedir un documento", product: "Qué", ordered: "Pedido", open: "abierto", claimed: "en curso", following: "sigue a la orden", delayed: "aplazado", waiting: "espera respuesta", finished: "terminado", failed: "fallido", canceled: "cancelado",
  },
  ru: {
    deliveries: "Доставка", noDeliveries: "По этому заказу никому ничего не причитается", origin: "Откуда пришёл и куда ушёл", from: "Пришёл от", native: "Создан здесь", routed: "Передан", imported: "Импортирован", keys: "Чужие ключи", id: "Id", serial: "Номер в хабе", created: "Создан", changed: "Изменён",
    queued: "В очереди", sending: "Отправляется", sent: "Доставлено", error: "Ошибка", held: "Задержано", dropped: "Оставлено", attempts: "{n, plural, one {# попытка} few {# попытки} many {# попыток} other {# попытки}}", retry: "Повторить сейчас", drop: "Оставить", release: "Отпустить", dropping: "Отказаться от доставки в {connection}?",
    jobs: "Документы по заказу", noJobs: "Документы не заказаны", own: "Этот заказ — задание", order: "Заказать документ", product: "Что", ordered: "Заказано", open: "открыто", claimed: "в работе", following: "ждёт заказ", delayed: "отложено", waiting: "ждёт ответа", finished: "готово", failed: "не выполнено", canceled: "отменено",
  },
});

const LOOK: Record<string, { word: "queued" | "sending" | "sent" | "error" | "held" | "dropped"; tone: Tone }> = {
  queued: { word: "queued", tone: "accent" }, sending: { word: "sending", tone: "accent" }, synced: { word: "sent", tone: "good" },
  error: { word: "error", tone: "danger" }, held: { word: "held", tone: "warn" }, dropped: { word: "dropped", tone: "quiet" },
};

/** Other systems: where the order came from and went, what is owed to them, what was ordered about it. */
export function Systems() {
  return (
    <div class="groups few">
      <Origin />
      <Deliveries />
      <Jobs />
    </div>
  );
}

function Origin() {
  const t = texts();
  const order = useOrder();
  const shown = () => order.shown()!;
  return (
    <section class="card" aria-label={t("origin")}>
      <header>
        <h2>{t("origin")}</h2>
      </header>
      <dl class="facts body">
        <dt>{t("from")}</dt>
        <dd class="row">
          <Show when={shown().origin.connection !== null} fallback={t("native")}>
            <ConnectionLink of={shown().origin.connection} />
          </Show>
          <Badge>{shown().origin.dialect}</Badge>
        </dd>
        <Connections title={t("routed")} of={shown().routed_to} />
        <Connections title={t("imported")} of={shown().imported_by} />
        <Show when={shown().keys?.length}>
          <dt>{t("keys")}</dt>
          <dd>
            <For each={shown().keys}>
              {(key) => (
                <p>
                  <ConnectionLink of={key.connection || null} /> {key.namespace} <span class="mono">{key.key}</span>
                </p>
              )}
            </For>
          </dd>
        </Show>
        <dt>{t("id")}</dt>
        <dd class="row together">
          <span class="mono">{shown().id}</span>
          <CopyButton text={shown().id} />
        </dd>
        <dt>{t("serial")}</dt>
        <dd class="number">{shown().serial}</dd>
        <dt>{t("created")}</dt>
        <dd>
          <Time at={shown().created_at} exact />
        </dd>
        <dt>{t("changed")}</dt>
        <dd>
          <Time at={shown().updated_at} exact />
        </dd>
      </dl>
    </section>
  );
}

function Connections(props: { title: string; of: number[] | undefined }) {
  return (
    <Show when={props.of?.length}>
      <dt>{props.title}</dt>
      <dd class="row">
        <For each={props.of}>{(connection) => <ConnectionLink of={connection} />}</For>
      </dd>
    </Show>
  );
}

function Deliveries() {
  const t = texts();
  const w = words();
  const order = useOrder();
  const [deliveries, { refetch }] = createResource(
    () => order.now()?.serial,
    (serial) => api.get<{ deliveries: Delivery[] }>("/v1/deliveries", { order: serial }).then((answer) => answer.deliveries),
  );
  onLiveSoon(["delivery"], ({ data }) => (data as Delivery).order?.serial === order.now()?.serial, () => void refetch());
  const act = async (delivery: Delivery, what: "retry" | "drop" | "release") => {
    await api.post(`${path`/v1/deliveries/${delivery.id}`}/${what}`).catch(sayProblem);
    void refetch();
  };
  const [dropping, setDropping] = createSignal<Delivery>();
  return (
    <section class="card" aria-label={t("deliveries")}>
      <header>
        <h2>{t("deliveries")}</h2>
      </header>
      <Await of={deliveries} retry={() => void refetch()}>
        {(deliveries) => (
          <Show when={deliveries().length} fallback={<Empty>{t("noDeliveries")}</Empty>}>
            <ul class="items">
              <For each={deliveries()}>
                {(delivery) => (
                  <li class="item">
                    <div class="row">
                      <ConnectionLink of={delivery.connection} />
                      <Badge tone={LOOK[delivery.status]?.tone ?? "quiet"}>{LOOK[delivery.status] ? t(LOOK[delivery.status]!.word) : delivery.status}</Badge>
                      <span class="soft small">
                        {t("attempts", { n: delivery.attempts })}, <Time at={delivery.tried_at ?? delivery.since} />
                      </span>
                      <span class="grow" />
                      <Show when={can("dispatcher") && delivery.status !== "synced"}>
                        <Show when={delivery.status === "held"}>
                          <button type="button" class="button small" onClick={() => void act(delivery, "release")}>
                            {t("release")}
                          </button>
                        </Show>
                        <button type="button" class="button small" onClick={() => void act(delivery, "retry")}>
                          <RefreshCw size={13} aria-hidden="true" />
                          {t("retry")}
                        </button>
                        <Show when={delivery.status !== "dropped"}>
                          <button type="button" class="button small" onClick={() => setDropping(delivery)}>
                            <X size={13} aria-hidden="true" />
                            {t("drop")}
                          </button>
                        </Show>
                      </Show>
                    </div>
                    <Show when={delivery.error}>
                      <p class="wrong lines">{delivery.error}</p>
                    </Show>
                    <Show when={delivery.summary}>
                      <p class="soft lines">{delivery.summary}</p>
                    </Show>
                  </li>
                )}
              </For>
            </ul>
          </Show>
        )}
      </Await>
      <Show when={dropping()}>
        {(delivery) => (
          <Dialog
            title={t("drop")}
            onClose={() => setDropping(undefined)}
            onSubmit={() => void act(delivery(), "drop").then(() => setDropping(undefined))}
            footer={
              <>
                <button type="button" class="button" onClick={() => setDropping(undefined)}>
                  {w("cancel")}
                </button>
                <button type="submit" class="button danger">
                  {t("drop")}
                </button>
              </>
            }
          >
            <p>{t("dropping", { connection: delivery().connection })}</p>
          </Dialog>
        )}
      </Show>
    </section>
  );
}

const JOB_WORDS = ["open", "claimed", "following", "delayed", "waiting", "finished", "failed", "canceled"] as const;

/** Documents that were ordered about this order, or the job that the order itself is. */
function Jobs() {
  const t = texts();
  const order = useOrder();
  const [asking, setAsking] = createSignal(false);
  const read = async (serial: number): Promise<Job[]> => {
    const [own, about] = await Promise.all([
      api.get<Job>(path`/v1/jobs/${serial}`).catch(() => undefined),
      api.get<{ jobs: Job[] }>("/v1/jobs", { follows: serial, sort: "-serial", limit: 1000 }).then((answer) => answer.jobs),
    ]);
    return own ? [own, ...about] : about;
  };
  const [jobs, { refetch }] = createResource(() => order.now()?.serial, read);
  onLiveSoon(["job"], () => true, () => void refetch(), 1000);
  const stateWord = (state: string) => {
    const known = JOB_WORDS.find((one) => one === state);
    return known ? t(known) : state;
  };
  return (
    <section class="card" aria-label={t("jobs")}>
      <header>
        <h2>{t("jobs")}</h2>
        <Show when={order.editable()}>
          <button type="button" class="button small" onClick={() => setAsking(true)}>
            <Plus size={14} aria-hidden="true" />
            {t("order")}
          </button>
        </Show>
      </header>
      <Await of={jobs} retry={() => void refetch()}>
        {(jobs) => (
          <Show when={jobs().length} fallback={<Empty>{t("noJobs")}</Empty>}>
            <ul class="items">
              <For each={jobs()}>
                {(job) => (
                  <li class="item">
                    <div class="row">
                      <A href={`/jobs/${job.serial}`}>{job.title || job.product}</A>
                      <Show when={job.serial === order.now()?.serial}>
                        <Badge>{t("own")}</Badge>
                      </Show>
                      <Badge tone={job.state === "finished" ? "good" : job.state === "failed" ? "danger" : "accent"}>{stateWord(job.state)}</Badge>
                      <span class="grow" />
                      <Show when={job.result}>
                        {(result) => (
                          <a class="button small" href={result().url} download={result().name}>
                            <Download size={13} aria-hidden="true" />
                            {result().name}
                          </a>
                        )}
                      </Show>
                    </div>
                    <Show when={job.progress && job.state !== "finished"}>
                      <Progress current={job.progress!.current} total={job.progress!.total} label={job.title} />
                    </Show>
                    <Show when={job.reason ?? job.last_failure}>
                      <p class="wrong lines">{job.reason ?? job.last_failure}</p>
                    </Show>
                  </li>
                )}
              </For>
            </ul>
          </Show>
        )}
      </Await>
      <Show when={asking()}>
        <OrderDocument onClose={() => setAsking(false)} onDone={() => void refetch()} />
      </Show>
    </section>
  );
}

/** Orders a document about this order: an order of its own that names this one. */
function OrderDocument(props: { onClose: () => void; onDone: () => void }) {
  const t = texts();
  const w = words();
  const order = useOrder();
  const [products] = createResource(() => api.get<{ products: { slug: string; name: string; service: string; active: boolean }[] }>("/v1/products").then((answer) => answer.products.filter((one) => one.active)));
  const [chosen, setChosen] = createSignal("");
  const [error, setError] = createSignal<unknown>();
  const product = () => products.latest?.find((one) => one.service === chosen()) ?? products.latest?.find((one) => one.slug === "order_report") ?? products.latest?.[0];
  const send = async () => {
    const now = order.now();
    const what = product();
    if (!now || !what) return;
    setError(undefined);
    try {
      await api.post("/v1/orders", { title: `${what.name}, ${now.number ?? now.title ?? now.serial}`, service: what.service, dependencies: [now.serial], ...(now.site ? { site: now.site } : {}) });
      say(t("ordered"), "good");
      props.onDone();
      props.onClose();
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <Dialog
      title={t("order")}
      onClose={props.onClose}
      onSubmit={() => void send()}
      footer={
        <>
          <button type="button" class="button" onClick={() => props.onClose()}>
            {w("cancel")}
          </button>
          <button type="submit" class="button primary" disabled={!product()}>
            {t("order")}
          </button>
        </>
      }
    >
      <SelectField label={t("product")} value={product()?.service ?? ""} onChange={setChosen} options={(products.latest ?? []).map((one): [string, string] => [one.service, one.name])} />
      <Show when={error()}>
        <ErrorNotice error={error()} />
      </Show>
    </Dialog>
  );
}
