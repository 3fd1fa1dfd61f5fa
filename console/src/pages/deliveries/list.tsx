import { A, useSearchParams } from "@solidjs/router";
import { createMemo, createSignal, For, onCleanup, Show } from "solid-js";
import { api, path, type Query } from "~/api/client";
import { onLive } from "~/api/live";
import { createPages } from "~/api/pages";
import { can } from "~/app/session";
import { words } from "~/i18n/words";
import { Empty, ErrorNotice, Grid, say, sayProblem, Skeleton, Time, type Column } from "~/ui";
import { act, possible, SettleDialog, type Action, type Delivery } from "./actions";
import { DeliveryDialog } from "./detail";
import { DeliveryFilters, type DeliveryFilter } from "./filters";
import { DeliveryStatus } from "./status";
import { deliveryTexts } from "./texts";
import "./deliveries.css";

const BULK = ["retry", "release", "drop"] as const;

/** What is owed to counterparts, and was: filtered by what the address says, live. */
export function DeliveryList(props: { connection?: string }) {
  const t = deliveryTexts();
  const w = words();
  const [params, setParams] = useSearchParams<DeliveryFilter & { delivery: string }>();
  const [selected, setSelected] = createSignal<ReadonlySet<string>>(new Set());
  const [open, setOpen] = createSignal<Delivery>();
  const [settling, setSettling] = createSignal<Delivery>();
  const query = createMemo((): Query => ({ connection: props.connection ?? params.connection, status: params.status, order: params.order }));
  const pages = createPages<Delivery>({
    query,
    key: (row) => row.id,
    read: async (asked, signal) => {
      const page = await api.get<{ deliveries: Delivery[]; next_cursor: string | null }>("/v1/deliveries", asked, signal);
      return { rows: page.deliveries, next: page.next_cursor };
    },
  });
  const refresh = async () => {
    await pages.refresh();
    const there = new Set(pages.rows().map((row) => row.id));
    setSelected(new Set([...selected()].filter((id) => there.has(id))));
  };
  let timer: number | undefined;
  onCleanup(() => window.clearTimeout(timer));
  onLive(["delivery"], (event) => {
    const told = event.data as Delivery;
    if (event.kind !== "missed") {
      if (open()?.id === told.id) setOpen(told);
      pages.put(told);
    }
    timer ??= window.setTimeout(() => ((timer = undefined), void refresh()), 800);
  });
  // Another page led to one of them.
  if (params.delivery) void api.get<Delivery>(path`/v1/deliveries/${params.delivery}`).then(setOpen, sayProblem);

  const chosen = () => pages.rows().filter((row) => selected().has(row.id));
  const all = async (action: (typeof BULK)[number]) => {
    if (!(await act(action, chosen().filter((row) => possible(row).includes(action))))) return;
    setSelected(new Set<string>());
    await refresh();
  };
  const one = async (action: Action, delivery: Delivery) => {
    if (action === "settle") return setSettling(delivery);
    if (!(await act(action, [delivery]))) return;
    setOpen(undefined);
    await refresh();
  };
  const said = (row: Delivery) => row.error ?? (row.held_for ? t(`held_${row.held_for}`) : row.summary) ?? "";
  const order = (row: Delivery) => <A href={`/orders/${row.order.id ?? row.order.serial}`}>{row.order.number ?? row.order.serial}</A>;
  const columns = createMemo((): Column<Delivery>[] => [
    { key: "status", title: w("status"), width: "8.5rem", cell: (row) => <DeliveryStatus status={row.status} /> },
    ...(props.connection ? [] : [{ key: "connection", title: t("connection"), width: "minmax(7rem, 1fr)", cell: (row: Delivery) => <span title={row.connection ?? ""}>{row.connection ?? "–"}</span> }]),
    { key: "order", title: t("order"), width: "minmax(7rem, 1fr)", cell: order },
    { key: "words", title: t("words"), width: "minmax(10rem, 3fr)", cell: (row) => <span classList={{ wrong: row.status === "error" }} title={said(row)}>{said(row)}</span> },
    { key: "attempts", title: t("attempts"), width: "5rem", end: true, cell: (row) => <span class="number">{row.attempts}</span> },
    { key: "since", title: t("since"), width: "7rem", cell: (row) => <Time at={row.since} /> },
    { key: "next", title: t("next"), width: "7rem", cell: (row) => <Time at={row.due} /> },
    { key: "actions", title: w("actions"), width: "5.5rem", cell: (row) => <button type="button" class="button small" aria-label={`${t("open")}: ${row.order.number ?? row.order.serial}`} onClick={() => setOpen(row)}>{t("open")}</button> },
  ]);
  return (
    <div class="deliveries">
      <DeliveryFilters value={params} fixed={props.connection} onChange={(change) => setParams(change, { replace: true })}>
        <Show when={chosen().length}>
          <div class="row chosen" role="group" aria-label={w("selected", { n: chosen().length })}>
            <span class="strong">{w("selected", { n: chosen().length })}</span>
            <For each={BULK}>
              {(action) => (
                <button
                  type="button"
                  class="button small"
                  classList={{ danger: action === "drop" }}
                  disabled={!chosen().some((row) => possible(row).includes(action))}
                  onClick={() => void all(action)}
                >
                  {t(action)}
                </button>
              )}
            </For>
            <button type="button" class="button small plain" onClick={() => setSelected(new Set<string>())}>
              {w("clear")}
            </button>
          </div>
        </Show>
      </DeliveryFilters>
      <div class="card">
        <Show when={!pages.error()} fallback={<ErrorNotice error={pages.error()} onRetry={() => void pages.refresh()} />}>
          <Show when={pages.rows().length || !pages.loading()} fallback={<div class="body"><Skeleton lines={8} /></div>}>
            <Grid
              label={t("title")}
              rows={pages.rows()}
              rowKey={(row) => row.id}
              columns={columns()}
              onOpen={setOpen}
              onEnd={pages.more}
              {...(can("dispatcher") ? { selected: selected(), onSelect: setSelected } : {})}
              cardHeight={96}
              card={(row) => (
                <div class="wire-card">
                  <span class="row">
                    <DeliveryStatus status={row.status} />
                    <span class="grow truncate">{order(row)}</span>
                    <span class="small soft"><Time at={row.since} /></span>
                  </span>
                  <span class="small truncate" classList={{ wrong: row.status === "error" }}>{said(row) || "–"}</span>
                  <span class="small soft truncate">{row.connection}</span>
                </div>
              )}
              empty={<Empty>{Object.values(query()).some(Boolean) ? t("none") : t("empty")}</Empty>}
            />
          </Show>
        </Show>
      </div>
      <Show when={open()}>
        {(delivery) => <DeliveryDialog delivery={delivery()} onAct={(action) => void one(action, delivery())} onClose={() => (setOpen(undefined), setParams({ delivery: "" }, { replace: true }))} />}
      </Show>
      <Show when={settling()}>
        {(delivery) => (
          <SettleDialog
            delivery={delivery()}
            onClose={() => setSettling(undefined)}
            onDone={() => {
              setSettling(undefined);
              setOpen(undefined);
              say(t("done", { n: 1 }), "good");
              void refresh();
            }}
          />
        )}
      </Show>
    </div>
  );
}
