import { createSignal, Show } from "solid-js";
import { ErrorNotice, Tabs } from "~/ui";
import { ChevronDown, ChevronUp } from "~/ui/icons";
import { AssignDialog } from "./assign";
import { Canvas } from "./canvas";
import { Card } from "./card";
import { createChoosing } from "./choosing";
import { dayOnto, ordersOnto, unitsOnto } from "./layers";
import { LiveSide } from "./lists";
import { texts } from "./texts";
import { ChosenBar, Legend, Tools } from "./tools";
import { createWorld, MODES } from "./world";
import "./map.css";

/** The live map, planning a day, and a past day once more. */
export default function Page() {
  const t = texts();
  const world = createWorld();
  const choosing = createChoosing(world);
  const [open, setOpen] = createSignal(true);
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
          <LiveSide world={world} />
        </div>
      </aside>
      <div class="map-area">
        <Show when={!world.settingsError()} fallback={<div class="page"><ErrorNotice error={world.settingsError()} /></div>}>
          <Canvas
            world={world}
            choosing={choosing}
            onView={(view) => {
              ordersOnto(world, view);
              dayOnto(world, view);
              unitsOnto(world, view);
            }}
          />
          <Tools world={world} choosing={choosing} />
          <Legend world={world} />
          <Card world={world} />
          <ChosenBar world={world} onPlan={() => world.setMode("plan")} />
        </Show>
      </div>
      <Show when={world.assigning()}>{(serials) => <AssignDialog world={world} serials={serials()} onClose={() => world.assign(undefined)} />}</Show>
    </div>
  );
}
