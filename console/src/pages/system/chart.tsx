import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import "./system.css";
import { createEffect, onCleanup, onMount } from "solid-js";
import { define, moment, number } from "~/i18n";

export interface Series {
  name: string;
  unit: string;
  labels: Record<string, string>;
  points: [at_ms: number, value: number | null][];
}

const texts = define({
  en: { now: "{name}: {values}" },
  nl: { now: "{name}: {values}" },
  es: { now: "{name}: {values}" },
  ru: { now: "{name}: {values}" },
});

const COLOURS = ["--accent", "--violet", "--warn", "--good", "--danger", "--text-soft"];

/** What one line is called: its labels, or the figure's name. */
function label(series: Series): string {
  return Object.values(series.labels).join(" ") || series.name;
}

/** Figures of one name over time, a line for each of their labels. */
export function Chart(props: { name: string; series: Series[] }) {
  const t = texts();
  let box!: HTMLDivElement;
  let plot: uPlot | undefined;
  const data = (): uPlot.AlignedData => {
    const times = [...new Set(props.series.flatMap((one) => one.points.map(([at]) => at)))].sort((a, b) => a - b);
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
        height: 150,
        legend: { show: props.series.length > 1, live: false },
        cursor: { y: false },
        scales: { y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(high ?? 0, 1) * 1.08] } },
        axes: [
          { ...axis, values: (_, ticks) => ticks.map((at) => moment(at * 1000, { hour: "2-digit", minute: "2-digit" })) },
          { ...axis, size: 56, values: (_, ticks) => ticks.map((value) => number(value, { notation: "compact" })) },
        ],
        series: [
          { value: (_, at) => (at ? moment(at * 1000, { timeStyle: "medium" }) : "") },
          ...props.series.map((one, at) => ({
            label: label(one),
            stroke: real(COLOURS[at % COLOURS.length]!),
            width: 1.5,
            points: { show: false },
            value: (_: uPlot, value: number | null) => (value === null ? "" : number(value, { maximumFractionDigits: 1 })),
          })),
        ],
      },
      data(),
      box,
    );
    probe.remove();
  };
  onMount(() => {
    make();
    const sized = new ResizeObserver(() => plot?.setSize({ width: box.clientWidth, height: 150 }));
    sized.observe(box);
    const scheme = new MutationObserver(make);
    scheme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    onCleanup(() => (sized.disconnect(), scheme.disconnect(), plot?.destroy()));
  });
  let lines = props.series.length;
  createEffect(() => {
    if (!plot) return;
    if (lines !== props.series.length) ((lines = props.series.length), make());
    else plot.setData(data());
  });
  const latest = () =>
    t("now", {
      name: props.name,
      values: props.series.map((one) => `${label(one)} ${number(one.points.at(-1)?.[1] ?? 0, { maximumFractionDigits: 1 })} ${one.unit}`).join(", "),
    });
  return (
    <figure class="card chart" aria-label={latest()} role="img">
      <figcaption>
        {props.name.replaceAll("_", " ")} <span class="soft small">{props.series[0]?.unit}</span>
      </figcaption>
      <div ref={box} aria-hidden="true" />
    </figure>
  );
}
