import { useNavigate, useSearchParams } from "@solidjs/router";
import { createMemo, createSignal, onCleanup, onMount, Show } from "solid-js";
import { api, type Query } from "~/api/client";
import { onLive } from "~/api/live";
import { createPages } from "~/api/pages";
import { can } from "~/app/session";
import { moment } from "~/i18n";
import { words } from "~/i18n/words";
import { fromInput } from "~/i18n/zone";
import { Empty, ErrorNotice, Grid, Skeleton, type Column } from "~/ui";
import { Pause, Play } from "~/ui/icons";
import { Filters, type Filter } from "./filters";
import { Direction, StatusCode, Took } from "./status";
import { wireTexts } from "./texts";
import type { Outline } from "./types";
import "./exchanges.css";

/** Whether a status is what the filter asks for: `404`, `4xx`. */
function fits(status: number | null, wanted: string): boolean {
  const text = String(status ?? "none");
  return [...wanted.toLowerCase()].every((letter, at) => letter === "x" || letter === text[at]);
}

/** The wire log: newest first, live, filtered by what the address says. */
export function ExchangeLog(props: { connection?: string }) {
  const t = wireTexts();
  const w = words();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams<Filter>();
  const [paused, setPaused] = createSignal(false);
  const [atTop, setAtTop] = createSignal(true);
  const [held, setHeld] = createSignal(0);
  const query = createMemo((): Query => {
    const { connection, dialect, direction, operation, status, order, q, from, until } = params;
    const instant = (text: string | undefined) => (text && !Number.isNaN(Date.parse(text)) ? fromInput(text) : undefined);
    return { connection: props.connection ?? connection, dialect, direction, operation, status, order, q, from: instant(from), until: instant(until) };
  });
  const isFiltered = () => Object.entries(query()).some(([name, value]) => value && !(name === "connection" && props.connection));
  const pages = createPages<Outline>({
    query,
    key: (row) => row.id,
    read: async (asked, signal) => {
      const page = await api.get<{ exchanges: Outline[]; next_cursor: string | null }>("/v1/exchanges", asked, signal);
      return { rows: page.exchanges, next: page.next_cursor };
    },
  });

  const concerns = (row: Partial<Outline>): boolean => {
    const { connection, dialect, direction, operation, status } = query();
    const same = (wanted: unknown, is: unknown) => !wanted || is === undefined || wanted === is;
    return (
      same(connection, row.connection) && same(dialect, row.dialect) && same(direction, row.direction) && same(operation, row.operation) &&
      (!status || row.status === undefined || fits(row.status, String(status)))
    );
  };
  let timer: number | undefined;
  const catchUp = () => {
    setHeld(0);
    void pages.head();
  };
  const heard = () => {
    // Who reads further down, or paused, is not moved under the eyes.
    if (paused() || !atTop()) setHeld((count) => count + 1);
    else timer ??= window.setTimeout(() => ((timer = undefined), catchUp()), 400);
  };
  if (can("integrator")) onLive(["exchange"], (event) => (event.kind === "missed" || concerns(event.data as Outline)) && heard());
  onCleanup(() => window.clearTimeout(timer));

  let box!: HTMLDivElement;
  onMount(() => {
    const scrolled = (event: Event) => {
      const top = (event.target as HTMLElement).scrollTop < 8;
      if (top && !atTop() && held() && !paused()) catchUp();
      setAtTop(top);
    };
    // Scrolling does not bubble.
    box.addEventListener("scroll", scrolled, true);
  });
  const show = () => {
    setPaused(false);
    box.querySelector(".rows")?.scrollTo({ top: 0 });
    setAtTop(true);
    catchUp();
  };
  const columns = createMemo((): Column<Outline>[] => [
    { key: "at", title: w("at"), width: "11rem", cell: (row) => <time class="number" dateTime={row.at}>{moment(row.at, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" })}</time> },
    { key: "direction", title: t("direction"), width: "7rem", cell: (row) => <Direction of={row.direction} /> },
    ...(props.connection ? [] : [{ key: "connection", title: t("connection"), width: "minmax(7rem, 1fr)", cell: (row: Outline) => <span title={row.connection ?? ""}>{row.connection ?? "–"}</span> }]),
    { key: "dialect", title: t("dialect"), width: "6rem", cell: (row) => row.dialect },
    { key: "operation", title: t("operation"), width: "minmax(8rem, 1.2fr)", cell: (row) => <span class="strong" title={row.operation}>{row.operation}</span> },
    { key: "line", title: t("line"), width: "minmax(10rem, 3fr)", cell: (row) => <span class="mono soft" title={row.line}>{row.line}</span> },
    { key: "status", title: w("status"), width: "6.5rem", cell: (row) => <StatusCode status={row.status} /> },
    { key: "took", title: t("took"), width: "5rem", end: true, cell: (row) => <Took us={row.took_us} /> },
  ]);
  return (
    <div class="log" ref={box}>
      <Filters value={params} fixed={props.connection} onChange={(change) => setParams(change, { replace: true })}>
        <button type="button" class="button" aria-pressed={paused()} onClick={() => (paused() ? show() : setPaused(true))}>
          <Show when={paused()} fallback={<Pause size={15} aria-hidden="true" />}>
            <Play size={15} aria-hidden="true" />
          </Show>
          {paused() ? t("resume") : t("pause")}
        </button>
      </Filters>
      <div class="card">
        <Show when={held()}>
          <button type="button" class="button small primary held" onClick={show}>
            {t("waiting", { n: held() })}
          </button>
        </Show>
        <Show when={!pages.error()} fallback={<ErrorNotice error={pages.error()} onRetry={() => void pages.refresh()} />}>
          <Show when={pages.rows().length || !pages.loading()} fallback={<div class="body"><Skeleton lines={8} /></div>}>
            <Grid
              label={t("log")}
              rows={pages.rows()}
              rowKey={(row) => row.id}
              columns={columns()}
              onOpen={(row) => navigate(`/exchanges/${row.id}`)}
              onEnd={pages.more}
              cardHeight={92}
              card={(row) => (
                <div class="wire-card">
                  <div class="row">
                    <span class="strong truncate grow">{row.operation}</span>
                    <StatusCode status={row.status} />
                  </div>
                  <span class="mono soft small truncate">{row.line}</span>
                  <span class="row small soft">
                    <Direction of={row.direction} />
                    <span class="truncate grow">{row.connection ?? row.dialect}</span>
                    <time dateTime={row.at}>{moment(row.at, { hour: "2-digit", minute: "2-digit", second: "2-digit" })}</time>
                  </span>
                </div>
              )}
              empty={<Empty>{isFiltered() ? t("none") : t("empty")}</Empty>}
            />
          </Show>
        </Show>
      </div>
    </div>
  );
}
