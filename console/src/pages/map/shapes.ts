/** How statuses look on the map: each group has its own shape beside its colour, and late ones a mark. */

/** Colours of the theme in force, as the map's canvas needs them. */
export interface Colors {
  dark: boolean;
  ground: string;
  surface: string;
  sunken: string;
  line: string;
  lineStrong: string;
  text: string;
  textSoft: string;
  accent: string;
  accentSoft: string;
  good: string;
  warn: string;
  danger: string;
  violet: string;
}

/** The theme's colours, resolved: a canvas knows no `light-dark()`. */
export function colorsOf(host: HTMLElement): Colors {
  const probe = document.createElement("span");
  host.append(probe);
  const of = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const brightness = (/\d+/.exec(of("ground")) ?? ["255"])[0];
  const colors: Colors = {
    dark: Number(brightness) < 128,
    ground: of("ground"), surface: of("surface"), sunken: of("sunken"), line: of("line"), lineStrong: of("line-strong"), text: of("text"), textSoft: of("text-soft"),
    accent: of("accent"), accentSoft: of("accent-soft"), good: of("good"), warn: of("warn"), danger: of("danger"), violet: of("violet"),
  };
  probe.remove();
  return colors;
}

export type Tint = "accent" | "violet" | "warn" | "danger" | "good" | "lineStrong";

export interface Shape {
  /** Outline, in a square of 24. */
  path: string;
  tint: Tint;
  /** Drawn inside it, as strokes. */
  mark?: string;
}

const CIRCLE = "M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17z";
const SQUARE = "M6 4.2h12a1.8 1.8 0 0 1 1.8 1.8v12a1.8 1.8 0 0 1-1.8 1.8h-12a1.8 1.8 0 0 1-1.8-1.8v-12a1.8 1.8 0 0 1 1.8-1.8z";
const DIAMOND = "M12 2.2l9.3 9.3a.7.7 0 0 1 0 1l-9.3 9.3l-9.3-9.3a.7.7 0 0 1 0-1z";
const TRIANGLE = "M11.1 3.3a1 1 0 0 1 1.8 0l8.6 15.4a1 1 0 0 1-.9 1.5h-17.2a1 1 0 0 1-.9-1.5z";
const OCTAGON = "M8.2 3h7.6l5.2 5.2v7.6l-5.2 5.2h-7.6l-5.2-5.2v-7.6z";
const CHECK = "M8 12.2l2.9 2.9l5.2-5.8";
const CROSS = "M9 9l6 6M15 9l-6 6";
const QUESTION = "M10 11.2c0-2.4 4-2.6 4-.2c0 1.5-2 1.6-2 3M12 16.6v.2";
const DOT = "M12 12v.1";

export const SHAPES: Record<string, Shape> = {
  received: { path: CIRCLE, tint: "accent" },
  assigned: { path: SQUARE, tint: "violet" },
  accepted: { path: SQUARE, tint: "violet", mark: CHECK },
  started: { path: DIAMOND, tint: "warn", mark: DOT },
  waiting: { path: DIAMOND, tint: "warn", mark: QUESTION },
  rejected: { path: OCTAGON, tint: "danger", mark: CROSS },
  failed: { path: TRIANGLE, tint: "danger", mark: "M12 9v5M12 17v.1" },
  completed: { path: CIRCLE, tint: "good", mark: CHECK },
  submitted: { path: CIRCLE, tint: "good", mark: CHECK },
  invoiced: { path: CIRCLE, tint: "good", mark: CHECK },
  closed: { path: CIRCLE, tint: "lineStrong", mark: CHECK },
  canceled: { path: CIRCLE, tint: "lineStrong", mark: CROSS },
};

export const shapeOf = (status: string): Shape => SHAPES[status] ?? SHAPES["received"]!;

const SIZE = 28;

/** The picture of a status, for the map's canvas. */
export function picture(status: string, late: boolean, colors: Colors): ImageData {
  const scale = 2;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE * scale;
  const pen = canvas.getContext("2d", { willReadFrequently: true })!;
  pen.scale(scale, scale);
  pen.translate(1, 3);
  const shape = shapeOf(status);
  const outline = new Path2D(shape.path);
  pen.lineJoin = pen.lineCap = "round";
  pen.lineWidth = 3.4;
  pen.strokeStyle = colors.surface;
  pen.stroke(outline);
  pen.fillStyle = colors[shape.tint];
  pen.fill(outline);
  if (shape.mark) {
    pen.lineWidth = 2.1;
    pen.stroke(new Path2D(shape.mark));
  } else if (status === "received") {
    pen.fillStyle = colors.surface;
    pen.fill(new Path2D("M12 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8z"));
  }
  if (late) {
    // A mark of its own beside the shape: late is not told by colour alone.
    const badge = new Path2D("M20.5 -2a5 5 0 1 0 0 10a5 5 0 1 0 0-10z");
    pen.lineWidth = 2;
    pen.strokeStyle = colors.surface;
    pen.fillStyle = colors.danger;
    pen.stroke(badge);
    pen.fill(badge);
    pen.lineWidth = 1.7;
    pen.stroke(new Path2D("M20.5 0.4v3M20.5 5.7v.1"));
  }
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

/** Colours that routes are told apart by, with their numbers; for light and dark. */
const ROUTE_LIGHT = ["#0b6477", "#b3491b", "#5b3fa8", "#1f6b35", "#a12568", "#7d5300", "#1d4fb8", "#5a6b00", "#8c2f2f", "#00705a"];
const ROUTE_DARK = ["#5cc3d8", "#ff9d6e", "#bba6f5", "#79d092", "#ff8cc3", "#f0bd62", "#8fb4ff", "#c4d65a", "#ff9d9d", "#5fdcbb"];

export function routeColor(at: number, dark: boolean): string {
  const all = dark ? ROUTE_DARK : ROUTE_LIGHT;
  return all[at % all.length]!;
}
