/** Orders get a unit: through the bulk endpoint, with an outcome for each. */

import { createMemo, createSignal, For, Show } from "solid-js";
import { idempotencyKey, send } from "~/api/client";
import { number } from "~/i18n";
import { words } from "~/i18n/words";
import { Dialog, say, sayProblem, TextField } from "~/ui";
import { placeOf } from "./fleet";
import { metres } from "./geometry";
import { texts } from "./texts";
import type { LngLat, Unit } from "./types";
import type { World } from "./world";

interface Outcome {
  index: number;
  status: number;
  code?: string;
  detail?: string;
}

/** One change to many orders; how it went with each. */
async function bulk(lines: readonly Record<string, unknown>[]): Promise<Outcome[]> {
  const { headers } = idempotencyKey();
  const response = await send("POST", "/v1/orders/bulk", {
    body: lines.map((line) => JSON.stringify(line)).join("\n"),
    headers: { ...headers, "Content-Type": "application/x-ndjson", Accept: "application/x-ndjson" },
  });
  return (await response.text()).split("\n").filter(Boolean).map((line) => JSON.parse(line) as Outcome);
}

/** The most orders of one request. */
const AT_ONCE = 1000;

/** Gives orders to a unit, or takes it from them, and says how it went. */
export async function assignOrders(world: World, serials: readonly number[], unit: Unit | undefined): Promise<void> {
  const t = texts();
  try {
    const outcomes: Outcome[] = [];
    for (let at = 0; at < serials.length; at += AT_ONCE) {
      const lines = serials.slice(at, at + AT_ONCE).map((order) => (unit ? { order, transition: "assign", unit: unit.id } : { order, transition: "unassign" }));
      outcomes.push(...(await bulk(lines)));
    }
    const refused = outcomes.filter((outcome) => outcome.status >= 300);
    const done = serials.length - refused.length;
    if (done) say(unit ? t("assigned", { n: done, unit: unit.name }) : t("unassigned", { n: done }), "good");
    if (refused.length) say(t("notAssigned", { n: refused.length, why: [...new Set(refused.map((one) => one.detail ?? one.code ?? ""))].slice(0, 3).join("; ") }), "danger");
    else world.choose([]);
    world.orders.reload();
  } catch (error) {
    sayProblem(error);
  }
}

/** How far away, as people say it. */
export function far(meters: number): string {
  const kilometres = meters >= 1000;
  return number(kilometres ? meters / 1000 : Math.round(meters / 10) * 10, { style: "unit", unit: kilometres ? "kilometer" : "meter", maximumFractionDigits: meters < 10_000 ? 1 : 0 });
}

const MOST_SHOWN = 100;

/** Asks which unit, the nearest first. */
export function AssignDialog(props: { world: World; serials: readonly number[]; onClose: () => void }) {
  const t = texts();
  const w = words();
  const { fleet, points, placeOfOrder } = props.world;
  const [wanted, setWanted] = createSignal("");
  const [unit, setUnit] = createSignal<number>();
  const [busy, setBusy] = createSignal(false);
  const middle = (): LngLat | undefined => {
    const places = props.serials.map((serial) => placeOfOrder(serial)).filter((place) => place !== undefined);
    if (!places.length) return undefined;
    const sum = places.reduce(([lng, lat], place) => [lng + place[0], lat + place[1]], [0, 0]);
    return [sum[0] / places.length, sum[1] / places.length];
  };
  const busyness = createMemo(() => {
    const counts = new Map<number, number>();
    for (const point of points().values()) if (point[4] !== null) counts.set(point[4], (counts.get(point[4]) ?? 0) + 1);
    return counts;
  });
  const shown = createMemo(() => {
    const from = middle();
    const word = wanted().trim().toLowerCase();
    return [...fleet.units.values()]
      .filter((one) => one.name.toLowerCase().includes(word))
      .map((one) => ({ unit: one, away: from && placeOf(one) ? metres(from, placeOf(one)!) : Infinity }))
      .sort((a, b) => a.away - b.away || a.unit.name.localeCompare(b.unit.name))
      .slice(0, MOST_SHOWN);
  });
  const others = () => props.serials.filter((serial) => (points().get(serial)?.[4] ?? unit() ?? null) !== (unit() ?? null)).length;
  const act = async (to: Unit | undefined) => {
    setBusy(true);
    await assignOrders(props.world, props.serials, to);
    props.onClose();
  };
  return (
    <Dialog
      title={t("assignTo", { n: props.serials.length })}
      onClose={props.onClose}
      onSubmit={() => {
        const to = unit();
        if (to !== undefined) void act(fleet.units.get(to));
      }}
      footer={
        <>
          <button type="button" class="button plain" disabled={busy()} onClick={() => void act(undefined)}>
            {t("unassign")}
          </button>
          <span class="grow" />
          <button type="button" class="button" onClick={props.onClose}>
            {w("cancel")}
          </button>
          <button type="submit" class="button primary" disabled={busy() || unit() === undefined}>
            {t("assignNow")}
          </button>
        </>
      }
    >
      <TextField label={t("findUnit")} type="search" value={wanted()} onInput={setWanted} />
      <fieldset class="unit-choice">
        <legend class="visually-hidden">{t("chooseUnit")}</legend>
        <For each={shown()} fallback={<p class="soft">{t("noUnitFound")}</p>}>
          {(one) => (
            <label>
              <input type="radio" name="unit" checked={unit() === one.unit.id} onChange={() => setUnit(one.unit.id)} />
              <span class="grow truncate">{one.unit.name}</span>
              <span class="soft small number">{Number.isFinite(one.away) ? t("distance", { km: far(one.away) }) : ""}</span>
              <span class="badge quiet number" title={t("openOrders")}>{busyness().get(one.unit.id) ?? 0}</span>
            </label>
          )}
        </For>
      </fieldset>
      <Show when={unit() !== undefined && others() > 0}>
        <p class="notice warn">{t("haveUnit", { n: others() })}</p>
      </Show>
    </Dialog>
  );
}
