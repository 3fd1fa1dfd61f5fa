import { createResource, createSignal, For, Show } from "solid-js";
import { api, path } from "~/api/client";
import { ROLES, session, type Role } from "~/app/session";
import { define } from "~/i18n";
import { words } from "~/i18n/words";
import { Await, Badge, confirm, Dialog, ErrorNotice, Menu, MenuItem, say, sayProblem, SelectField, TextField, Time } from "~/ui";
import { Ellipsis, Plus } from "~/ui/icons";
import { roleWords } from "./roles";

interface User {
  name: string;
  role: Role;
  disabled: boolean;
  totp: boolean;
  created_at: string;
  last_seen_at: string | null;
}

const texts = define({
  en: {
    users: "Users of this account", add: "Add a user", role: "Role", factor: "Second factor", last: "Last seen", disabled: "Disabled", disable: "Disable", enable: "Enable", remove: "Remove", removeAsk: "Remove {name}?",
    removeText: "What {name} did stays in the journal. The user cannot sign in any more.", password: "Password", reset: "Set a new password", resetFactor: "Turn off the second factor", added: "{name} was added.", saved: "Saved.",
    hint: "At least 10 characters. Tell it in person; it can be changed after signing in.", on: "On", you: "You",
  },
  nl: {
    users: "Gebruikers van dit account", add: "Gebruiker toevoegen", role: "Rol", factor: "Tweede factor", last: "Laatst gezien", disabled: "Uitgeschakeld", disable: "Uitschakelen", enable: "Inschakelen", remove: "Verwijderen", removeAsk: "{name} verwijderen?",
    removeText: "Wat {name} heeft gedaan blijft in het journaal staan. De gebruiker kan zich niet meer aanmelden.", password: "Wachtwoord", reset: "Nieuw wachtwoord instellen", resetFactor: "Tweede factor uitschakelen", added: "{name} is toegevoegd.", saved: "Opgeslagen.",
    hint: "Ten minste 10 tekens. Geef het persoonlijk door; na aanmelden kan het worden gewijzigd.", on: "Aan", you: "U",
  },
  es: {
    users: "Usuarios de esta cuenta", add: "Añadir usuario", role: "Rol", factor: "Segundo factor", last: "Última vez", disabled: "Desactivado", disable: "Desactivar", enable: "Activar", remove: "Quitar", removeAsk: "¿Quitar a {name}?",
    removeText: "Lo que hizo {name} queda en el diario. El usuario ya no podrá entrar.", password: "Contraseña", reset: "Poner una contraseña nueva", resetFactor: "Desactivar el segundo factor", added: "Se añadió a {name}.", saved: "Guardado.",
    hint: "Al menos 10 caracteres. Dígasela en persona; puede cambiarla después de entrar.", on: "Activado", you: "Usted",
  },
  ru: {
    users: "Пользователи этого аккаунта", add: "Добавить пользователя", role: "Роль", factor: "Второй фактор", last: "Последний раз", disabled: "Отключён", disable: "Отключить", enable: "Включить", remove: "Удалить", removeAsk: "Удалить пользователя {name}?",
    removeText: "Сделанное пользователем {name} останется в журнале. Войти он больше не сможет.", password: "Пароль", reset: "Задать новый пароль", resetFactor: "Выключить второй фактор", added: "Пользователь {name} добавлен.", saved: "Сохранено.",
    hint: "Не менее 10 символов. Сообщите лично; после входа его можно сменить.", on: "Включён", you: "Вы",
  },
});

function AddUser(props: { onClose: (name?: string) => void }) {
  const t = texts();
  const w = words();
  const [name, setName] = createSignal("");
  const [password, setPassword] = createSignal("");
  const [role, setRole] = createSignal<Role>("dispatcher");
  const [error, setError] = createSignal<unknown>();
  const submit = () => api.post("/v1/users", { name: name().trim(), password: password(), role: role() }).then(() => props.onClose(name().trim()), setError);
  return (
    <Dialog title={t("add")} onClose={() => props.onClose()} onSubmit={() => void submit()} footer={<button type="submit" class="button primary">{w("add")}</button>}>
      <TextField label={w("name")} value={name()} onInput={setName} autocomplete="off" required />
      <TextField label={t("password")} type="password" hint={t("hint")} minlength="10" value={password()} onInput={setPassword} autocomplete="new-password" required />
      <SelectField label={t("role")} value={role()} options={ROLES.map((role) => [role, roleWords()(role)])} onChange={(role) => setRole(role as Role)} />
      <Show when={error()}>
        <ErrorNotice error={error()} />
      </Show>
    </Dialog>
  );
}

