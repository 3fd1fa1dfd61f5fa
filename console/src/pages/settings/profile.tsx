import { createResource, createSignal, For, Show } from "solid-js";
import { api, path, Problem } from "~/api/client";
import { prefer, preferences, reloadSession, session } from "~/app/session";
import { define, language, LANGUAGES, moment } from "~/i18n";
import { words } from "~/i18n/words";
import { Await, Badge, clock, CopyButton, Dialog, ErrorNotice, say, sayProblem, SelectField, TextField, Time } from "~/ui";

interface OwnSession {
  id: string;
  current: boolean;
  created_at: string;
  last_seen_at: string;
  address: string | null;
  agent: string | null;
}

const texts = define({
  en: {
    looks: "How it looks", language: "Language", theme: "Colours", asSystem: "As the system", light: "Light", dark: "Dark", zone: "Time zone", zoneHere: "As this device ({zone})", now: "Now: {time}",
    password: "Password", old: "Present password", new: "New password", change: "Change password", changed: "Password changed. Other sessions were ended.", wrongOld: "The present password is not right.", short: "At least 10 characters.",
    factor: "Second factor", factorOn: "On", factorOff: "Off", factorText: "With a second factor, a stolen password is not enough: signing in also asks for six digits from an app on your phone.",
    turnOn: "Turn on", turnOff: "Turn off", left: "{n, plural, one {# recovery code left} other {# recovery codes left}}", scan: "Scan this with your authenticator app, or type the secret, then give the six digits that it shows.",
    secret: "Secret", code: "Six digits", codes: "Recovery codes", codesText: "Each of these lets you in once when your phone is not at hand. Keep them somewhere safe: they are not shown again.", offText: "Signing in will ask for the password only.",
    sessions: "Where you are signed in", this: "This one", end: "End", ended: "Session ended.", since: "Since", last: "Last seen", from: "From", wrongCode: "That code is not right.",
  },
  nl: {
    looks: "Weergave", language: "Taal", theme: "Kleuren", asSystem: "Zoals het systeem", light: "Licht", dark: "Donker", zone: "Tijdzone", zoneHere: "Zoals dit apparaat ({zone})", now: "Nu: {time}",
    password: "Wachtwoord", old: "Huidig wachtwoord", new: "Nieuw wachtwoord", change: "Wachtwoord wijzigen", changed: "Wachtwoord gewijzigd. Andere sessies zijn beëindigd.", wrongOld: "Het huidige wachtwoord klopt niet.", short: "Ten minste 10 tekens.",
    factor: "Tweede factor", factorOn: "Aan", factorOff: "Uit", factorText: "Met een tweede factor is een gestolen wachtwoord niet genoeg: bij het aanmelden worden ook zes cijfers uit een app op uw telefoon gevraagd.",
    turnOn: "Inschakelen", turnOff: "Uitschakelen", left: "{n, plural, one {nog # herstelcode} other {nog # herstelcodes}}", scan: "Scan dit met uw authenticator-app, of typ het geheim over, en geef dan de zes cijfers die deze toont.",
    secret: "Geheim", code: "Zes cijfers", codes: "Herstelcodes", codesText: "Met elk hiervan komt u één keer binnen als uw telefoon niet bij de hand is. Bewaar ze veilig: ze worden niet nogmaals getoond.", offText: "Bij het aanmelden wordt dan alleen het wachtwoord gevraagd.",
    sessions: "Waar u aangemeld bent", this: "Deze", end: "Beëindigen", ended: "Sessie beëindigd.", since: "Sinds", last: "Laatst gezien", from: "Vanaf", wrongCode: "Die code klopt niet.",
  },
  es: {
    looks: "Apariencia", language: "Idioma", theme: "Colores", asSystem: "Como el sistema", light: "Claro", dark: "Oscuro", zone: "Zona horaria", zoneHere: "Como este dispositivo ({zone})", now: "Ahora: {time}",
    password: "Contraseña", old: "Contraseña actual", new: "Contraseña nueva", change: "Cambiar contraseña", changed: "Contraseña cambiada. Las demás sesiones se cerraron.", wrongOld: "La contraseña actual no es correcta.", short: "Al menos 10 caracteres.",
    factor: "Segundo factor", factorOn: "Activado", factorOff: "Desactivado", factorText: "Con un segundo factor no basta con robar la contraseña: al entrar también se piden seis cifras de una aplicación de su teléfono.",
    turnOn: "Activar", turnOff: "Desactivar", left: "{n, plural, one {queda # código de recuperación} other {quedan # códigos de recuperación}}", scan: "Escanéelo con su aplicación de autenticación, o escriba el secreto, y dé las seis cifras que muestre.",
    secret: "Secreto", code: "Seis cifras", codes: "Códigos de recuperación", codesText: "Cada uno le deja entrar una vez cuando no tenga el teléfono a mano. Guárdelos en lugar seguro: no se vuelven a mostrar.", offText: "Al entrar se pedirá solo la contraseña.",
    sessions: "Dónde tiene sesión abierta", this: "Esta", end: "Cerrar", ended: "Sesión cerrada.", since: "Desde", last: "Última vez", from: "Desde dónde", wrongCode: "Ese código no es correcto.",
  },
  ru: {
    looks: "Вид", language: "Язык", theme: "Цвета", asSystem: "Как в системе", light: "Светлые", dark: "Тёмные", zone: "Часовой пояс", zoneHere: "Как на этом устройстве ({zone})", now: "Сейчас: {time}",
    password: "Пароль", old: "Текущий пароль", new: "Новый пароль", change: "Сменить пароль", changed: "Пароль изменён. Остальные сеансы завершены.", wrongOld: "Текущий пароль неверен.", short: "Не менее 10 символов.",
    factor: "Второй фактор", factorOn: "Включён", factorOff: "Выключен", factorText: "Со вторым фактором украденного пароля мало: при входе спрашиваются ещё шесть цифр из приложения на телефоне.",
    turnOn: "Включить", turnOff: "Выключить", left: "{n, plural, one {остался # код восстановления} few {осталось # кода восстановления} many {осталось # кодов восстановления} other {осталось # кодов восстановления}}", scan: "Отсканируйте приложением-аутентификатором или введите секрет вручную, затем укажите шесть цифр, которые оно покажет.",
    secret: "Секрет", code: "Шесть цифр", codes: "Коды восстановления", codesText: "Каждый из них впустит вас один раз, если телефона нет под рукой. Сохраните их: больше они показаны не будут.", offText: "При входе будет спрашиваться только пароль.",
    sessions: "Где вы вошли", this: "Этот", end: "Завершить", ended: "Сеанс завершён.", since: "С", last: "Последний раз", from: "Откуда", wrongCode: "Код неверен.",
  },
});

