import { A, useSearchParams } from "@solidjs/router";
import { createMemo, createSignal, For, onCleanup, Show } from "solid-js";
import { api, path, type Query } from "~/api/client";
import { createPages } from "~/api/pages";
import { can } from "~/app/session";
import { words } from "~/i18n/words";
import { Badge, confirm, Dialog, Empty, ErrorNotice, Facts, Grid, say, sayProblem, SelectField, Skeleton, Time, type Column, type Tone } from "~/ui";
import { messageTexts } from "./texts";
import "../exchanges/exchanges.css";
import "../deliveries/deliveries.css";

const STATUSES = ["queued", "sent", "failed", "dropped"] as const;
type Status = (typeof STATUSES)[number];

interface Message {
  id: number;
  status: Status;
  channel: string;
  to: string;
  subject: string | null;
  text: string | null;
  html: string | null;
  order: number | null;
  owed_at: string;
  attempts: number;
  error: string | null;
  next_attempt_at: string | null;
  useful_until: string | null;
  ended_at: string | null;
}

const TONE: Record<Status, Tone> = { queued: "accent", sent: "good", failed: "danger", dropped: "quiet" };
const isOpen = (message: Message) => message.status !== "sent";

function StatusOf(props: { message: Message }) {
  const t = messageTexts();
  return <Badge tone={TONE[props.message.status]}>{t(props.message.status)}</Badge>;
}

function Read(props: { message: Message; onAct: (action: "retry" | "drop") => void; onClose: () => void }) {
  const t = messageTexts();
  const w = words();
  const one = () => props.message;
  return (
    <Dialog
      wide
      title={one().subject || t("to", { to: one().to })}
      onClose={props.onClose}
      footer={
        <>
          <Show when={can("dispatcher") && isOpen(one())}>
            <button type="button" class="button" onClick={() => props.onAct("retry")}>
              {t("retry")}
            </button>
            <Show when={one().status !== "dropped"}>
              <button type="button" class="button danger" onClick={() => props.onAct("drop")}>
                {t("drop")}
              </button>
            </Show>
          </Show>
          <button type="button" class="button" onClick={props.onClose}>
            {w("close")}
          </button>
        </>
      }
    >
      <div>
        <StatusOf message={one()} />
      </div>
      <Show when={one().error}>{(error) => <p class="notice danger">{error()}</p>}</Show>
      <Facts
        of={[
          [t("recipient"), one().to],
          [t("channel"), t(one().channel === "sms" ? "sms" : "email")],
          [t("order"), one().order ? <A href={`/orders/${one().order}`}>{one().order}</A> : null],
          [t("owed"), <Time at={one().owed_at} exact />],
          [t("attempts"), one().attempts],
          [t("next"), one().next_attempt_at ? <Time at={one().next_attempt_at} exact /> : null],
          [t("useful"), one().useful_until ? <Time at={one().useful_until} exact /> : null],
          [t("ended"), one().ended_at ? <Time at={one().ended_at} exact /> : null],
        ]}
      />
      <Show when={one().text}>
        {(text) => (
          <pre class="code" tabindex="0" role="group" aria-label={t("text")}>
            {text()}
          </pre>
        )}
      </Show>
      <Show when={one().html}>
        {(html) => (
          <details>
            <summary>{t("html")}</summary>
            <pre class="code" tabindex="0" role="group" aria-label={t("html")}>
              {html()}
            </pre>
          </details>
        )}
      </Show>
    </Dialog>
  );
}

