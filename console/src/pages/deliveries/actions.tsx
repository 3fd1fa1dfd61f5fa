import { createSignal, For } from "solid-js";
import { api, path } from "~/api/client";
import { confirm, Dialog, Field, say, sayProblem, TextField } from "~/ui";
import { words } from "~/i18n/words";
import type { Status } from "./status";
import { deliveryTexts } from "./texts";

export interface Delivery {
  id: string;
  connection: string | null;
  order: { id: string | null; serial: number; number: string | null };
  status: Status;
  held_for: "release" | "unknown" | null;
  since: string;
  due: string | null;
  attempts: number;
  wanted: number;
  covered: number;
  tried_at: string | null;
  error: string | null;
  summary: string | null;
}

export const ACTIONS = ["retry", "release", "settle", "drop"] as const;
export type Action = (typeof ACTIONS)[number];

/** What a person can do about a delivery that stands so. */
export function possible(delivery: Delivery): Action[] {
  switch (delivery.status) {
    case "held":
      return delivery.held_for === "unknown" ? ["settle", "drop"] : ["release", "drop"];
    case "queued":
    case "error":
      return ["retry", "drop"];
    case "dropped":
    case "synced":
      return ["retry"];
    default:
      return [];
  }
}

/** Does one thing about several deliveries; asks first where it cannot be taken back. Answers whether it was meant. */
export async function act(action: "retry" | "release" | "drop", deliveries: readonly Delivery[]): Promise<boolean> {
  const t = deliveryTexts();
  const n = deliveries.length;
  if (action === "drop" && !(await confirm(t("dropSure", { n }), { text: t("dropText"), yes: t("drop"), danger: true }))) return false;
  if (action === "release" && !(await confirm(t("releaseSure", { n }), { text: t("releaseText"), yes: t("release") }))) return false;
  const outcomes = await Promise.allSettled(deliveries.map((one) => api.post(path`/v1/deliveries/${one.id}/${action}`)));
  const failed = outcomes.find((one) => one.status === "rejected");
  const done = outcomes.filter((one) => one.status === "fulfilled").length;
  if (!failed) say(t("done", { n }), "good");
  else if (n === 1) sayProblem(failed.reason);
  else say(t("some", { done, all: n, why: (failed.reason as Error).message }), "danger");
  return true;
}

/** What nobody knows but a person who looked: whether a call was done over there. */
export function SettleDialog(props: { delivery: Delivery; onClose: () => void; onDone: (delivery: Delivery) => void }) {
  const t = deliveryTexts();
  const w = words();
  const [done, setDone] = createSignal(true);
  const [id, setId] = createSignal("");
  const settle = async () => {
    if (done() && !id().trim()) return;
    await api.post<Delivery>(path`/v1/deliveries/${props.delivery.id}/settle`, { done: done() ? id().trim() : false }).then(props.onDone, sayProblem);
  };
  return (
    <Dialog
      title={t("settleTitle")}
      onClose={props.onClose}
      onSubmit={() => void settle()}
      footer={
        <>
          <button type="button" class="button" onClick={props.onClose}>
            {w("cancel")}
          </button>
          <button type="submit" class="button primary" disabled={done() && !id().trim()}>
            {t("settle")}
          </button>
        </>
      }
    >
      <p>{t("settleText")}</p>
      <Field label={t("settleTitle")}>
        {(ids) => (
          <span class="stack" role="radiogroup" aria-label={t("settleTitle")} id={ids.id}>
            <For each={[true, false]}>
              {(value) => (
                <label class="check">
                  <input type="radio" name="settle" checked={done() === value} onChange={() => setDone(value)} />
                  {t(value ? "settleDone" : "settleNot")}
                </label>
              )}
            </For>
          </span>
        )}
      </Field>
      <TextField label={t("remoteId")} value={id()} onInput={setId} disabled={!done()} autocomplete="off" spellcheck={false} />
    </Dialog>
  );
}
