import { A, useLocation, useNavigate } from "@solidjs/router";
import { createEffect, createSignal, For, lazy, on, onCleanup, onMount, Show, Suspense, ErrorBoundary, type ParentProps } from "solid-js";
import { tinykeys } from "tinykeys";
import { liveState } from "~/api/live";
import { define, LANGUAGES, language } from "~/i18n";
import { words } from "~/i18n/words";
import { Dialog, ErrorNotice, Menu, MenuItem, Skeleton } from "~/ui";
import { isNarrow } from "~/ui/grid";
import { BookOpen, CircleUser, Code, Ellipsis, Keyboard, LogOut, Moon, Search, Settings, Sun } from "~/ui/icons";
import { pageKeys, typing } from "./keys";
import { PAGES, type Page } from "./routes";
import { prefer, preferences, session, signOut, switchAccount } from "./session";
import "./shell.css";

const Palette = lazy(() => import("./Palette"));

const texts = define({
  en: {
    board: "Board", map: "Map", units: "Units", jobs: "Jobs", deliveries: "Deliveries", messages: "Messages", connections: "Connections", exchanges: "Exchanges", crosswalk: "Crosswalk",
    webhooks: "Webhooks", system: "System", settings: "Settings", skip: "To the content", navigation: "Pages", account: "Account", user: "{name}, {role}", signOut: "Sign out",
    theme: "Light or dark", light: "Light", dark: "Dark", asSystem: "As the system", language: "Language", find: "Find an order (press /)", findShort: "Find an order", anything: "Go anywhere, do anything", inAccount: "{role} of {account}", live: "Live", connecting: "Connecting…",
    offline: "Not live", keys: "Keyboard", keyFind: "Find an order", keyGo: "Then the letter: to a page", keyHelp: "This list", keyRows: "In a list: down, up", keyOpen: "Open", keySelect: "Select", more: "More pages",
    reference: "API reference", docs: "Documentation",
  },
  nl: {
    board: "Bord", map: "Kaart", units: "Eenheden", jobs: "Taken", deliveries: "Leveringen", messages: "Berichten", connections: "Koppelingen", exchanges: "Uitwisselingen", crosswalk: "Vertaaltabel",
    webhooks: "Webhooks", system: "Systeem", settings: "Instellingen", skip: "Naar de inhoud", navigation: "Pagina's", account: "Account", user: "{name}, {role}", signOut: "Afmelden",
    theme: "Licht of donker", light: "Licht", dark: "Donker", asSystem: "Zoals het systeem", language: "Taal", find: "Zoek een order (druk op /)", findShort: "Zoek een order", anything: "Overal heen, alles doen", inAccount: "{role} van {account}", live: "Live", connecting: "Verbinden…",
    offline: "Niet live", keys: "Toetsenbord", keyFind: "Zoek een order", keyGo: "Dan de letter: naar een pagina", keyHelp: "Deze lijst", keyRows: "In een lijst: omlaag, omhoog", keyOpen: "Openen", keySelect: "Selecteren", more: "Meer pagina's",
    reference: "API-referentie", docs: "Documentatie",
  },
  es: {
    board: "Tablero", map: "Mapa", units: "Unidades", jobs: "Trabajos", deliveries: "Entregas", messages: "Mensajes", connections: "Conexiones", exchanges: "Intercambios", crosswalk: "Equivalencias",
    webhooks: "Webhooks", system: "Sistema", settings: "Ajustes", skip: "Ir al contenido", navigation: "Páginas", account: "Cuenta", user: "{name}, {role}", signOut: "Cerrar sesión",
    theme: "Claro u oscuro", light: "Claro", dark: "Oscuro", asSystem: "Como el sistema", language: "Idioma", find: "Buscar una orden (pulse /)", findShort: "Buscar una orden", anything: "Ir a cualquier sitio, hacer cualquier cosa", inAccount: "{role} de {account}", live: "En vivo", connecting: "Conectando…",
    offline: "Sin conexión en vivo", keys: "Teclado", keyFind: "Buscar una orden", keyGo: "Y la letra: ir a una página", keyHelp: "Esta lista", keyRows: "En una lista: abajo, arriba", keyOpen: "Abrir", keySelect: "Seleccionar", more: "Más páginas",
    reference: "Referencia de la API", docs: "Documentación",
  },
  ru: {
    board: "Доска", map: "Карта", units: "Объекты", jobs: "Задания", deliveries: "Доставка", messages: "Сообщения", connections: "Подключения", exchanges: "Обмены", crosswalk: "Соответствия",
    webhooks: "Вебхуки", system: "Система", settings: "Настройки", skip: "К содержанию", navigation: "Страницы", account: "Аккаунт", user: "{name}, {role}", signOut: "Выйти",
    theme: "Светлая или тёмная", light: "Светлая", dark: "Тёмная", asSystem: "Как в системе", language: "Язык", find: "Найти заказ (клавиша /)", findShort: "Найти заказ", anything: "Перейти куда угодно, сделать что угодно", inAccount: "{role}, {account}", live: "На связи", connecting: "Соединение…",
    offline: "Нет живой связи", keys: "Клавиатура", keyFind: "Найти заказ", keyGo: "Затем буква: на страницу", keyHelp: "Этот список", keyRows: "В списке: вниз, вверх", keyOpen: "Открыть", keySelect: "Выбрать", more: "Другие страницы",
    reference: "Справочник API", docs: "Документация",
  },
});

