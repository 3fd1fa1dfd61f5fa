import { For, Show } from "solid-js";
import { define } from "~/i18n";
import { CopyButton, Dialog } from "~/ui";
import { CircleAlert } from "~/ui/icons";
import { snippet } from "./snippets";
import type { Made } from "./types";

const texts = define({
  en: {
    title: "Credentials of {name}", once: "This is the only time they are shown. Copy them now: only hashes are kept, nobody can show them again.", all: "Copy all as JSON", copyOne: "Copy {name}", try: "Try it", tryHint: "A first call, which only reads.", copy: "Copy command",
    done: "I have kept them",
  },
  nl: {
    title: "Toegangsgegevens van {name}", once: "Dit is de enige keer dat ze te zien zijn. Kopieer ze nu: alleen hashes worden bewaard, niemand kan ze nog eens tonen.", all: "Alles als JSON kopiëren", copyOne: "{name} kopiëren", try: "Uitproberen", tryHint: "Een eerste aanroep, die alleen leest.", copy: "Opdracht kopiëren",
    done: "Ik heb ze bewaard",
  },
  es: {
    title: "Credenciales de {name}", once: "Solo se muestran esta vez. Cópielas ahora: únicamente se guardan sus hashes y nadie puede volver a mostrarlas.", all: "Copiar todo como JSON", copyOne: "Copiar {name}", try: "Probar", tryHint: "Una primera llamada, que solo lee.", copy: "Copiar comando",
    done: "Las he guardado",
  },
  ru: {
    title: "Данные доступа: {name}", once: "Они показываются только сейчас. Скопируйте их: хранятся лишь хеши, показать их снова нельзя.", all: "Скопировать всё как JSON", copyOne: "Скопировать {name}", try: "Попробовать", tryHint: "Первый вызов, он только читает.", copy: "Скопировать команду",
    done: "Я их сохранил",
  },
});

/** What callers present, shown once. */
export function CredentialsDialog(props: { connection: Made; onClose: () => void }) {
  const t = texts();
  const command = () => snippet(props.connection.dialect, props.connection.credentials);
  return (
    <Dialog
      wide
      stays
      title={t("title", { name: props.connection.name })}
      onClose={props.onClose}
      footer={
        <>
          <CopyButton label={t("all")} text={() => JSON.stringify(props.connection.credentials, null, 2)} />
          <button type="button" class="button primary" onClick={props.onClose}>
            {t("done")}
          </button>
        </>
      }
    >
      <div class="notice warn">
        <CircleAlert size={18} aria-hidden="true" />
        <p class="grow strong">{t("once")}</p>
      </div>
      <div class="secrets">
        <For each={Object.entries(props.connection.credentials)}>
          {([name, value]) => (
            <>
              <span class="soft">{name}</span>
              <code>{value}</code>
              <CopyButton text={String(value)} named={t("copyOne", { name })} />
            </>
          )}
        </For>
      </div>
      <Show when={command()}>
        {(text) => (
          <section class="stack">
            <div class="row">
              <h3 class="grow">{t("try")}</h3>
              <CopyButton label={t("copy")} text={text()} />
            </div>
            <p class="soft small">{t("tryHint")}</p>
            <pre class="code" tabindex="0" role="group" aria-label={t("try")}>
              {text()}
            </pre>
          </section>
        )}
      </Show>
    </Dialog>
  );
}
