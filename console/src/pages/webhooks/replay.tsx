import { createSignal } from "solid-js";
import { api, path } from "~/api/client";
import { define, moment } from "~/i18n";
import { words } from "~/i18n/words";
import { fromInput } from "~/i18n/zone";
import { Dialog, say, sayProblem, TextField } from "~/ui";
import { errorsOf } from "../connections/wrong";

const texts = define({
  en: { title: "Replay since a moment", text: "Everything that happened since is sent again, with the same message ids.", since: "Since", go: "Send again", done: "{name} gets everything since {when} again." },
  nl: { title: "Opnieuw sturen vanaf een moment", text: "Alles wat sindsdien gebeurde gaat opnieuw, met dezelfde bericht-id's.", since: "Sinds", go: "Opnieuw sturen", done: "{name} krijgt alles sinds {when} opnieuw." },
  es: { title: "Repetir desde un momento", text: "Se envía de nuevo todo lo ocurrido desde entonces, con los mismos identificadores.", since: "Desde", go: "Enviar de nuevo", done: "{name} recibe de nuevo todo desde {when}." },
  ru: { title: "Отправить заново с момента", text: "Всё, что произошло с тех пор, отправляется снова с теми же id сообщений.", since: "С", go: "Отправить заново", done: "{name}: заново отправляется всё с {when}." },
});

export function ReplayDialog(props: { name: string; onClose: () => void; onDone: () => void }) {
  const t = texts();
  const w = words();
  const [since, setSince] = createSignal("");
  const [error, setError] = createSignal<unknown>();
  const go = async () => {
    const at = fromInput(since());
    if (!at) return;
    try {
      await api.post(path`/v1/webhooks/${props.name}/replay`, { since: at });
      say(t("done", { name: props.name, when: moment(at) }), "good");
      props.onDone();
    } catch (wrong) {
      setError(wrong);
      if (!errorsOf(wrong)["since"]) sayProblem(wrong);
    }
  };
  return (
    <Dialog
      title={t("title")}
      onClose={props.onClose}
      onSubmit={() => void go()}
      footer={
        <>
          <button type="button" class="button" onClick={props.onClose}>
            {w("cancel")}
          </button>
          <button type="submit" class="button primary" disabled={!since()}>
            {t("go")}
          </button>
        </>
      }
    >
      <p>{t("text")}</p>
      <TextField label={t("since")} type="datetime-local" error={errorsOf(error())["since"]} value={since()} onInput={setSince} />
    </Dialog>
  );
}
