import { A } from "@solidjs/router";
import { For, Show } from "solid-js";
import { Badge, Time } from "~/ui";
import { wireTexts } from "./texts";
import type { Change, Entry, Refusal } from "./types";

/** A value of the ledger as text. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function Changes(props: { of: readonly Change[] }) {
  const t = wireTexts();
  return (
    <Show when={props.of.length}>
      <div class="scroll">
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">{t("field")}</th>
              <th scope="col">{t("before")}</th>
              <th scope="col">{t("after")}</th>
            </tr>
          </thead>
          <tbody>
            <For each={props.of}>
              {(change) => (
                <tr>
                  <td class="strong">{change.field}</td>
                  <td class="value soft">{valueText(change.from)}</td>
                  <td class="value">{valueText(change.to)}</td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </div>
    </Show>
  );
}

export function Refusals(props: { of: readonly Refusal[] }) {
  const t = wireTexts();
  return (
    <Show when={props.of.length}>
      <div class="scroll">
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">{t("refused")}</th>
              <th scope="col">{t("offered")}</th>
              <th scope="col">{t("rule")}</th>
            </tr>
          </thead>
          <tbody>
            <For each={props.of}>
              {(refusal) => (
                <tr>
                  <td class="strong">{refusal.field}</td>
                  <td class="value">{valueText(refusal.offered)}</td>
                  <td>
                    <Badge tone="danger">{refusal.rule}</Badge>
                  </td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </div>
    </Show>
  );
}

/** What the journal has because of an exchange. */
export function Entries(props: { of: readonly Entry[] }) {
  const t = wireTexts();
  return (
    <Show when={props.of.length} fallback={<p class="soft">{t("changedNothing")}</p>}>
      <For each={props.of}>
        {(entry) => (
          <div class="entry">
            <div class="row">
              <Badge tone="accent">{entry.verb}</Badge>
              <A href={`/orders/${entry.order}`}>
                {t("order")} {entry.serial}
              </A>
              <span class="soft">{t("by", { actor: entry.actor })}</span>
              <span class="soft small">
                <Time at={entry.at} />
              </span>
              <span class="soft small number">#{entry.seq}</span>
            </div>
            <Changes of={entry.changes} />
            <Refusals of={entry.refused} />
            <For each={entry.advisories ?? []}>{(advisory) => <p class="small soft">{valueText(advisory)}</p>}</For>
          </div>
        )}
      </For>
    </Show>
  );
}
