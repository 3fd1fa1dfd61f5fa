import { A, useNavigate, useSearchParams } from "@solidjs/router";
import { createEffect, createMemo, createResource, createSignal, on, onCleanup, Show } from "solid-js";
import { onLive, type LiveEvent } from "~/api/live";
import { can } from "~/app/session";
import { Empty, ErrorNotice, Grid, SelectField, Skeleton, Time, type Column } from "~/ui";
import { Plus } from "~/ui/icons";
import { called, readJobs, readProducts, STATES, type Job } from "./data";
import { OrderDialog } from "./order-dialog";
import { StateBadge, Steps } from "./state";
import { jobTexts } from "./texts";

const PAGE = 100;

/** Jobs of a query, newest first, kept as events say they are. */
function createJobs(query: () => { state?: string; product?: string; producer?: string }) {
  const [jobs, setJobs] = createSignal<readonly Job[]>();
  const [error, setError] = createSignal<unknown>();
  const [flashing, setFlashing] = createSignal<ReadonlySet<string>>(new Set());
  let cursor: string | number | null = null;
  let reading = new AbortController();
  let isReadingMore = false;
  const asked = () => ({ ...query(), sort: "-serial", limit: PAGE });
  const read = async () => {
    reading.abort();
    reading = new AbortController();
    const { signal } = reading;
    setError(undefined);
    try {
      const page = await readJobs(asked(), signal);
      cursor = page.next_cursor;
      isReadingMore = false;
      setJobs(page.jobs);
    } catch (problem) {
      if (!signal.aborted) setError(problem);
    }
  };
  const more = async () => {
    const { signal } = reading;
    if (!cursor || isReadingMore) return;
    isReadingMore = true;
    const page = await readJobs({ ...asked(), cursor }, signal).catch(() => undefined);
    if (signal.aborted) return;
    isReadingMore = false;
    if (!page) return;
    cursor = page.next_cursor;
    const known = new Set(jobs()?.map((job) => job.id));
    setJobs([...(jobs() ?? []), ...page.jobs.filter((job) => !known.has(job.id))]);
  };

  // Gathered: a producer tells of each step.
  let news = new Map<string, Job>();
  let timer: number | undefined;
  const tell = () => {
    timer = undefined;
    const told = news;
    news = new Map();
    const { state, product, producer } = query();
    const fits = (job: Job) => (!state || job.state === state) && (!product || job.product === product) && (!producer || job.producer === producer);
    const current = jobs() ?? [];
    const known = new Set(current.map((job) => job.id));
    const oldest = cursor ? (current.at(-1)?.serial ?? 0) : 0;
    const fresh = [...told.values()].filter((job) => !known.has(job.id) && fits(job) && job.serial > oldest);
    // One that fits no more is shown as it is now, so that nothing jumps.
    const next = current.map((job) => told.get(job.id) ?? job);
    setJobs(fresh.length ? [...next, ...fresh].sort((one, other) => other.serial - one.serial) : next);
    const ids = [...told.keys()];
    setFlashing(new Set([...flashing(), ...ids]));
    window.setTimeout(() => setFlashing(new Set([...flashing()].filter((id) => !ids.includes(id)))), 1800);
  };
  onLive(["job"], (event: LiveEvent) => {
    if (event.kind === "missed") return void read();
    const job = event.data as Job;
    news.set(job.id, job);
    timer ??= window.setTimeout(tell, 300);
  });
  createEffect(on(() => JSON.stringify(query()), () => void read()));
  onCleanup(() => {
    reading.abort();
    window.clearTimeout(timer);
  });
  return { jobs, error, flashing, read, more };
}

