import { A } from "@solidjs/router";
import { createResource, createSignal, For, Show } from "solid-js";
import { api, path } from "~/api/client";
import { onLiveSoon } from "~/api/live";
import { can } from "~/app/session";
import { words } from "~/i18n/words";
import { Await, confirm, Facts, say, sayProblem, Time } from "~/ui";
import { ChevronLeft, CircleHelp, RefreshCw } from "~/ui/icons";
import { called, isGoing, readJob, readProducts, type Attempt, type Job, type Question } from "./data";
import { Result } from "./result";
import { StateBadge, Steps } from "./state";
import { jobTexts } from "./texts";

/** One job: how it stands, what it asks, how it went, what came of it. */
export function JobPage(props: { id: string }) {
  const t = jobTexts();
  const [job, { refetch }] = createResource(() => props.id, readJob);
  const isThis = (id: unknown) => id === props.id || id === job.latest?.id || String(id) === props.id;
  onLiveSoon(["job", "entry"], ({ kind, data }) => isThis(kind === "job" ? data.id : data.order), () => void refetch(), 250);
  return (
    <div class="page job">
      <A href="/jobs" class="back soft"><ChevronLeft size={15} aria-hidden="true" />{t("back")}</A>
      <Await of={job} retry={() => void refetch()} lines={8}>
        {(job) => (
          <>
            <header>
              <h1>{called(job())}</h1>
              <StateBadge state={job().state} />
              <Show when={can("dispatcher")}><Actions job={job()} onDone={() => void refetch()} /></Show>
            </header>
            <div class="job-progress"><Steps job={job()} /></div>
            <Show when={job().question}>
              {(question) => <OpenQuestion job={job()} question={question()} onAnswered={() => void refetch()} />}
            </Show>
            <div class="job-columns">
              <section class="card">
                <header><h2>{t("facts")}</h2></header>
                <div class="body"><JobFacts job={job()} /></div>
              </section>
              <Result job={job()} />
            </div>
            <section class="card">
              <header><h2>{t("attempts")}</h2></header>
              <Attempts of={job().attempts ?? []} />
            </section>
            <Show when={!job().question || job().questions.length > 1}>
              <section class="card">
                <header><h2>{t("questions")}</h2></header>
                <div class="body"><Answered of={job().questions.filter((question) => question.answer)} /></div>
              </section>
            </Show>
          </>
        )}
      </Await>
    </div>
  );
}

/** Making it anew, and calling it off. */
function Actions(props: { job: Job; onDone: () => void }) {
  const t = jobTexts();
  const move = async (transition: string, sure: string, title: string, done: string, isGrave: boolean) => {
    if (!(await confirm(title, { text: sure, yes: title, danger: isGrave }))) return;
    try {
      await api.post(path`/v1/orders/${props.job.id}/transitions`, { transition });
      say(done, "good");
      props.onDone();
    } catch (error) {
      sayProblem(error);
    }
  };
  return (
    <Show
      when={isGoing(props.job)}
      fallback={
        <button type="button" class="button" onClick={() => void move("reopen", t("againSure"), t("again"), t("begun"), false)}>
          <RefreshCw size={15} aria-hidden="true" />
          {t("again")}
        </button>
      }
    >
      <button type="button" class="button danger" onClick={() => void move("cancel", t("callSure"), t("call"), t("calledOff"), true)}>{t("call")}</button>
    </Show>
  );
}

