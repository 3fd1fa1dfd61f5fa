import { A, useNavigate, useParams } from "@solidjs/router";
import { createResource, createSignal, onCleanup, Show } from "solid-js";
import { api, path, Problem } from "~/api/client";
import { onLiveSoon } from "~/api/live";
import { can } from "~/app/session";
import { define, moment, number } from "~/i18n";
import { words } from "~/i18n/words";
import { Await, confirm, Empty, Facts, Menu, MenuItem, say, sayProblem, Time } from "~/ui";
import { ChevronDown, ChevronLeft, Send } from "~/ui/icons";
import { Attempts } from "./attempts";
import { WebhookDialog } from "./editor";
import { ReplayDialog } from "./replay";
import { SecretDialog } from "./secret";
import { hookTexts } from "./texts";
import { HookStatus } from "./status";
import type { Attempt, Webhook, WithSecret } from "./types";
import "./webhooks.css";

const texts = define({
  en: {
    test: "Send a test", took: "{name} took the test in {ms} ms: {status}.", refused: "{name} did not take the test: {why}", pause: "Pause", enable: "Enable", enableNow: "Enable, from now on only", rotate: "Rotate secret", rotateSure: "A new secret for {name}?", rotateText: "For a day messages carry signatures by both, so that you can change it at the receiver.",
    replay: "Replay…", remove: "Delete", removeSure: "Delete the webhook {name}?", removeText: "What waits for it is not sent any more.", place: "Place in the journal", failing: "Failing since", failures: "Failures in a row", next: "Next try", oldSecret: "Old secret until", paused: "{name} is paused.", enabled: "{name} is enabled.",
    retryAll: "Retry all given up", retried: "{n, plural, one {# message is sent again.} other {# messages are sent again.}}", state: "since",
  },
  nl: {
    test: "Test sturen", took: "{name} nam de test aan in {ms} ms: {status}.", refused: "{name} nam de test niet aan: {why}", pause: "Pauzeren", enable: "Inschakelen", enableNow: "Inschakelen, alleen vanaf nu", rotate: "Geheim vernieuwen", rotateSure: "Een nieuw geheim voor {name}?", rotateText: "Een dag lang dragen berichten beide handtekeningen, zodat u het bij de ontvanger kunt aanpassen.",
    replay: "Opnieuw sturen…", remove: "Verwijderen", removeSure: "De webhook {name} verwijderen?", removeText: "Wat nog wacht, wordt niet meer verzonden.", place: "Plaats in het journaal", failing: "Mislukt sinds", failures: "Mislukkingen op rij", next: "Volgende poging", oldSecret: "Oude geheim tot", paused: "{name} is gepauzeerd.", enabled: "{name} is ingeschakeld.",
    retryAll: "Alle opgegeven opnieuw", retried: "{n, plural, one {# bericht gaat opnieuw.} other {# berichten gaan opnieuw.}}", state: "sinds",
  },
  es: {
    test: "Enviar prueba", took: "{name} aceptó la prueba en {ms} ms: {status}.", refused: "{name} no aceptó la prueba: {why}", pause: "Pausar", enable: "Activar", enableNow: "Activar, solo desde ahora", rotate: "Renovar secreto", rotateSure: "¿Un nuevo secreto para {name}?", rotateText: "Durante un día los mensajes llevan las dos firmas, para que pueda cambiarlo en el receptor.",
    replay: "Repetir…", remove: "Eliminar", removeSure: "¿Eliminar el webhook {name}?", removeText: "Lo que espera ya no se enviará.", place: "Posición en el diario", failing: "Falla desde", failures: "Fallos seguidos", next: "Próximo intento", oldSecret: "Secreto anterior hasta", paused: "{name} está en pausa.", enabled: "{name} está activado.",
    retryAll: "Reintentar los abandonados", retried: "{n, plural, one {Se reenvía # mensaje.} other {Se reenvían # mensajes.}}", state: "desde",
  },
  ru: {
    test: "Отправить проверку", took: "{name}: проверка принята за {ms} мс, ответ {status}.", refused: "{name}: проверка не принята: {why}", pause: "Приостановить", enable: "Включить", enableNow: "Включить, только с этого момента", rotate: "Сменить секрет", rotateSure: "Новый секрет для {name}?", rotateText: "Ещё сутки сообщения подписываются обоими, чтобы вы успели сменить его у получателя.",
    replay: "Отправить заново…", remove: "Удалить", removeSure: "Удалить вебхук {name}?", removeText: "Ожидающие сообщения больше не будут отправлены.", place: "Место в журнале", failing: "Сбои с", failures: "Сбоев подряд", next: "Следующая попытка", oldSecret: "Старый секрет до", paused: "{name}: приостановлен.", enabled: "{name}: включён.",
    retryAll: "Повторить все недоставленные", retried: "{n, plural, one {Заново отправляется # сообщение.} few {Заново отправляются # сообщения.} many {Заново отправляется # сообщений.} other {Заново отправляются # сообщения.}}", state: "с",
  },
});

