import { A, useSearchParams } from "@solidjs/router";
import { createMemo, createSignal, Show } from "solid-js";
import { api, path } from "~/api/client";
import { can } from "~/app/session";
import { number } from "~/i18n";
import { words } from "~/i18n/words";
import { createFleet, lookOf } from "~/pages/map/fleet";
import type { Unit } from "~/pages/map/types";
import { Badge, clock, Empty, ErrorNotice, Grid, sayProblem, Skeleton, Time, type Column, type Tone } from "~/ui";
import { MapIcon, Plus } from "~/ui/icons";
import { UnitDialog, type WholeUnit } from "./edit";
import { texts } from "./texts";

const TONES: Record<ReturnType<typeof lookOf>, Tone> = { moving: "good", standing: "accent", silent: "quiet" };

/** Who works on orders, where each was last seen, and what its tracker is called. */
export default function UnitsPage() {
  const t = texts();
  const w = words();
  const fleet = createFleet({ trails: false });
  const [params, setParams] = useSearchParams<{ q: string }>();
  const [editing, setEditing] = createSignal<WholeUnit | "new">();
  const wanted = () => (params.q ?? "").trim().toLowerCase();
  // Each row anew when something of it changed: a unit's position changes in place.
  const rows = createMemo(() => {
    fleet.version();
    fleet.loaded();
    return [...fleet.units.values()]
      .filter((unit) => [unit.name, unit.unique_id, unit.phone, String(unit.id)].some((text) => text.toLowerCase().includes(wanted())))
      .sort((one, other) => one.name.localeCompare(other.name, undefined, { numeric: true }) || one.id - other.id)
      .map((unit) => ({ ...unit }));
  });
  const open = (unit: Unit) => void api.get<WholeUnit>(path`/v1/units/${unit.id}`).then(setEditing, sayProblem);
  const state = (unit: Unit) => {
    const look = lookOf(unit.position, clock());
    return <Badge tone={TONES[look]}>{t(unit.position ? look : "never")}</Badge>;
  };
  const map = (unit: Unit) => (
    <A class="button small plain icon" href={`/map?unit=${unit.id}`} aria-label={`${t("onMap")}: ${unit.name}`} title={t("onMap")}>
      <MapIcon size={15} aria-hidden="true" />
    </A>
  );
  const change = (unit: Unit) => (
    <Show when={can("dispatcher")}>
      <button type="button" class="button small" aria-label={`${t("edit")}: ${unit.name}`} onClick={() => open(unit)}>
        {t("edit")}
      </button>
    </Show>
  );
  const columns = createMemo((): Column<Unit>[] => [
    { key: "name", title: w("name"), width: "minmax(8rem, 2fr)", cell: (unit) => <span class="strong" title={unit.name}>{unit.name}</span> },
    { key: "state", title: t("state"), width: "9rem", cell: state },
    { key: "seen", title: t("seen"), width: "minmax(7rem, 1fr)", cell: (unit) => <Time at={unit.position?.at} /> },
    { key: "speed", title: t("speed"), width: "6rem", end: true, cell: (unit) => <Show when={unit.position?.speed_kmh !== undefined}>{t("kmh", { n: number(Math.round(unit.position?.speed_kmh ?? 0)) })}</Show> },
    { key: "tracker", title: t("tracker"), width: "minmax(9rem, 1.5fr)", cell: (unit) => <span class="mono" title={unit.unique_id}>{unit.unique_id || "–"}</span> },
    { key: "phone", title: t("phone"), width: "minmax(8rem, 1fr)", cell: (unit) => unit.phone || "–" },
    { key: "map", title: t("onMap"), width: "6rem", cell: map },
    { key: "actions", title: w("actions"), width: "6.5rem", cell: change },
  ]);
  return (
    <div class="page tall units">
      <header>
        <h1>{t("units")}</h1>
        <input type="search" class="input narrow-input" aria-label={t("find")} placeholder={t("find")} value={params.q ?? ""} onInput={(event) => setParams({ q: event.currentTarget.value || undefined }, { replace: true })} />
        <Show when={can("dispatcher")}>
          <button type="button" class="button primary" onClick={() => setEditing("new")}>
            <Plus size={16} aria-hidden="true" />
            {t("add")}
          </button>
        </Show>
      </header>
      <p class="soft">{t("about")}</p>
      <Show when={fleet.error()}>
        <ErrorNotice error={fleet.error()} onRetry={() => void fleet.reload()} />
      </Show>
      <Show when={fleet.loaded()} fallback={<Skeleton lines={8} />}>
        <Grid
          label={t("units")}
          rows={rows()}
          rowKey={(unit) => String(unit.id)}
          columns={columns()}
          {...(can("dispatcher") ? { onOpen: open } : {})}
          cardHeight={92}
          card={(unit) => (
            <>
              <div class="row">
                <span class="strong grow">{unit.name}</span>
                {state(unit)}
              </div>
              <div class="row small soft">
                <span class="grow">
                  {unit.unique_id || "–"} · <Time at={unit.position?.at} />
                </span>
                {map(unit)}
                {change(unit)}
              </div>
            </>
          )}
          empty={<Empty>{wanted() ? t("noneFound") : t("none")}</Empty>}
        />
      </Show>
      <Show when={editing()}>
        {(unit) => (
          <UnitDialog
            {...(unit() === "new" ? {} : { unit: unit() as WholeUnit })}
            onClose={(changed) => {
              setEditing(undefined);
              if (changed) void fleet.reload();
            }}
          />
        )}
      </Show>
    </div>
  );
}
