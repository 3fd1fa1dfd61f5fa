/** Choosing orders on the map: Shift and drag, or a tool that draws a box or around them. */

import { createSignal, onCleanup, type Accessor } from "solid-js";
import { inside } from "./geometry";
import type { View } from "./view";
import type { World } from "./world";

export type Tool = "box" | "lasso";
interface Place {
  x: number;
  y: number;
}

export interface Choosing {
  tool: Accessor<Tool | undefined>;
  setTool: (tool: Tool | undefined) => void;
  /** Corners of what is being drawn. */
  drawn: Accessor<readonly Place[]>;
  listen: (view: View, host: HTMLElement) => void;
}

/** A press that goes less far is a click. */
const CLICK = 4;

export function createChoosing(world: World): Choosing {
  const [tool, setTool] = createSignal<Tool>();
  const [drawn, setDrawn] = createSignal<readonly Place[]>([]);

  const within = (view: View, corners: readonly Place[]): number[] =>
    world.inSight()
      .filter(([, latitude, longitude]) => {
        const { x, y } = view.map.project([longitude, latitude]);
        return inside(x, y, corners);
      })
      .map((point) => point[0]);

  const listen = (view: View, host: HTMLElement) => {
    let start: Place | undefined;
    let by: Tool = "box";
    const at = (event: PointerEvent): Place => {
      const box = host.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    const down = (event: PointerEvent) => {
      if (event.button !== 0 || !(event.shiftKey || tool())) return;
      event.preventDefault();
      event.stopPropagation();
      by = tool() ?? "box";
      start = at(event);
      host.setPointerCapture(event.pointerId);
      view.map.dragPan.disable();
    };
    const move = (event: PointerEvent) => {
      if (!start) return;
      const to = at(event);
      setDrawn((before) => (by === "lasso" ? [...(before.length ? before : [start!]), to] : [start!, { x: to.x, y: start!.y }, to, { x: start!.x, y: to.y }]));
    };
    const up = (event: PointerEvent) => {
      if (!start) return;
      const to = at(event);
      const far = Math.max(Math.hypot(to.x - start.x, to.y - start.y), ...drawn().map((place) => Math.hypot(place.x - start!.x, place.y - start!.y)));
      if (far > CLICK) world.choose([...world.chosen(), ...within(view, drawn())]);
      end();
    };
    const end = () => {
      start = undefined;
      setDrawn([]);
      view.map.dragPan.enable();
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
      if (start || tool()) {
        end();
        setTool(undefined);
      }
    };
    // Before the map hears of it: it would move.
    host.addEventListener("pointerdown", down, true);
    host.addEventListener("pointermove", move);
    host.addEventListener("pointerup", up);
    host.addEventListener("pointercancel", end);
    window.addEventListener("keydown", escape);
    onCleanup(() => window.removeEventListener("keydown", escape));
  };
  return { tool, setTool, drawn, listen };
}
