/** What a plan is asked for: which orders and units, what counts, when. */

import { createMemo, createSignal, Show } from "solid-js";
import { fromInput, toInput } from "~/i18n/zone";
import { ErrorNotice, Field, SelectField, TextField } from "~/ui";
import { texts } from "./plan-texts";
import type { Ask, Planner } from "./planner";
import type { Point } from "./types";
import { UnitPicker } from "./unit-picker";
import type { World } from "./world";

const PLANNABLE = new Set(["received", "assigned", "accepted"]);
const QUARTER_MS = 15 * 60_000;
const BUDGETS_S = [2, 5, 10, 30, 60];

type Which = "chosen" | "sight" | "all";

export function PlanForm(props: { world: World; planner: Planner }) {
  const t = texts();
  const { world, planner } = props;
  const open = (points: readonly Point[]) => points.filter((point) => PLANNABLE.has(point[3])).map((point) => point[0]);
  const chosen = createMemo(() => open([...world.chosen()].map((serial) => world.points().get(serial)).filter((point) => point !== undefined)));
  const sight = createMemo(() => open(world.inSight()));
  const begin = Math.ceil(Date.now() / QUARTER_MS) * QUARTER_MS;
  const [which, setWhich] = createSignal<Which>(world.chosen().size ? "chosen" : "all");
  const [picked, setPicked] = createSignal<ReadonlySet<number>>();
  const [objective, setObjective] = createSignal<Ask["objective"]>("distance");
  const [from, setFrom] = createSignal(toInput(new Date(begin).toISOString()));
  const [to, setTo] = createSignal(toInput(new Date(begin + 8 * 3_600_000).toISOString()));
  const [start, setStart] = createSignal<"own" | "middle">("own");
  const [returns, setReturns] = createSignal(false);
  const [keep, setKeep] = createSignal(false);
  const [service, setService] = createSignal("15");
  const [budget, setBudget] = createSignal("5");
  const units = (): ReadonlySet<number> => picked() ?? (world.fleet.loaded(), world.fleet.version(), new Set(world.fleet.units.keys()));
  const serials = () => ({ chosen: chosen(), sight: sight(), all: undefined })[which()];
  const wrong = () => {
    if (serials()?.length === 0) return t("noOrders");
    if (units().size === 0) return t("noUnits");
    // Both are the same instant's UTC text, so they compare as texts do.
    return (fromInput(to()) ?? "") <= (fromInput(from()) ?? "") ? t("badTime") : undefined;
  };
  const busy = () => planner.plans().some(({ plan }) => plan.status === "searching");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (wrong() || busy()) return;
    const center = world.view()?.map.getCenter();
    const orders = serials();
    void planner.ask({
      ...(orders ? { orders } : {}),
      ...(picked() ? { units: [...units()] } : {}),
      ...(start() === "middle" && center ? { start: { latitude: center.lat, longitude: center.lng } } : {}),
      objective: objective(), from: fromInput(from())!, to: fromInput(to())!, budget_ms: Number(budget()) * 1000,
      returns: returns(), keep_units: keep(), service_time_s: Math.max(0, Math.round(Number(service()) * 60) || 0),
    });
  };
  return (
    <form class="plan-form" onSubmit={submit}>
      <SelectField label={t("which")} value={which()} onChange={(value) => setWhich(value as Which)}
        options={[["chosen", t("ofChosen", { n: chosen().length })], ["sight", t("ofSight", { n: sight().length })], ["all", t("ofAll")]]} />
      <UnitPicker world={world} label={t("units")} picked={units()} onPick={setPicked} />
      <SelectField label={t("objective")} value={objective()} onChange={(value) => setObjective(value as Ask["objective"])} options={[["distance", t("distance")], ["duration", t("duration")], ["soonest", t("soonest")]]} />
      <div class="pair">
        <Field label={t("from")}>{(ids) => <input class="input" type="datetime-local" required {...ids} value={from()} onInput={(event) => setFrom(event.currentTarget.value)} />}</Field>
        <Field label={t("to")}>{(ids) => <input class="input" type="datetime-local" required {...ids} value={to()} onInput={(event) => setTo(event.currentTarget.value)} />}</Field>
      </div>
      <div class="pair">
        <SelectField label={t("start")} value={start()} onChange={(value) => setStart(value as "own" | "middle")} options={[["own", t("startOwn")], ["middle", t("startMiddle")]]} />
        <SelectField label={t("budget")} value={budget()} onChange={setBudget} options={BUDGETS_S.map((seconds) => [String(seconds), t("seconds", { n: seconds })] as const)} />
      </div>
      <TextField label={t("service")} type="number" min="0" max="480" step="1" value={service()} onInput={setService} />
      <label class="check">
        <input type="checkbox" checked={returns()} onChange={(event) => setReturns(event.currentTarget.checked)} />
        {t("returns")}
      </label>
      <label class="check">
        <input type="checkbox" checked={keep()} onChange={(event) => setKeep(event.currentTarget.checked)} />
        {t("keepUnits")}
      </label>
      <Show when={planner.error()}>
        <ErrorNotice error={planner.error()} />
      </Show>
      <Show when={wrong()}>{(text) => <p class="wrong small" role="alert">{text()}</p>}</Show>
      <button type="submit" class="button primary" disabled={busy() || wrong() !== undefined}>
        {planner.plans().length ? t("planAgain") : t("plan")}
      </button>
    </form>
  );
}
