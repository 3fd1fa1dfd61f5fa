import { Show } from "solid-js";
import { define } from "~/i18n";
import { Facts, Time } from "~/ui";
import { shortActor } from "./Authority";
import { useOrder, type Conflict } from "./model";
import type { Json } from "./types";
import { worded } from "./values";

const texts = define({
  en: { title: "Somebody else changed this while you were editing", by: "{who} wrote it", before: "Before", theirs: "Theirs", yours: "Yours", keepTheirs: "Keep theirs", saveMine: "Save mine", back: "Go on editing", nothing: "nothing" },
  nl: { title: "Iemand anders heeft dit gewijzigd terwijl u bezig was", by: "{who} schreef het", before: "Eerst", theirs: "Van de ander", yours: "Van u", keepTheirs: "Die van de ander houden", saveMine: "Die van mij opslaan", back: "Verder bewerken", nothing: "niets" },
  es: { title: "Otra persona lo ha cambiado mientras usted editaba", by: "Lo escribió {who}", before: "Antes", theirs: "Lo suyo", yours: "Lo de usted", keepTheirs: "Conservar lo suyo", saveMine: "Guardar lo mío", back: "Seguir editando", nothing: "nada" },
  ru: { title: "Пока вы редактировали, это поле изменили", by: "Записано: {who}", before: "Было", theirs: "У них", yours: "У вас", keepTheirs: "Оставить их вариант", saveMine: "Сохранить мой", back: "Продолжить правку", nothing: "пусто" },
});

/** Two people wrote the same field: both texts, and a choice without hurry. Nothing is lost until it is made. */
export function Conflicted(props: { of: Conflict; busy: boolean; onMine: (value: Json) => void; onTheirs: () => void; onBack: () => void }) {
  const t = texts();
  const order = useOrder();
  const text = (value: Json) => worded(props.of.field, value, order.names()) || t("nothing");
  return (
    <div class="conflict" role="alertdialog" aria-label={t("title")}>
      <p class="strong">{t("title")}</p>
      <Show when={props.of.by}>
        {(by) => (
          <p class="soft">
            {t("by", { who: shortActor(by().actor) })}, <Time at={by().at} />
          </p>
        )}
      </Show>
      <Facts of={[[t("before"), text(props.of.before)], [t("theirs"), text(props.of.theirs)], [t("yours"), text(props.of.yours)]]} />
      <div class="row">
        <button ref={(button) => queueMicrotask(() => button.focus())} type="button" class="button small" onClick={() => props.onTheirs()}>
          {t("keepTheirs")}
        </button>
        <button type="button" class="button primary small" disabled={props.busy} onClick={() => props.onMine(props.of.yours)}>
          {t("saveMine")}
        </button>
        <button type="button" class="button plain small" onClick={() => props.onBack()}>
          {t("back")}
        </button>
      </div>
    </div>
  );
}
