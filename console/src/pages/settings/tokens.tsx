import { createResource, createSignal, For, Show } from "solid-js";
import { api, path } from "~/api/client";
import { ROLES, type Role } from "~/app/session";
import { define } from "~/i18n";
import { words } from "~/i18n/words";
import { Await, Badge, confirm, CopyButton, Dialog, Empty, ErrorNotice, sayProblem, SelectField, TextField, Time } from "~/ui";
import { Plus } from "~/ui/icons";
import { roleWords } from "./roles";

interface Token {
  name: string;
  role: Role;
  created_at: string;
  expires_at: string | null;
  expired: boolean;
}

const texts = define({
  en: {
    tokens: "Tokens for programs", about: "A program shows its token with every request: Authorization: Bearer …", add: "Make a token", role: "Role", expires: "Ends on", never: "Never", ended: "Ended", made: "Made", revoke: "Revoke",
    revokeAsk: "Revoke {name}?", revokeText: "Programs that use it are refused from now on.", once: "This is the only time that the token is shown. Copy it now.", days: "Ends after", day: "{n, plural, one {# day} other {# days}}", none: "No program has a token yet.", hint: "What it is for: a program, a person's script",
  },
  nl: {
    tokens: "Tokens voor programma's", about: "Een programma toont zijn token bij elk verzoek: Authorization: Bearer …", add: "Token maken", role: "Rol", expires: "Eindigt op", never: "Nooit", ended: "Verlopen", made: "Gemaakt", revoke: "Intrekken",
    revokeAsk: "{name} intrekken?", revokeText: "Programma's die dit token gebruiken worden vanaf nu geweigerd.", once: "Dit is de enige keer dat het token wordt getoond. Kopieer het nu.", days: "Eindigt na", day: "{n, plural, one {# dag} other {# dagen}}", none: "Nog geen programma heeft een token.", hint: "Waarvoor: een programma, iemands script",
  },
  es: {
    tokens: "Tokens para programas", about: "Un programa muestra su token con cada petición: Authorization: Bearer …", add: "Crear token", role: "Rol", expires: "Termina el", never: "Nunca", ended: "Caducado", made: "Creado", revoke: "Revocar",
    revokeAsk: "¿Revocar {name}?", revokeText: "Los programas que lo usan se rechazan desde ahora.", once: "Es la única vez que se muestra el token. Cópielo ahora.", days: "Termina tras", day: "{n, plural, one {# día} other {# días}}", none: "Ningún programa tiene token todavía.", hint: "Para qué: un programa, el script de alguien",
  },
  ru: {
    tokens: "Токены для программ", about: "Программа показывает токен с каждым запросом: Authorization: Bearer …", add: "Создать токен", role: "Роль", expires: "Действует до", never: "Бессрочно", ended: "Истёк", made: "Создан", revoke: "Отозвать",
    revokeAsk: "Отозвать {name}?", revokeText: "Программы с этим токеном больше не будут приняты.", once: "Токен показывается только сейчас. Скопируйте его.", days: "Действует", day: "{n, plural, one {# день} few {# дня} many {# дней} other {# дня}}", none: "Токенов у программ пока нет.", hint: "Для чего: программа, чей-то скрипт",
  },
});

function AddToken(props: { onClose: (made: boolean) => void }) {
  const t = texts();
  const w = words();
  const [name, setName] = createSignal("");
  const [role, setRole] = createSignal<Role>("viewer");
  const [days, setDays] = createSignal("90");
  const [made, setMade] = createSignal<string>();
  const [error, setError] = createSignal<unknown>();
  const submit = async () => {
    if (made()) return props.onClose(true);
    const expires_at = days() ? new Date(Date.now() + Number(days()) * 86_400_000).toISOString() : null;
    await api.post<{ token: string }>("/v1/tokens", { name: name().trim(), role: role(), ...(expires_at ? { expires_at } : {}) }).then((answer) => setMade(answer.token), setError);
  };
  return (
    <Dialog title={t("add")} onClose={() => props.onClose(made() !== undefined)} onSubmit={() => void submit()} footer={<button type="submit" class="button primary">{made() ? w("done") : w("create")}</button>}>
      <Show
        when={made()}
        fallback={
          <>
            <TextField label={w("name")} hint={t("hint")} value={name()} onInput={setName} autocomplete="off" required />
            <SelectField label={t("role")} value={role()} options={ROLES.map((role) => [role, roleWords()(role)])} onChange={(role) => setRole(role as Role)} />
            <SelectField label={t("days")} value={days()} options={[...["7", "30", "90", "365"].map((n) => [n, t("day", { n: Number(n) })] as const), ["", t("never")]]} onChange={setDays} />
            <Show when={error()}>
              <ErrorNotice error={error()} />
            </Show>
          </>
        }
      >
        {(token) => (
          <>
            <p class="notice warn">{t("once")}</p>
            <p class="row">
              <code class="grow code" data-testid="token">{token()}</code>
              <CopyButton text={token()} label={w("copy")} />
            </p>
          </>
        )}
      </Show>
    </Dialog>
  );
}

/** What programs come in with. */
export function Tokens() {
  const t = texts();
  const w = words();
  const [tokens, { refetch }] = createResource(() => api.get<{ tokens: Token[] }>("/v1/tokens"));
  const [adding, setAdding] = createSignal(false);
  const revoke = async (token: Token) => {
    if (!(await confirm(t("revokeAsk", { name: token.name }), { text: t("revokeText"), yes: t("revoke"), danger: true }))) return;
    await api.delete(path`/v1/tokens/${token.name}`).catch(sayProblem);
    void refetch();
  };
  return (
    <section class="card scroll" aria-label={t("tokens")} tabindex="0">
      <header>
        <h2>{t("tokens")}</h2>
        <button type="button" class="button small" onClick={() => setAdding(true)}>
          <Plus size={15} aria-hidden="true" />
          {t("add")}
        </button>
      </header>
      <p class="body soft small">{t("about")}</p>
      <Await of={tokens} retry={() => void refetch()}>
        {(list) => (
          <Show when={list().tokens.length} fallback={<Empty>{t("none")}</Empty>}>
            <table class="plain stacks">
              <thead>
                <tr>
                  <For each={[w("name"), t("role"), t("made"), t("expires"), w("actions")]}>{(title) => <th scope="col">{title}</th>}</For>
                </tr>
              </thead>
              <tbody>
                <For each={list().tokens}>
                  {(token) => (
                    <tr>
                      <td class="strong">{token.name}</td>
                      <td data-label={t("role")}>{roleWords()(token.role)}</td>
                      <td data-label={t("made")}>
                        <Time at={token.created_at} exact />
                      </td>
                      <td data-label={t("expires")}>
                        <Show when={!token.expired} fallback={<Badge tone="danger">{t("ended")}</Badge>}>
                          <Show when={token.expires_at} fallback={t("never")}>
                            <Time at={token.expires_at} exact />
                          </Show>
                        </Show>
                      </td>
                      <td>
                        <button type="button" class="button small danger" aria-label={`${t("revoke")}: ${token.name}`} onClick={() => void revoke(token)}>
                          {t("revoke")}
                        </button>
                      </td>
                    </tr>
                  )}
                </For>
              </tbody>
            </table>
          </Show>
        )}
      </Await>
      <Show when={adding()}>
        <AddToken
          onClose={(made) => {
            setAdding(false);
            if (made) void refetch();
          }}
        />
      </Show>
    </section>
  );
}