/** All jobs, with how far they are. */
export function JobList() {
  const t = jobTexts();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams<{ state?: string; product?: string; producer?: string }>();
  const query = () => ({ ...(params.state ? { state: params.state } : {}), ...(params.product ? { product: params.product } : {}), ...(params.producer ? { producer: params.producer } : {}) });
  const { jobs, error, flashing, read, more } = createJobs(query);
  const [products] = createResource(() => readProducts().catch(() => []));
  const [isOrdering, setOrdering] = createSignal(false);
  const productName = (slug: string | null) => products.latest?.find((product) => product.slug === slug)?.name ?? slug ?? "–";
  const producers = createMemo(() => [...new Set(products.latest?.map((product) => product.producer) ?? [])].sort());
  const producerName = (producer: string | null) => (producer === "built-in" ? t("builtIn") : (producer ?? "–"));
  const set = (name: "state" | "product" | "producer") => (value: string) => setParams({ [name]: value || undefined }, { scroll: false });
  const text = (value: string) => <span title={value}>{value}</span>;
  const columns = createMemo((): Column<Job>[] => [
    { key: "title", title: t("title"), width: "minmax(12rem, 3fr)", cell: (job) => <A class="job-link" href={`/jobs/${job.id}`} tabindex={-1} title={called(job)}>{called(job)}</A> },
    { key: "state", title: t("state"), width: "11rem", cell: (job) => <StateBadge state={job.state} /> },
    { key: "progress", title: t("progress"), width: "minmax(9rem, 1.2fr)", cell: (job) => <Steps job={job} /> },
    { key: "product", title: t("product"), width: "minmax(8rem, 1.2fr)", cell: (job) => text(productName(job.product)) },
    { key: "producer", title: t("producer"), width: "minmax(7rem, 1fr)", cell: (job) => text(producerName(job.producer)) },
    { key: "asked", title: t("asked"), width: "7.5rem", cell: (job) => <Time at={job.created_at} /> },
    { key: "updated", title: t("updated"), width: "7.5rem", cell: (job) => <Time at={job.updated_at} /> },
  ]);
  const isFiltered = () => Object.keys(query()).length > 0;
  return (
    <div class="jobs">
      <header>
        <div class="grow">
          <h1>{t("jobs")}</h1>
          <p class="soft wide-only">{t("lead")}</p>
        </div>
        <Show when={can("dispatcher")}>
          <button type="button" class="button primary" onClick={() => setOrdering(true)}><Plus size={16} aria-hidden="true" />{t("order")}</button>
        </Show>
      </header>
      <div class="jobs-filters">
        <SelectField label={t("state")} value={params.state ?? ""} options={[["", t("all")], ...STATES.map((state) => [state, t(state)] as const)]} onChange={set("state")} />
        <SelectField label={t("product")} value={params.product ?? ""} options={[["", t("all")], ...(products.latest ?? []).map((product) => [product.slug, product.name] as const)]} onChange={set("product")} />
        <SelectField label={t("producer")} value={params.producer ?? ""} options={[["", t("all")], ...producers().map((producer) => [producer, producerName(producer)] as const)]} onChange={set("producer")} />
      </div>
      <div class="jobs-list">
        <Show when={error()}>{(problem) => <ErrorNotice error={problem()} onRetry={() => void read()} />}</Show>
        <Show when={jobs()} fallback={<Show when={!error()}><div class="padded"><Skeleton lines={8} /></div></Show>}>
          {(all) => (
            <Grid
              label={t("jobs")}
              rows={all()}
              rowKey={(job) => job.id}
              rowClass={(job) => (flashing().has(job.id) ? "flash" : undefined)}
              columns={columns()}
              cardHeight={96}
              card={(job) => (
                <div class="job-card">
                  <p class="row"><span class="truncate strong grow">{called(job)}</span><StateBadge state={job.state} /></p>
                  <Steps job={job} />
                  <p class="row soft small"><span class="truncate grow">{productName(job.product)}</span><Time at={job.updated_at} /></p>
                </div>
              )}
              onOpen={(job) => navigate(`/jobs/${job.id}`)}
              onEnd={() => void more()}
              empty={<Empty>{isFiltered() ? t("none") : t("noneYet")}</Empty>}
            />
          )}
        </Show>
      </div>
      <Show when={isOrdering()}><OrderDialog products={products.latest ?? []} onClose={() => setOrdering(false)} onOrdered={(id) => (id ? navigate(`/jobs/${id}`) : void read())} /></Show>
    </div>
  );
}
