import { createUniqueId, type JSX } from "solid-js";

/** A button that opens a menu beneath it. Arrow keys move, Escape closes. */
export function Menu(props: { label: string; button: JSX.Element; class?: string; children: JSX.Element }) {
  const id = createUniqueId();
  let button!: HTMLButtonElement;
  let list!: HTMLDivElement;
  const items = () => [...list.querySelectorAll<HTMLElement>('[role^="menuitem"]:not(:disabled)')];
  const place = (event: ToggleEvent) => {
    if (event.newState !== "open") return;
    const at = button.getBoundingClientRect();
    const width = list.offsetWidth;
    const below = at.bottom + list.offsetHeight + 8 < window.innerHeight;
    list.style.left = `${Math.max(8, Math.min(at.left, window.innerWidth - width - 8))}px`;
    list.style.top = below ? `${at.bottom}px` : `${Math.max(8, at.top - list.offsetHeight - 8)}px`;
    items()[0]?.focus();
  };
  const move = (event: KeyboardEvent) => {
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all[(to + all.length) % all.length]?.focus();
  };
  return (
    <div class="menu">
      <button ref={button} type="button" class={props.class ?? "button"} aria-haspopup="menu" aria-label={props.label} title={props.label} popovertarget={id}>
        {props.button}
      </button>
      <div
        ref={list}
        id={id}
        popover="auto"
        role="menu"
        aria-label={props.label}
        onToggle={(event) => place(event as ToggleEvent)}
        onKeyDown={move}
        onClick={(event) => (event.target as HTMLElement).closest('[role^="menuitem"]') && list.hidePopover()}
      >
        {props.children}
      </div>
    </div>
  );
}

/** One thing to do; `checked` makes it one of several that is chosen. */
export function MenuItem(props: { onSelect: () => void; checked?: boolean; disabled?: boolean; children: JSX.Element }) {
  return (
    <button
      type="button"
      role={props.checked === undefined ? "menuitem" : "menuitemradio"}
      aria-checked={props.checked}
      tabindex={-1}
      disabled={props.disabled ?? false}
      onClick={() => props.onSelect()}
    >
      {props.checked === undefined ? null : <span aria-hidden="true" class="tick">{props.checked ? "✓" : ""}</span>}
      {props.children}
    </button>
  );
}
