import { A, useParams } from "@solidjs/router";
import { createEffect, createResource, createSignal, on, Show } from "solid-js";
import { api, path } from "~/api/client";
import { can } from "~/app/session";
import { Await, CopyButton, Facts, Time } from "~/ui";
import { ChevronLeft } from "~/ui/icons";
import { moment } from "~/i18n";
import { words } from "~/i18n/words";
import { curl } from "./curl";
import { Entries } from "./entries";
import { MessageCard } from "./message";
import { ReplayDialog } from "./replay";
import { Direction, StatusCode, Took } from "./status";
import { wireTexts } from "./texts";
import type { Exchange } from "./types";
import "./exchanges.css";

function Shown(props: { exchange: Exchange }) {
  const t = wireTexts();
  const w = words();
  const [replaying, setReplaying] = createSignal(false);
  // The native API, and callers whom nobody knew, cannot be had again.
  const isReplayable = () => props.exchange.dialect !== "native" && props.exchange.connection !== null;
  createEffect(on(() => props.exchange.id, () => setReplaying(false), { defer: true }));
  return (
    <>
      <header>
        <h1>{props.exchange.operation}</h1>
        <CopyButton label={t("curl")} text={() => curl(props.exchange, window.location.origin)} />
        <Show when={can("integrator") && isReplayable()}>
          <button type="button" class="button small primary" onClick={() => setReplaying(true)}>
            {t("explain")}
          </button>
        </Show>
      </header>
      <div class="card">
        <div class="body">
          <Facts
            of={[
              [w("status"), <StatusCode status={props.exchange.status} />],
              [w("at"), <>{moment(props.exchange.at, { dateStyle: "medium", timeStyle: "medium" })} <span class="soft">· <Time at={props.exchange.at} /></span></>],
              [t("took"), <Took us={props.exchange.took_us} />],
              [t("direction"), <span class="row"><Direction of={props.exchange.direction} /><span class="soft">{t(props.exchange.direction === "in" ? "inLong" : "outLong")}</span></span>],
              [t("connection"), props.exchange.connection ? <A href={`/connections/${encodeURIComponent(props.exchange.connection)}`}>{props.exchange.connection}</A> : t("nobody")],
              [t("dialect"), props.exchange.dialect === "native" ? t("native") : props.exchange.dialect],
            ]}
          />
        </div>
      </div>
      <div class="both">
        <MessageCard title={t("request")} message={props.exchange.request} line={props.exchange.line} />
        <MessageCard title={t("response")} message={props.exchange.response} />
      </div>
      <Show when={props.exchange.entries}>
        {(entries) => (
          <section class="card">
            <header>
              <h2>{t("changed")}</h2>
            </header>
            <div class="body">
              <Entries of={entries()} />
              <Show when={props.exchange.more_entries}>
                <p class="soft">{t("moreEntries")}</p>
              </Show>
            </div>
          </section>
        )}
      </Show>
      <Show when={replaying()}>
        <ReplayDialog exchange={props.exchange} onClose={() => setReplaying(false)} />
      </Show>
    </>
  );
}

export default function Page() {
  const t = wireTexts();
  const params = useParams<{ id: string }>();
  const [exchange, { refetch }] = createResource(() => params.id, (id) => api.get<Exchange>(path`/v1/exchanges/${id}`));
  return (
    <div class="page">
      <p>
        <A href="/exchanges" class="row">
          <ChevronLeft size={15} aria-hidden="true" />
          {t("back")}
        </A>
      </p>
      <Await of={exchange} retry={() => void refetch()}>
        {(one) => <Shown exchange={one()} />}
      </Await>
    </div>
  );
}
