import { createMemo, createResource, createSignal, For, Show } from "solid-js";
import { api } from "~/api/client";
import { define } from "~/i18n";
import { statusWord } from "~/i18n/words";
import "./crosswalk.css";
import { Await, Badge, StatusBadge, Tabs } from "~/ui";

interface Crosswalk {
  id: string;
  title: string;
  page: string;
  statuses: { state: string; shown: string; read: string[]; note: string }[];
  fields: { field: string; member: string; note: string }[];
  operations: { name: string; served: boolean; reason?: string }[];
}

const texts = define({
  en: {
    title: "Crosswalk", about: "How each order API maps to the ledger, from the very tables that the hub works with.", side: "All, side by side", statuses: "Statuses", fields: "Fields",
    operations: "Operations", state: "Ledger", shown: "Shown as", read: "Read from", note: "Note", field: "Field", member: "Member", operation: "Operation", served: "Served", yes: "Yes", find: "Find a word", page: "Vendor's page:",
  },
  nl: {
    title: "Vertaaltabel", about: "Hoe elke order-API op het grootboek aansluit, uit de tabellen waarmee de hub zelf werkt.", side: "Alle naast elkaar", statuses: "Statussen", fields: "Velden",
    operations: "Bewerkingen", state: "Grootboek", shown: "Getoond als", read: "Gelezen uit", note: "Opmerking", field: "Veld", member: "Element", operation: "Bewerking", served: "Bediend", yes: "Ja", find: "Zoek een woord", page: "Pagina van de leverancier:",
  },
  es: {
    title: "Equivalencias", about: "Cómo se corresponde cada API de órdenes con el libro mayor, según las mismas tablas que usa el hub.", side: "Todas, lado a lado", statuses: "Estados", fields: "Campos",
    operations: "Operaciones", state: "Libro mayor", shown: "Se muestra como", read: "Se lee de", note: "Nota", field: "Campo", member: "Miembro", operation: "Operación", served: "Atendida", yes: "Sí", find: "Buscar una palabra", page: "Página del proveedor:",
  },
  ru: {
    title: "Соответствия", about: "Как каждый API заказов соотносится с журналом — по тем же таблицам, по которым работает хаб.", side: "Все рядом", statuses: "Статусы", fields: "Поля",
    operations: "Операции", state: "Журнал", shown: "Показывается как", read: "Читается из", note: "Примечание", field: "Поле", member: "Элемент", operation: "Операция", served: "Обслуживается", yes: "Да", find: "Найти слово", page: "Страница поставщика:",
  },
});

/** Whether one of these has what is looked for. */
const has = (find: string, ...words: (string | undefined)[]) => words.join(" ").toLowerCase().includes(find.trim().toLowerCase());

/** One status per line, one dialect per column. */
function SideBySide(props: { all: Crosswalk[]; find: string }) {
  const t = texts();
  const shown = (one: Crosswalk, state: string) => one.statuses.filter((row) => row.state === state).map((row) => row.shown).join(" / ");
  const states = createMemo(() => {
    const all = [...new Set(props.all.flatMap((one) => one.statuses.map((row) => row.state)))];
    return all.filter((state) => has(props.find, state, statusWord(state), ...props.all.map((one) => shown(one, state))));
  });
  return (
    <section class="card scroll" aria-label={t("side")} tabindex="0">
      <table class="plain side-by-side">
        <thead>
          <tr>
            <th scope="col">{t("state")}</th>
            <For each={props.all}>{(one) => <th scope="col">{one.title}</th>}</For>
          </tr>
        </thead>
        <tbody>
          <For each={states()}>
            {(state) => (
              <tr>
                <th scope="row">
                  <StatusBadge status={state} />
                </th>
                <For each={props.all}>{(one) => <td class="mono">{shown(one, state) || "–"}</td>}</For>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </section>
  );
}

function One(props: { of: Crosswalk; find: string }) {
  const t = texts();
  return (
    <>
      <p class="soft">
        {t("page")}{" "}
        <a href={props.of.page} target="_blank" rel="noopener noreferrer">
          {props.of.page}
        </a>
      </p>
      <section class="card scroll" aria-label={t("statuses")} tabindex="0">
        <header>
          <h2>{t("statuses")}</h2>
        </header>
        <table class="plain stacks">
          <thead>
            <tr>
              <For each={[t("state"), t("shown"), t("read"), t("note")]}>{(title) => <th scope="col">{title}</th>}</For>
            </tr>
          </thead>
          <tbody>
            <For each={props.of.statuses.filter((row) => has(props.find, row.state, statusWord(row.state), row.shown, row.note, ...row.read))}>
              {(row) => (
                <tr>
                  <td>
                    <StatusBadge status={row.state} />
                  </td>
                  <td data-label={t("shown")}><span class="mono">{row.shown}</span></td>
                  <td data-label={t("read")}><span class="mono">{row.read.join(", ") || "–"}</span></td>
                  <td class="soft" data-label={t("note")}>{row.note}</td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </section>
      <section class="card scroll" aria-label={t("fields")} tabindex="0">
        <header>
          <h2>{t("fields")}</h2>
        </header>
        <table class="plain stacks">
          <thead>
            <tr>
              <For each={[t("field"), t("member"), t("note")]}>{(title) => <th scope="col">{title}</th>}</For>
            </tr>
          </thead>
          <tbody>
            <For each={props.of.fields.filter((row) => has(props.find, row.field, row.member, row.note))}>
              {(row) => (
                <tr>
                  <td class="mono strong">{row.field}</td>
                  <td data-label={t("member")}><span class="mono">{row.member}</span></td>
                  <td class="soft" data-label={t("note")}>{row.note}</td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </section>
      <section class="card scroll" aria-label={t("operations")} tabindex="0">
        <header>
          <h2>{t("operations")}</h2>
        </header>
        <table class="plain stacks">
          <thead>
            <tr>
              <For each={[t("operation"), t("served")]}>{(title) => <th scope="col">{title}</th>}</For>
            </tr>
          </thead>
          <tbody>
            <For each={props.of.operations.filter((row) => has(props.find, row.name, row.reason))}>
              {(row) => (
                <tr>
                  <td class="mono">{row.name}</td>
                  <td>
                    <Show when={row.served} fallback={<span class="soft">{row.reason}</span>}>
                      <Badge tone="good">{t("yes")}</Badge>
                    </Show>
                  </td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </section>
    </>
  );
}

/** How each dialect's words map to the ledger's. */
export default function CrosswalkPage() {
  const t = texts();
  const [all] = createResource(() => api.get<{ dialects: Crosswalk[] }>("/v1/crosswalk"));
  const [chosen, setChosen] = createSignal("");
  const [find, setFind] = createSignal("");
  return (
    <div class="page">
      <header>
        <h1>{t("title")}</h1>
        <input type="search" class="input narrow-input" aria-label={t("find")} placeholder={t("find")} value={find()} onInput={(event) => setFind(event.currentTarget.value)} />
      </header>
      <p class="soft">{t("about")}</p>
      <Await of={all}>
        {(all) => (
          <>
            <Tabs label={t("title")} value={chosen()} tabs={[["", t("side")], ...all().dialects.map((one) => [one.id, one.title] as const)]} onChange={setChosen} />
            <div class="stack" role="tabpanel" aria-labelledby={`tab-${chosen()}`}>
              <Show when={all().dialects.find((one) => one.id === chosen())} fallback={<SideBySide all={all().dialects} find={find()} />}>
                {(one) => <One of={one()} find={find()} />}
              </Show>
            </div>
          </>
        )}
      </Await>
    </div>
  );
}
