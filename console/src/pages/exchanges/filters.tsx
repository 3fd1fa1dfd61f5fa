import { createResource, createSignal, onCleanup, Show, Suspense, type JSX } from "solid-js";
import { api } from "~/api/client";
import { words } from "~/i18n/words";
import { SelectField, TextField } from "~/ui";
import { isNarrow } from "~/ui/grid";
import { wireTexts } from "./texts";
import { DIALECTS } from "./types";

export type Filter = Record<"connection" | "dialect" | "direction" | "operation" | "status" | "order" | "q" | "from" | "until", string>;

const STATUSES = ["2xx", "3xx", "4xx", "5xx", "none"];

/** What the log is narrowed to. Texts count once nobody types any more. */
export function Filters(props: { value: Partial<Filter>; fixed?: string | undefined; onChange: (change: Partial<Filter>) => void; children: JSX.Element }) {
  const t = wireTexts();
  const w = words();
  const [open, setOpen] = createSignal(false);
  const [names] = createResource(() => api.get<{ connections: { name: string }[] }>("/v1/connections").then((all) => all.connections.map((one) => one.name)));
  let timer: number | undefined;
  let typed: Partial<Filter> = {};
  onCleanup(() => window.clearTimeout(timer));
  const soon = (change: Partial<Filter>) => {
    typed = { ...typed, ...change };
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      props.onChange(typed);
      typed = {};
    }, 250);
  };
  const text = (name: keyof Filter, label: string, more: JSX.InputHTMLAttributes<HTMLInputElement> = {}) => (
    <TextField label={label} value={props.value[name] ?? ""} onInput={(value) => soon({ [name]: value })} {...(more as object)} />
  );
  const select = (name: keyof Filter, label: string, options: readonly (readonly [string, string])[]) => (
    <SelectField label={label} value={props.value[name] ?? ""} options={[["", t("any")], ...options]} onChange={(value) => props.onChange({ [name]: value })} />
  );
  const statuses = () => {
    const chosen = props.value.status;
    const all = chosen && !STATUSES.includes(chosen) ? [...STATUSES, chosen] : STATUSES;
    return all.map((one) => [one, one === "none" ? t("noAnswer") : one] as const);
  };
  const isSet = () => Object.entries(props.value).some(([name, value]) => value && name !== "tab");
  const clear = () => props.onChange({ connection: "", dialect: "", direction: "", operation: "", status: "", order: "", q: "", from: "", until: "" });
  return (
    <div class="filters" role="search" aria-label={t("filters")}>
      {text("q", t("text"), { type: "search" })}
      <Show when={isNarrow()}>
        <button type="button" class="button" aria-expanded={open()} onClick={() => setOpen(!open())}>
          {t("filters")}
        </button>
      </Show>
      <Show when={open() || !isNarrow()}>
        <Show when={!props.fixed}>
          <Suspense>{select("connection", t("connection"), (names() ?? []).map((name) => [name, name]))}</Suspense>
          {select("dialect", t("dialect"), [...DIALECTS.map((one) => [one, one] as const), ["native", t("native")]])}
        </Show>
        {select("direction", t("direction"), [["in", t("in")], ["out", t("out")]])}
        {text("operation", t("operation"))}
        {select("status", w("status"), statuses())}
        {text("order", t("order"), { placeholder: t("orderHint") })}
        <div class="period">
          {text("from", t("from"), { type: "datetime-local" })}
          {text("until", t("until"), { type: "datetime-local" })}
        </div>
      </Show>
      <div class="ends">
        <Show when={isSet()}>
          <button type="button" class="button plain" onClick={clear}>
            {t("clear")}
          </button>
        </Show>
        {props.children}
      </div>
    </div>
  );
}
