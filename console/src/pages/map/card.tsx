/** What is looked at: an order or a unit, its essentials, and what can be done. */

import { A } from "@solidjs/router";
import { createEffect, createMemo, For, Match, Show, Switch, type JSX } from "solid-js";
import { can } from "~/app/session";
import { moment, number } from "~/i18n";
import { words } from "~/i18n/words";
import { Badge, brief, Facts, StatusBadge } from "~/ui";
import { X } from "~/ui/icons";
import { lookOf, placeOf } from "./fleet";
import { Seen } from "./lists";
import { texts, windOf } from "./texts";
import type { LngLat } from "./types";
import type { World } from "./world";

function Frame(props: { title: JSX.Element; label: string; onClose: () => void; children: JSX.Element }) {
  const w = words();
  return (
    <section class="card map-card" aria-label={props.label}>
      <header>
        <h2 class="truncate">{props.title}</h2>
        <button type="button" class="button plain small icon" aria-label={w("close")} onClick={() => props.onClose()}>
          <X size={16} aria-hidden="true" />
        </button>
      </header>
      <div class="body stack">{props.children}</div>
    </section>
  );
}

function OrderCard(props: { world: World; serial: number }) {
  const t = texts();
  const { world } = props;
  createEffect(() => world.orders.want(props.serial));
  const row = () => (world.orders.version(), world.orders.row(props.serial));
  const point = () => world.points().get(props.serial);
  const route = () => world.routes().find((one) => one.stops.some((stop) => stop.serial === props.serial));
  const stop = () => route()?.stops.find((one) => one.serial === props.serial);
  const unit = () => point()?.[4] ?? row()?.unit ?? null;
  const name = () => row()?.number ?? row()?.title ?? String(props.serial);
  const place = () => world.placeOfOrder(props.serial);
  return (
    <Frame title={name()} label={`${t("order")} ${name()}`} onClose={() => world.look({})}>
      <p class="row">
        <StatusBadge status={point()?.[3] ?? row()?.status ?? "received"} />
        <Show when={point()?.[6] === 1}>
          <Badge tone="danger">{t("late")}</Badge>
        </Show>
        <Show when={row()?.rush}>
          <Badge tone="danger">{t("rush")}</Badge>
        </Show>
        <span class="soft small truncate">{row()?.service}</span>
      </p>
      <Facts
        of={[
          [t("address"), [row()?.address, row()?.postal_code, row()?.city].filter(Boolean).join(", ")],
          [t("customer"), row()?.customer],
          [t("window"), row()?.window_from ? `${brief(row()!.window_from)} – ${brief(row()!.window_until)}` : ""],
          [t("due"), brief(row()?.due)],
          [t("unit"), unit() === null ? "" : <button type="button" class="link" onClick={() => world.look({ unit: unit()! })}>{row()?.unit_name ?? world.fleet.units.get(unit()!)?.name ?? unit()}</button>],
          [t("eta"), row()?.eta || stop()?.visit_at ? brief(row()?.eta ?? stop()?.visit_at) : ""],
          [t("stop"), stop() ? `${stop()!.position + 1} · ${route()!.name}` : ""],
          [t("radius"), point()?.[5] ? number(point()![5]!, { style: "unit", unit: "meter" }) : ""],
        ]}
      />
      <div class="row">
        <A class="button small primary" href={`/orders/${row()?.id ?? props.serial}`}>
          {t("openOrder")}
        </A>
        <Show when={can("dispatcher")}>
          <button type="button" class="button small" onClick={() => world.assign([props.serial])}>
            {t("assign")}
          </button>
        </Show>
        <Show when={place()}>
          {(at) => (
            <button type="button" class="button small" onClick={() => world.view()?.show(at(), 16)}>
              {t("center")}
            </button>
          )}
        </Show>
      </div>
    </Frame>
  );
}

