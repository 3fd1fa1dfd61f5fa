/** Planning a day: the form, the search as it goes, what came of it, and how it compares. */

import type * as GeoJSON from "geojson";
import { createEffect, createMemo, For, Match, onCleanup, Show, Switch, untrack } from "solid-js";
import { can } from "~/app/session";
import { duration, moment } from "~/i18n";
import { confirm, Empty, Progress, say, Tabs } from "~/ui";
import { far } from "./assign";
import { boxOf, collection } from "./geometry";
import { PlanForm } from "./plan-form";
import { pointFeatures } from "./orders";
import { texts } from "./plan-texts";
import { present, sumsOf, total, type Kept, type Planner, type Sum } from "./planner";
import { routeColor } from "./shapes";
import type { LngLat } from "./types";
import type { View } from "./view";
import type { World } from "./world";

const clockTime = { timeStyle: "short" } as const;

function unvisited(world: World, kept: Kept): GeoJSON.FeatureCollection {
  const serials = new Set(kept.plan.plan?.unserved.map((one) => one.serial));
  return pointFeatures([...world.points().values()].filter((point) => world.layer("orders") && serials.has(point[0])));
}

/** The plan that is shown, on the map: its routes told apart by colour, stops by number. */
export function planOnto(world: World, planner: Planner, view: View): void {
  createEffect(() => {
    if (world.mode() !== "plan") return;
    const kept = planner.shown();
    const looked = world.unit();
    const routes = kept?.plan.plan?.routes ?? [];
    const start = kept?.ask.start;
    const shade = (unit: number) => (looked === undefined || looked === unit ? 1 : 0.22);
    view.set("routes", collection(routes.map((route, at) => {
      const position = world.fleet.units.get(route.unit)?.position;
      const places: LngLat[] = route.stops.map((stop) => [stop.longitude, stop.latitude]);
      if (start) places.unshift([start.longitude, start.latitude]);
      else if (position) places.unshift([position.longitude, position.latitude]);
      if (places.length === 1) places.push(places[0]!);
      return { type: "Feature", properties: { color: routeColor(at, view.colors.dark), opacity: shade(route.unit) }, geometry: { type: "LineString", coordinates: places } };
    })));
    view.set("stops", collection(routes.flatMap((route, at) => route.stops.map((stop, number) => ({
      type: "Feature" as const, properties: { color: routeColor(at, view.colors.dark), opacity: shade(route.unit), serial: stop.serial, label: number + 1 },
      geometry: { type: "Point" as const, coordinates: [stop.longitude, stop.latitude] },
    })))));
    view.set("trails", collection());
    // Stops stand for their orders; beside them are those that nobody visits.
    if (kept?.plan.plan) view.set("orders", unvisited(world, kept));
  });
  let fitted: string | undefined;
  createEffect(() => {
    const plan = planner.shown()?.plan;
    if (world.mode() !== "plan" || !plan?.plan || fitted === plan.id) return;
    fitted = plan.id;
    // What nobody visits is in sight as well.
    const left = plan.plan.unserved.map((one) => untrack(() => world.placeOfOrder(one.serial))).filter((place) => place !== undefined);
    view.fit(boxOf([...left, ...plan.plan.routes.flatMap((route) => route.stops.map((stop): LngLat => [stop.longitude, stop.latitude]))]));
  });
  onCleanup(() => (fitted = undefined));
}

function Cell(props: { sum: Sum | undefined; against?: Sum | undefined }) {
  const t = texts();
  const change = () => {
    const [now, before] = [props.sum?.distance_m, props.against?.distance_m];
    if (now === undefined || !before) return undefined;
    const share = Math.round((Math.abs(now - before) / before) * 100);
    return share === 0 ? undefined : t(now < before ? "less" : "moreBy", { n: `${share} %` });
  };
  return (
    <td class="number">
      <Show when={props.sum} fallback={<span class="soft">–</span>}>
        {(sum) => (
          <>
            <span class="strong">{far(sum().distance_m)}</span> · {duration(sum().duration_s)}
            <br />
            <span class="small soft">
              {t("stops", { n: sum().stops })} · <span classList={{ wrong: sum().late_s >= 60 }}>{sum().late_s >= 60 ? t("late", { time: duration(sum().late_s) }) : t("onTime")}</span>
            </span>
            <Show when={change()}>{(text) => <span class="small strong"> · {text()}</span>}</Show>
          </>
        )}
      </Show>
    </td>
  );
}