function NewPassword(props: { name: string; onClose: () => void }) {
  const t = texts();
  const w = words();
  const [password, setPassword] = createSignal("");
  const [error, setError] = createSignal<unknown>();
  const submit = () => api.patch(path`/v1/users/${props.name}`, { password: password() }).then(() => (say(t("saved"), "good"), props.onClose()), setError);
  return (
    <Dialog title={`${t("reset")}: ${props.name}`} onClose={props.onClose} onSubmit={() => void submit()} footer={<button type="submit" class="button primary">{w("save")}</button>}>
      <TextField label={t("password")} type="password" hint={t("hint")} minlength="10" value={password()} onInput={setPassword} autocomplete="new-password" required />
      <Show when={error()}>
        <ErrorNotice error={error()} />
      </Show>
    </Dialog>
  );
}

/** Who may sign in to this account, as what. */
export function Users() {
  const t = texts();
  const w = words();
  const [users, { refetch }] = createResource(() => api.get<{ users: User[] }>("/v1/users"));
  const [adding, setAdding] = createSignal(false);
  const [resetting, setResetting] = createSignal<string>();
  const change = async (user: User, members: Record<string, unknown>) => {
    await api.patch(path`/v1/users/${user.name}`, members).then(() => say(t("saved"), "good"), sayProblem);
    void refetch();
  };
  const remove = async (user: User) => {
    if (!(await confirm(t("removeAsk", { name: user.name }), { text: t("removeText", { name: user.name }), yes: t("remove"), danger: true }))) return;
    await api.delete(path`/v1/users/${user.name}`).catch(sayProblem);
    void refetch();
  };
  const isYou = (user: User) => user.name === session()?.user.name;
  return (
    <section class="card scroll" aria-label={t("users")} tabindex="0">
      <header>
        <h2>{t("users")}</h2>
        <button type="button" class="button small" onClick={() => setAdding(true)}>
          <Plus size={15} aria-hidden="true" />
          {t("add")}
        </button>
      </header>
      <Await of={users} retry={() => void refetch()}>
        {(list) => (
          <table class="plain stacks">
            <thead>
              <tr>
                <For each={[w("name"), t("role"), t("factor"), t("last"), w("actions")]}>{(title) => <th scope="col">{title}</th>}</For>
              </tr>
            </thead>
            <tbody>
              <For each={list().users}>
                {(user) => (
                  <tr>
                    <td>
                      <span class="strong">{user.name}</span> <Show when={isYou(user)}><Badge tone="accent">{t("you")}</Badge></Show>{" "}
                      <Show when={user.disabled}><Badge tone="danger">{t("disabled")}</Badge></Show>
                    </td>
                    <td data-label={t("role")}>
                      <select class="input" aria-label={`${t("role")}: ${user.name}`} disabled={isYou(user)} onChange={(event) => void change(user, { role: event.currentTarget.value })}>
                        <For each={ROLES}>{(role) => <option value={role} selected={role === user.role}>{roleWords()(role)}</option>}</For>
                      </select>
                    </td>
                    <td data-label={t("factor")}>{user.totp ? t("on") : "–"}</td>
                    <td data-label={t("last")}>
                      <Time at={user.last_seen_at} />
                    </td>
                    <td class="corner">
                      <Menu label={`${w("actions")}: ${user.name}`} class="button small icon" button={<Ellipsis size={15} aria-hidden="true" />}>
                        <MenuItem onSelect={() => setResetting(user.name)}>{t("reset")}</MenuItem>
                        <MenuItem disabled={!user.totp} onSelect={() => void change(user, { totp: false })}>{t("resetFactor")}</MenuItem>
                        <MenuItem disabled={isYou(user)} onSelect={() => void change(user, { disabled: !user.disabled })}>{user.disabled ? t("enable") : t("disable")}</MenuItem>
                        <MenuItem disabled={isYou(user)} onSelect={() => void remove(user)}>{t("remove")}</MenuItem>
                      </Menu>
                    </td>
                  </tr>
                )}
              </For>
            </tbody>
          </table>
        )}
      </Await>
      <Show when={adding()}>
        <AddUser
          onClose={(name) => {
            setAdding(false);
            if (!name) return;
            say(t("added", { name }), "good");
            void refetch();
          }}
        />
      </Show>
      <Show when={resetting()}>{(name) => <NewPassword name={name()} onClose={() => setResetting(undefined)} />}</Show>
    </section>
  );
}
