/**
 * Units, drawn by the GPU in one call, whatever their number. Each has a leg: from where it is shown to where it was reported, and
 * when that begins and ends; the shader finds the place between them, so that thousands glide without work for the processor.
 * It has a canvas of its own above the map's: that one need not be drawn anew because a unit moved.
 */

import { mercatorX, mercatorY } from "./geometry";
import { createPrograms, type Programs } from "./units-gl";
import type { Colors } from "./shapes";

export type Look = "moving" | "standing" | "silent";
const LOOKS: Record<Look, number> = { moving: 0, standing: 1, silent: 2 };

/** Where the map looks: its middle on the plane, how many pixels the world is wide, and its own size. */
export interface Camera {
  x: number;
  y: number;
  world: number;
  width: number;
  height: number;
}

interface Leg {
  id: number;
  name: string;
  fromX: number;
  fromY: number;
  toX: number;
  toY: number;
  begins: number;
  ends: number;
  course: number;
  look: Look;
}

export const FLOATS = 8;
/** What is told apart is a quarter of a pixel: less than that is not worth another frame. */
const LEAST_PIXELS = 0.25;
/** Names are shown while so many units are in sight. */
const MOST_NAMES = 60;
/** Pixels of a line of text, and of a letter. */
const NAME_HIGH = 15;
const NAME_WIDE = 8;

export class UnitsLayer {
  readonly canvas = document.createElement("canvas");
  readonly #legs = new Map<number, Leg>();
  readonly #camera: () => Camera;
  readonly #gl: WebGL2RenderingContext;
  #programs: Programs;
  #data = new Float32Array(0);
  #origin = { x: 0.5, y: 0.5, at: 0 };
  #dirty = true;
  #namesDue = true;
  #frame = 0;
  #drawnAt = 0;
  #namedAt = 0;
  /** When the last leg ends, and how much of the world the fastest goes in a millisecond. */
  #movesUntil = 0;
  #fastest = 0;
  #marked: ReadonlySet<number> = new Set();
  #colors: Colors;
  #shown = true;
  /** Frames drawn so far, for whoever measures. */
  frames = 0;
  /** Called with each frame, before it is drawn. */
  onFrame: (() => void) | undefined;

  constructor(camera: () => Camera, colors: Colors) {
    this.#camera = camera;
    this.#colors = colors;
    this.canvas.className = "units-canvas";
    const gl = this.canvas.getContext("webgl2", { antialias: false, premultipliedAlpha: true, depth: false, stencil: false });
    if (!gl) throw new Error("WebGL 2 is not there");
    this.#gl = gl;
    this.#programs = createPrograms(gl);
    this.canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    this.canvas.addEventListener("webglcontextrestored", () => {
      this.#programs = createPrograms(gl);
      this.#changed();
    });
  }

  get size(): number {
    return this.#legs.size;
  }

  /** A unit is there now; over `ms` milliseconds it goes there from where it is shown. */
  place(id: number, name: string, lng: number, lat: number, course: number, look: Look, ms: number): void {
    const now = performance.now();
    const [x, y] = [mercatorX(lng), mercatorY(lat)];
    const known = this.#legs.get(id);
    if (!known || ms <= 0) {
      if (!known || known.name !== name) this.#namesDue = true;
      this.#legs.set(id, { id, name, fromX: x, fromY: y, toX: x, toY: y, begins: now, ends: now, course, look });
    } else {
      const [fromX, fromY] = at(known, now);
      Object.assign(known, { name, fromX, fromY, toX: x, toY: y, begins: now, ends: now + ms, course, look });
    }
    this.#changed();
  }

