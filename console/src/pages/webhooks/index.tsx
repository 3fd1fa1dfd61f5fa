import { A, useNavigate } from "@solidjs/router";
import { createResource, createSignal, For, Show } from "solid-js";
import { api } from "~/api/client";
import { onLiveSoon } from "~/api/live";
import { can } from "~/app/session";
import { number } from "~/i18n";
import { words } from "~/i18n/words";
import { Await, Empty, Time } from "~/ui";
import { Plus } from "~/ui/icons";
import { WebhookDialog } from "./editor";
import { SecretDialog } from "./secret";
import { hookTexts } from "./texts";
import { HookStatus } from "./status";
import type { Webhook, WithSecret } from "./types";
import "../connections/links.css";
import "./webhooks.css";

export const hookHref = (name: string) => `/webhooks/${encodeURIComponent(name)}`;

export default function Page() {
  const t = hookTexts();
  const w = words();
  const navigate = useNavigate();
  const [adding, setAdding] = createSignal(false);
  const [made, setMade] = createSignal<WithSecret>();
  const [webhooks, { refetch }] = createResource(() => api.get<{ webhooks: Webhook[] }>("/v1/webhooks").then((all) => all.webhooks));
  // Each change is a message; how it went is known a little later.
  onLiveSoon(["entry"], () => true, () => void refetch(), 2000);
  const add = () => (
    <Show when={can("integrator")}>
      <button type="button" class="button primary" onClick={() => setAdding(true)}>
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
      <Await of={webhooks} retry={() => void refetch()}>
        {(all) => (
          <Show when={all().length} fallback={<Empty action={add()}>{t("none")}</Empty>}>
            <div class="card scroll">
              <table class="plain stacks">
                <thead>
                  <tr>
                    <For each={[w("name"), t("status"), t("url"), t("events"), t("waiting"), t("failed"), t("success"), t("error")]}>{(title) => <th scope="col">{title}</th>}</For>
                  </tr>
                </thead>
                <tbody>
                  <For each={all()}>
                    {(one) => (
                      <tr>
                        <th scope="row">
                          <A href={hookHref(one.name)}>{one.name}</A>
                          <Show when={one.description}>{(text) => <p class="small soft hook-text">{text()}</p>}</Show>
                        </th>
                        <td data-label={t("status")}>
                          <HookStatus of={one} />
                        </td>
                        <td class="small" data-label={t("url")}><span class="mono">{one.url}</span></td>
                        <td class="small" data-label={t("events")}>
                          <Show when={one.events.length} fallback={<span class="soft">{t("allEvents")}</span>}>
                            <span class="mono">{one.events.join(", ")}</span>
                          </Show>
                        </td>
                        <td class="number" data-label={t("waiting")}>{number(one.waiting)}</td>
                        <td class="number" data-label={t("failed")}>{number(one.failed)}</td>
                        <td data-label={t("success")}>
                          <Time at={one.last_success} />
                        </td>
                        <td class="wrong small" data-label={t("error")}>{one.failures ? one.last_error : "–"}</td>
                      </tr>
                    )}
                  </For>
                </tbody>
              </table>
            </div>
          </Show>
        )}
      </Await>
      <Show when={adding()}>
        <WebhookDialog
          onClose={() => setAdding(false)}
          onDone={(webhook) => {
            setAdding(false);
            setMade(webhook as WithSecret);
            void refetch();
          }}
        />
      </Show>
      <Show when={made()}>
        {(webhook) => (
          <SecretDialog
            webhook={webhook()}
            onClose={() => {
              const { name } = webhook();
              setMade(undefined);
              navigate(hookHref(name));
            }}
          />
        )}
      </Show>
    </div>
  );
}
