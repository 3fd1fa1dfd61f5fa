import { createMemo, createResource, createSignal, Show } from "solid-js";
import { api } from "~/api/client";
import { define } from "~/i18n";
import { words } from "~/i18n/words";
import { Await, Dialog, ErrorNotice, SelectField, TextField } from "~/ui";
import { SettingsForm, settingsFor, type Filled } from "./form";
import { linkTexts } from "./texts";
import { ROLES, type Dialect, type Made, type Role } from "./types";
import { errorsOf, lookAtWrong, memberOf } from "./wrong";

const texts = define({
  en: { title: "New connection", choose: "Choose…", nameHint: "Letters, digits, “-”, “_” and “.”; it shows in the journal and the wire log" },
  nl: { title: "Nieuwe koppeling", choose: "Kies…", nameHint: "Letters, cijfers, “-”, “_” en “.”; staat in het journaal en het logboek" },
  es: { title: "Nueva conexión", choose: "Elija…", nameHint: "Letras, cifras, “-”, “_” y “.”; aparece en el diario y en el registro" },
  ru: { title: "Новое подключение", choose: "Выберите…", nameHint: "Латинские буквы, цифры, «-», «_» и «.»; видно в журналах" },
});

/** Which dialects there are; they stay the same as long as the hub runs. */
export const dialects = () => api.get<{ dialects: Dialect[] }>("/v1/dialects").then((all) => all.dialects);

/** Members of the body beside the settings. */
const OWN = ["name", "dialect", "role"];

function Form(props: { dialects: readonly Dialect[]; onClose: () => void; onMade: (made: Made) => void }) {
  const t = texts();
  const l = linkTexts();
  const w = words();
  let inside!: HTMLDivElement;
  const [name, setName] = createSignal("");
  const [dialectId, setDialect] = createSignal("");
  const [role, setRole] = createSignal<Role>("serve");
  const [filled, setFilled] = createSignal<Filled>({});
  const [error, setError] = createSignal<unknown>();
  const [busy, setBusy] = createSignal(false);
  const dialect = createMemo(() => props.dialects.find((one) => one.id === dialectId()));
  const settings = createMemo(() => settingsFor(dialect(), role()));
  const errors = () => errorsOf(error());
  // What no field shows is said above all of them.
  const isShown = () => [...OWN, ...settings().map((setting) => setting.name)].includes(memberOf(error()) ?? "");
  const roles = () => ROLES.filter((one) => dialect()?.roles.includes(one) ?? true);
  const choose = (id: string) => {
    setDialect(id);
    setFilled({});
    setError(undefined);
    if (!roles().includes(role())) setRole("serve");
  };
  const make = async () => {
    setBusy(true);
    setError(undefined);
    const given = settings().map((setting) => [setting.name, filled()[setting.name]] as const).filter(([, value]) => value);
    try {
      props.onMade(await api.post<Made>("/v1/connections", { name: name().trim(), dialect: dialectId(), role: role(), settings: Object.fromEntries(given) }));
    } catch (wrong) {
      setError(wrong);
      lookAtWrong(inside);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      wide
      title={t("title")}
      onClose={props.onClose}
      onSubmit={() => void make()}
      footer={
        <>
          <button type="button" class="button" onClick={props.onClose}>
            {w("cancel")}
          </button>
          <button type="submit" class="button primary" disabled={busy()}>
            {w("create")}
          </button>
        </>
      }
    >
      <div class="stack" ref={inside}>
        <Show when={error() && !isShown()}>
          <ErrorNotice error={error()} />
        </Show>
        <div class="form">
          <SelectField
            label={l("dialect")}
            error={errors()["dialect"]}
            value={dialectId()}
            options={[["", t("choose")], ...props.dialects.map((one) => [one.id, one.title] as const)]}
            onChange={choose}
          />
          <SelectField label={l("role")} hint={l(`${role()}Long`)} error={errors()["role"]} value={role()} options={roles().map((one) => [one, l(one)] as const)} onChange={(value) => setRole(value as Role)} />
          <TextField label={w("name")} hint={t("nameHint")} error={errors()["name"]} value={name()} onInput={setName} autocomplete="off" spellcheck={false} />
        </div>
        <Show when={dialect()}>
          <SettingsForm settings={settings()} value={filled()} errors={errors()} onChange={(setting, value) => setFilled({ ...filled(), [setting]: value })} />
        </Show>
      </div>
    </Dialog>
  );
}

export function CreateDialog(props: { onClose: () => void; onMade: (made: Made) => void }) {
  const t = texts();
  const [all, { refetch }] = createResource(dialects);
  return (
    <Show
      when={all.state === "ready" && all()}
      fallback={
        <Dialog title={t("title")} onClose={props.onClose}>
          <Await of={all} retry={() => void refetch()}>
            {() => null}
          </Await>
        </Dialog>
      }
    >
      {(list) => <Form dialects={list()} onClose={props.onClose} onMade={props.onMade} />}
    </Show>
  );
}