  remove(id: number): void {
    if (this.#legs.delete(id)) this.#changed(true);
  }

  clear(): void {
    this.#legs.clear();
    this.#changed(true);
  }

  mark(ids: ReadonlySet<number>): void {
    this.#marked = ids;
    this.#changed(true);
  }

  show(shown: boolean): void {
    this.#shown = shown;
    this.#changed();
  }

  paint(colors: Colors): void {
    this.#colors = colors;
    this.#changed(true);
  }

  /** Where a unit is shown at this moment, on the plane. */
  whereabouts(id: number): [x: number, y: number] | undefined {
    const leg = this.#legs.get(id);
    return leg && at(leg, performance.now());
  }

  /** The unit nearest to a point of the canvas, if one is near enough. */
  nearest(pixelX: number, pixelY: number, reach: number): number | undefined {
    if (!this.#shown) return undefined;
    const now = performance.now();
    const { x, y, world, width, height } = this.#camera();
    const [wantedX, wantedY] = [x + (pixelX - width / 2) / world, y + (pixelY - height / 2) / world];
    let best = reach / world;
    let found: number | undefined;
    for (const leg of this.#legs.values()) {
      const [legX, legY] = at(leg, now);
      const distance = Math.hypot(legX - wantedX, legY - wantedY);
      if (distance < best) [best, found] = [distance, leg.id];
    }
    return found;
  }

  /** The map was drawn: we are, too, in the same frame. */
  follow(): void {
    this.#draw(performance.now());
  }

  /** The map came to rest, or shows something else: names are chosen anew. */
  settled(): void {
    this.#changed(true);
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = -1;
    this.#gl.getExtension("WEBGL_lose_context")?.loseContext();
    this.canvas.remove();
  }

  #changed(names = false): void {
    this.#dirty = true;
    this.#namesDue ||= names;
    if (this.#frame === 0) this.#frame = requestAnimationFrame(this.#step);
  }

  #step = (): void => {
    this.#frame = 0;
    const now = performance.now();
    const moved = this.#fastest * (now - this.#drawnAt) * this.#camera().world;
    if (this.#dirty || moved >= LEAST_PIXELS) {
      this.onFrame?.();
      this.#draw(now);
    }
    if (now < this.#movesUntil && this.#frame === 0) this.#frame = requestAnimationFrame(this.#step);
  };

  /** Fills the buffer: places relative to an origin near what is looked at, since 32 bits are too few for the world. */
  #fill(now: number, camera: Camera): void {
    this.#origin = { x: camera.x, y: camera.y, at: now };
    if (this.#data.length < this.#legs.size * FLOATS) this.#data = new Float32Array(Math.ceil(this.#legs.size * 1.3) * FLOATS);
    this.#movesUntil = this.#fastest = 0;
    const data = this.#data;
    let slot = 0;
    for (const leg of this.#legs.values()) {
      data[slot++] = leg.fromX - camera.x;
      data[slot++] = leg.fromY - camera.y;
      data[slot++] = leg.toX - camera.x;
      data[slot++] = leg.toY - camera.y;
      data[slot++] = leg.begins - now;
      data[slot++] = leg.ends - now;
      data[slot++] = leg.course;
      data[slot++] = LOOKS[leg.look] + (this.#marked.has(leg.id) ? 8 : 0);
      if (leg.ends <= now) continue;
      this.#movesUntil = Math.max(this.#movesUntil, leg.ends);
      this.#fastest = Math.max(this.#fastest, Math.hypot(leg.toX - leg.fromX, leg.toY - leg.fromY) / (leg.ends - leg.begins));
    }
    this.#programs.upload(data.subarray(0, slot));
  }

  /** Names of the units in sight, while they are few, and of those that are marked. */
  #name(now: number, camera: Camera): void {
    this.#namesDue = false;
    this.#namedAt = now;
    const chosen: { slot: number; name: string; x: number; y: number }[] = [];
    const marked: typeof chosen = [];
    let slot = 0;
    for (const leg of this.#legs.values()) {
      const [legX, legY] = at(leg, now);
      const [x, y] = [(legX - camera.x) * camera.world, (legY - camera.y) * camera.world];
      const one = { slot: slot++, name: leg.name, x, y };
      if (this.#marked.has(leg.id)) marked.push(one);
      else if (Math.abs(x) < camera.width * 0.6 && Math.abs(y) < camera.height * 0.6) chosen.push(one);
    }
    const wanted = [...marked.slice(0, MOST_NAMES), ...(chosen.length <= MOST_NAMES ? chosen : [])];
    // One name does not lie on another; those of marked units come first.
    const placed: typeof chosen = [];
    for (const one of wanted) {
      if (placed.every((other) => Math.abs(other.y - one.y) > NAME_HIGH || Math.abs(other.x - one.x) > NAME_WIDE * Math.max(one.name.length, other.name.length))) placed.push(one);
    }
    this.#programs.name(placed, this.#colors);
  }

  #draw(now: number): void {
    const camera = this.#camera();
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const [width, height] = [Math.round(camera.width * ratio), Math.round(camera.height * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    const strayed = Math.hypot(camera.x - this.#origin.x, camera.y - this.#origin.y) * camera.world;
    // Milliseconds are counted from the last filling; after minutes they would be too coarse.
    if (this.#dirty || strayed > 4_000 || now - this.#origin.at > 60_000) this.#fill(now, camera);
    if (this.#namesDue || (this.#legs.size <= MOST_NAMES && now - this.#namedAt > 1_000)) this.#name(now, camera);
    this.#dirty = false;
    this.#drawnAt = now;
    this.frames += 1;
    const zoom = Math.log2(camera.world / 512);
    this.#programs.draw({
      count: this.#shown ? this.#legs.size : 0,
      middle: [camera.x - this.#origin.x, camera.y - this.#origin.y],
      scale: [(2 * camera.world) / camera.width, (2 * camera.world) / camera.height],
      now: now - this.#origin.at,
      size: Math.max(15, Math.min(26, 11 + (zoom - 9) * 2.6)) * ratio,
      ratio,
      colors: this.#colors,
    });
  }
}

function at(leg: Leg, now: number): [number, number] {
  const share = leg.ends > leg.begins ? Math.min(1, (now - leg.begins) / (leg.ends - leg.begins)) : 1;
  return [leg.fromX + (leg.toX - leg.fromX) * share, leg.fromY + (leg.toY - leg.fromY) * share];
}
