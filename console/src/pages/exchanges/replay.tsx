import { A } from "@solidjs/router";
import { createSignal, For, onMount, Show } from "solid-js";
import { api, path } from "~/api/client";
import { define } from "~/i18n";
import { words } from "~/i18n/words";
import { Badge, confirm, CopyButton, Dialog, ErrorNotice, Json, sayProblem, Skeleton, StatusBadge, type Tone } from "~/ui";
import { Changes, Refusals } from "./entries";
import { setOut } from "./pretty";
import { StatusCode } from "./status";
import type { Exchange, Replay, Would } from "./types";

const texts = define({
  en: {
    explain: "What it would do today", really: "What came of it", would: "Orders", nothing: "No order would be touched.", besides: "Besides", differs: "How the answer differs", same: "The answer would be the same.", sameDone: "The answer is the same as then.",
    answer: "The answer", call: "It would be called like this", done: "Done once more.", doneAs: "To the new exchange", replay: "Replay for real", sure: "Replay this exchange for real?",
    sureIn: "The request is served again as {connection}: orders may change.", sureOut: "The call is made again, to the counterpart of {connection}. What it does there is up to the counterpart.",
  },
  nl: {
    explain: "Wat het vandaag zou doen", really: "Wat ervan kwam", would: "Orders", nothing: "Er zou geen order geraakt worden.", besides: "Verder", differs: "Hoe het antwoord verschilt", same: "Het antwoord zou hetzelfde zijn.", sameDone: "Het antwoord is hetzelfde als toen.",
    answer: "Het antwoord", call: "Zo zou het aangeroepen worden", done: "Nogmaals gedaan.", doneAs: "Naar de nieuwe uitwisseling", replay: "Echt afspelen", sure: "Deze uitwisseling echt opnieuw afspelen?",
    sureIn: "Het verzoek wordt opnieuw behandeld als {connection}: orders kunnen veranderen.", sureOut: "De aanroep gaat opnieuw naar de tegenpartij van {connection}. Wat die ermee doet, bepaalt die zelf.",
  },
  es: {
    explain: "Qué haría hoy", really: "Qué resultó", would: "Órdenes", nothing: "No afectaría a ninguna orden.", besides: "Además", differs: "En qué difiere la respuesta", same: "La respuesta sería la misma.", sameDone: "La respuesta es la misma que entonces.",
    answer: "La respuesta", call: "Se llamaría así", done: "Hecho de nuevo.", doneAs: "Ir al nuevo intercambio", replay: "Repetir de verdad", sure: "¿Repetir de verdad este intercambio?",
    sureIn: "La petición se atiende de nuevo como {connection}: las órdenes pueden cambiar.", sureOut: "La llamada se hace de nuevo al sistema de {connection}. Lo que haga allí depende de ese sistema.",
  },
  ru: {
    explain: "Что произошло бы сегодня", really: "Что получилось", would: "Заказы", nothing: "Ни один заказ не был бы затронут.", besides: "Кроме того", differs: "Чем отличается ответ", same: "Ответ был бы таким же.", sameDone: "Ответ такой же, как тогда.",
    answer: "Ответ", call: "Вызов выглядел бы так", done: "Выполнено ещё раз.", doneAs: "К новому обмену", replay: "Повторить по-настоящему", sure: "Повторить этот обмен по-настоящему?",
    sureIn: "Запрос будет обработан заново от имени {connection}: заказы могут измениться.", sureOut: "Вызов будет сделан снова, к системе {connection}. Что она сделает, решает она сама.",
  },
});

const WOULD: Record<string, Tone> = { "be created": "good", "be changed": "accent", "be refused": "danger", "be tried again": "warn" };