/** Messages to customers, drivers and operators. */
export default function Page() {
  const t = messageTexts();
  const w = words();
  const [params, setParams] = useSearchParams<{ status: string; message: string }>();
  const [open, setOpen] = createSignal<Message>();
  const [selected, setSelected] = createSignal<ReadonlySet<string>>(new Set());
  const pages = createPages<Message>({
    query: (): Query => ({ status: params.status }),
    key: (row) => String(row.id),
    read: async (query, signal) => {
      const page = await api.get<{ messages: Message[]; next_cursor: string | null }>("/v1/outbox", query, signal);
      return { rows: page.messages, next: page.next_cursor };
    },
  });
  // The event stream does not tell of messages.
  const timer = window.setInterval(() => document.visibilityState === "visible" && void pages.refresh(), 10_000);
  onCleanup(() => window.clearInterval(timer));
  if (params.message) void api.get<Message>(path`/v1/outbox/${params.message}`).then(setOpen, sayProblem);

  const act = async (action: "retry" | "drop", messages: readonly Message[]) => {
    const n = messages.length;
    if (action === "drop" && !(await confirm(t("dropSure", { n }), { text: t("dropText"), yes: t("drop"), danger: true }))) return;
    const outcomes = await Promise.allSettled(messages.map((one) => api.post(path`/v1/outbox/${one.id}/${action}`)));
    const failed = outcomes.find((one) => one.status === "rejected");
    if (failed) sayProblem(failed.reason);
    else say(t(action === "drop" ? "dropDone" : "retryDone", { n }), "good");
    setOpen(undefined);
    setSelected(new Set<string>());
    await pages.refresh();
  };
  const chosen = () => pages.rows().filter((row) => selected().has(String(row.id)));
  const columns = createMemo((): Column<Message>[] => [
    { key: "status", title: w("status"), width: "7rem", cell: (row) => <StatusOf message={row} /> },
    { key: "channel", title: t("channel"), width: "5rem", cell: (row) => t(row.channel === "sms" ? "sms" : "email") },
    { key: "to", title: t("recipient"), width: "minmax(9rem, 1.2fr)", cell: (row) => <span title={row.to}>{row.to}</span> },
    { key: "subject", title: t("text"), width: "minmax(12rem, 3fr)", cell: (row) => <span title={row.subject ?? row.text ?? ""}>{row.subject || row.text}</span> },
    { key: "order", title: t("order"), width: "5.5rem", cell: (row) => (row.order ? <A href={`/orders/${row.order}`}>{row.order}</A> : "–") },
    { key: "attempts", title: t("attempts"), width: "5rem", end: true, cell: (row) => <span class="number">{row.attempts}</span> },
    { key: "owed", title: t("owed"), width: "7rem", cell: (row) => <Time at={row.owed_at} /> },
    { key: "error", title: t("words"), width: "minmax(8rem, 1.5fr)", cell: (row) => <span class="wrong" title={row.error ?? ""}>{row.error}</span> },
  ]);
  return (
    <div class="page tall">
      <header>
        <h1>{t("title")}</h1>
      </header>
      <div class="deliveries">
        <div class="filters" role="search" aria-label={t("filters")}>
          <SelectField label={w("status")} value={params.status ?? ""} options={[["", w("all")], ...STATUSES.map((status) => [status, t(status)] as const)]} onChange={(status) => setParams({ status }, { replace: true })} />
          <Show when={chosen().length}>
            <div class="row chosen" role="group" aria-label={w("selected", { n: chosen().length })}>
              <span class="strong">{w("selected", { n: chosen().length })}</span>
              <For each={["retry", "drop"] as const}>
                {(action) => (
                  <button type="button" class="button small" classList={{ danger: action === "drop" }} disabled={!chosen().some(isOpen)} onClick={() => void act(action, chosen().filter(isOpen))}>
                    {t(action)}
                  </button>
                )}
              </For>
              <button type="button" class="button small plain" onClick={() => setSelected(new Set<string>())}>
                {w("clear")}
              </button>
            </div>
          </Show>
        </div>
        <div class="card">
          <Show when={!pages.error()} fallback={<ErrorNotice error={pages.error()} onRetry={() => void pages.refresh()} />}>
            <Show when={pages.rows().length || !pages.loading()} fallback={<div class="body"><Skeleton lines={8} /></div>}>
              <Grid
                label={t("title")}
                rows={pages.rows()}
                rowKey={(row) => String(row.id)}
                columns={columns()}
                onOpen={setOpen}
                onEnd={pages.more}
                {...(can("dispatcher") ? { selected: selected(), onSelect: setSelected } : {})}
                cardHeight={80}
                card={(row) => (
                  <div class="wire-card">
                    <span class="row">
                      <StatusOf message={row} />
                      <span class="grow truncate">{row.to}</span>
                      <span class="small soft"><Time at={row.owed_at} /></span>
                    </span>
                    <span class="small truncate" classList={{ wrong: Boolean(row.error) }}>{row.error ?? (row.subject || row.text)}</span>
                  </div>
                )}
                empty={<Empty>{params.status ? t("none") : t("empty")}</Empty>}
              />
            </Show>
          </Show>
        </div>
      </div>
      <Show when={open()}>
        {(message) => <Read message={message()} onAct={(action) => void act(action, [message()])} onClose={() => (setOpen(undefined), setParams({ message: "" }, { replace: true }))} />}
      </Show>
    </div>
  );
}
