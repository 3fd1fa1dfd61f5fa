/** The lists beside the map: everything on it can be found, looked at, chosen and assigned here, by keyboard as well. */

import { createEffect, createMemo, createSignal, For, Show } from "solid-js";
import { can } from "~/app/session";
import { moment, number } from "~/i18n";
import { brief, Empty, ErrorNotice, Grid, Skeleton, StatusBadge, Tabs, Time, clock } from "~/ui";
import { isNarrow } from "~/ui/grid";
import { assignOrders } from "./assign";
import { lookOf, placeOf } from "./fleet";
import { unitsInSight } from "./layers";
import { ShapeIcon } from "./shape";
import { texts } from "./texts";
import type { Point, Unit } from "./types";
import type { World } from "./world";

/** What is dragged: serials of orders. */
export const DRAGGED = "application/x-docket-orders";

export function dragged(event: DragEvent): number[] | undefined {
  const text = event.dataTransfer?.getData(DRAGGED);
  return text ? (JSON.parse(text) as number[]) : undefined;
}

export const isDrag = (event: DragEvent): boolean => event.dataTransfer?.types.includes(DRAGGED) ?? false;

/** Begins to drag an order: with all that are chosen, if it is one of them. */
export function startDrag(world: World, event: DragEvent, serial?: number): void {
  const chosen = world.chosen();
  const serials = serial !== undefined && !chosen.has(serial) ? [serial] : [...chosen];
  event.dataTransfer?.setData(DRAGGED, JSON.stringify(serials));
  if (event.dataTransfer) event.dataTransfer.effectAllowed = "move";
}

/** Late ones first, then the newest. */
const urgency = (a: Point, b: Point): number => b[6] - a[6] || b[0] - a[0];

function OrderCard(props: { world: World; point: Point }) {
  const t = texts();
  const serial = () => props.point[0];
  createEffect(() => props.world.orders.want(serial()));
  const row = () => (props.world.orders.version(), props.world.orders.row(serial()));
  const unitName = () => {
    const unit = props.point[4];
    return unit === null ? undefined : (row()?.unit_name ?? props.world.fleet.units.get(unit)?.name);
  };
  const name = () => row()?.number ?? row()?.title ?? String(serial());
  return (
    <div class="order-card" classList={{ looked: props.world.order() === serial() }} draggable={can("dispatcher")} onDragStart={(event) => startDrag(props.world, event, serial())}>
      <ShapeIcon status={props.point[3]} late={props.point[6] === 1} />
      <div class="grow">
        <p class="line1">
          <span class="strong truncate">{name()}</span>
          <StatusBadge status={props.point[3]} />
        </p>
        <p class="small soft truncate">{[row()?.address, row()?.city].filter(Boolean).join(", ") || row()?.service || "\u00a0"}</p>
        <p class="small truncate">
          <Show when={props.point[6] === 1}>
            <span class="wrong strong">{t("late")} · </span>
          </Show>
          <Show when={row()?.rush}>
            <span class="wrong strong">{t("rush")} · </span>
          </Show>
          <span class="soft">
            {[unitName(), row()?.eta ? `${t("eta")} ${moment(row()!.eta, { timeStyle: "short" })}` : row()?.due ? `${t("due")} ${brief(row()!.due)}` : undefined].filter(Boolean).join(" · ") || "\u00a0"}
          </span>
        </p>
      </div>
    </div>
  );
}

export function OrderList(props: { world: World }) {
  const t = texts();
  const { world } = props;
  const shown = createMemo(() => [...world.inSight()].sort(urgency));
  const keys = createMemo(() => new Set([...world.chosen()].map((serial) => `o${serial}`)));
  return (
    <section class="list" aria-label={t("orders")}>
      <header>
        <h2>{t("orders")}</h2>
        <span class="soft small number" data-count={shown().length}>
          {t("inSight", { n: shown().length })}
        </span>
        <span class="grow" />
        <Show when={shown().length > 0}>
          <button type="button" class="button plain small" onClick={() => world.choose(shown().map((point) => point[0]))}>
            {t("chooseAll")}
          </button>
        </Show>
      </header>
      <Show when={!world.orders.error()} fallback={<ErrorNotice error={world.orders.error()} onRetry={world.orders.reload} />}>
        <Show when={world.orders.more()}>
          <p class="notice warn small">{t("more")}</p>
        </Show>
        <Show when={!world.orders.loading() || world.orders.points().length > 0} fallback={<Skeleton lines={6} />}>
          <Grid
            label={t("orders")}
            rows={shown()}
            rowKey={(point) => `o${point[0]}`}
            rowLabel={(point) => `${t("choose")}: ${world.orders.row(point[0])?.number ?? point[0]}`}
            columns={[]}
            cards
            cardHeight={76}
            selected={keys()}
            onSelect={(next) => world.choose([...next].map((key) => Number(key.slice(1))))}
            onOpen={(point) => {
              world.look({ order: point[0] });
              world.view()?.show([point[2], point[1]]);
            }}
            card={(point) => <OrderCard world={world} point={point} />}
            empty={<Empty>{t("noOrders")}</Empty>}
          />
        </Show>
      </Show>
    </section>
  );
}