function OneOrder(props: { of: Would }) {
  return (
    <div class="entry">
      <div class="row">
        <Badge tone={WOULD[props.of.would] ?? "quiet"}>{props.of.would}</Badge>
        <Show when={props.of.number || props.of.serial}>{(name) => <span class="strong">{name()}</span>}</Show>
        <Show when={props.of.status}>{(status) => <StatusBadge status={status()} />}</Show>
      </div>
      <Show when={props.of.why}>
        <p class="wrong">{props.of.why}</p>
      </Show>
      <Changes of={props.of.changes ?? []} />
      <Refusals of={props.of.refused ?? []} />
    </div>
  );
}

/** A body as the dialogs show it: set out where it can be. */
function bodyText(body: string): string {
  return setOut(body, "")?.find((part) => part.name === "" && part.json)?.text ?? body;
}

function Outcome(props: { of: Replay }) {
  const t = texts();
  const differs = () => props.of.differs ?? [];
  return (
    <>
      <Show when={props.of.replayed_as}>
        {(id) => (
          <div class="notice good">
            <span class="grow">{t("done")}</span>
            <A href={`/exchanges/${id()}`}>{t("doneAs")}</A>
          </div>
        )}
      </Show>
      <Show when={props.of.orders}>
        {(orders) => (
          <section>
            <h3>{t("would")}</h3>
            <For each={orders()} fallback={<p class="soft">{t("nothing")}</p>}>
              {(order) => <OneOrder of={order} />}
            </For>
          </section>
        )}
      </Show>
      <Show when={props.of.besides?.length}>
        <section>
          <h3>{t("besides")}</h3>
          <ul>
            <For each={props.of.besides}>{(one) => <li>{one}</li>}</For>
          </ul>
        </section>
      </Show>
      <Show when={props.of.would_call}>
        {(call) => (
          <section class="stack">
            <h3>{t("call")}</h3>
            <p class="wire-line">{call().line}</p>
            <Show when={call().body}>
              <Json raw text={bodyText(call().body)} />
            </Show>
          </section>
        )}
      </Show>
      <Show when={props.of.answer}>
        {(answer) => (
          <section class="stack">
            <h3>{t("differs")}</h3>
            <For each={differs()} fallback={<p class="soft">{props.of.really ? t("sameDone") : t("same")}</p>}>
              {(one) => <p class="small">{one}</p>}
            </For>
            <details>
              <summary>
                {t("answer")} <StatusCode status={answer().status} />
              </summary>
              <div class="row">
                <CopyButton text={answer().body} />
              </div>
              <Json raw text={bodyText(answer().body)} />
            </details>
          </section>
        )}
      </Show>
    </>
  );
}

/** The exchange once more: first dry, then for real if somebody says so twice. */
export function ReplayDialog(props: { exchange: Exchange; onClose: () => void }) {
  const t = texts();
  const w = words();
  const [told, setTold] = createSignal<Replay>();
  const [error, setError] = createSignal<unknown>();
  const [busy, setBusy] = createSignal(false);
  const ask = (really: boolean) => api.post<Replay>(path`/v1/exchanges/${props.exchange.id}/replay`, { really });
  onMount(() => void ask(false).then(setTold, setError));
  const really = async () => {
    const text = t(props.exchange.direction === "in" ? "sureIn" : "sureOut", { connection: props.exchange.connection });
    if (!(await confirm(t("sure"), { text, yes: t("replay"), danger: true }))) return;
    setBusy(true);
    await ask(true).then(setTold, sayProblem);
    setBusy(false);
  };
  return (
    <Dialog
      wide
      title={told()?.really ? t("really") : t("explain")}
      onClose={props.onClose}
      footer={
        <>
          <Show when={told() && !told()?.really}>
            <button type="button" class="button danger" disabled={busy()} onClick={() => void really()}>
              {t("replay")}
            </button>
          </Show>
          <button type="button" class="button" onClick={props.onClose}>
            {w("close")}
          </button>
        </>
      }
    >
      <Show when={!error()} fallback={<ErrorNotice error={error()} />}>
        <Show when={told()} fallback={<Skeleton />}>
          {(outcome) => <Outcome of={outcome()} />}
        </Show>
      </Show>
    </Dialog>
  );
}