function UnitCard(props: { world: World; id: number }) {
  const t = texts();
  const { world } = props;
  const unit = createMemo(() => {
    world.fleet.version();
    const found = world.fleet.units.get(props.id);
    return found && { ...found };
  });
  const position = () => unit()?.position ?? null;
  const look = () => lookOf(position(), Date.now());
  const orders = createMemo(() => [...world.points().values()].filter((point) => point[4] === props.id));
  const route = () => world.routes().find((one) => one.unit === props.id);
  const isFollowed = () => world.following() === props.id;
  return (
    <Frame title={unit()?.name ?? String(props.id)} label={`${t("unit")} ${unit()?.name ?? ""}`} onClose={() => world.look({})}>
      <p class="row">
        <span class={`look ${look()}`} aria-hidden="true" />
        <span class="strong">{t(look())}</span>
        <Show when={look() === "moving"}>
          <span class="number">{t("speed", { n: number(Math.round(position()?.speed_kmh ?? 0)) })}</span>
          <span class="soft">{t(windOf(position()?.course ?? 0))}</span>
        </Show>
      </p>
      <Facts
        of={[
          [t("seen"), position() ? <Seen at={position()!.at} /> : t("never")],
          [t("phone"), unit()?.phone ? <a href={`tel:${unit()!.phone}`}>{unit()!.phone}</a> : ""],
          [t("openOrders"), number(orders().length)],
        ]}
      />
      <Show when={route()}>
        {(route) => (
          <div class="stack">
            <h3>
              {route().name} <span class="soft">{t("stops", { done: route().stops.filter((stop) => stop.departed_at).length, n: route().stops.length })}</span>
            </h3>
            <ol class="stops">
              <For each={route().stops.slice(0, 12)}>
                {(stop) => (
                  <li>
                    <span class="badge quiet number">{stop.position + 1}</span>
                    <button type="button" class="link grow truncate" onClick={() => world.look({ order: stop.serial })}>
                      {stop.number ?? stop.title ?? stop.serial}
                    </button>
                    <span class="soft small number">{stop.visit_at ? moment(stop.visit_at, { timeStyle: "short" }) : ""}</span>
                  </li>
                )}
              </For>
            </ol>
          </div>
        )}
      </Show>
      <div class="row">
        <button
          type="button"
          class="button small"
          classList={{ primary: isFollowed() }}
          aria-pressed={isFollowed()}
          disabled={!position()}
          onClick={() => {
            world.follow(isFollowed() ? undefined : props.id);
            const place = unit() && placeOf(unit()!);
            if (isFollowed() && place) world.view()?.show(place, 14);
          }}
        >
          {isFollowed() ? t("unfollow") : t("follow")}
        </button>
        <A class="button small" href={`/map?mode=replay&unit=${props.id}`}>
          {t("replayDay")}
        </A>
      </div>
    </Frame>
  );
}

/** A place that the address names: where a photo was made, or somebody checked in. */
function SpotCard(props: { world: World; place: LngLat }) {
  const t = texts();
  const { world } = props;
  return (
    <Frame title={t("spot")} label={t("spot")} onClose={world.leaveSpot}>
      <p class="number">{`${props.place[1]}, ${props.place[0]}`}</p>
      <div class="row">
        <button type="button" class="button small" onClick={() => world.view()?.show(props.place, 16)}>
          {t("center")}
        </button>
      </div>
    </Frame>
  );
}

/** The card of whatever is looked at. What it says of units is of now, and not of a past day. */
export function Card(props: { world: World }) {
  const { world } = props;
  return (
    <Switch>
      <Match when={world.order()}>{(serial) => <OrderCard world={world} serial={serial()} />}</Match>
      <Match when={world.mode() !== "replay" && world.unit()}>{(id) => <UnitCard world={world} id={id()} />}</Match>
      <Match when={world.spot()}>{(place) => <SpotCard world={world} place={place()} />}</Match>
    </Switch>
  );
}
