import { createEffect, createResource, createSignal, For, on, onCleanup, Show } from "solid-js";
import { words } from "~/i18n/words";
import { Field } from "~/ui";
import { X } from "~/ui/icons";
import { readSite, readSites, siteLine, type Site } from "./data";

interface SitePickerProps {
  label: string;
  hint?: string;
  /** Id of the site that is chosen. */
  value: string;
  onPick: (site: Site | undefined) => void;
}

/** A site found by typing: a combobox whose list comes from the hub. */
export function SitePicker(props: SitePickerProps) {
  const w = words();
  const [chosen] = createResource(() => props.value || undefined, (id) => readSite(id).catch(() => undefined));
  const [text, setText] = createSignal("");
  const [found, setFound] = createSignal<readonly Site[]>([]);
  const [at, setAt] = createSignal(-1);
  let reading = new AbortController();
  let list!: HTMLUListElement;

  createEffect(
    on(text, (text) => {
      reading.abort();
      setAt(-1);
      if (text.trim().length < 2) return void setFound([]);
      reading = new AbortController();
      const { signal } = reading;
      const timer = window.setTimeout(() => readSites(text, signal).then(setFound, () => {}), 150);
      signal.addEventListener("abort", () => window.clearTimeout(timer));
    }, { defer: true }),
  );
  onCleanup(() => reading.abort());

  const pick = (site: Site | undefined) => {
    setFound([]);
    setText("");
    props.onPick(site);
  };
  const keys = (event: KeyboardEvent) => {
    const sites = found();
    if (!sites.length) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") setAt((at() + (event.key === "ArrowDown" ? 1 : sites.length)) % sites.length);
    else if (event.key === "Enter" && sites[at()]) pick(sites[at()]);
    else if (event.key === "Escape") setFound([]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <Field label={props.label} hint={props.hint}>
      {(ids) => (
        <div class="picker">
          <Show
            when={props.value}
            fallback={
              <input
                class="input"
                {...ids}
                role="combobox"
                autocomplete="off"
                aria-expanded={found().length > 0}
                aria-controls={`${ids.id}-list`}
                aria-activedescendant={at() >= 0 ? `${ids.id}-${at()}` : undefined}
                value={text()}
                onInput={(event) => setText(event.currentTarget.value)}
                onKeyDown={keys}
                onBlur={(event) => !list.contains(event.relatedTarget as Node | null) && setFound([])}
              />
            }
          >
            <span class="picked">
              <span class="truncate grow" id={ids.id}>{chosen.latest ? siteLine(chosen.latest) : "…"}</span>
              <button type="button" class="button plain small icon" aria-label={w("clear")} onClick={() => pick(undefined)}>
                <X size={14} aria-hidden="true" />
              </button>
            </span>
          </Show>
          <ul ref={list} id={`${ids.id}-list`} role="listbox" aria-label={props.label} hidden={!found().length}>
            <For each={found()}>
              {(site, index) => (
                <li id={`${ids.id}-${index()}`} role="option" aria-selected={index() === at()} onMouseDown={(event) => (event.preventDefault(), pick(site))}>
                  {siteLine(site)}
                </li>
              )}
            </For>
          </ul>
        </div>
      )}
    </Field>
  );
}
