import { Dynamic } from "solid-js/web";
import { For, Show } from "solid-js";
import { number } from "~/i18n";
import { OPEN, STATUSES, statusWord } from "~/i18n/words";
import { STATUS_LOOK } from "~/ui/badge";
import type { Counts } from "./data";
import type { Filtering } from "./query";
import { boardTexts } from "./texts";

/** Statuses with how many orders have them; each is a filter. */
export function StatusBar(props: { counts: Counts | undefined; filtering: Filtering }) {
  const t = boardTexts();
  const chosen = () => props.filtering.statuses();
  const count = (statuses: readonly string[]) => {
    const known = props.counts?.statuses;
    return known ? statuses.reduce((sum, status) => sum + (known[status] ?? 0), 0) : undefined;
  };
  const told = (statuses: readonly string[]) => {
    const n = count(statuses);
    if (n === undefined) return "…";
    return props.counts?.exact === false && n > 0 ? t("atLeast", { n: number(n) }) : number(n);
  };
  const set = (statuses: readonly string[]) => props.filtering.set({ status: statuses.length ? statuses.join(",") : undefined });
  const isOpen = () => chosen().length === OPEN.length && OPEN.every((status) => chosen().includes(status));
  const choose = (status: string, adds: boolean) => {
    const has = chosen().includes(status);
    if (adds) set(has ? chosen().filter((one) => one !== status) : STATUSES.filter((one) => one === status || chosen().includes(one)));
    else set(has && chosen().length === 1 ? [] : [status]);
  };
  const Chip = (chip: { word: string; count: string; isEmpty?: boolean; isChosen: boolean; tone?: string; status?: string; onChoose: (adds: boolean) => void }) => (
    <button
      type="button"
      class={`status-chip ${chip.tone ?? ""}`}
      classList={{ none: chip.isEmpty ?? false }}
      aria-pressed={chip.isChosen}
      title={chip.status ? t("statusHint") : undefined}
      onClick={(event) => chip.onChoose(event.ctrlKey || event.metaKey || event.shiftKey)}
    >
      <Show when={chip.status ? STATUS_LOOK[chip.status] : undefined}>{(look) => <Dynamic component={look().icon} size={13} aria-hidden={true} />}</Show>
      <span>{chip.word}</span>
      <span class="count">{chip.count}</span>
    </button>
  );
  return (
    <div class="status-bar" role="group" aria-label={t("statuses")}>
      <Chip word={t("all")} count={told(STATUSES)} isChosen={chosen().length === 0} onChoose={() => set([])} />
      <Chip word={t("open")} count={told(OPEN)} isChosen={isOpen()} onChoose={() => set(isOpen() ? [] : OPEN)} />
      <span class="divider" aria-hidden="true" />
      <For each={STATUSES}>
        {(status) => (
          <Chip
            word={statusWord(status)}
            count={told([status])}
            isEmpty={count([status]) === 0}
            isChosen={chosen().includes(status) && !isOpen()}
            tone={STATUS_LOOK[status]?.tone ?? "quiet"}
            status={status}
            onChoose={(adds) => choose(status, adds)}
          />
        )}
      </For>
    </div>
  );
}
