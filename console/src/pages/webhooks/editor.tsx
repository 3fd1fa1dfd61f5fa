import { createResource, createSignal, For, Show, Suspense } from "solid-js";
import { api, path } from "~/api/client";
import { words } from "~/i18n/words";
import { fromInput } from "~/i18n/zone";
import { Dialog, ErrorNotice, say, SelectField, TextField } from "~/ui";
import { errorsOf, lookAtWrong, memberOf } from "../connections/wrong";
import { hookTexts } from "./texts";
import type { Webhook, WithSecret } from "./types";

/** A new webhook, or another address, types and connection for one. */
export function WebhookDialog(props: { of?: Webhook; onClose: () => void; onDone: (webhook: Webhook | WithSecret) => void }) {
  const t = hookTexts();
  const w = words();
  let inside!: HTMLDivElement;
  const [name, setName] = createSignal(props.of?.name ?? "");
  const [url, setUrl] = createSignal(props.of?.url ?? "");
  const [description, setDescription] = createSignal(props.of?.description ?? "");
  const [connection, setConnection] = createSignal(props.of?.connection ?? "");
  const [since, setSince] = createSignal("");
  const [some, setSome] = createSignal(Boolean(props.of?.events.length));
  const [events, setEvents] = createSignal<ReadonlySet<string>>(new Set(props.of?.events));
  const [error, setError] = createSignal<unknown>();
  const [busy, setBusy] = createSignal(false);
  const [types] = createResource(() => api.get<{ types: string[] }>("/v1/webhook-types").then((all) => all.types));
  const [names] = createResource(() => api.get<{ connections: { name: string }[] }>("/v1/connections").then((all) => all.connections.map((one) => one.name)));
  const errors = () => errorsOf(error());
  const isShown = () => ["name", "url", "description", "connection", "since"].includes(memberOf(error()) ?? "");
  const toggle = (type: string) => {
    const next = new Set(events());
    if (!next.delete(type)) next.add(type);
    setEvents(next);
  };
  const save = async () => {
    setBusy(true);
    setError(undefined);
    const said = { url: url().trim(), events: some() ? [...events()] : [], connection: connection() || null, description: description().trim() || null };
    try {
      if (props.of) {
        props.onDone(await api.patch<Webhook>(path`/v1/webhooks/${props.of.name}`, said));
        say(t("saved", { name: name() }), "good");
      } else {
        const from = since() ? { since: fromInput(since()) } : {};
        props.onDone(await api.post<WithSecret>("/v1/webhooks", { name: name().trim(), ...said, ...from }));
      }
    } catch (wrong) {
      setError(wrong);
      lookAtWrong(inside);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      wide
      title={props.of ? t("edit", { name: props.of.name }) : t("add")}
      onClose={props.onClose}
      onSubmit={() => void save()}
      footer={
        <>
          <button type="button" class="button" onClick={props.onClose}>
            {w("cancel")}
          </button>
          <button type="submit" class="button primary" disabled={busy()}>
            {props.of ? w("save") : w("create")}
          </button>
        </>
      }
    >
      <div class="stack" ref={inside}>
        <Show when={error() && !isShown()}>
          <ErrorNotice error={error()} />
        </Show>
        <div class="form">
          <Show when={!props.of}>
            <TextField label={w("name")} hint={t("nameHint")} error={errors()["name"]} value={name()} onInput={setName} autocomplete="off" spellcheck={false} />
          </Show>
          <TextField label={t("url")} hint={t("urlHint")} error={errors()["url"]} inputmode="url" placeholder="https://" value={url()} onInput={setUrl} autocomplete="off" spellcheck={false} />
          <TextField label={t("description")} error={errors()["description"]} value={description()} onInput={setDescription} />
          <Suspense>
            <SelectField label={t("connection")} error={errors()["connection"]} value={connection()} options={[["", t("anyConnection")], ...(names() ?? []).map((one) => [one, one] as const)]} onChange={setConnection} />
          </Suspense>
          <Show when={!props.of}>
            <TextField label={t("since")} hint={t("sinceHint")} error={errors()["since"]} type="datetime-local" value={since()} onInput={setSince} />
          </Show>
        </div>
        <fieldset class="stack">
          <legend>{t("events")}</legend>
          <For each={[false, true]}>
            {(value) => (
              <label class="check">
                <input type="radio" name="types" checked={some() === value} onChange={() => setSome(value)} />
                {t(value ? "some" : "allEvents")}
              </label>
            )}
          </For>
          <Show when={some()}>
            <Suspense>
              <div class="types">
                <For each={types()}>
                  {(type) => (
                    <label class="check">
                      <input type="checkbox" checked={events().has(type)} onChange={() => toggle(type)} />
                      <span class="mono">{type}</span>
                    </label>
                  )}
                </For>
              </div>
            </Suspense>
          </Show>
        </fieldset>
      </div>
    </Dialog>
  );
}