function LiveLight() {
  const t = texts();
  const text = () => ({ open: t("live"), connecting: t("connecting"), idle: t("offline") })[liveState()];
  return (
    // A page that follows nothing is neither live nor late.
    <Show when={liveState() !== "idle"}>
      <span class="live" data-state={liveState()} role="status" title={text()}>
        <span aria-hidden="true" class="light" />
        <span class="wide-only">{text()}</span>
      </span>
    </Show>
  );
}

function Keys(props: { onClose: () => void }) {
  const t = texts();
  const w = words();
  const rows = (): [string, string][] => [
    ["/", t("keyFind")],
    ["Ctrl K", t("anything")],
    ["g", t("keyGo")],
    ...PAGES.map((page): [string, string] => [`g ${page.shortcut}`, t(page.key)]),
    ["j k ↓ ↑", t("keyRows")],
    ["Enter", t("keyOpen")],
    ["x Space", t("keySelect")],
    ["?", t("keyHelp")],
    ...pageKeys().map(({ key, shown, text }): [string, string] => [shown ?? key, text()]),
  ];
  return (
    <Dialog title={t("keys")} onClose={props.onClose} footer={<button class="button" onClick={props.onClose}>{w("close")}</button>}>
      <dl class="facts" tabindex="0" aria-label={t("keys")}>
        <For each={rows()}>
          {([keys, text]) => (
            <>
              <dt>
                <kbd>{keys}</kbd>
              </dt>
              <dd>{text}</dd>
            </>
          )}
        </For>
      </dl>
    </Dialog>
  );
}

