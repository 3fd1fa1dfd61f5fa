import { A } from "@solidjs/router";
import { createResource, createSignal, For, Show } from "solid-js";
import { api, path } from "~/api/client";
import { words } from "~/i18n/words";
import { errorsOf } from "~/pages/connections/wrong";
import { confirm, Dialog, ErrorNotice, say, sayProblem, TextField } from "~/ui";
import { texts } from "./texts";

/** As `GET /v1/units` gives it, all of it. */
export interface WholeUnit {
  id: number;
  name: string;
  unique_id: string;
  phone: string;
  has_password: boolean;
  capacity_kg: number | null;
  capacity_volume: number | null;
  odometer_km: number | null;
}

const NUMBERS = ["capacity_kg", "capacity_volume", "odometer_km"] as const;
const FIELDS = ["name", "unique_id", "phone", "password", ...NUMBERS] as const;
type Field = (typeof FIELDS)[number];

const shownOf = (unit: WholeUnit | undefined, field: Field): string => (field === "password" ? "" : String(unit?.[field] ?? ""));

/** Where trackers come in, for whoever has one in hand. */
function Ways() {
  const t = texts();
  const [system] = createResource(() => api.get<{ listening: { name: string; address: string }[]; public_url: string | null }>("/v1/system").catch(() => undefined));
  const ips = () => system()?.listening.find(({ name }) => name.includes("ips"))?.address;
  const ways = () => [
    ...(ips() ? [t("trackersIps", { address: ips() })] : []),
    t("trackersPhone", { url: `${system()?.public_url ?? location.origin}/osmand` }),
    t("trackersApi"),
  ];
  return (
    <details>
      <summary>{t("trackers")}</summary>
      <ul class="plain small">
        <For each={ways()}>{(way) => <li>{way}</li>}</For>
      </ul>
    </details>
  );
}

/** A new unit, or one that is there. */
export function UnitDialog(props: { unit?: WholeUnit; onClose: (changed: boolean) => void }) {
  const t = texts();
  const w = words();
  const [draft, setDraft] = createSignal<Partial<Record<Field, string>>>({});
  const [forget, setForget] = createSignal(false);
  const [error, setError] = createSignal<unknown>();
  const [wrong, setWrong] = createSignal<Partial<Record<Field, string>>>({});
  const value = (field: Field) => draft()[field] ?? shownOf(props.unit, field);
  const labels: Record<Field, () => string> = {
    name: () => w("name"), unique_id: () => t("uniqueId"), phone: () => t("phone"), password: () => t("password"),
    capacity_kg: () => t("capacityKg"), capacity_volume: () => t("capacityVolume"), odometer_km: () => t("odometerKm"),
  };
  const hints: Partial<Record<Field, () => string>> = {
    unique_id: () => t("uniqueIdHint"), password: () => (props.unit?.has_password ? t("passwordKept") : t("passwordHint")), capacity_volume: () => t("capacityHint"),
  };
  /** Only what is another now is sent. */
  const change = (): Record<string, unknown> => {
    const members: Record<string, unknown> = {};
    for (const field of FIELDS) {
      const text = value(field).trim();
      if (text === shownOf(props.unit, field)) continue;
      members[field] = (NUMBERS as readonly Field[]).includes(field) ? (text ? Number(text) : null) : text;
    }
    if (forget()) members["password"] = null;
    return members;
  };
  const submit = async () => {
    const bad = NUMBERS.filter((field) => !(Number(value(field) || 0) >= 0));
    setWrong(Object.fromEntries(bad.map((field) => [field, t("wrongNumber")])));
    if (bad.length) return;
    setError(undefined);
    const { unit } = props;
    try {
      const done = unit ? await api.patch<WholeUnit>(path`/v1/units/${unit.id}`, change()) : await api.post<WholeUnit>("/v1/units", change());
      say(t(unit ? "changed" : "made", { name: done.name }), "good");
      props.onClose(true);
    } catch (problem) {
      setWrong(errorsOf(problem));
      setError(problem);
    }
  };
  const remove = async (unit: WholeUnit) => {
    if (!(await confirm(t("removeAsk", { name: unit.name }), { text: t("removeText"), yes: t("remove"), danger: true }))) return;
    try {
      await api.delete(path`/v1/units/${unit.id}`);
      say(t("removed", { name: unit.name }), "good");
      props.onClose(true);
    } catch (problem) {
      sayProblem(problem);
    }
  };
  return (
    <Dialog
      title={props.unit?.name ?? t("add")}
      onClose={() => props.onClose(false)}
      onSubmit={() => void submit()}
      footer={
        <>
          <Show when={props.unit}>
            {(unit) => (
              <button type="button" class="button danger" onClick={() => void remove(unit())}>
                {t("remove")}
              </button>
            )}
          </Show>
          <button type="submit" class="button primary">
            {props.unit ? w("save") : w("create")}
          </button>
        </>
      }
    >
      <Show when={props.unit}>
        {(unit) => (
          <p class="row">
            <A href={`/map?unit=${unit().id}`}>{t("onMap")}</A>
            <A href={`/map?mode=replay&unit=${unit().id}`}>{t("replay")}</A>
            <A href={`/board?unit=${unit().id}&status=received,assigned,accepted,started,waiting,rejected`}>{t("orders")}</A>
          </p>
        )}
      </Show>
      <div class="form">
        <For each={FIELDS}>
          {(field) => (
            <TextField
              label={labels[field]()}
              hint={hints[field]?.()}
              error={wrong()[field]}
              value={value(field)}
              onInput={(text) => setDraft({ ...draft(), [field]: text })}
              type={field === "password" ? "password" : field === "phone" ? "tel" : "text"}
              inputMode={(NUMBERS as readonly Field[]).includes(field) ? "decimal" : undefined}
              autocomplete={field === "password" ? "new-password" : "off"}
              maxlength={128}
              required={field === "name"}
            />
          )}
        </For>
      </div>
      <Show when={props.unit?.has_password}>
        <label class="check">
          <input type="checkbox" checked={forget()} onChange={(event) => setForget(event.currentTarget.checked)} />
          {t("forget")}
        </label>
      </Show>
      <Ways />
      <Show when={error() && !Object.keys(wrong()).length}>
        <ErrorNotice error={error()} />
      </Show>
    </Dialog>
  );
}