function Actions(props: { of: Webhook; onChange: () => void }) {
  const t = texts();
  const w = words();
  const navigate = useNavigate();
  const [editing, setEditing] = createSignal(false);
  const [replaying, setReplaying] = createSignal(false);
  const [secret, setSecret] = createSignal<WithSecret>();
  const name = () => props.of.name;
  const at = () => path`/v1/webhooks/${props.of.name}`;
  const post = async (verb: string, body: object, said: string) => {
    await api.post(`${at()}/${verb}`, body).then(() => say(said, "good"), sayProblem);
    props.onChange();
  };
  const test = async () => {
    await api.post<Attempt>(`${at()}/test`).then((attempt) => {
      if (attempt.error) say(t("refused", { name: name(), why: attempt.error }), "danger");
      else say(t("took", { name: name(), ms: attempt.took_ms, status: attempt.status }), "good");
    }, sayProblem);
    props.onChange();
  };
  const rotate = async () => {
    if (!(await confirm(t("rotateSure", { name: name() }), { text: t("rotateText"), yes: t("rotate") }))) return;
    await api.post<WithSecret>(`${at()}/rotate`).then(setSecret, sayProblem);
    props.onChange();
  };
  const remove = async () => {
    if (!(await confirm(t("removeSure", { name: name() }), { text: t("removeText"), yes: t("remove"), danger: true }))) return;
    await api.delete(at()).then(() => navigate("/webhooks"), sayProblem);
  };
  return (
    <>
      <button type="button" class="button" onClick={() => void test()}>
        <Send size={15} aria-hidden="true" />
        {t("test")}
      </button>
      <Show
        when={props.of.status === "enabled"}
        fallback={
          <button type="button" class="button primary" onClick={() => void post("enable", {}, t("enabled", { name: name() }))}>
            {t("enable")}
          </button>
        }
      >
        <button type="button" class="button" onClick={() => void post("pause", {}, t("paused", { name: name() }))}>
          {t("pause")}
        </button>
      </Show>
      <Menu
        label={w("more")}
        button={
          <>
            {w("more")}
            <ChevronDown size={15} aria-hidden="true" />
          </>
        }
      >
        <MenuItem onSelect={() => setEditing(true)}>{w("edit")}</MenuItem>
        <MenuItem onSelect={() => setReplaying(true)}>{t("replay")}</MenuItem>
        <Show when={props.of.failed}>
          <MenuItem onSelect={() => void post("replay", { failed: true }, t("retried", { n: props.of.failed }))}>{t("retryAll")}</MenuItem>
        </Show>
        <Show when={props.of.status !== "enabled"}>
          <MenuItem onSelect={() => void post("enable", { from: "now" }, t("enabled", { name: name() }))}>{t("enableNow")}</MenuItem>
        </Show>
        <MenuItem onSelect={() => void rotate()}>{t("rotate")}</MenuItem>
        <MenuItem onSelect={() => void remove()}>
          <span class="wrong">{t("remove")}</span>
        </MenuItem>
      </Menu>
      <Show when={editing()}>
        <WebhookDialog
          of={props.of}
          onClose={() => setEditing(false)}
          onDone={() => {
            setEditing(false);
            props.onChange();
          }}
        />
      </Show>
      <Show when={replaying()}>
        <ReplayDialog name={name()} onClose={() => setReplaying(false)} onDone={() => (setReplaying(false), props.onChange())} />
      </Show>
      <Show when={secret()}>{(webhook) => <SecretDialog webhook={webhook()} onClose={() => setSecret(undefined)} />}</Show>
    </>
  );
}

function Shown(props: { of: Webhook; onChange: () => void }) {
  const t = texts();
  const h = hookTexts();
  return (
    <>
      <header>
        <h1 class="row">
          {props.of.name}
          <HookStatus of={props.of} />
        </h1>
        <Show when={can("integrator")}>
          <Actions of={props.of} onChange={props.onChange} />
        </Show>
      </header>
      <section class="card">
        <div class="body stack">
          <Show when={props.of.failures && props.of.last_error}>{(error) => <p class="notice danger">{error()}</p>}</Show>
          <Facts
            of={[
              [h("url"), <span class="mono">{props.of.url}</span>],
              [h("description"), props.of.description],
              [h("events"), props.of.events.length ? <span class="mono">{props.of.events.join(", ")}</span> : h("allEvents")],
              [h("connection"), props.of.connection],
              [h("status"), <>{h(props.of.status)} <span class="soft">{t("state")} {moment(props.of.since)}</span></>],
              [h("success"), <Time at={props.of.last_success} />],
              [h("waiting"), number(props.of.waiting)],
              [h("failed"), number(props.of.failed)],
              [t("failing"), props.of.failing_since ? <Time at={props.of.failing_since} /> : null],
              [t("failures"), props.of.failures || null],
              [t("next"), props.of.not_before ? <Time at={props.of.not_before} /> : null],
              [t("oldSecret"), props.of.old_secret_until ? <Time at={props.of.old_secret_until} exact /> : null],
              [t("place"), <span class="number">#{props.of.after}</span>],
            ]}
          />
        </div>
      </section>
      <Attempts of={props.of} onChange={props.onChange} />
    </>
  );
}

export default function Page() {
  const h = hookTexts();
  const params = useParams<{ name: string }>();
  const [webhook, { refetch }] = createResource(
    () => decodeURIComponent(params.name),
    (name) =>
      api.get<Webhook>(path`/v1/webhooks/${name}`).catch((error: unknown) => {
        if (error instanceof Problem && error.status === 404) return null;
        throw error;
      }),
  );
  onLiveSoon(["entry"], () => true, () => void refetch(), 1500);
  // Attempts come by the clock, too, and the event stream does not tell of them.
  const timer = window.setInterval(() => document.visibilityState === "visible" && void refetch(), 5000);
  onCleanup(() => window.clearInterval(timer));
  return (
    <div class="page">
      <p>
        <A href="/webhooks" class="row">
          <ChevronLeft size={15} aria-hidden="true" />
          {h("all")}
        </A>
      </p>
      <Show when={webhook.error || webhook.latest !== null} fallback={<Empty action={<A class="button" href="/webhooks">{h("all")}</A>}>{h("missing")}</Empty>}>
        <Await of={webhook} retry={() => void refetch()}>
          {(one) => <Shown of={one() as Webhook} onChange={() => void refetch()} />}
        </Await>
      </Show>
    </div>
  );
}
