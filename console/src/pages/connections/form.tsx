import { createSignal, For, Show } from "solid-js";
import { define, number } from "~/i18n";
import { words } from "~/i18n/words";
import { Field, SelectField, TextField } from "~/ui";
import { inWords } from "./setting-words";
import { linkTexts } from "./texts";
import type { Dialect, Role, Setting } from "./types";

const texts = define({
  en: {
    access: "Access", orders: "Orders and this API", calls: "Calls", default: "By default: {value}", bounds: "{least} to {most}", required: "required", show: "Show", hide: "Hide", kept: "Kept; fill in to replace it", more: "{n, plural, one {# more setting} other {# more settings}}", byDefault: "Default ({value})",
    none: "none", takeBack: "Take back", keep: "Keep",
  },
  nl: {
    access: "Toegang", orders: "Orders en deze API", calls: "Aanroepen", default: "Standaard: {value}", bounds: "{least} tot {most}", required: "verplicht", show: "Tonen", hide: "Verbergen", kept: "Bewaard; vul in om te vervangen", more: "{n, plural, one {Nog # instelling} other {Nog # instellingen}}", byDefault: "Standaard ({value})",
    none: "geen", takeBack: "Terugnemen", keep: "Behouden",
  },
  es: {
    access: "Acceso", orders: "Órdenes y esta API", calls: "Llamadas", default: "Por defecto: {value}", bounds: "de {least} a {most}", required: "obligatorio", show: "Mostrar", hide: "Ocultar", kept: "Guardado; rellene para sustituirlo", more: "{n, plural, one {# ajuste más} other {# ajustes más}}", byDefault: "Por defecto ({value})",
    none: "ninguno", takeBack: "Retirar", keep: "Conservar",
  },
  ru: {
    access: "Доступ", orders: "Заказы и этот API", calls: "Вызовы", default: "По умолчанию: {value}", bounds: "от {least} до {most}", required: "обязательно", show: "Показать", hide: "Скрыть", kept: "Сохранено; заполните, чтобы заменить", more: "{n, plural, one {Ещё # настройка} few {Ещё # настройки} many {Ещё # настроек} other {Ещё # настройки}}", byDefault: "По умолчанию ({value})",
    none: "нет", takeBack: "Убрать", keep: "Оставить",
  },
});

/** Filled in so far; what is not there was not touched, `null` takes back what was set. */
export type Filled = Record<string, string | null>;

interface OneProps {
  setting: Setting;
  value: string | null | undefined;
  /** A secret that is there already. */
  kept: boolean;
  error: string | undefined;
  onChange: (value: string | null) => void;
}

/** What there is to say, as sentences, however each of them was written. */
function sentences(...all: string[]): string {
  const said = all.map((one) => one.trim().replace(/\.$/, "")).filter(Boolean);
  return said.map((one) => `${one[0]!.toUpperCase()}${one.slice(1)}.`).join(" ");
}

function titled(setting: Setting): string {
  return setting.required ? `${setting.title} (${texts()("required")})` : setting.title;
}

function Secret(props: OneProps) {
  const t = texts();
  const [shown, setShown] = createSignal(false);
  return (
    <Field label={titled(props.setting)} hint={props.kept ? t("kept") : sentences(props.setting.help)} error={props.error}>
      {(ids) => (
        <span class="password">
          <input
            class="input mono"
            {...ids}
            name={props.setting.name}
            type={shown() ? "text" : "password"}
            autocomplete="new-password"
            spellcheck={false}
            disabled={props.value === null}
            placeholder={props.kept ? "••••••••" : ""}
            value={props.value ?? ""}
            onInput={(event) => props.onChange(event.currentTarget.value)}
          />
          <span class="row">
            <button type="button" class="button small" aria-pressed={shown()} aria-label={`${t(shown() ? "hide" : "show")}: ${props.setting.title}`} onClick={() => setShown(!shown())}>
              {t(shown() ? "hide" : "show")}
            </button>
            <Show when={props.kept && !props.setting.required}>
              <button type="button" class="button small" aria-pressed={props.value === null} aria-label={`${t(props.value === null ? "keep" : "takeBack")}: ${props.setting.title}`} onClick={() => props.onChange(props.value === null ? "" : null)}>
                {t(props.value === null ? "keep" : "takeBack")}
              </button>
            </Show>
          </span>
        </span>
      )}
    </Field>
  );
}

const isScope = (value: string): value is "own" | "routed" | "account" => ["own", "routed", "account"].includes(value);

function Choice(props: OneProps) {
  const t = texts();
  const w = words();
  const l = linkTexts();
  const flag = (value: string) => {
    if (props.setting.name === "scope" && isScope(value)) return l(value);
    return value === "true" ? w("yes") : value === "false" ? w("no") : value;
  };
  const options = (): [string, string][] => {
    const all = props.setting.kind === "flag" ? ["true", "false"] : (props.setting.choices ?? []);
    return [["", t("byDefault", { value: flag(props.setting.default ?? "") || t("none") })], ...all.map((one): [string, string] => [one, flag(one)])];
  };
  return <SelectField label={props.setting.title} hint={sentences(props.setting.help)} error={props.error} value={props.value ?? ""} options={options()} onChange={props.onChange} />;
}

