import { A, useNavigate, useParams, useSearchParams } from "@solidjs/router";
import { createResource, createSignal, Match, Show, Switch } from "solid-js";
import { api, path, Problem } from "~/api/client";
import { onLiveSoon } from "~/api/live";
import { can } from "~/app/session";
import { define } from "~/i18n";
import { words } from "~/i18n/words";
import { Await, Badge, confirm, Empty, say, sayProblem, Tabs } from "~/ui";
import { ChevronLeft, RefreshCw } from "~/ui/icons";
import { DeliveryList } from "../deliveries/list";
import { ExchangeLog } from "../exchanges/log";
import { CredentialsDialog } from "./credentials";
import { HealthBadge } from "./health";
import { linkEvents } from "./index";
import { Overview } from "./overview";
import { Reconcile } from "./reconcile";
import { RemoveDialog } from "./remove";
import { SettingsTab } from "./settings";
import { linkTexts } from "./texts";
import type { Connection, Made } from "./types";
import "./links.css";

const texts = define({
  en: {
    tabs: "Parts of the connection", overview: "Overview", settings: "Settings", deliveries: "Deliveries", exchanges: "Exchanges", reconcile: "Reconcile", pull: "Pull now", pulled: "{name} is asked for news.", rotate: "Rotate credentials", rotateSure: "New credentials for {name}?",
    rotateText: "The old ones are worth nothing from then on: whoever calls with them is refused until it has the new ones.", enable: "Enable", disable: "Disable", disableSure: "Disable {name}?", disableText: "Nobody gets in with its credentials, and nothing is called. What is owed waits.", enabled: "{name} is enabled.", disabled: "{name} is disabled.",
    remove: "Remove",
  },
  nl: {
    tabs: "Onderdelen van de koppeling", overview: "Overzicht", settings: "Instellingen", deliveries: "Leveringen", exchanges: "Uitwisselingen", reconcile: "Vergelijken", pull: "Nu ophalen", pulled: "Bij {name} wordt naar nieuws gevraagd.", rotate: "Toegang vernieuwen", rotateSure: "Nieuwe toegangsgegevens voor {name}?",
    rotateText: "De oude zijn vanaf dan niets meer waard: wie ermee aanroept wordt geweigerd tot hij de nieuwe heeft.", enable: "Inschakelen", disable: "Uitschakelen", disableSure: "{name} uitschakelen?", disableText: "Niemand komt binnen met de toegangsgegevens en er wordt niets aangeroepen. Wat nog moet, wacht.", enabled: "{name} is ingeschakeld.", disabled: "{name} is uitgeschakeld.",
    remove: "Verwijderen",
  },
  es: {
    tabs: "Partes de la conexión", overview: "Resumen", settings: "Ajustes", deliveries: "Entregas", exchanges: "Intercambios", reconcile: "Conciliar", pull: "Consultar ahora", pulled: "Se consultan las novedades de {name}.", rotate: "Renovar credenciales", rotateSure: "¿Nuevas credenciales para {name}?",
    rotateText: "Las anteriores dejan de valer: quien llame con ellas será rechazado hasta que tenga las nuevas.", enable: "Activar", disable: "Desactivar", disableSure: "¿Desactivar {name}?", disableText: "Nadie entra con sus credenciales y no se llama a nada. Lo pendiente espera.", enabled: "{name} está activada.", disabled: "{name} está desactivada.",
    remove: "Eliminar",
  },
  ru: {
    tabs: "Разделы подключения", overview: "Обзор", settings: "Настройки", deliveries: "Доставка", exchanges: "Обмены", reconcile: "Сверка", pull: "Запросить сейчас", pulled: "У {name} запрашиваются новости.", rotate: "Сменить данные доступа", rotateSure: "Новые данные доступа для {name}?",
    rotateText: "Старые сразу перестанут действовать: с ними будет отказ, пока там не получат новые.", enable: "Включить", disable: "Отключить", disableSure: "Отключить {name}?", disableText: "Никто не войдёт с его данными доступа, и ничего не будет вызываться. Всё недоставленное подождёт.", enabled: "{name}: включено.", disabled: "{name}: отключено.",
    remove: "Удалить",
  },
});

const TABS = ["overview", "settings", "deliveries", "exchanges", "reconcile"] as const;
type Tab = (typeof TABS)[number];

