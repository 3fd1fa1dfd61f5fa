import { createSignal, Show, type JSX } from "solid-js";
import { Problem } from "~/api/client";
import { define, language, LANGUAGES } from "~/i18n";
import { ErrorNotice, SelectField, TextField } from "~/ui";
import { prefer, setUp, signIn } from "./session";
import "./sign-in.css";

const texts = define({
  en: {
    title: "Sign in", name: "User name", password: "Password", code: "Six digits from your authenticator, or a recovery code", language: "Language",
    wrong: "Name or password is wrong.", wrongCode: "That code is not right, or was used already.", slow: "Too many attempts. Try again in {n, plural, one {# second} other {# seconds}}.",
    setUp: "Welcome to Docket", setUpText: "Make the first user. It is an administrator; others can be added later.", setUpCode: "Set-up code", setUpHint: "The hub printed it when it started.",
    again: "Password once more", differ: "The two are not the same.", short: "At least 10 characters.", make: "Create and sign in", motto: "One ledger for every order system.",
  },
  nl: {
    title: "Aanmelden", name: "Gebruikersnaam", password: "Wachtwoord", code: "Zes cijfers van uw authenticator, of een herstelcode", language: "Taal",
    wrong: "Naam of wachtwoord klopt niet.", wrongCode: "Die code klopt niet of is al gebruikt.", slow: "Te veel pogingen. Probeer het over {n, plural, one {# seconde} other {# seconden}} opnieuw.",
    setUp: "Welkom bij Docket", setUpText: "Maak de eerste gebruiker. Dit is een beheerder; anderen komen later.", setUpCode: "Installatiecode", setUpHint: "De hub toonde deze bij het starten.",
    again: "Wachtwoord nogmaals", differ: "De twee zijn niet gelijk.", short: "Ten minste 10 tekens.", make: "Aanmaken en aanmelden", motto: "Eén grootboek voor elk ordersysteem.",
  },
  es: {
    title: "Iniciar sesión", name: "Usuario", password: "Contraseña", code: "Seis cifras de su autenticador, o un código de recuperación", language: "Idioma",
    wrong: "El usuario o la contraseña no son correctos.", wrongCode: "Ese código no es correcto o ya se usó.", slow: "Demasiados intentos. Vuelva a intentarlo en {n, plural, one {# segundo} other {# segundos}}.",
    setUp: "Bienvenido a Docket", setUpText: "Cree el primer usuario. Es administrador; los demás se añaden después.", setUpCode: "Código de instalación", setUpHint: "El hub lo mostró al arrancar.",
    again: "Repita la contraseña", differ: "No coinciden.", short: "Al menos 10 caracteres.", make: "Crear e iniciar sesión", motto: "Un libro mayor para todos los sistemas de órdenes.",
  },
  ru: {
    title: "Вход", name: "Имя пользователя", password: "Пароль", code: "Шесть цифр из аутентификатора или код восстановления", language: "Язык",
    wrong: "Неверное имя или пароль.", wrongCode: "Код неверен или уже использован.", slow: "Слишком много попыток. Повторите через {n, plural, one {# секунду} few {# секунды} many {# секунд} other {# секунды}}.",
    setUp: "Добро пожаловать в Docket", setUpText: "Создайте первого пользователя. Он администратор; остальных можно добавить позже.", setUpCode: "Код установки", setUpHint: "Хаб показал его при запуске.",
    again: "Пароль ещё раз", differ: "Пароли не совпадают.", short: "Не менее 10 символов.", make: "Создать и войти", motto: "Единый журнал для всех систем заказов.",
  },
});

function Way(props: { title: string; text?: string; error: unknown; busy: boolean; button: string; onSubmit: () => void; children: JSX.Element }) {
  const t = texts();
  const wrong = () => {
    const error = props.error instanceof Problem ? props.error : undefined;
    if (error?.code === "credentials") return t("wrong");
    if (error?.code === "totp") return t("wrongCode");
    if (error?.status === 429) return t("slow", { n: error.retryAfter ?? 1 });
    return undefined;
  };
  return (
    <main class="sign-in">
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          props.onSubmit();
        }}
      >
        <div class="brand">
          <img src="/console-icon.svg" alt="" width="40" height="40" />
          <div>
            <strong>Docket</strong>
            <p class="soft small">{t("motto")}</p>
          </div>
        </div>
        <h1>{props.title}</h1>
        <Show when={props.text}>
          <p class="soft">{props.text}</p>
        </Show>
        {props.children}
        <Show when={props.error}>
          <Show when={wrong()} fallback={<ErrorNotice error={props.error} />}>
            <p class="notice danger" role="alert">
              {wrong()}
            </p>
          </Show>
        </Show>
        <button type="submit" class="button primary" disabled={props.busy}>
          {props.button}
        </button>
        <SelectField label={t("language")} value={language()} options={Object.entries(LANGUAGES)} onChange={(one) => prefer({ language: one })} />
      </form>
    </main>
  );
}

export function SignIn() {
  const t = texts();
  const [name, setName] = createSignal("");
  const [password, setPassword] = createSignal("");
  const [code, setCode] = createSignal<string>();
  const [error, setError] = createSignal<unknown>();
  const [busy, setBusy] = createSignal(false);
  const submit = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await signIn(name(), password(), code());
    } catch (problem) {
      if (problem instanceof Problem && problem.code === "totp_needed") setCode("");
      else setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Way title={t("title")} error={error()} busy={busy()} button={t("title")} onSubmit={() => void submit()}>
      <TextField label={t("name")} value={name()} onInput={setName} autocomplete="username" autofocus required />
      <TextField label={t("password")} type="password" value={password()} onInput={setPassword} autocomplete="current-password" required />
      <Show when={code() !== undefined}>
        <TextField label={t("code")} value={code() ?? ""} onInput={setCode} autocomplete="one-time-code" ref={(field) => queueMicrotask(() => field.focus())} required />
      </Show>
    </Way>
  );
}

export function SetUp() {
  const t = texts();
  const [code, setCode] = createSignal(new URLSearchParams(location.search).get("code") ?? "");
  const [name, setName] = createSignal("");
  const [password, setPassword] = createSignal("");
  const [again, setAgain] = createSignal("");
  const [error, setError] = createSignal<unknown>();
  const [busy, setBusy] = createSignal(false);
  const differs = () => again() !== "" && again() !== password();
  const submit = async () => {
    if (password() !== again()) return;
    setBusy(true);
    setError(undefined);
    await setUp(code().trim(), name(), password()).catch(setError);
    setBusy(false);
  };
  return (
    <Way title={t("setUp")} text={t("setUpText")} error={error()} busy={busy()} button={t("make")} onSubmit={() => void submit()}>
      <TextField label={t("setUpCode")} hint={t("setUpHint")} value={code()} onInput={setCode} autocomplete="off" required />
      <TextField label={t("name")} value={name()} onInput={setName} autocomplete="username" autofocus required />
      <TextField label={t("password")} hint={t("short")} type="password" minlength="10" value={password()} onInput={setPassword} autocomplete="new-password" required />
      <TextField label={t("again")} error={differs() ? t("differ") : undefined} type="password" value={again()} onInput={setAgain} autocomplete="new-password" required />
    </Way>
  );
}
