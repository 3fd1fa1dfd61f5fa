import { createSignal, For } from "solid-js";
import { Problem } from "~/api/client";
import { words } from "~/i18n/words";
import { X } from "./icons";

interface Toast {
  text: string;
  tone: "good" | "danger" | "plain";
}

const [toasts, setToasts] = createSignal<Toast[]>([]);

const drop = (toast: Toast) => setToasts((all) => all.filter((one) => one !== toast));

/** Says something that went well, or not, for some seconds. */
export function say(text: string, tone: Toast["tone"] = "plain"): void {
  const toast = { text, tone };
  setToasts((all) => [...all.slice(-3), toast]);
  setTimeout(() => drop(toast), tone === "danger" ? 12_000 : 4_000);
}

/** Says why something did not work. */
export function sayProblem(error: unknown): void {
  const w = words();
  if (error instanceof Problem) say(`${error.title}: ${error.detail}${error.pointer ? ` (${error.pointer})` : ""}`, "danger");
  else say(error instanceof TypeError ? w("unreachable") : String((error as Error)?.message ?? error), "danger");
}

/** Where they appear; once in the shell. */
export function Toasts() {
  const w = words();
  return (
    <div class="toasts" role="status" aria-live="polite">
      <For each={toasts()}>
        {(toast) => (
          <div class={`toast ${toast.tone}`}>
            <span class="grow">{toast.text}</span>
            <button type="button" class="button plain small icon" aria-label={w("close")} onClick={() => drop(toast)}>
              <X size={14} aria-hidden="true" />
            </button>
          </div>
        )}
      </For>
    </div>
  );
}
