/** Everything by a few letters: pages, what can be done from anywhere, and orders. */

import { useNavigate } from "@solidjs/router";
import { createEffect, createMemo, createSignal, createUniqueId, For, on, onCleanup, onMount, Show, type Component } from "solid-js";
import { Dynamic } from "solid-js/web";
import { api } from "~/api/client";
import { define, LANGUAGES } from "~/i18n";
import { words } from "~/i18n/words";
import { StatusBadge } from "~/ui";
import { ArrowLeftRight, BookOpen, Code, Keyboard, Languages, LogOut, Moon, Plus, Search, Sun } from "~/ui/icons";
import { PAGES, type Page } from "./routes";
import { can, prefer, session, signOut, switchAccount } from "./session";

const texts = define({
  en: { title: "Go anywhere, do anything", hint: "A page, an action, or an order’s number, address or customer", none: "Nothing is called so.", page: "Page", action: "Action", order: "Order", newOrder: "New order", light: "Light colours", dark: "Dark colours", system: "Colours of the system", language: "Language: {name}", account: "Account: {name}", keys: "Keyboard", docs: "Documentation", reference: "API reference", signOut: "Sign out", searchBoard: "Find “{text}” on the board" },
  nl: { title: "Overal heen, alles doen", hint: "Een pagina, een actie, of nummer, adres of klant van een order", none: "Niets heet zo.", page: "Pagina", action: "Actie", order: "Order", newOrder: "Nieuwe order", light: "Lichte kleuren", dark: "Donkere kleuren", system: "Kleuren van het systeem", language: "Taal: {name}", account: "Account: {name}", keys: "Toetsenbord", docs: "Documentatie", reference: "API-referentie", signOut: "Afmelden", searchBoard: "Zoek “{text}” op het bord" },
  es: { title: "Ir a cualquier sitio, hacer cualquier cosa", hint: "Una página, una acción, o el número, la dirección o el cliente de una orden", none: "Nada se llama así.", page: "Página", action: "Acción", order: "Orden", newOrder: "Nueva orden", light: "Colores claros", dark: "Colores oscuros", system: "Colores del sistema", language: "Idioma: {name}", account: "Cuenta: {name}", keys: "Teclado", docs: "Documentación", reference: "Referencia de la API", signOut: "Cerrar sesión", searchBoard: "Buscar «{text}» en el tablero" },
  ru: { title: "Перейти куда угодно, сделать что угодно", hint: "Страница, действие либо номер, адрес или клиент заказа", none: "Ничего с таким названием нет.", page: "Страница", action: "Действие", order: "Заказ", newOrder: "Новый заказ", light: "Светлая тема", dark: "Тёмная тема", system: "Тема как в системе", language: "Язык: {name}", account: "Аккаунт: {name}", keys: "Клавиатура", docs: "Документация", reference: "Справочник API", signOut: "Выйти", searchBoard: "Искать «{text}» на доске" },
});

interface Row {
  id: string;
  serial: number;
  number: string | null;
  title: string | null;
  address: string | null;
  city: string | null;
  status: string;
}

interface Choice {
  kind: "page" | "action" | "order";
  text: string;
  more?: string;
  status?: string;
  icon?: Component<{ size?: number; "aria-hidden"?: boolean }>;
  act: () => void;
}

/** Orders that are found by what is typed, soon after it is typed. */
function createFound(text: () => string) {
  const [found, setFound] = createSignal<readonly Row[]>([]);
  let asked = new AbortController();
  createEffect(
    on(text, (q) => {
      asked.abort();
      asked = new AbortController();
      const { signal } = asked;
      if (q.length < 2) return void setFound([]);
      const timer = window.setTimeout(() => {
        api.get<{ orders: Row[] }>("/v1/orders", { q, view: "row", limit: 6 }, signal).then(({ orders }) => setFound(orders), () => {});
      }, 120);
      signal.addEventListener("abort", () => window.clearTimeout(timer));
    }),
  );
  onCleanup(() => asked.abort());
  return found;
}

