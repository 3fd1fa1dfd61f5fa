import { createSignal } from "solid-js";
import { api } from "~/api/client";
import type { Series } from "./chart";

const HOUR = 3_600_000;
const keyOf = (one: Series) => `${one.name} ${JSON.stringify(one.labels)}`;

/** The last hour's figures: read whole once, then what came since. */
export function createMetrics() {
  const [series, setSeries] = createSignal<readonly Series[]>([]);
  const newest = () => Math.max(0, ...series().map((one) => one.points.at(-1)?.[0] ?? 0));
  const read = async () => {
    const since = newest();
    const { series: came } = await api.get<{ series: Series[] }>("/v1/system/metrics", { since: since || undefined });
    const known = new Map(series().map((one) => [keyOf(one), one]));
    for (const one of came) {
      const before = known.get(keyOf(one))?.points ?? [];
      const points = [...before, ...one.points.filter(([at]) => at > (before.at(-1)?.[0] ?? 0))];
      known.set(keyOf(one), { ...one, points: points.filter(([at]) => at > (points.at(-1)?.[0] ?? 0) - HOUR) });
    }
    setSeries([...known.values()]);
  };
  return { series, read: () => read().catch(() => {}) };
}
