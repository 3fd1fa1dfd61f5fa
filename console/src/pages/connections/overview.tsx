import { A } from "@solidjs/router";
import { createMemo, createResource, For, Show, Suspense } from "solid-js";
import { api } from "~/api/client";
import { can } from "~/app/session";
import { define, duration } from "~/i18n";
import { words } from "~/i18n/words";
import { Facts, Time } from "~/ui";
import { StatusCode } from "../exchanges/status";
import type { Outline } from "../exchanges/types";
import { dialects } from "./create";
import { settingsFor } from "./form";
import { BudgetBars, DeliveryCounts, HealthBadge, healthText } from "./health";
import { linkTexts } from "./texts";
import type { Connection, Health } from "./types";

const texts = define({
  en: {
    address: "Address", about: "About", settings: "Set to", last: "Last exchange", success: "Last success", oldest: "Oldest that waits", pulled: "Last look for news", pulledText: "{seen} seen, {changed} changed{problems, plural, =0 {} one {, # problem} other {, # problems}}", compared: "Compared",
    secrets: "Kept secrets", poll: "Looks for news every", nothing: "Everything is as the vendor’s system has it by default.",
  },
  nl: {
    address: "Adres", about: "Over", settings: "Ingesteld op", last: "Laatste uitwisseling", success: "Laatste succes", oldest: "Oudste die wacht", pulled: "Laatst naar nieuws gevraagd", pulledText: "{seen} gezien, {changed} veranderd{problems, plural, =0 {} one {, # probleem} other {, # problemen}}", compared: "Vergeleken",
    secrets: "Bewaarde geheimen", poll: "Vraagt naar nieuws elke", nothing: "Alles staat op de standaard van de leverancier.",
  },
  es: {
    address: "Dirección", about: "Datos", settings: "Ajustado a", last: "Último intercambio", success: "Último éxito", oldest: "La más antigua en espera", pulled: "Última consulta de novedades", pulledText: "{seen} vistas, {changed} cambiadas{problems, plural, =0 {} one {, # problema} other {, # problemas}}", compared: "Conciliada",
    secrets: "Secretos guardados", poll: "Consulta novedades cada", nothing: "Todo está como lo tiene el proveedor por defecto.",
  },
  ru: {
    address: "Адрес", about: "Сведения", settings: "Настройки", last: "Последний обмен", success: "Последний успех", oldest: "Ждёт дольше всех", pulled: "Последний запрос новостей", pulledText: "{seen} просмотрено, {changed} изменено{problems, plural, =0 {} one {, # проблема} few {, # проблемы} many {, # проблем} other {, # проблемы}}", compared: "Сверка",
    secrets: "Сохранённые секреты", poll: "Запрашивает новости каждые", nothing: "Всё так, как у поставщика по умолчанию.",
  },
});

function HealthCard(props: { of: Connection; health: Health }) {
  const t = texts();
  const l = linkTexts();
  return (
    <section class="card">
      <header>
        <h2>{l("health")}</h2>
        <HealthBadge of={props.of} />
      </header>
      <div class="body stack">
        <Show when={healthText(props.of)}>{(text) => <p>{text()}</p>}</Show>
        <Show when={props.health.last_error}>
          {(error) => (
            <div class="notice" classList={{ danger: props.health.failures > 0 }}>
              <div class="grow">
                <p class="small">
                  {l("error")} · <Time at={error().at} />
                </p>
                <p>{error().text}</p>
              </div>
            </div>
          )}
        </Show>
        <Facts
          all
          of={[
            [l("contact"), <Time at={props.health.last_contact} />],
            [t("success"), <Time at={props.health.last_success} />],
            [t("pulled"), props.health.pulled ? <><Time at={props.health.pulled.at} /> <span class="soft">{t("pulledText", { ...props.health.pulled })}</span></> : null],
            [t("compared"), props.health.compared ? <Time at={props.health.compared.ended ?? props.health.compared.begun} /> : null],
          ]}
        />
      </div>
    </section>
  );
}