/** `Ctrl K`: a list that follows what is typed. */
export default function Palette(props: { pageWord: (page: Page) => string; onKeys: () => void; onClose: () => void }) {
  const t = texts();
  const w = words();
  const id = createUniqueId();
  const navigate = useNavigate();
  const [typed, setTyped] = createSignal("");
  const text = createMemo(() => typed().trim());
  const [at, setAt] = createSignal(0);
  const found = createFound(text);
  let dialog!: HTMLDialogElement;
  let list!: HTMLUListElement;
  let chosen: (() => void) | undefined;
  onMount(() => dialog.showModal());

  const always = createMemo((): Choice[] => [
    ...PAGES.map((page): Choice => ({ kind: "page", text: props.pageWord(page), icon: page.icon, act: () => navigate(page.path) })),
    ...(can("dispatcher") ? [{ kind: "action", text: t("newOrder"), icon: Plus, act: () => navigate("/board?new=order") } as Choice] : []),
    { kind: "action", text: t("light"), icon: Sun, act: () => prefer({ theme: "light" }) },
    { kind: "action", text: t("dark"), icon: Moon, act: () => prefer({ theme: "dark" }) },
    { kind: "action", text: t("system"), icon: Sun, act: () => prefer({ theme: "system" }) },
    ...Object.entries(LANGUAGES).map(([code, name]): Choice => ({ kind: "action", text: t("language", { name }), icon: Languages, act: () => prefer({ language: code }) })),
    ...(session()?.accounts ?? []).filter((one) => one.name !== session()?.account).map((one): Choice => ({ kind: "action", text: t("account", { name: one.name }), icon: ArrowLeftRight, act: () => void switchAccount(one.name) })),
    { kind: "action", text: t("keys"), icon: Keyboard, act: props.onKeys },
    { kind: "action", text: t("docs"), icon: BookOpen, act: () => window.open("/docs", "_blank", "noopener") },
    { kind: "action", text: t("reference"), icon: Code, act: () => window.open("/reference.html", "_blank", "noopener") },
    { kind: "action", text: t("signOut"), icon: LogOut, act: () => void signOut() },
  ]);
  const choices = createMemo((): Choice[] => {
    const parts = text().toLowerCase().split(/\s+/).filter(Boolean);
    const fits = always().filter((one) => parts.every((part) => one.text.toLowerCase().includes(part)));
    const orders = found().map((row): Choice => ({
      kind: "order", text: row.number || `#${row.serial}`, more: [row.title, row.address, row.city].filter(Boolean).join(", "), status: row.status, act: () => navigate(`/orders/${row.id}`),
    }));
    const search: Choice[] = text() ? [{ kind: "order", text: t("searchBoard", { text: text() }), icon: Search, act: () => navigate(`/board?q=${encodeURIComponent(text())}`) }] : [];
    return [...fits, ...orders, ...search];
  });
  createEffect(on(text, () => setAt(0)));
  const go = (to: number) => {
    setAt((to + choices().length) % choices().length);
    list.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  };
  // Done once the dialog is gone, so that focus is where it was before.
  const choose = (one: Choice | undefined) => {
    if (!one) return;
    chosen = one.act;
    dialog.close();
  };
  const keys = (event: KeyboardEvent) => {
    const steps: Record<string, () => void> = { ArrowDown: () => go(at() + 1), ArrowUp: () => go(at() - 1), Enter: () => choose(choices()[at()]) };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    step();
  };
  return (
    <dialog
      ref={dialog}
      class="dialog palette"
      aria-label={t("title")}
      onClose={() => {
        props.onClose();
        chosen?.();
      }}
      onMouseDown={(event) => event.target === dialog && dialog.close()}
    >
      <div class="palette-find">
        <Search size={17} aria-hidden="true" />
        <input
          type="text"
          role="combobox"
          autofocus
          autocomplete="off"
          spellcheck={false}
          aria-label={t("hint")}
          placeholder={t("hint")}
          aria-expanded="true"
          aria-autocomplete="list"
          aria-controls={`${id}-list`}
          aria-activedescendant={choices().length ? `${id}-${at()}` : undefined}
          value={typed()}
          onInput={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={keys}
        />
        <button type="button" class="button plain small" aria-label={w("close")} onClick={() => dialog.close()}>
          <kbd>Esc</kbd>
        </button>
      </div>
      <ul ref={list} id={`${id}-list`} role="listbox" aria-label={t("title")}>
        <For each={choices()}>
          {(one, index) => (
            <li id={`${id}-${index()}`} role="option" aria-selected={index() === at()} onMouseMove={() => setAt(index())} onClick={() => choose(one)}>
              <Show when={one.icon}>{(icon) => <Dynamic component={icon()} size={16} aria-hidden={true} />}</Show>
              <span class="truncate strong">{one.text}</span>
              <span class="truncate soft small grow">{one.more}</span>
              <Show when={one.status} fallback={<span class="soft small">{t(one.kind)}</span>}>{(status) => <StatusBadge status={status()} />}</Show>
            </li>
          )}
        </For>
      </ul>
      <Show when={!choices().length}>
        <p class="empty">{t("none")}</p>
      </Show>
    </dialog>
  );
}
