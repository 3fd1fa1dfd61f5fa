import { Show } from "solid-js";
import { moment } from "~/i18n";
import { CopyButton, Dialog } from "~/ui";
import { CircleAlert } from "~/ui/icons";
import { hookTexts } from "./texts";
import type { WithSecret } from "./types";
import "../connections/links.css";

/** What messages are signed with, shown once. */
export function SecretDialog(props: { webhook: WithSecret; onClose: () => void }) {
  const t = hookTexts();
  const verify = () => `from standardwebhooks import Webhook\n\nevent = Webhook("${props.webhook.secret}").verify(body, headers)`;
  return (
    <Dialog
      stays
      wide
      title={t("secretTitle", { name: props.webhook.name })}
      onClose={props.onClose}
      footer={
        <button type="button" class="button primary" onClick={props.onClose}>
          {t("kept")}
        </button>
      }
    >
      <div class="notice warn">
        <CircleAlert size={18} aria-hidden="true" />
        <p class="grow strong">{t("once")}</p>
      </div>
      <div class="secrets">
        <span class="soft">{t("secret")}</span>
        <code>{props.webhook.secret}</code>
        <CopyButton text={props.webhook.secret} />
      </div>
      <Show when={props.webhook.old_secret_until}>{(until) => <p>{t("oldUntil", { when: moment(until()) })}</p>}</Show>
      <h3>{t("verify")}</h3>
      <pre class="code" tabindex="0" role="group" aria-label={t("verify")}>
        {verify()}
      </pre>
    </Dialog>
  );
}
