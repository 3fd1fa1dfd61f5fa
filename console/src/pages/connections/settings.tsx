import { createMemo, createResource, createSignal, Show } from "solid-js";
import { api, path } from "~/api/client";
import { define } from "~/i18n";
import { words } from "~/i18n/words";
import { Await, ErrorNotice, say } from "~/ui";
import { dialects } from "./create";
import { SettingsForm, settingsFor, type Filled } from "./form";
import type { Connection, Dialect } from "./types";
import { errorsOf, lookAtWrong, memberOf } from "./wrong";

const texts = define({
  en: { saved: "Saved.", undo: "Discard changes", changed: "{n, plural, one {# change} other {# changes}}" },
  nl: { saved: "Opgeslagen.", undo: "Wijzigingen vergeten", changed: "{n, plural, one {# wijziging} other {# wijzigingen}}" },
  es: { saved: "Guardado.", undo: "Descartar cambios", changed: "{n, plural, one {# cambio} other {# cambios}}" },
  ru: { saved: "Сохранено.", undo: "Отменить изменения", changed: "{n, plural, one {# изменение} few {# изменения} many {# изменений} other {# изменения}}" },
});

function Form(props: { of: Connection; dialect: Dialect; onSaved: () => void }) {
  const t = texts();
  const w = words();
  let form!: HTMLFormElement;
  const [changed, setChanged] = createSignal<Filled>({});
  const [error, setError] = createSignal<unknown>();
  const [busy, setBusy] = createSignal(false);
  const settings = createMemo(() => settingsFor(props.dialect, props.of.role));
  const isSecret = (name: string) => settings().some((setting) => setting.name === name && setting.secret);
  const kept = () => [...(props.of.secrets ?? []), ...Object.keys(props.of.settings).filter(isSecret)];
  const now = createMemo((): Filled => {
    const plain = Object.entries(props.of.settings).filter(([name]) => !isSecret(name));
    return { ...Object.fromEntries(plain), scope: props.of.scope, ...changed() };
  });
  const change = (name: string, value: string | null) => {
    const was = name === "scope" ? props.of.scope : isSecret(name) ? "" : (props.of.settings[name] ?? "");
    const next = { ...changed(), [name]: value };
    if (value === was) delete next[name];
    setChanged(next);
  };
  const count = () => Object.keys(changed()).length;
  const isShown = () => settings().some((setting) => setting.name === memberOf(error()));
  const save = async () => {
    setBusy(true);
    setError(undefined);
    // Nothing at all is as when nobody ever said anything.
    const set = Object.entries(changed()).map(([name, value]) => [name, value === "" ? null : value]);
    try {
      await api.patch(path`/v1/connections/${props.of.name}`, { settings: Object.fromEntries(set) });
      setChanged({});
      say(t("saved"), "good");
      props.onSaved();
    } catch (wrong) {
      setError(wrong);
      lookAtWrong(form);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      ref={form}
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <div class="body stack">
        <Show when={error() && !isShown()}>
          <ErrorNotice error={error()} />
        </Show>
        <SettingsForm whole settings={settings()} value={now()} secrets={kept()} errors={errorsOf(error())} onChange={change} />
        <div class="row">
          <button type="submit" class="button primary" disabled={busy() || !count()}>
            {w("save")}
          </button>
          <Show when={count()}>
            <button type="button" class="button plain" onClick={() => (setChanged({}), setError(undefined))}>
              {t("undo")}
            </button>
            <span class="soft">{t("changed", { n: count() })}</span>
          </Show>
        </div>
      </div>
    </form>
  );
}

/** What a connection is set to; what is taken back is as the dialect says. */
export function SettingsTab(props: { of: Connection; onSaved: () => void }) {
  const [all, { refetch }] = createResource(dialects);
  return (
    <Await of={all} retry={() => void refetch()}>
      {(list) => (
        <Show when={list().find((one) => one.id === props.of.dialect)}>{(dialect) => <Form of={props.of} dialect={dialect()} onSaved={props.onSaved} />}</Show>
      )}
    </Await>
  );
}