/** The plans beside each other and beside how it is now, unit by unit. */
function Comparison(props: { world: World; planner: Planner; kept: Kept }) {
  const t = texts();
  const { world } = props;
  const ready = createMemo(() => props.planner.plans().filter(({ plan }) => plan.plan));
  // The order rows tell what is due; those that are not here yet are read.
  createEffect(() => props.kept.plan.plan?.routes.forEach((route) => route.stops.forEach((stop) => world.orders.want(stop.serial))));
  const row = (serial: number) => (world.orders.version(), world.orders.row(serial));
  const now = createMemo(() => (world.orders.version(), present(props.kept, world, world.fleet.units)));
  const sums = createMemo(() => ready().map((kept) => ({ kept, sums: sumsOf(kept, row) })));
  const units = createMemo(() => {
    const ids = new Set([...now().sums.keys(), ...sums().flatMap(({ sums }) => [...sums.keys()])]);
    return [...ids].map((id) => ({ id, name: world.fleet.units.get(id)?.name ?? String(id) })).sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  });
  const before = () => total(now().sums.values());
  return (
    <section class="stack" aria-label={t("compare")}>
      <h3>{t("compare")}</h3>
      <div class="scroll" tabindex="0" role="region" aria-label={t("compare")}>
        <table class="plain compare">
          <thead>
            <tr>
              <th scope="col">{t("unit")}</th>
              <th scope="col">{t("present")}</th>
              <For each={sums()}>{({ kept }) => <th scope="col">{t("name", { n: kept.number })}</th>}</For>
            </tr>
          </thead>
          <tbody>
            <tr class="strong">
              <th scope="row">{t("sum")}</th>
              <Cell sum={before()} />
              <For each={sums()}>{({ sums }) => <Cell sum={total(sums.values())} against={before()} />}</For>
            </tr>
            <For each={units()}>
              {(unit) => (
                <tr>
                  <th scope="row">
                    <button type="button" class="link" onClick={() => world.look({ unit: unit.id })}>{unit.name}</button>
                  </th>
                  <Cell sum={now().sums.get(unit.id)} />
                  <For each={sums()}>{({ sums }) => <Cell sum={sums.get(unit.id)} />}</For>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </div>
      <p class="small soft">
        <Show when={now().without > 0}>{t("withoutUnit", { n: now().without })}. </Show>
        {t("estimate")}
      </p>
    </section>
  );
}

function Routes(props: { world: World; kept: Kept }) {
  const t = texts();
  const routes = () => props.kept.plan.plan?.routes ?? [];
  return (
    <section class="stack" aria-label={t("routes")}>
      <h3>{t("routes")}</h3>
      <For each={routes()} fallback={<p class="soft">{t("nothing")}</p>}>
        {(route, at) => (
          <details class="plan-route" open={routes().length <= 3}>
            <summary>
              <span class="swatch" aria-hidden="true" style={{ background: routeColor(at(), props.world.view()?.colors.dark ?? false) }} />
              <span class="strong grow truncate">{route.unit_name}</span>
              <span class="soft small number">
                {far(route.distance_m)} · {duration(route.duration_s)}
              </span>
            </summary>
            <p class="small soft">
              {t("departs", { time: moment(route.departs_at, clockTime) })}, {t("done", { time: moment(route.ends_at, clockTime) })}
            </p>
            <ol class="stops">
              <For each={route.stops}>
                {(stop, number) => (
                  <li>
                    <span class="badge quiet number">{number() + 1}</span>
                    <button type="button" class="link grow truncate" onClick={() => props.world.look({ order: stop.serial })}>
                      {stop.number ?? stop.title ?? stop.serial}
                    </button>
                    <span class="soft small number">{moment(stop.begins_at, clockTime)}</span>
                  </li>
                )}
              </For>
            </ol>
          </details>
        )}
      </For>
    </section>
  );
}

const CODES = ["no_place", "no_unit", "tied", "overloads", "no_way", "too_late", "too_early", "shift_too_short", "busy", "exceeds", "crowded"] as const;

function UnservedList(props: { world: World; kept: Kept }) {
  const t = texts();
  const all = () => props.kept.plan.plan?.unserved ?? [];
  const why = (code: string, reason: string) => {
    const known = CODES.find((one) => one === code);
    return known ? t(known) : reason;
  };
  return (
    <Show when={all().length > 0} fallback={<p class="notice good small">{t("nobodyLeft")}</p>}>
      <details class="unserved" open={all().length <= 6} data-count={all().length}>
        <summary class="strong wrong">{t("unserved", { n: all().length })}</summary>
        <ul>
          <For each={all()}>
            {(one) => (
              <li title={one.reason}>
                <button type="button" class="link truncate" onClick={() => props.world.look({ order: one.serial })}>
                  {one.number ?? one.title ?? one.serial}
                </button>
                <span class="small soft">{why(one.code, one.reason)}</span>
              </li>
            )}
          </For>
        </ul>
      </details>
    </Show>
  );
}

function Result(props: { world: World; planner: Planner; kept: Kept }) {
  const t = texts();
  const plan = () => props.kept.plan;
  const accept = async () => {
    const stops = plan().plan?.routes.reduce((sum, route) => sum + route.stops.length, 0) ?? 0;
    const { number } = props.kept;
    if (!(await confirm(t("acceptTitle", { n: number }), { text: t("acceptText", { stops }), yes: t("accept") }))) return;
    if (!(await props.planner.accept(props.kept))) return;
    say(t("acceptDone", { n: number }), "good");
    props.world.choose([]);
    props.world.orders.reload();
  };
  return (
    <div class="stack plan-result" data-status={plan().status}>
      <Switch>
        <Match when={plan().status === "searching"}>
          <p class="row">
            <span class="grow">{t("searching")}</span>
            <button type="button" class="button small" onClick={() => void props.planner.forget(props.kept)}>
              {t("stop")}
            </button>
          </p>
          <Progress current={Math.round(plan().progress * 100)} total={100} label={t("searching")} />
        </Match>
        <Match when={plan().status === "failed"}>
          <p class="notice danger" role="alert">{t("failed", { why: plan().error ?? "" })}</p>
        </Match>
        <Match when={plan().status === "canceled"}>
          <p class="notice">{t("canceled")}</p>
        </Match>
        <Match when={plan().plan}>
          <div class="row">
            <Show when={plan().status === "ready"} fallback={<p class="notice good grow">{t("accepted")}</p>}>
              <button type="button" class="button primary" onClick={() => void accept()}>
                {t("accept")}
              </button>
            </Show>
            <button type="button" class="button" onClick={() => void props.planner.forget(props.kept)}>
              {t("forget")}
            </button>
            <span class="soft small">{plan().plan?.by_road ? t("byRoad") : t("straight")}</span>
          </div>
          <For each={plan().plan?.warnings ?? []}>{(warning) => <p class="notice warn small">{warning}</p>}</For>
          <UnservedList world={props.world} kept={props.kept} />
          <Comparison world={props.world} planner={props.planner} kept={props.kept} />
          <Routes world={props.world} kept={props.kept} />
        </Match>
      </Switch>
    </div>
  );
}

export function PlanSide(props: { world: World; planner: Planner }) {
  const t = texts();
  const kept = () => props.planner.shown();
  return (
    <div class="plan-side" tabindex="-1">
      <Show when={can("dispatcher")} fallback={<Empty>{t("viewer")}</Empty>}>
        <Show when={kept()}>
          {(kept) => (
            <>
              <Show when={props.planner.plans().length > 1}>
                <Tabs label={t("plans")} value={String(kept().number)} onChange={(number) => props.planner.show(Number(number))} tabs={props.planner.plans().map(({ number }) => [String(number), t("name", { n: number })] as const)} />
              </Show>
              <Result world={props.world} planner={props.planner} kept={kept()} />
            </>
          )}
        </Show>
        <Show when={!kept()} fallback={<details class="again"><summary class="button">{t("planAgain")}</summary><PlanForm world={props.world} planner={props.planner} /></details>}>
          <PlanForm world={props.world} planner={props.planner} />
        </Show>
      </Show>
    </div>
  );
}
