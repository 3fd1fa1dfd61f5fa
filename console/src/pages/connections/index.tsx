import { A, useNavigate } from "@solidjs/router";
import { createResource, createSignal, For, Show } from "solid-js";
import type { Outline } from "../exchanges/types";
import { api } from "~/api/client";
import { onLive, onLiveSoon, type Kind } from "~/api/live";
import { can } from "~/app/session";
import { words } from "~/i18n/words";
import { Await, Badge, Empty, Time } from "~/ui";
import { isNarrow } from "~/ui/grid";
import { Plus } from "~/ui/icons";
import { CreateDialog } from "./create";
import { CredentialsDialog } from "./credentials";
import { BudgetBar, DeliveryCounts, HealthBadge } from "./health";
import { Places } from "./places";
import { linkTexts } from "./texts";
import type { Connection, Made } from "./types";
import "./links.css";

/** What says that it goes differently with a counterpart. */
export function linkEvents(): readonly Kind[] {
  return can("integrator") ? ["delivery", "exchange"] : ["delivery"];
}

/** Calls that come in while somebody looks, to who may read the wire log. */
const [heard, setHeard] = createSignal<Record<string, string>>({});

function listen(): void {
  if (!can("integrator")) return;
  onLive(["exchange"], (event) => {
    if (event.kind !== "exchange") return;
    const { connection, at } = event.data as Outline;
    if (connection) setHeard({ ...heard(), [connection]: at });
  });
}

/** The last call either way. */
const contact = (connection: Connection): string | undefined =>
  [connection.health?.last_contact, connection.last_call_at, heard()[connection.name]].flatMap((at) => at ?? []).sort((one, other) => Date.parse(other) - Date.parse(one))[0];

const href = (connection: Connection) => `/connections/${encodeURIComponent(connection.name)}`;

function LastError(props: { of: Connection }) {
  return (
    <Show when={props.of.health?.last_error} fallback={<span class="soft">–</span>}>
      {(error) => (
        <span class="small" title={error().text}>
          <span class="truncate last-error link-error" classList={{ now: (props.of.health?.failures ?? 0) > 0 }}>
            {error().text}
          </span>
          <span class="soft">
            <Time at={error().at} />
          </span>
        </span>
      )}
    </Show>
  );
}

function Table(props: { of: readonly Connection[] }) {
  const t = linkTexts();
  const w = words();
  return (
    <div class="card scroll">
      <table class="plain links-table">
        <thead>
          <tr>
            <For each={[w("name"), t("dialect"), t("role"), t("health"), t("contact"), t("error"), t("budget"), t("deliveries")]}>{(title) => <th scope="col">{title}</th>}</For>
          </tr>
        </thead>
        <tbody>
          <For each={props.of}>
            {(connection) => (
              <tr>
                <th scope="row">
                  <A class="link-name" href={href(connection)}>
                    {connection.name}
                  </A>
                </th>
                <td>{connection.dialect}</td>
                <td>{t(connection.role)}</td>
                <td>
                  <HealthBadge of={connection} />
                </td>
                <td>
                  <Time at={contact(connection)} />
                </td>
                <td>
                  <LastError of={connection} />
                </td>
                <td>
                  <BudgetBar of={connection.budget} />
                </td>
                <td>
                  <DeliveryCounts of={connection} synced />
                </td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </div>
  );
}

function Cards(props: { of: readonly Connection[] }) {
  const t = linkTexts();
  return (
    <div class="link-cards">
      <For each={props.of}>
        {(connection) => (
          <div class="card link-card">
            <div class="row">
              <A class="link-name grow" href={href(connection)}>
                {connection.name}
              </A>
              <HealthBadge of={connection} />
            </div>
            <div class="row small soft">
              <Badge>{connection.dialect}</Badge>
              <span class="grow">{t(connection.role)}</span>
              <Time at={contact(connection)} />
            </div>
            <Show when={connection.health?.last_error}>
              <LastError of={connection} />
            </Show>
            <Show when={connection.budget?.windows.length}>
              <BudgetBar of={connection.budget} />
            </Show>
            <Show when={connection.deliveries}>
              <DeliveryCounts of={connection} synced />
            </Show>
          </div>
        )}
      </For>
    </div>
  );
}

export default function Page() {
  const t = linkTexts();
  const navigate = useNavigate();
  const [creating, setCreating] = createSignal(false);
  const [made, setMade] = createSignal<Made>();
  const [connections, { refetch }] = createResource(() => api.get<{ connections: Connection[] }>("/v1/connections").then((all) => all.connections));
  onLiveSoon(linkEvents(), () => true, () => void refetch(), 1500);
  listen();
  const done = (connection: Made) => {
    setCreating(false);
    void refetch();
    if (Object.keys(connection.credentials).length) setMade(connection);
    else navigate(href(connection));
  };
  const add = () => (
    <Show when={can("integrator")}>
      <button type="button" class="button primary" onClick={() => setCreating(true)}>
        <Plus size={16} aria-hidden="true" />
        {t("add")}
      </button>
    </Show>
  );
  return (
    <div class="page">
      <header>
        <h1>{t("title")}</h1>
        {add()}
      </header>
      <Places here="connections" />
      <Await of={connections} retry={() => void refetch()}>
        {(all) => (
          <Show when={all().length} fallback={<Empty action={add()}>{t("none")}</Empty>}>
            <Show when={isNarrow()} fallback={<Table of={all()} />}>
              <Cards of={all()} />
            </Show>
          </Show>
        )}
      </Await>
      <Show when={creating()}>
        <CreateDialog onClose={() => setCreating(false)} onMade={done} />
      </Show>
      <Show when={made()}>
        {(connection) => (
          <CredentialsDialog
            connection={connection()}
            onClose={() => {
              const to = href(connection());
              setMade(undefined);
              navigate(to);
            }}
          />
        )}
      </Show>
    </div>
  );
}