function Looks() {
  const t = texts();
  const zones = Intl.supportedValuesOf("timeZone").map((zone) => [zone, zone.replaceAll("_", " ")] as const);
  const here = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <section class="card">
      <header>
        <h2>{t("looks")}</h2>
      </header>
      <div class="body form">
        <SelectField label={t("language")} value={language()} options={Object.entries(LANGUAGES)} onChange={(one) => prefer({ language: one })} />
        <SelectField
          label={t("theme")}
          value={preferences().theme ?? "system"}
          options={[["system", t("asSystem")], ["light", t("light")], ["dark", t("dark")]]}
          onChange={(theme) => prefer({ theme: theme as "system" | "light" | "dark" })}
        />
        <SelectField
          label={t("zone")}
          hint={t("now", { time: moment(clock(), { dateStyle: "medium", timeStyle: "long" }) })}
          value={preferences().zone ?? ""}
          options={[["", t("zoneHere", { zone: here })], ...zones]}
          onChange={(zone) => prefer({ zone })}
        />
      </div>
    </section>
  );
}

function Password() {
  const t = texts();
  const [old, setOld] = createSignal("");
  const [next, setNext] = createSignal("");
  const [error, setError] = createSignal<unknown>();
  const submit = async () => {
    setError(undefined);
    try {
      await api.put("/v1/session/password", { old: old(), new: next() });
      setOld("");
      setNext("");
      say(t("changed"), "good");
      await reloadSession();
    } catch (problem) {
      setError(problem);
    }
  };
  const isOldWrong = () => (error() as Problem | undefined)?.code === "credentials";
  return (
    <section class="card">
      <header>
        <h2>{t("password")}</h2>
      </header>
      <form
        class="body form"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <TextField label={t("old")} type="password" autocomplete="current-password" required value={old()} onInput={setOld} error={isOldWrong() ? t("wrongOld") : undefined} />
        <TextField label={t("new")} type="password" autocomplete="new-password" minlength="10" required value={next()} onInput={setNext} hint={t("short")} />
        <Show when={error() && !isOldWrong()}>
          <div class="wide">
            <ErrorNotice error={error()} />
          </div>
        </Show>
        <div class="wide">
          <button type="submit" class="button">
            {t("change")}
          </button>
        </div>
      </form>
    </section>
  );
}

