import { createMemo, createSignal, For, Show } from "solid-js";
import { words } from "~/i18n/words";
import { texts } from "./texts";
import type { World } from "./world";

/** Shown at once; the search finds the others. */
const MOST = 200;

/** Units to choose from: all, or some of them. */
export function UnitPicker(props: { world: World; picked: ReadonlySet<number>; onPick: (ids: ReadonlySet<number>) => void; label: string }) {
  const t = texts();
  const w = words();
  const { fleet } = props.world;
  const [wanted, setWanted] = createSignal("");
  const all = createMemo(() => (fleet.loaded(), [...fleet.units.values()].sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }))));
  const shown = () => {
    const word = wanted().trim().toLowerCase();
    return all().filter((unit) => unit.name.toLowerCase().includes(word)).slice(0, MOST);
  };
  const toggle = (id: number) => {
    const next = new Set(props.picked);
    if (!next.delete(id)) next.add(id);
    props.onPick(next);
  };
  return (
    <fieldset class="unit-picker">
      <legend>
        {props.label} <span class="soft number">{props.picked.size} / {all().length}</span>
      </legend>
      <div class="row">
        <Show when={all().length > 8}>
          <input class="input grow" type="search" aria-label={t("findUnit")} placeholder={t("findUnit")} value={wanted()} onInput={(event) => setWanted(event.currentTarget.value)} />
        </Show>
        <button type="button" class="button small" onClick={() => props.onPick(new Set(all().map((unit) => unit.id)))}>
          {w("all")}
        </button>
        <button type="button" class="button small" onClick={() => props.onPick(new Set())}>
          {w("none")}
        </button>
      </div>
      <div class="choices" tabindex="-1">
        <For each={shown()} fallback={<p class="soft small">{t("noUnitFound")}</p>}>
          {(unit) => (
            <label class="check">
              <input type="checkbox" checked={props.picked.has(unit.id)} onChange={() => toggle(unit.id)} />
              <span class="truncate">{unit.name}</span>
            </label>
          )}
        </For>
      </div>
    </fieldset>
  );
}