/** Of those that only answer, the wire log knows when they were last heard. */
function LastExchange(props: { of: Connection }) {
  const t = texts();
  const [last] = createResource(
    () => props.of.name,
    (connection) => api.get<{ exchanges: Outline[] }>("/v1/exchanges", { connection, limit: 1 }).then((page) => page.exchanges[0] ?? null),
  );
  return (
    <Suspense>
      <Show when={last.state === "ready" && last()}>
        {(one) => (
          <section class="card">
            <header>
              <h2>{t("last")}</h2>
              <StatusCode status={one().status} />
            </header>
            <div class="body row">
              <A class="grow truncate" href={`/exchanges/${one().id}`}>
                {one().operation}
              </A>
              <span class="soft">
                <Time at={one().at} />
              </span>
            </div>
          </section>
        )}
      </Show>
    </Suspense>
  );
}

export function Overview(props: { of: Connection }) {
  const t = texts();
  const l = linkTexts();
  const w = words();
  const [all] = createResource(dialects);
  const known = createMemo(() => settingsFor(all.latest?.find((one) => one.id === props.of.dialect), "both"));
  const settings = () => Object.entries(props.of.settings).filter(([name]) => name !== "url");
  const titleOf = (name: string) => known().find((setting) => setting.name === name)?.title ?? name;
  const valueOf = (value: string) => (value === "true" ? w("yes") : value === "false" ? w("no") : value || "–");
  return (
    <div class="both">
      <section class="card">
        <header>
          <h2>{t("about")}</h2>
        </header>
        <div class="body stack">
          <Facts
            of={[
              [l("dialect"), all.latest?.find((one) => one.id === props.of.dialect)?.title ?? props.of.dialect],
              [l("role"), `${l(props.of.role)}. ${l(`${props.of.role}Long`)}.`],
              [l("scope"), l(props.of.scope)],
              [t("address"), props.of.settings["url"] ? <span class="mono">{props.of.settings["url"]}</span> : null],
              [l("enabled"), props.of.enabled ? w("yes") : w("no")],
              [t("secrets"), props.of.secrets?.length ? <span class="mono">{props.of.secrets.join(", ")}</span> : null],
              [t("poll"), props.of.budget?.poll_s ? duration(props.of.budget.poll_s) : null],
              [l("created"), <Time at={props.of.created_at} exact />],
            ]}
          />
          <h3>{t("settings")}</h3>
          <Show when={settings().length} fallback={<p class="soft">{t("nothing")}</p>}>
            <dl class="facts set-to">
              <For each={settings()}>
                {([name, value]) => (
                  <>
                    <dt title={name}>{titleOf(name)}</dt>
                    <dd>{valueOf(value)}</dd>
                  </>
                )}
              </For>
            </dl>
          </Show>
        </div>
      </section>
      <div class="panel">
        <Show when={props.of.health}>{(health) => <HealthCard of={props.of} health={health()} />}</Show>
        <Show when={props.of.budget}>
          {(budget) => (
            <section class="card">
              <header>
                <h2>{l("budget")}</h2>
              </header>
              <div class="body">
                <BudgetBars of={budget()} />
              </div>
            </section>
          )}
        </Show>
        <Show when={props.of.deliveries}>
          {(deliveries) => (
            <section class="card">
              <header>
                <h2>{l("deliveries")}</h2>
              </header>
              <div class="body stack">
                <DeliveryCounts of={props.of} synced />
                <Show when={deliveries().oldest}>
                  {(oldest) => (
                    <p class="small soft">
                      {t("oldest")}: <Time at={oldest()} />
                    </p>
                  )}
                </Show>
              </div>
            </section>
          )}
        </Show>
        <Show when={can("integrator")}>
          <LastExchange of={props.of} />
        </Show>
      </div>
    </div>
  );
}
