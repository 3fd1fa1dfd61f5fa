/** Keys of the page that is open: bound as long as it is there, and listed with those of the frame by `?`. */

import { createSignal, onCleanup, onMount } from "solid-js";
import { tinykeys } from "tinykeys";

export interface Key {
  /** As in tinykeys: `n`, `Shift+N`. */
  key: string;
  /** How it is listed, where that says more. */
  shown?: string;
  text: () => string;
  act: () => void;
}

const [pageKeys, setPageKeys] = createSignal<readonly Key[]>([]);
/** Those of the open page. */
export { pageKeys };

/** Where somebody types, or in a dialog, single letters are letters. */
export function typing(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  return Boolean(target.closest("input:not([type='range'], [type='checkbox']), textarea, select, [contenteditable], [popover]")) || document.querySelector("dialog[open]") !== null;
}

/** After `g` a letter names a page. */
let wentAt = -Infinity;
window.addEventListener("keydown", (event) => {
  if (event.key === "g") wentAt = event.timeStamp;
}, { capture: true });

export function useKeys(keys: readonly Key[]): void {
  onMount(() => {
    setPageKeys(keys);
    const bind = ({ key, act }: Key) => [key, (event: KeyboardEvent) => {
      if (typing(event) || (key !== "g" && event.timeStamp - wentAt < 1000)) return;
      event.preventDefault();
      act();
    }] as const;
    onCleanup(tinykeys(window, Object.fromEntries(keys.map(bind))));
    onCleanup(() => setPageKeys((now) => (now === keys ? [] : now)));
  });
}