interface Secret {
  secret: string;
  uri: string;
  svg: string;
}

/** Turning the second factor on: a secret, a proof that the app has it, and codes for the day the phone is lost. */
function TurnOn(props: { secret: Secret; onClose: () => void }) {
  const t = texts();
  const w = words();
  const [code, setCode] = createSignal("");
  const [wrong, setWrong] = createSignal(false);
  const [codes, setCodes] = createSignal<string[]>();
  const submit = async () => {
    if (codes()) return props.onClose();
    try {
      setCodes((await api.put<{ recovery_codes: string[] }>("/v1/session/totp", { code: code().replace(/\s/g, "") })).recovery_codes);
      await reloadSession();
    } catch (problem) {
      setWrong(true);
      if (!(problem instanceof Problem) || problem.status >= 500) sayProblem(problem);
    }
  };
  return (
    <Dialog title={t("factor")} onClose={props.onClose} onSubmit={() => void submit()} footer={<button type="submit" class="button primary">{codes() ? w("done") : t("turnOn")}</button>}>
      <Show
        when={codes()}
        fallback={
          <>
            <p>{t("scan")}</p>
            <img class="qr" src={`data:image/svg+xml;utf8,${encodeURIComponent(props.secret.svg)}`} alt={props.secret.uri} width="200" height="200" />
            <p class="row">
              {t("secret")} <code class="grow">{props.secret.secret}</code> <CopyButton text={props.secret.secret} />
            </p>
            <TextField label={t("code")} value={code()} onInput={setCode} inputmode="numeric" autocomplete="one-time-code" required error={wrong() ? t("wrongCode") : undefined} />
          </>
        }
      >
        {(codes) => (
          <>
            <p class="notice warn">{t("codesText")}</p>
            <pre class="code">{codes().join("\n")}</pre>
            <CopyButton text={codes().join("\n")} label={w("copy")} />
          </>
        )}
      </Show>
    </Dialog>
  );
}

function TurnOff(props: { onClose: () => void }) {
  const t = texts();
  const [password, setPassword] = createSignal("");
  const [wrong, setWrong] = createSignal(false);
  const submit = async () => {
    try {
      await api.delete("/v1/session/totp", { body: { password: password() } });
      await reloadSession();
      props.onClose();
    } catch (problem) {
      setWrong(true);
      if (!(problem instanceof Problem) || problem.code !== "credentials") sayProblem(problem);
    }
  };
  return (
    <Dialog title={t("turnOff")} onClose={props.onClose} onSubmit={() => void submit()} footer={<button type="submit" class="button danger">{t("turnOff")}</button>}>
      <p>{t("offText")}</p>
      <TextField label={t("old")} type="password" autocomplete="current-password" required value={password()} onInput={setPassword} error={wrong() ? t("wrongOld") : undefined} />
    </Dialog>
  );
}

