import { createEffect, createSignal, For, on, Show } from "solid-js";
import { api, path } from "~/api/client";
import { createPages } from "~/api/pages";
import { can } from "~/app/session";
import { define, moment } from "~/i18n";
import { words } from "~/i18n/words";
import { Badge, Empty, ErrorNotice, say, sayProblem, Skeleton, Time } from "~/ui";
import { StatusCode } from "../exchanges/status";
import { hookTexts } from "./texts";
import type { Attempt, Waiting, Webhook } from "./types";

const texts = define({
  en: { messages: "Messages not taken", attempts: "Attempts", none: "No attempt so far.", message: "Message", number: "Attempt", took: "Took", answer: "Answer", test: "Test", ms: "{n} ms", retry: "Retry", retried: "{id} is sent again.", next: "Next try", first: "First try" },
  nl: { messages: "Niet aangenomen berichten", attempts: "Pogingen", none: "Nog geen poging.", message: "Bericht", number: "Poging", took: "Duur", answer: "Antwoord", test: "Test", ms: "{n} ms", retry: "Opnieuw", retried: "{id} gaat opnieuw.", next: "Volgende poging", first: "Eerste poging" },
  es: { messages: "Mensajes no aceptados", attempts: "Intentos", none: "Aún no hay intentos.", message: "Mensaje", number: "Intento", took: "Duración", answer: "Respuesta", test: "Prueba", ms: "{n} ms", retry: "Reintentar", retried: "{id} se envía de nuevo.", next: "Próximo intento", first: "Primer intento" },
  ru: { messages: "Непринятые сообщения", attempts: "Попытки", none: "Попыток ещё не было.", message: "Сообщение", number: "Попытка", took: "Время", answer: "Ответ", test: "Проверка", ms: "{n} мс", retry: "Повторить", retried: "{id} отправляется заново.", next: "Следующая попытка", first: "Первая попытка" },
});

function Messages(props: { of: Webhook; onChange: () => void }) {
  const t = texts();
  const h = hookTexts();
  const w = words();
  const at = () => path`/v1/webhooks/${props.of.name}/messages`;
  const pages = createPages<Waiting>({
    query: () => ({ of: props.of.name }),
    key: (row) => row.id,
    read: async ({ of: _, ...query }, signal) => {
      const page = await api.get<{ messages: Waiting[]; next_cursor: string | null }>(at(), query, signal);
      return { rows: page.messages, next: page.next_cursor };
    },
  });
  createEffect(on(() => [props.of.waiting, props.of.failed, props.of.after], () => void pages.refresh(), { defer: true }));
  const retry = async (message: Waiting) => {
    await api.post(`${at()}/${message.seq}/retry`).then(() => say(t("retried", { id: message.id }), "good"), sayProblem);
    props.onChange();
    await pages.refresh();
  };
  return (
    <Show when={pages.rows().length}>
      <section class="card">
        <header>
          <h2>{t("messages")}</h2>
        </header>
        <div class="scroll">
          <table class="plain stacks">
            <thead>
              <tr>
                <For each={[t("message"), w("status"), t("attempts"), t("first"), t("next"), t("answer"), w("actions")]}>{(title) => <th scope="col">{title}</th>}</For>
              </tr>
            </thead>
            <tbody>
              <For each={pages.rows()}>
                {(message) => (
                  <tr>
                    <td class="mono strong">{message.id}</td>
                    <td data-label={w("status")}>
                      <Badge tone={message.status === "failed" ? "danger" : "accent"}>{h(message.status)}</Badge>
                    </td>
                    <td class="number" data-label={t("attempts")}>{message.attempts}</td>
                    <td data-label={t("first")}>
                      <Time at={message.first_attempt} />
                    </td>
                    <td data-label={t("next")}>
                      <Time at={message.next_attempt} />
                    </td>
                    <td class="wrong small" data-label={t("answer")}>{message.error}</td>
                    <td>
                      <Show when={can("integrator")}>
                        <button type="button" class="button small" aria-label={`${t("retry")}: ${message.id}`} onClick={() => void retry(message)}>
                          {t("retry")}
                        </button>
                      </Show>
                    </td>
                  </tr>
                )}
              </For>
            </tbody>
          </table>
        </div>
        <Show when={pages.hasMore()}>
          <div class="empty">
            <button type="button" class="button" onClick={pages.more}>
              {w("more")}
            </button>
          </div>
        </Show>
      </section>
    </Show>
  );
}

/** What waits or was given up, and the last attempts. */
export function Attempts(props: { of: Webhook; onChange: () => void }) {
  const t = texts();
  const h = hookTexts();
  const w = words();
  const [failed, setFailed] = createSignal(false);
  const pages = createPages<Attempt>({
    query: () => ({ of: props.of.name, failed: failed() || undefined }),
    key: (row) => row.id,
    size: 50,
    read: async ({ of: _, ...query }, signal) => {
      const page = await api.get<{ attempts: Attempt[]; next_cursor: string | null }>(path`/v1/webhooks/${props.of.name}/attempts`, query, signal);
      return { rows: page.attempts, next: page.next_cursor };
    },
  });
  createEffect(on(() => props.of, () => void pages.head(), { defer: true }));
  return (
    <>
      <Messages of={props.of} onChange={props.onChange} />
      <section class="card">
        <header>
          <h2>{t("attempts")}</h2>
          <label class="check">
            <input type="checkbox" checked={failed()} onChange={(event) => setFailed(event.currentTarget.checked)} />
            {h("filterFailed")}
          </label>
        </header>
        <Show when={!pages.error()} fallback={<ErrorNotice error={pages.error()} onRetry={() => void pages.refresh()} />}>
          <Show when={pages.rows().length} fallback={pages.loading() ? <div class="body"><Skeleton /></div> : <Empty>{t("none")}</Empty>}>
            <div class="scroll">
              <table class="plain stacks">
                <thead>
                  <tr>
                    <For each={[w("at"), t("message"), t("number"), w("status"), t("took"), t("answer")]}>{(title) => <th scope="col">{title}</th>}</For>
                  </tr>
                </thead>
                <tbody>
                  <For each={pages.rows()}>
                    {(one) => (
                      <tr>
                        <td class="number">{moment(one.at, { dateStyle: "short", timeStyle: "medium" })}</td>
                        <td data-label={t("message")}>{one.test ? <Badge>{t("test")}</Badge> : <span class="mono">{one.message}</span>}</td>
                        <td class="number" data-label={t("number")}>{one.attempt}</td>
                        <td data-label={w("status")}>
                          <StatusCode status={one.status} />
                        </td>
                        <td class="number" data-label={t("took")}>{t("ms", { n: one.took_ms })}</td>
                        <td class="small">
                          <Show when={one.error}>{(error) => <p class="wrong">{error()}</p>}</Show>
                          <Show when={one.answer}>{(answer) => <pre class="attempt-answer" tabindex="0">{answer()}</pre>}</Show>
                        </td>
                      </tr>
                    )}
                  </For>
                </tbody>
              </table>
            </div>
            <Show when={pages.hasMore()}>
              <div class="empty">
                <button type="button" class="button" onClick={pages.more}>
                  {w("more")}
                </button>
              </div>
            </Show>
          </Show>
        </Show>
      </section>
    </>
  );
}
