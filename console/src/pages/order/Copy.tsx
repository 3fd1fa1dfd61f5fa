import { useNavigate } from "@solidjs/router";
import { createSignal, Show } from "solid-js";
import { api, idempotencyKey } from "~/api/client";
import { define } from "~/i18n";
import { words } from "~/i18n/words";
import { Dialog, ErrorNotice, say, TextField } from "~/ui";
import { FIELDS, isEmpty, member, valueOf } from "./fields";
import { merge, useOrder } from "./model";
import type { Json, Order } from "./types";

const texts = define({
  en: { duplicate: "Duplicate the order", number: "Number of the copy", numberHint: "Numbers are seen by people; leave it empty for none", tasks: "With its tasks, not done", dates: "With its dates", who: "With who does it", made: "Copied", lead: "What it is about is copied; notes, photos and what was sent back are not.", remove: "Delete the order", removing: "{what} is gone for everybody then. Its history stays, and whoever it was handed to is told.", removed: "Deleted" },
  nl: { duplicate: "Order dupliceren", number: "Nummer van de kopie", numberHint: "Nummers zijn voor mensen; laat leeg voor geen nummer", tasks: "Met de taken, niet gedaan", dates: "Met de datums", who: "Met wie het doet", made: "Gekopieerd", lead: "Waar de order over gaat wordt gekopieerd; notities, foto's en wat is teruggestuurd niet.", remove: "Order verwijderen", removing: "{what} is dan weg voor iedereen. De geschiedenis blijft, en wie de order kreeg hoort het.", removed: "Verwijderd" },
  es: { duplicate: "Duplicar la orden", number: "Número de la copia", numberHint: "Los números son para las personas; déjelo vacío si no hay", tasks: "Con sus tareas, sin hacer", dates: "Con sus fechas", who: "Con quien la hace", made: "Copiada", lead: "Se copia de qué trata; no las notas, las fotos ni lo enviado desde el terreno.", remove: "Eliminar la orden", removing: "{what} desaparecerá para todos. Su historia permanece, y se avisa a quienes la recibieron.", removed: "Eliminada" },
  ru: { duplicate: "Дублировать заказ", number: "Номер копии", numberHint: "Номера видят люди; оставьте пустым, если он не нужен", tasks: "С задачами, невыполненными", dates: "С датами", who: "С исполнителем", made: "Скопировано", lead: "Копируется, о чём заказ; заметки, фото и присланное с места — нет.", remove: "Удалить заказ", removing: "{what} исчезнет для всех. История останется, а те, кому он был передан, узнают об этом.", removed: "Удалён" },
});

const DATES = ["due", "start", "window.from", "window.to", "client_due"];
const WHO = ["unit", "person", "crew"];
/** What became of the order, and what is of this order alone. */
const OWN = ["number", "outcome", "late", "eta", "distance_left_m", "next_at", "odometer_km", "completion_percent", "route.id", "route.position", "notice.sent", "client_status"];

/** The members of a copy: what the order is about. */
function copyOf(order: Order, options: { number: string; tasks: boolean; dates: boolean; who: boolean }): Record<string, Json> {
  const left = [...OWN, ...(options.dates ? [] : DATES), ...(options.who ? [] : WHO)];
  const isKept = (field: string) => !left.includes(field) && !/^(progress|result)\.|_at$/.test(field);
  const body: Record<string, Json> = {};
  for (const field of FIELDS.keys()) {
    const value = valueOf(order, field);
    if (isKept(field) && !isEmpty(value)) merge(body, member(field, value));
  }
  if (options.number) body["number"] = options.number;
  if (options.tasks && order.tasks.length) body["tasks"] = order.tasks.map((task) => ({ ...task, done: false })) as unknown as Json;
  return body;
}

export function DuplicateDialog(props: { onClose: () => void }) {
  const t = texts();
  const w = words();
  const order = useOrder();
  const navigate = useNavigate();
  const [number, setNumber] = createSignal("");
  const [tasks, setTasks] = createSignal(true);
  const [dates, setDates] = createSignal(false);
  const [who, setWho] = createSignal(false);
  const [error, setError] = createSignal<unknown>();
  const key = idempotencyKey();
  const send = async () => {
    setError(undefined);
    try {
      const body = copyOf(order.shown()!, { number: number().trim(), tasks: tasks(), dates: dates(), who: who() });
      const made = await api.post<Order>("/v1/orders", Object.keys(body).length ? body : { title: String(order.shown()!.serial) }, key);
      say(t("made"), "good");
      props.onClose();
      navigate(`/orders/${made.id}`);
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <Dialog
      title={t("duplicate")}
      onClose={props.onClose}
      onSubmit={() => void send()}
      footer={
        <>
          <button type="button" class="button" onClick={() => props.onClose()}>
            {w("cancel")}
          </button>
          <button type="submit" class="button primary">
            {t("duplicate")}
          </button>
        </>
      }
    >
      <p class="soft">{t("lead")}</p>
      <TextField label={t("number")} hint={t("numberHint")} value={number()} onInput={setNumber} autofocus />
      <label class="check">
        <input type="checkbox" checked={tasks()} onChange={(event) => setTasks(event.currentTarget.checked)} />
        {t("tasks")}
      </label>
      <label class="check">
        <input type="checkbox" checked={dates()} onChange={(event) => setDates(event.currentTarget.checked)} />
        {t("dates")}
      </label>
      <label class="check">
        <input type="checkbox" checked={who()} onChange={(event) => setWho(event.currentTarget.checked)} />
        {t("who")}
      </label>
      <Show when={error()}>
        <ErrorNotice error={error()} />
      </Show>
    </Dialog>
  );
}

export function RemoveDialog(props: { onClose: () => void }) {
  const t = texts();
  const w = words();
  const order = useOrder();
  const navigate = useNavigate();
  const [error, setError] = createSignal<unknown>();
  const what = () => order.now()?.number || order.now()?.title || `#${order.now()?.serial}`;
  const remove = async () => {
    setError(undefined);
    try {
      await api.delete(order.base());
      say(t("removed"), "good");
      props.onClose();
      navigate("/board");
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <Dialog
      title={t("remove")}
      onClose={props.onClose}
      onSubmit={() => void remove()}
      footer={
        <>
          <button type="button" class="button" onClick={() => props.onClose()}>
            {w("cancel")}
          </button>
          <button type="submit" class="button danger">
            {w("delete")}
          </button>
        </>
      }
    >
      <p>{t("removing", { what: what() })}</p>
      <Show when={error()}>
        <ErrorNotice error={error()} />
      </Show>
    </Dialog>
  );
}