function Actions(props: { of: Connection; onChange: () => void }) {
  const t = texts();
  const navigate = useNavigate();
  const [made, setMade] = createSignal<Made>();
  const [removing, setRemoving] = createSignal(false);
  const at = () => path`/v1/connections/${props.of.name}`;
  const name = () => props.of.name;
  const pull = () => api.post(`${at()}/pull`).then(() => say(t("pulled", { name: name() }), "good"), sayProblem);
  const able = async () => {
    const enabled = !props.of.enabled;
    if (!enabled && !(await confirm(t("disableSure", { name: name() }), { text: t("disableText"), yes: t("disable"), danger: true }))) return;
    await api.patch(at(), { enabled }).then(() => say(t(enabled ? "enabled" : "disabled", { name: name() }), "good"), sayProblem);
    props.onChange();
  };
  const rotate = async () => {
    if (!(await confirm(t("rotateSure", { name: name() }), { text: t("rotateText"), yes: t("rotate"), danger: true }))) return;
    await api.post<Made>(`${at()}/rotate`).then(setMade, sayProblem);
  };
  return (
    <>
      <Show when={props.of.role !== "serve" && can("dispatcher")}>
        <button type="button" class="button" onClick={() => void pull()}>
          <RefreshCw size={15} aria-hidden="true" />
          {t("pull")}
        </button>
      </Show>
      <Show when={can("integrator")}>
        <button type="button" class="button" onClick={() => void able()}>
          {t(props.of.enabled ? "disable" : "enable")}
        </button>
        <Show when={props.of.role !== "connect"}>
          <button type="button" class="button" onClick={() => void rotate()}>
            {t("rotate")}
          </button>
        </Show>
        <button type="button" class="button danger" onClick={() => setRemoving(true)}>
          {t("remove")}
        </button>
      </Show>
      <Show when={made()}>{(connection) => <CredentialsDialog connection={connection()} onClose={() => setMade(undefined)} />}</Show>
      <Show when={removing()}>
        <RemoveDialog name={name()} onClose={() => setRemoving(false)} onRemoved={() => navigate("/connections")} />
      </Show>
    </>
  );
}

function Shown(props: { of: Connection; onChange: () => void }) {
  const t = texts();
  const [params] = useSearchParams<{ tab: string }>();
  const navigate = useNavigate();
  const tabs = () =>
    TABS.filter((tab) => {
      if (tab === "deliveries" || tab === "reconcile") return props.of.role !== "serve";
      return tab === "overview" || can("integrator");
    });
  const tab = (): Tab => tabs().find((one) => one === params.tab) ?? "overview";
  // Filters of one tab are none of another's.
  const go = (to: Tab) => navigate(`/connections/${encodeURIComponent(props.of.name)}${to === "overview" ? "" : `?tab=${to}`}`, { replace: true, scroll: false });
  return (
    <>
      <header>
        <h1 class="row">
          {props.of.name}
          <Badge>{props.of.dialect}</Badge>
          <HealthBadge of={props.of} />
        </h1>
        <Actions of={props.of} onChange={props.onChange} />
      </header>
      <Tabs label={t("tabs")} value={tab()} tabs={tabs().map((one) => [one, t(one)] as const)} onChange={go} />
      <div role="tabpanel" class="tab-panel" aria-labelledby={`tab-${tab()}`}>
        <Switch>
          <Match when={tab() === "overview"}>
            <Overview of={props.of} />
          </Match>
          <Match when={tab() === "settings"}>
            <SettingsTab of={props.of} onSaved={props.onChange} />
          </Match>
          <Match when={tab() === "deliveries"}>
            <DeliveryList connection={props.of.name} />
          </Match>
          <Match when={tab() === "exchanges"}>
            <ExchangeLog connection={props.of.name} />
          </Match>
          <Match when={tab() === "reconcile"}>
            <Reconcile of={props.of} />
          </Match>
        </Switch>
      </div>
    </>
  );
}

export default function Page() {
  const l = linkTexts();
  const w = words();
  const params = useParams<{ name: string }>();
  const name = () => decodeURIComponent(params.name);
  const [connection, { refetch }] = createResource(name, (one) =>
    api.get<Connection>(path`/v1/connections/${one}`).catch((error: unknown) => {
      if (error instanceof Problem && error.status === 404) return null;
      throw error;
    }),
  );
  onLiveSoon(linkEvents(), () => true, () => void refetch(), 1500);
  return (
    <div class="page">
      <p>
        <A href="/connections" class="row">
          <ChevronLeft size={15} aria-hidden="true" />
          {l("all")}
        </A>
      </p>
      <Show when={connection.error || connection.latest !== null} fallback={<Empty action={<A class="button" href="/connections">{w("back")}</A>}>{l("missing")}</Empty>}>
        <Await of={connection} retry={() => void refetch()}>
          {(one) => <Shown of={one() as Connection} onChange={() => void refetch()} />}
        </Await>
      </Show>
    </div>
  );
}