function SecondFactor() {
  const t = texts();
  const [secret, setSecret] = createSignal<Secret>();
  const [off, setOff] = createSignal(false);
  const begin = () => api.post<Secret>("/v1/session/totp").then(setSecret, sayProblem);
  return (
    <section class="card">
      <header>
        <h2>{t("factor")}</h2>
        <Badge tone={session()?.user.totp ? "good" : "quiet"}>{session()?.user.totp ? t("factorOn") : t("factorOff")}</Badge>
      </header>
      <div class="body stack">
        <p class="soft">{t("factorText")}</p>
        <Show when={session()?.user.totp} fallback={<div><button type="button" class="button" onClick={() => void begin()}>{t("turnOn")}</button></div>}>
          <div class="row">
            <button type="button" class="button danger" onClick={() => setOff(true)}>
              {t("turnOff")}
            </button>
            <span class="soft">{t("left", { n: session()?.user.recovery_codes_left ?? 0 })}</span>
          </div>
        </Show>
      </div>
      <Show when={secret()}>{(secret) => <TurnOn secret={secret()} onClose={() => setSecret(undefined)} />}</Show>
      <Show when={off()}>
        <TurnOff onClose={() => setOff(false)} />
      </Show>
    </section>
  );
}

/** A browser and where it runs, of what it says of itself: nobody reads that. */
function agentText(agent: string | null): string {
  if (!agent) return "";
  const [, name, version] = /(Edg|OPR|Firefox|HeadlessChrome|Chrome|Version)\/(\d+)/.exec(agent.replace(/Chrome\/\d+(?=.*(Edg|OPR)\/)/, "")) ?? [];
  if (!name) return agent.length > 60 ? `${agent.slice(0, 57)}…` : agent;
  const browser = { Edg: "Edge", OPR: "Opera", Version: "Safari", HeadlessChrome: "Chrome" }[name] ?? name;
  const system = /iPhone|iPad|Android|Windows|Mac OS X|CrOS|Linux/.exec(agent)?.[0].replace("Mac OS X", "macOS").replace("CrOS", "ChromeOS");
  return [`${browser} ${version}`, system].filter(Boolean).join(", ");
}

function Sessions() {
  const t = texts();
  const w = words();
  const [sessions, { refetch }] = createResource(() => api.get<{ sessions: OwnSession[] }>("/v1/sessions"));
  const end = async (one: OwnSession) => {
    await api.delete(path`/v1/sessions/${one.id}`).then(() => say(t("ended"), "good"), sayProblem);
    void refetch();
  };
  return (
    <section class="card scroll" aria-label={t("sessions")} tabindex="0">
      <header>
        <h2>{t("sessions")}</h2>
      </header>
      <Await of={sessions} retry={() => void refetch()}>
        {(list) => (
          <table class="plain stacks">
            <thead>
              <tr>
                <For each={[t("from"), t("since"), t("last"), w("actions")]}>{(title) => <th scope="col">{title}</th>}</For>
              </tr>
            </thead>
            <tbody>
              <For each={list().sessions}>
                {(one) => (
                  <tr>
                    <td>
                      <span class="strong">{agentText(one.agent) || one.address}</span>{" "}
                      <span class="soft small" title={one.agent ?? undefined}>{agentText(one.agent) ? one.address : ""}</span>
                    </td>
                    <td data-label={t("since")}>
                      <Time at={one.created_at} exact />
                    </td>
                    <td data-label={t("last")}>
                      <Time at={one.last_seen_at} />
                    </td>
                    <td>
                      <Show when={!one.current} fallback={<Badge tone="accent">{t("this")}</Badge>}>
                        <button type="button" class="button small" aria-label={`${t("end")}: ${agentText(one.agent) || one.address}`} onClick={() => void end(one)}>
                          {t("end")}
                        </button>
                      </Show>
                    </td>
                  </tr>
                )}
              </For>
            </tbody>
          </table>
        )}
      </Await>
    </section>
  );
}

export function Profile() {
  return (
    <>
      <Looks />
      <Password />
      <SecondFactor />
      <Sessions />
    </>
  );
}
