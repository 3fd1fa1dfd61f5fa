import { createEffect, For } from "solid-js";

/** Tabs; the panel below belongs to whoever uses them, with `id` of the tab it is of as `aria-labelledby`. */
export function Tabs<K extends string>(props: { label: string; value: K; tabs: readonly (readonly [key: K, label: string])[]; onChange: (key: K) => void }) {
  let list!: HTMLDivElement;
  // On a phone the chosen one may be beyond the edge.
  createEffect(() => list.querySelector(`#tab-${CSS.escape(props.value)}`)?.scrollIntoView({ block: "nearest", inline: "nearest" }));
  const step = (event: KeyboardEvent) => {
    const at = props.tabs.findIndex(([key]) => key === props.value);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: props.tabs.length - 1 }[event.key];
    const next = to === undefined ? undefined : props.tabs[(to + props.tabs.length) % props.tabs.length];
    if (!next) return;
    event.preventDefault();
    props.onChange(next[0]);
    document.getElementById(`tab-${next[0]}`)?.focus();
  };
  return (
    <div ref={list} class="tabs" role="tablist" aria-label={props.label} onKeyDown={step}>
      <For each={props.tabs}>
        {([key, label]) => (
          <button
            type="button"
            role="tab"
            id={`tab-${key}`}
            aria-selected={props.value === key}
            tabindex={props.value === key ? 0 : -1}
            onClick={() => props.onChange(key)}
          >
            {label}
          </button>
        )}
      </For>
    </div>
  );
}