/** The frame around every page: pages, search, account, user. */
export function Shell(props: ParentProps) {
  const t = texts();
  const navigate = useNavigate();
  const location = useLocation();
  const [keys, setKeys] = createSignal(false);
  const [palette, setPalette] = createSignal(false);
  let find!: HTMLInputElement;
  let main!: HTMLElement;

  onMount(() => {
    const unless = (act: () => void) => (event: KeyboardEvent) => {
      if (typing(event)) return;
      event.preventDefault();
      act();
    };
    const bindings: Record<string, (event: KeyboardEvent) => void> = {
      "/": unless(() => find.focus()),
      "Shift+?": unless(() => setKeys(true)),
      // Where somebody types, too; but a dialog is finished first.
      "$mod+k": (event) => {
        if (document.querySelector("dialog[open]")) return;
        event.preventDefault();
        setPalette(true);
      },
    };
    for (const page of PAGES) bindings[`g ${page.shortcut}`] = unless(() => navigate(page.path));
    onCleanup(tinykeys(window, bindings));
  });
  // Who cannot see that the page changed hears it: focus goes to the content.
  createEffect(on(() => location.pathname, () => main.focus(), { defer: true }));

  // On the board, what is typed is searched for at once, some ten times a second at most; everything else that it is filtered by stays.
  const isBoard = () => location.pathname === "/board";
  let typed: number | undefined;
  let searchedAt = 0;
  const search = (q: string) => {
    const query = new URLSearchParams(isBoard() ? location.search : "");
    if (q) query.set("q", q);
    else query.delete("q");
    searchedAt = performance.now();
    navigate(`/board?${query.toString()}`, { replace: isBoard(), scroll: false });
  };
  createEffect(() => {
    const q = isBoard() ? String(location.query["q"] ?? "") : "";
    if (document.activeElement !== find) find.value = q;
  });

  const title = () => PAGES.find((page) => location.pathname.startsWith(page.path));
  createEffect(() => {
    const page = title();
    document.title = page ? `${t(page.key)} · Docket` : "Docket";
  });

  const Link = (link: { page: Page }) => (
    <A href={link.page.path} class="place" activeClass="here" title={t(link.page.key)}>
      <link.page.icon size={18} aria-hidden={true} />
      <span>{t(link.page.key)}</span>
    </A>
  );
  return (
    <div class="shell">
      <a class="skip" href="#content" onClick={(event) => (event.preventDefault(), main.focus())}>
        {t("skip")}
      </a>
      <nav class="places" aria-label={t("navigation")}>
        <A href="/board" class="mark" aria-label="Docket">
          <img src="/console-icon.svg" alt="" width="26" height="26" />
          <span>Docket</span>
        </A>
        <For each={PAGES.filter((page) => page.first)}>{(page) => <Link page={page} />}</For>
        <div class="rest">
          <For each={PAGES.filter((page) => !page.first)}>{(page) => <Link page={page} />}</For>
        </div>
        <div class="more">
          <Menu label={t("more")} class="place" button={<Ellipsis size={18} aria-hidden="true" />}>
            <For each={PAGES.filter((page) => !page.first)}>{(page) => <MenuItem onSelect={() => navigate(page.path)}>{t(page.key)}</MenuItem>}</For>
          </Menu>
        </div>
      </nav>
      <header class="top">
        <form
          role="search"
          onSubmit={(event) => {
            event.preventDefault();
            window.clearTimeout(typed);
            if (isBoard()) main.querySelector<HTMLElement>('[role="grid"]')?.focus();
            search(find.value.trim());
          }}
        >
          <Search size={16} aria-hidden="true" />
          <input
            ref={find}
            type="search"
            aria-label={isNarrow() ? t("findShort") : t("find")}
            placeholder={isNarrow() ? t("findShort") : t("find")}
            onInput={() => {
              window.clearTimeout(typed);
              if (isBoard()) typed = window.setTimeout(() => search(find.value.trim()), searchedAt + 90 - performance.now());
            }}
          />
          <button type="button" class="anything wide-only" aria-label={t("anything")} title={t("anything")} onClick={() => setPalette(true)}>
            <kbd>Ctrl K</kbd>
          </button>
        </form>
        <LiveLight />
        <Show when={(session()?.accounts.length ?? 0) > 1}>
          <select class="input account" aria-label={t("account")} onChange={(event) => void switchAccount(event.currentTarget.value)}>
            <For each={session()?.accounts}>
              {(account) => (
                <option value={account.name} selected={account.name === session()?.account}>
                  {account.name}
                </option>
              )}
            </For>
          </select>
        </Show>
        <Menu label={t("theme")} class="button plain icon" button={<><Sun class="when-light" size={17} aria-hidden="true" /><Moon class="when-dark" size={17} aria-hidden="true" /></>}>
          <For each={[["system", t("asSystem")], ["light", t("light")], ["dark", t("dark")]] as const}>
            {([theme, label]) => (
              <MenuItem checked={(preferences().theme ?? "system") === theme} onSelect={() => prefer({ theme })}>
                {label}
              </MenuItem>
            )}
          </For>
        </Menu>
        <Menu label={t("user", { name: session()?.user.name, role: session()?.role })} class="button plain icon" button={<CircleUser size={19} aria-hidden="true" />}>
          <p class="who">
            <span class="strong">{session()?.user.name}</span>
            <span class="soft small">{t("inAccount", { role: session()?.role, account: session()?.account })}</span>
          </p>
          <For each={Object.entries(LANGUAGES)}>
            {([code, name]) => (
              <MenuItem checked={language() === code} onSelect={() => prefer({ language: code })}>
                {name}
              </MenuItem>
            )}
          </For>
          <hr />
          <MenuItem onSelect={() => navigate("/settings")}>
            <Settings size={15} aria-hidden="true" />
            {t("settings")}
          </MenuItem>
          <MenuItem onSelect={() => window.open("/docs", "_blank", "noopener")}>
            <BookOpen size={15} aria-hidden="true" />
            {t("docs")}
          </MenuItem>
          <MenuItem onSelect={() => window.open("/reference.html", "_blank", "noopener")}>
            <Code size={15} aria-hidden="true" />
            {t("reference")}
          </MenuItem>
          <MenuItem onSelect={() => setKeys(true)}>
            <Keyboard size={15} aria-hidden="true" />
            {t("keys")}
          </MenuItem>
          <MenuItem onSelect={() => void signOut()}>
            <LogOut size={15} aria-hidden="true" />
            {t("signOut")}
          </MenuItem>
        </Menu>
      </header>
      <main id="content" ref={main} tabindex="-1">
        <ErrorBoundary fallback={(error, reset) => <div class="page"><ErrorNotice error={error} onRetry={reset} /></div>}>
          <Suspense fallback={<div class="page"><Skeleton /></div>}>{props.children}</Suspense>
        </ErrorBoundary>
      </main>
      <Show when={palette()}>
        <Suspense>
          <Palette pageWord={(page) => t(page.key)} onKeys={() => setKeys(true)} onClose={() => setPalette(false)} />
        </Suspense>
      </Show>
      <Show when={keys()}>
        <Keys onClose={() => setKeys(false)} />
      </Show>
    </div>
  );
}
