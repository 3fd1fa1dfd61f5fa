import { createMemo, createSignal, createUniqueId, For, Show } from "solid-js";
import { CopyButton } from "~/ui";
import { form, header, setOut, target, type Part } from "./pretty";
import { wireTexts } from "./texts";
import type { Message } from "./types";

function Parts(props: { of: readonly Part[] }) {
  return (
    <div class="wire-parts">
      <For each={props.of}>
        {(part) => (
          <div>
            <Show when={part.name}>
              <h4>{part.name}</h4>
            </Show>
            <pre class="code" tabindex="0" aria-label={part.name || undefined} role={part.name ? "group" : undefined}>
              {part.text}
            </pre>
          </div>
        )}
      </For>
    </div>
  );
}

function Headers(props: { text: string }) {
  const t = wireTexts();
  const lines = () => props.text.split("\n").filter((line) => line.trim());
  return (
    <details>
      <summary>
        {t("headers")} <span class="soft">{lines().length}</span>
      </summary>
      <Show when={lines().length} fallback={<p class="soft">{t("noHeaders")}</p>}>
        <dl class="wire-headers">
          <For each={lines()}>
            {(line) => (
              <>
                <dt>{line.slice(0, line.indexOf(":"))}</dt>
                <dd>{line.slice(line.indexOf(":") + 1).trim()}</dd>
              </>
            )}
          </For>
        </dl>
      </Show>
    </details>
  );
}

/** A request or a response: set out, or as it was on the wire. */
export function MessageCard(props: { title: string; message: Message; line?: string }) {
  const t = wireTexts();
  const id = createUniqueId();
  const [raw, setRaw] = createSignal(false);
  const parts = createMemo(() => setOut(props.message.body, header(props.message.headers, "content-type")));
  const query = () => (props.line ? form(target(props.line).query) : []);
  return (
    <section class="card" aria-labelledby={id}>
      <header>
        <h2 id={id}>{props.title}</h2>
        <Show when={parts() || query().length}>
          <div class="row" role="group" aria-label={t("body")}>
            <button type="button" class="button small" classList={{ plain: raw() }} aria-pressed={!raw()} onClick={() => setRaw(false)}>
              {t("pretty")}
            </button>
            <button type="button" class="button small" classList={{ plain: !raw() }} aria-pressed={raw()} onClick={() => setRaw(true)}>
              {t("raw")}
            </button>
          </div>
        </Show>
        <Show when={props.message.body}>
          <CopyButton text={() => props.message.body} />
        </Show>
      </header>
      <div class="body stack">
        <Show when={props.line}>{(line) => <p class="wire-line">{line()}</p>}</Show>
        <Show when={!raw() && query().length}>
          <details>
            <summary>{t("query")}</summary>
            <Parts of={query()} />
          </details>
        </Show>
        <Headers text={props.message.headers} />
        <Show when={props.message.body} fallback={<p class="soft">{t("noBody")}</p>}>
          <Show when={!raw() && parts()} fallback={<pre class="code" tabindex="0" aria-label={t("body")} role="group">{props.message.body}</pre>}>
            {(all) => <Parts of={all()} />}
          </Show>
        </Show>
      </div>
    </section>
  );
}