/** When somebody was seen; a tracker's clock that is ahead says nothing of the future. */
export function Seen(props: { at: string | undefined }) {
  return <Time at={props.at && Math.min(Date.parse(props.at), clock())} />;
}

function UnitCard(props: { world: World; id: number; count: number }) {
  const t = texts();
  const [over, setOver] = createSignal(false);
  const unit = (): Unit | undefined => (props.world.fleet.version(), props.world.fleet.units.get(props.id));
  const look = () => lookOf(unit()?.position ?? null, Date.now());
  const drop = (event: DragEvent) => {
    setOver(false);
    const serials = dragged(event);
    if (!serials?.length) return;
    event.preventDefault();
    void assignOrders(props.world, serials, unit());
  };
  return (
    <div
      class="unit-card"
      classList={{ looked: props.world.unit() === props.id, over: over() }}
      onDragOver={(event) => {
        if (!isDrag(event)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <span class={`look ${look()}`} title={t(look())} />
      <div class="grow">
        <p class="strong truncate">{unit()?.name}</p>
        <p class="small soft truncate">
          {look() === "moving" ? t("speed", { n: number(Math.round(unit()?.position?.speed_kmh ?? 0)) }) : t(look())}
          {" · "}
          <Seen at={unit()?.position?.at} />
        </p>
      </div>
      <span class="badge quiet number" title={t("openOrders")}>
        {props.count}
      </span>
    </div>
  );
}

export function UnitList(props: { world: World }) {
  const t = texts();
  const { world } = props;
  const counts = createMemo(() => {
    const found = new Map<number, number>();
    for (const point of world.points().values()) if (point[4] !== null) found.set(point[4], (found.get(point[4]) ?? 0) + 1);
    return found;
  });
  const seen = createMemo(() => (world.fleet.version(), unitsInSight(world)));
  // A search finds units wherever they are.
  const shown = createMemo(() => {
    const word = world.filter().q.trim().toLowerCase();
    const units = world.fleet.units;
    const named = word ? [...units.values()].filter((unit) => unit.name.toLowerCase().includes(word)).map((unit) => unit.id) : [];
    const ids = named.length ? named : seen();
    return ids.sort((a, b) => units.get(a)!.name.localeCompare(units.get(b)!.name, undefined, { numeric: true })).map((id) => ({ id }));
  });
  return (
    <section class="list" aria-label={t("units")}>
      <header>
        <h2>{t("units")}</h2>
        <span class="soft small number" data-count={shown().length}>
          {t("inSight", { n: seen().length })}
        </span>
      </header>
      <Show when={!world.fleet.error()} fallback={<ErrorNotice error={world.fleet.error()} onRetry={() => void world.fleet.reload()} />}>
        <Show when={world.fleet.loaded()} fallback={<Skeleton lines={4} />}>
          <Grid
            label={t("units")}
            rows={shown()}
            rowKey={(row) => `u${row.id}`}
            columns={[]}
            cards
            cardHeight={54}
            onOpen={({ id }) => {
              world.look({ unit: id });
              const place = placeOf(world.fleet.units.get(id)!);
              if (place) world.view()?.show(place);
            }}
            card={(row) => <UnitCard world={world} id={row.id} count={counts().get(row.id) ?? 0} />}
            empty={<Empty>{t("noUnits")}</Empty>}
          />
        </Show>
      </Show>
    </section>
  );
}

/** Both lists: one above the other, or, where there is no room, one at a time. */
export function LiveSide(props: { world: World }) {
  const t = texts();
  const [tab, setTab] = createSignal<"orders" | "units">("orders");
  let timer: number | undefined;
  const search = (text: string) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => props.world.setFilter({ q: text }), 250);
  };
  return (
    <>
      <input class="input find" type="search" aria-label={t("find")} placeholder={t("find")} value={props.world.filter().q} onInput={(event) => search(event.currentTarget.value)} />
      <Show
        when={isNarrow()}
        fallback={
          <>
            <OrderList world={props.world} />
            <UnitList world={props.world} />
          </>
        }
      >
        <Tabs label={t("lists")} value={tab()} onChange={setTab} tabs={[["orders", t("orders")], ["units", t("units")]]} />
        <For each={[tab()]}>{(one) => (one === "orders" ? <OrderList world={props.world} /> : <UnitList world={props.world} />)}</For>
      </Show>
    </>
  );
}