function One(props: OneProps) {
  const t = texts();
  const hint = () => {
    const { help, default: byDefault, minimum, maximum } = props.setting;
    const bounds = minimum === undefined ? "" : t("bounds", { least: number(minimum), most: number(maximum ?? 0) });
    return sentences(help, bounds, byDefault ? t("default", { value: byDefault }) : "");
  };
  const list = (): "timeZone" | "currency" | undefined => (props.setting.kind === "time_zone" ? "timeZone" : props.setting.kind === "currency" ? "currency" : undefined);
  return (
    <Show when={!props.setting.secret} fallback={<Secret {...props} />}>
      <Show when={props.setting.kind !== "flag" && props.setting.kind !== "word"} fallback={<Choice {...props} />}>
        <TextField
          label={titled(props.setting)}
          hint={hint()}
          error={props.error}
          name={props.setting.name}
          autocomplete="off"
          spellcheck={false}
          inputmode={props.setting.kind === "integer" ? "numeric" : props.setting.kind === "url" ? "url" : "text"}
          placeholder={props.setting.default ?? ""}
          list={list() ? `list-${props.setting.name}` : undefined}
          value={props.value ?? ""}
          onInput={props.onChange}
        />
        <Show when={list()}>
          {(of) => (
            <datalist id={`list-${props.setting.name}`}>
              <For each={Intl.supportedValuesOf(of())}>{(value) => <option value={value} />}</For>
            </datalist>
          )}
        </Show>
      </Show>
    </Show>
  );
}

/** Settings that matter to this role, in the person's language: whoever only serves needs not say how it calls. */
export function settingsFor(dialect: Dialect | undefined, role: Role): Setting[] {
  const own = (dialect?.settings ?? []).filter((setting) => role === "both" || setting.role === "both" || setting.role === role);
  // Who calls a counterpart hands it orders that came from elsewhere.
  const defaults = own.map((setting) => (setting.name === "scope" && role !== "serve" ? { ...setting, default: "routed" } : setting));
  return defaults.map((setting) => inWords(dialect!.id, setting));
}

/** How the counterpart is called: the same for every dialect. */
const CALLS = ["poll_s", "at_once", "calls", "within_s", "timeout_ms", "paused", "release_above"];
const GROUPS = ["access", "orders", "calls"] as const;

function groupOf(setting: Setting): (typeof GROUPS)[number] {
  if (CALLS.includes(setting.name)) return "calls";
  return setting.required || setting.secret || setting.name === "url" ? "access" : "orders";
}

/** What must be said stands first, and where it is before how to get in. */
function inOrder(settings: readonly Setting[]): Setting[] {
  const place = (setting: Setting) => (setting.name === "url" ? 0 : setting.name === "scope" ? 1 : setting.required ? 2 : 3);
  return settings.toSorted((a, b) => place(a) - place(b));
}

/** A form made of what the dialect says can be set. */
export function SettingsForm(props: {
  settings: readonly Setting[];
  value: Filled;
  secrets?: readonly string[] | undefined;
  /** What is wrong, by the name of the setting. */
  errors: Record<string, string>;
  onChange: (name: string, value: string | null) => void;
  /** Everything is of interest, not only what must be said. */
  whole?: boolean;
}) {
  const t = texts();
  const isFirst = (setting: Setting) => setting.required || setting.kind === "secret" || setting.name === "scope";
  const first = () => inOrder(props.settings.filter(isFirst));
  const rest = () => props.settings.filter((setting) => !isFirst(setting));
  const [open, setOpen] = createSignal(false);
  const one = (setting: Setting) => (
    <One
      setting={setting}
      value={props.value[setting.name]}
      kept={props.secrets?.includes(setting.name) ?? false}
      error={props.errors[setting.name]}
      onChange={(value) => props.onChange(setting.name, value)}
    />
  );
  const groups = (settings: readonly Setting[]) => (
    <For each={GROUPS.filter((group) => settings.some((setting) => groupOf(setting) === group))}>
      {(group) => (
        <fieldset class="setting-group">
          <legend>{t(group)}</legend>
          <div class="form settings">
            <For each={inOrder(settings.filter((setting) => groupOf(setting) === group))}>{one}</For>
          </div>
        </fieldset>
      )}
    </For>
  );
  const isWrong = () => rest().some((setting) => props.errors[setting.name]);
  return (
    <Show
      when={props.whole}
      fallback={
        <>
          <div class="form settings">
            <For each={first()}>{one}</For>
          </div>
          <Show when={rest().length}>
            <details class="more-settings" open={open() || isWrong()} onToggle={(event) => setOpen(event.currentTarget.open)}>
              <summary>{t("more", { n: rest().length })}</summary>
              <Show when={open() || isWrong()}>
                <div class="stack">{groups(rest())}</div>
              </Show>
            </details>
          </Show>
        </>
      }
    >
      {groups(props.settings)}
    </Show>
  );
}
