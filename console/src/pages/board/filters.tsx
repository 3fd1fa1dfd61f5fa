import { createResource, For, Show } from "solid-js";
import { STATUSES, statusWord, words } from "~/i18n/words";
import { moment } from "~/i18n";
import { dayStart } from "~/i18n/zone";
import { Dialog, Field, SelectField, TextField } from "~/ui";
import { X } from "~/ui/icons";
import { readConnections, readServices, readSite, readUnits, siteLine } from "./data";
import { daysOf, FILTERS, instead, isDays, type Days, type Filter, type Filtering } from "./query";
import { SitePicker } from "./site-picker";
import { filterTexts } from "./texts";

/** The dialects orders come in; the hub's own are `native`. */
const ORIGINS = ["native", "ppw", "pruvan", "wialon", "mews", "planviewer"];

/** A list that is chosen from: where it cannot be read there is nothing to choose, and the rest goes on. */
function choices<T>(read: () => Promise<T[]>) {
  const [found] = createResource(() => read().catch(() => [] as T[]));
  return () => found.latest ?? [];
}

function DaysField(props: { label: string; value: string | undefined; presets: readonly Days[]; onChange: (value: string | undefined) => void }) {
  const t = filterTexts();
  const preset = () => (props.value && isDays(props.value) ? props.value : props.value ? "dates" : "");
  const days = () => daysOf(props.value);
  const set = (from: string, until: string) => props.onChange(`${from}..${until}`);
  return (
    <fieldset class="days">
      <SelectField
        label={props.label}
        value={preset()}
        options={[["", t("any")], ...props.presets.map((one) => [one, t(one)] as const), ["dates", t("dates")]]}
        onChange={(value) => props.onChange(value === "dates" ? ".." : value || undefined)}
      />
      <Show when={preset() === "dates"}>
        <div class="from-until">
          <TextField label={t("from")} type="date" value={days()[0]} onInput={(from) => set(from, days()[1])} />
          <TextField label={t("until")} type="date" value={days()[1]} onInput={(until) => set(days()[0], until)} />
        </div>
      </Show>
    </fieldset>
  );
}

/** All filters at once. What is chosen is in force at once. */
export function FilterDialog(props: { filtering: Filtering; found: number | undefined; onClose: () => void }) {
  const t = filterTexts();
  const w = words();
  const services = choices(readServices);
  const units = choices(readUnits);
  const connections = choices(readConnections);
  const of = (name: Filter) => props.filtering.filters()[name] ?? "";
  const set = (name: Filter) => (value: string | undefined) => props.filtering.set({ [name]: value || undefined }, true);
  const toggleStatus = (status: string) => {
    const chosen = props.filtering.statuses();
    set("status")(STATUSES.filter((one) => (one === status) !== chosen.includes(one)).join(","));
  };
  const flags = ["rush", "rework", "late"] as const;
  const isChosen = (status: string) => props.filtering.statuses().includes(status);
  return (
    <Dialog
      title={t("filters")}
      wide
      onClose={props.onClose}
      onSubmit={props.onClose}
      footer={
        <>
          <button type="button" class="button" onClick={() => props.filtering.set(instead({}), true)}>{t("clear")}</button>
          <button type="submit" class="button primary">{props.found === undefined ? w("done") : t("showFound", { n: props.found })}</button>
        </>
      }
    >
      <div class="form">
        <TextField wide label={t("search")} type="search" value={of("q")} onInput={set("q")} />
        <fieldset class="field wide">
          <legend class="label">{t("status")}</legend>
          <div class="checks">
            <For each={STATUSES}>
              {(status) => (
                <label class="check">
                  <input type="checkbox" checked={isChosen(status)} onChange={() => toggleStatus(status)} />
                  {statusWord(status)}
                </label>
              )}
            </For>
          </div>
        </fieldset>
        <Field label={t("service")}>
          {(ids) => (
            <>
              <input class="input" {...ids} list="filter-services" value={of("service")} onChange={(event) => set("service")(event.currentTarget.value)} />
              <datalist id="filter-services"><For each={services()}>{(service) => <option value={service.name} />}</For></datalist>
            </>
          )}
        </Field>
        <SelectField label={t("unit")} value={of("unit")} options={[["", t("any")], ["any", t("anyUnit")], ["none", t("noUnit")], ...units().map((unit) => [String(unit.id), unit.name] as const)]} onChange={set("unit")} />
        <SitePicker label={t("site")} hint={t("siteHint")} value={of("site")} onPick={(site) => set("site")(site?.id)} />
        <SelectField label={t("origin")} value={of("origin")} options={[["", t("any")], ...ORIGINS.map((id) => [id, id] as const)]} onChange={set("origin")} />
        <SelectField label={t("connection")} value={of("connection")} options={[["", t("any")], ...connections().map(({ name }) => [name, name] as const)]} onChange={set("connection")} />
        <TextField label={t("tag")} value={of("tag")} onInput={set("tag")} />
        <DaysField label={t("due")} value={of("due")} presets={["today", "tomorrow", "next7", "past"]} onChange={set("due")} />
        <DaysField label={t("created")} value={of("created")} presets={["today", "yesterday", "last7"]} onChange={set("created")} />
        <For each={flags}>
          {(flag) => <SelectField label={t(flag)} value={of(flag)} options={[["", t("any")], ["true", t("only")], ["false", t("without")]]} onChange={set(flag)} />}
        </For>
      </div>
    </Dialog>
  );
}

