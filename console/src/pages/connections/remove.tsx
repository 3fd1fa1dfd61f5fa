import { createSignal } from "solid-js";
import { api, path } from "~/api/client";
import { define } from "~/i18n";
import { words } from "~/i18n/words";
import { Dialog, sayProblem, TextField } from "~/ui";

const texts = define({
  en: { title: "Remove {name}?", text: "Its credentials end, its deliveries and its place at the counterpart are forgotten. Its orders stay, with their history. This cannot be undone.", type: "Type {name} to remove it", remove: "Remove" },
  nl: { title: "{name} verwijderen?", text: "De toegangsgegevens vervallen, de leveringen en de stand bij de tegenpartij worden vergeten. De orders blijven, met hun geschiedenis. Dit kan niet ongedaan worden gemaakt.", type: "Typ {name} om te verwijderen", remove: "Verwijderen" },
  es: { title: "¿Eliminar {name}?", text: "Sus credenciales dejan de valer y se olvidan sus entregas y el punto alcanzado en el otro sistema. Sus órdenes se conservan, con su historial. No se puede deshacer.", type: "Escriba {name} para eliminarla", remove: "Eliminar" },
  ru: { title: "Удалить {name}?", text: "Данные доступа перестанут действовать, доставка и достигнутое место будут забыты. Заказы останутся вместе с историей. Отменить это нельзя.", type: "Введите {name}, чтобы удалить", remove: "Удалить" },
});

/** Removing is meant by who types the name. */
export function RemoveDialog(props: { name: string; onClose: () => void; onRemoved: () => void }) {
  const t = texts();
  const w = words();
  const [typed, setTyped] = createSignal("");
  const [busy, setBusy] = createSignal(false);
  const isMeant = () => typed().trim() === props.name;
  const remove = async () => {
    if (!isMeant()) return;
    setBusy(true);
    await api.delete(path`/v1/connections/${props.name}`).then(props.onRemoved, sayProblem);
    setBusy(false);
  };
  return (
    <Dialog
      title={t("title", { name: props.name })}
      onClose={props.onClose}
      onSubmit={() => void remove()}
      footer={
        <>
          <button type="button" class="button" onClick={props.onClose}>
            {w("cancel")}
          </button>
          <button type="submit" class="button danger" disabled={!isMeant() || busy()}>
            {t("remove")}
          </button>
        </>
      }
    >
      <p>{t("text")}</p>
      <TextField label={t("type", { name: props.name })} value={typed()} onInput={setTyped} autocomplete="off" spellcheck={false} />
    </Dialog>
  );
}