function JobFacts(props: { job: Job }) {
  const t = jobTexts();
  const [products] = createResource(() => readProducts().catch(() => []));
  const product = () => products.latest?.find((one) => one.slug === job().product)?.name ?? job().product;
  const who = (producer: string | null) => (producer === "built-in" ? t("builtIn") : producer);
  const job = () => props.job;
  return (
    <Facts
      of={[
        [t("product"), product()],
        [t("producer"), who(job().producer)],
        [t("orderLink"), <A href={`/orders/${job().id}`}>{t("followsOrder", { serial: String(job().serial) })}</A>],
        [t("follows"), job().follows === null ? null : <A href={`/orders/${job().follows}`}>{t("followsOrder", { serial: String(job().follows) })}</A>],
        [t("heldBy"), job().held_by && <>{job().held_by!.by} (<Time at={job().held_by!.since} />)</>],
        [t("lease"), job().lease_until && <Time at={job().lease_until} />],
        [t("notBefore"), job().not_before && <Time at={job().not_before} />],
        [t("said"), job().reported && <>{job().reported!.message ?? t("step", { current: job().reported!.current, total: job().reported!.total })} (<Time at={job().reported!.at} />)</>],
        [t("attemptsOf"), t("ofLimit", { n: job().attempts_spent, limit: job().attempts_limit })],
        [t("reason"), job().reason],
        [t("lastFailure"), job().last_failure && <>{job().last_failure!.reason ?? job().last_failure!.end} (<Time at={job().last_failure!.at} />)</>],
        [t("asked"), <Time at={job().created_at} exact />],
        [t("updated"), <Time at={job().updated_at} />],
      ]}
    />
  );
}

/** What the user must choose; the job goes on with the answer. */
function OpenQuestion(props: { job: Job; question: Question; onAnswered: () => void }) {
  const t = jobTexts();
  const w = words();
  const [isBusy, setBusy] = createSignal(false);
  const answer = async (choice: string) => {
    setBusy(true);
    try {
      await api.post(path`/v1/orders/${props.job.id}/answers`, { question: props.question.id, choice });
      props.onAnswered();
    } catch (error) {
      sayProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="card question" aria-label={t("question")}>
      <div class="body stack">
        <p class="row strong"><CircleHelp size={18} aria-hidden="true" /><span class="grow">{props.question.message}</span></p>
        <div class="row">
          <For each={props.question.choices}>
            {(choice) => (
              <button type="button" class="button choice" disabled={isBusy() || !can("dispatcher")} onClick={() => void answer(choice.key)}>{choice.label || choice.key}</button>
            )}
          </For>
        </div>
        <Show when={!can("dispatcher")}><p class="soft small">{w("forbidden")}</p></Show>
      </div>
    </section>
  );
}

function Answered(props: { of: readonly Question[] }) {
  const t = jobTexts();
  const chosen = (question: Question) => question.choices.find((choice) => choice.key === question.answer?.choice)?.label ?? question.answer?.choice;
  return (
    <Show when={props.of.length} fallback={<p class="soft">{t("noQuestions")}</p>}>
      <ul class="stack">
        <For each={props.of}>
          {(question) => (
            <li>
              <p>{question.message}</p>
              <p class="row"><span class="strong">{chosen(question)}</span><span class="soft small">{question.answer?.by}, <Time at={question.answer?.at} /></span></p>
            </li>
          )}
        </For>
      </ul>
    </Show>
  );
}

function Attempts(props: { of: readonly Attempt[] }) {
  const t = jobTexts();
  const newest = () => [...props.of].reverse();
  return (
    <Show when={props.of.length} fallback={<div class="body soft">{t("noAttempts")}</div>}>
      <div class="scroll" tabindex="0" role="region" aria-label={t("attempts")}>
        <table class="plain stacks">
          <thead>
            <tr><th>{t("end")}</th><th>{t("who")}</th><th>{t("from")}</th><th>{t("until")}</th><th>{t("reason")}</th></tr>
          </thead>
          <tbody>
            <For each={newest()}>
              {(attempt) => (
                <tr>
                  <td class="strong">{t(`end_${attempt.end}`)}</td>
                  <td data-label={t("who")}>{attempt.by}</td>
                  <td data-label={t("from")}><Time at={attempt.since} exact /></td>
                  <td data-label={t("until")}><Time at={attempt.ended_at} exact /></td>
                  <td data-label={t("reason")}>{attempt.reason ?? "–"}</td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </div>
    </Show>
  );
}
