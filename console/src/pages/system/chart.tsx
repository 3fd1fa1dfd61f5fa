import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import "./system.css";
import { createEffect, createSignal, For, onCleanup, onMount, Show } from "solid-js";
import { moment } from "~/i18n";
import { axisText, figureText, figureWord } from "./figures";

export interface Series {
  name: string;
  unit: string;
  labels: Record<string, string>;
  points: [at_ms: number, value: number | null][];
}

const COLOURS = ["--accent", "--violet", "--warn", "--good", "--danger", "--text-soft"];
const colour = (at: number) => COLOURS[at % COLOURS.length]!;
const HEIGHT = 140;
/** Figures come every five seconds; what is further apart is not one line. */
const GAP = 20_000;

/** What one line is called: its labels, or the figure's name. */
function label(series: Series): string {
  return Object.values(series.labels).map(figureWord).join(" ") || figureWord(series.name);
}

/** Figures of one name over time, a line for each of their labels; beneath it what each is now, or was where somebody points. */
export function Chart(props: { name: string; series: Series[] }) {
  let box!: HTMLDivElement;
  let plot: uPlot | undefined;
  const [pointed, setPointed] = createSignal<number>();
  const unit = () => props.series[0]?.unit ?? "";
  const data = (): uPlot.AlignedData => {
    const known = [...new Set(props.series.flatMap((one) => one.points.map(([at]) => at)))].sort((a, b) => a - b);
    // Where nothing was measured no line is drawn.
    const times = known.flatMap((at, place) => (place && at - known[place - 1]! > GAP ? [at - 1, at] : [at]));
    const lines = props.series.map((one) => {
      const known = new Map(one.points);
      return times.map((at) => known.get(at) ?? null);
    });
    return [times.map((at) => at / 1000), ...lines];
  };
  const make = () => {
    plot?.destroy();
    // Canvas knows no CSS names: the colours in force are read once.
    const probe = document.createElement("span");
    box.append(probe);
    const real = (name: string) => ((probe.style.color = `var(${name})`), getComputedStyle(probe).color);
    const axis = { stroke: real("--text-soft"), grid: { stroke: real("--line"), width: 1 }, ticks: { show: false }, font: "11px system-ui" };
    plot = new uPlot(
      {
        width: box.clientWidth,
        height: HEIGHT,
        padding: [8, 12, 0, 0],
        legend: { show: false },
        cursor: { y: false, points: { size: 6 } },
        scales: { y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(high ?? 0, 1) * 1.08] } },
        axes: [
          // Whole minutes: what is shorter would have the same words twice.
          { ...axis, size: 26, space: 70, incrs: [60, 300, 600, 900, 1800, 3600], values: (_, ticks) => ticks.map((at) => moment(at * 1000, { hour: "2-digit", minute: "2-digit" })) },
          { ...axis, size: 58, values: (_, ticks) => ticks.map((value) => axisText(value, unit())) },
        ],
        series: [{}, ...props.series.map((_, at) => ({ stroke: real(colour(at)), width: 1.5, points: { show: false } }))],
        hooks: { setCursor: [(of) => setPointed(of.cursor.idx ?? undefined)] },
      },
      data(),
      box,
    );
    probe.remove();
  };
  onMount(() => {
    make();
    const sized = new ResizeObserver(() => plot?.setSize({ width: box.clientWidth, height: HEIGHT }));
    sized.observe(box);
    const scheme = new MutationObserver(make);
    scheme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const system = window.matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", make);
    onCleanup(() => (sized.disconnect(), scheme.disconnect(), system.removeEventListener("change", make), plot?.destroy()));
  });
  let lines = props.series.length;
  createEffect(() => {
    const next = data();
    if (!plot) return;
    if (lines !== props.series.length) ((lines = props.series.length), make());
    else plot.setData(next);
  });
  const value = (at: number) => {
    const there = pointed();
    const line = data()[at + 1];
    return figureText(there === undefined ? line?.[line.length - 1] : line?.[there], unit());
  };
  const when = () => {
    const there = pointed();
    return there === undefined ? "" : moment((data()[0][there] ?? 0) * 1000, { timeStyle: "medium" });
  };
  return (
    <figure class="card chart" aria-label={figureWord(props.name)}>
      <figcaption>
        <span class="grow">{figureWord(props.name)}</span> <span class="soft small number">{when()}</span>
      </figcaption>
      <div ref={box} aria-hidden="true" class="plot" />
      <ul class="values">
        <For each={props.series}>
          {(one, at) => (
            <li>
              <Show when={Object.keys(one.labels).length}>
                <span class="swatch" aria-hidden="true" style={{ background: `var(${colour(at())})` }} />
                <span class="soft">{label(one)}</span>
              </Show>
              <span class="strong number">{value(at())}</span>
            </li>
          )}
        </For>
      </ul>
    </figure>
  );
}
