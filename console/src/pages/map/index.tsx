import { createEffect, createSignal, Match, Show, Switch } from "solid-js";
import { ErrorNotice, Tabs } from "~/ui";
import { isNarrow } from "~/ui/grid";
import { ChevronDown, ChevronUp } from "~/ui/icons";
import { AssignDialog } from "./assign";
import { Canvas } from "./canvas";
import { Card } from "./card";
import { createChoosing } from "./choosing";
import { dayOnto, ordersOnto, unitsOnto } from "./layers";
import { LiveSide } from "./lists";
import { PlanSide, planOnto } from "./plan";
import { createPlanner } from "./planner";
import { createReplay } from "./replay";
import { ReplayBar, ReplaySide, replayOnto } from "./replay-view";
import { texts } from "./texts";
import { ChosenBar, Legend, Tools } from "./tools";
import { createWorld, MODES } from "./world";
import "./map.css";

/** The live map, planning a day, and a past day once more. */
export default function Page() {
  const t = texts();
  const world = createWorld();
  const choosing = createChoosing(world);
  const planner = createPlanner();
  const replay = createReplay(world);
  const [open, setOpen] = createSignal(true);
  // On a phone there is room for the lists or for what is looked at.
  createEffect(() => (world.order() ?? world.unit()) !== undefined && isNarrow() && setOpen(false));
  return (
    <div class="map-page" classList={{ "lists-open": open() }} data-mode={world.mode()}>
      <aside class="map-side" aria-label={t("lists")}>
        <button type="button" class="sheet-handle" aria-expanded={open()} onClick={() => setOpen(!open())}>
          <Show when={open()} fallback={<ChevronUp size={16} aria-hidden="true" />}>
            <ChevronDown size={16} aria-hidden="true" />
          </Show>
          {open() ? t("hideLists") : t("showLists")}
        </button>
        <Tabs label={t("mode")} value={world.mode()} onChange={world.setMode} tabs={MODES.map((mode) => [mode, t(mode)] as const)} />
        <div class="side-body" role="tabpanel" aria-labelledby={`tab-${world.mode()}`}>
          <Switch fallback={<LiveSide world={world} />}>
            <Match when={world.mode() === "plan"}>
              <PlanSide world={world} planner={planner} />
            </Match>
            <Match when={world.mode() === "replay"}>
              <ReplaySide world={world} replay={replay} />
            </Match>
          </Switch>
        </div>
      </aside>
      <div class="map-area">
        <Show when={!world.settingsError()} fallback={<div class="page"><ErrorNotice error={world.settingsError()} /></div>}>
          <Canvas
            world={world}
            choosing={choosing}
            onView={(view) => {
              ordersOnto(world, view, () => world.mode() === "replay" || (world.mode() === "plan" && planner.shown()?.plan.plan !== undefined));
              dayOnto(world, view);
              unitsOnto(world, view);
              planOnto(world, planner, view);
              replayOnto(world, replay, view);
            }}
          />
          <Tools world={world} choosing={choosing} />
          <Legend world={world} />
          <Card world={world} />
          <Show when={world.mode() === "replay"} fallback={<ChosenBar world={world} onPlan={() => world.setMode("plan")} />}>
            <ReplayBar replay={replay} />
          </Show>
        </Show>
      </div>
      <Show when={world.assigning()}>{(serials) => <AssignDialog world={world} serials={serials()} onClose={() => world.assign(undefined)} />}</Show>
    </div>
  );
}