/** What a filter says, for people. */
function useFilterWord(filtering: Filtering) {
  const t = filterTexts();
  const [units] = createResource(() => Number(filtering.filters().unit) || undefined, () => readUnits().catch(() => []));
  const [site] = createResource(() => filtering.filters().site, (id) => readSite(id).then(siteLine).catch(() => id.slice(0, 8)));
  const day = (text: string) => moment(dayStart(text), { day: "numeric", month: "short" });
  const days = (text: string) => {
    if (isDays(text)) return t(text);
    const [from, until] = daysOf(text);
    if (!from && !until) return "…";
    return from && until ? `${day(from)} – ${day(until)}` : from ? `≥ ${day(from)}` : `≤ ${day(until)}`;
  };
  return (name: Filter, value: string): string => {
    if (name === "rush" || name === "rework" || name === "late") return value === "false" ? t("not", { filter: t(name) }) : t(name);
    if (name === "q") return `“${value}”`;
    if (name === "unit" && value === "none") return t("noUnit");
    if (name === "unit") return value === "any" ? t("anyUnit") : `${t("unit")}: ${units.latest?.find((unit) => String(unit.id) === value)?.name ?? value}`;
    if (name === "site") return site.latest ?? "…";
    if (name === "due" || name === "created") return `${t(name)}: ${days(value)}`;
    return `${t(name)}: ${value}`;
  };
}

/** What has a button of its own in the toolbar. */
export const QUICK = [["unit", "none"], ["due", "today"], ["late", "true"], ["rush", "true"]] as const satisfies readonly (readonly [Filter, string])[];

/** The filters in force, each to be taken away. The statuses stand in their own bar, others have their button. */
export function FilterChips(props: { filtering: Filtering }) {
  const t = filterTexts();
  const word = useFilterWord(props.filtering);
  const isQuick = (name: Filter) => QUICK.some(([quick, value]) => quick === name && props.filtering.filters()[name] === value);
  const shown = () => FILTERS.filter((name) => name !== "status" && props.filtering.filters()[name] && !isQuick(name));
  return (
    <For each={shown()}>
      {(name) => {
        const text = () => word(name, props.filtering.filters()[name] ?? "");
        return (
          <button type="button" class="filter-chip" aria-label={t("remove", { filter: text() })} title={text()} onClick={() => props.filtering.set({ [name]: undefined })}>
            <span class="truncate">{text()}</span>
            <X size={13} aria-hidden="true" />
          </button>
        );
      }}
    </For>
  );
}

