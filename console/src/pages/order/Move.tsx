import { createSignal, Show } from "solid-js";
import { define } from "~/i18n";
import { words } from "~/i18n/words";
import { Dialog, ErrorNotice, say, SelectField, TextField } from "~/ui";
import { shortActor } from "./Authority";
import { label } from "./labels";
import { useOrder } from "./model";
import { SAYS_WHY, type Transition } from "./states";

const texts = define({
  en: {
    assign: "Assign", accept: "Accept", start: "Start", complete: "Complete", submit: "Submit", invoice: "Invoice", close: "Close", ask: "Ask a question", resume: "Go on", unassign: "Take away", reject: "Reject", fail: "Fail", reopen: "Reopen", cancel: "Cancel the order",
    why: "Why, or what came of it", whyHint: "Kept as the outcome; others see it", moved: "Done: {what}", refused: "Not taken, because others have the say in it: {fields}", sure: "The order goes on: {what}.",
    unit: "Unit", person: "Person", crew: "Crew", nobody: "Nobody", assigning: "Who does it?", takeAway: "Take it from whoever has it", meanwhile: "{who} changed this meanwhile ({what}). Close, look, and try again.",
  },
  nl: {
    assign: "Toewijzen", accept: "Accepteren", start: "Beginnen", complete: "Voltooien", submit: "Indienen", invoice: "Factureren", close: "Sluiten", ask: "Een vraag stellen", resume: "Verdergaan", unassign: "Weghalen", reject: "Weigeren", fail: "Mislukt", reopen: "Heropenen", cancel: "Order annuleren",
    why: "Waarom, of wat ervan kwam", whyHint: "Bewaard als uitkomst; anderen zien het", moved: "Gedaan: {what}", refused: "Niet overgenomen, want anderen gaan erover: {fields}", sure: "De order gaat verder: {what}.",
    unit: "Eenheid", person: "Persoon", crew: "Ploeg", nobody: "Niemand", assigning: "Wie doet het?", takeAway: "Weghalen bij wie hem heeft", meanwhile: "{who} heeft dit intussen gewijzigd ({what}). Sluit, kijk, en probeer opnieuw.",
  },
  es: {
    assign: "Asignar", accept: "Aceptar", start: "Empezar", complete: "Completar", submit: "Entregar", invoice: "Facturar", close: "Cerrar", ask: "Hacer una pregunta", resume: "Continuar", unassign: "Quitar la asignación", reject: "Rechazar", fail: "Dar por fallida", reopen: "Reabrir", cancel: "Cancelar la orden",
    why: "Por qué, o en qué quedó", whyHint: "Se guarda como desenlace; otros lo ven", moved: "Hecho: {what}", refused: "No se ha aceptado, porque otros deciden: {fields}", sure: "La orden avanza: {what}.",
    unit: "Unidad", person: "Persona", crew: "Cuadrilla", nobody: "Nadie", assigning: "¿Quién lo hace?", takeAway: "Quitarla a quien la tiene", meanwhile: "{who} lo ha cambiado mientras tanto ({what}). Cierre, mire y vuelva a intentarlo.",
  },
  ru: {
    assign: "Назначить", accept: "Принять", start: "Начать", complete: "Завершить", submit: "Сдать", invoice: "Выставить счёт", close: "Закрыть", ask: "Задать вопрос", resume: "Продолжить", unassign: "Снять назначение", reject: "Отклонить", fail: "Не выполнен", reopen: "Открыть снова", cancel: "Отменить заказ",
    why: "Почему или чем закончилось", whyHint: "Сохранится как исход; это видят другие", moved: "Готово: {what}", refused: "Не принято, решают другие: {fields}", sure: "Заказ идёт дальше: {what}.",
    unit: "Объект", person: "Исполнитель", crew: "Бригада", nobody: "Никто", assigning: "Кто выполняет?", takeAway: "Снять с того, у кого он сейчас", meanwhile: "Тем временем это изменил {who} ({what}). Закройте, посмотрите и попробуйте снова.",
  },
});

export function transitionWord(transition: Transition): string {
  return texts()(transition);
}

function useAct(onClose: () => void) {
  const t = texts();
  const [busy, setBusy] = createSignal(false);
  const [error, setError] = createSignal<unknown>();
  /** Does it, and says what became of it; what was not taken, too. */
  const act = async (what: string, then: () => Promise<string[]>) => {
    setBusy(true);
    setError(undefined);
    try {
      const refused = await then();
      if (refused.length) say(t("refused", { fields: refused.map(label).join(", ") }), "danger");
      else say(t("moved", { what }), "good");
      onClose();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return { act, busy, error };
}

/** A step in the order's life, with a word of why where people want one. */
export function MoveDialog(props: { transition: Transition; onClose: () => void }) {
  const t = texts();
  const w = words();
  const [why, setWhy] = createSignal("");
  const order = useOrder();
  const { act, busy, error } = useAct(() => props.onClose());
  const go = () => act(t(props.transition), () => order.move(props.transition, why().trim() ? { outcome: why().trim() } : {}));
  const saysWhy = () => SAYS_WHY.includes(props.transition);
  return (
    <Dialog
      title={t(props.transition)}
      onClose={props.onClose}
      onSubmit={() => void go()}
      footer={
        <>
          <button type="button" class="button" onClick={() => props.onClose()}>
            {w("back")}
          </button>
          <button type="submit" class="button" classList={{ danger: props.transition === "cancel", primary: props.transition !== "cancel" }} disabled={busy()} autofocus={!saysWhy()}>
            {t(props.transition)}
          </button>
        </>
      }
    >
      <Show when={saysWhy()} fallback={<p>{t("sure", { what: t(props.transition) })}</p>}>
        <TextField label={t("why")} hint={t("whyHint")} value={why()} onInput={setWhy} autofocus />
      </Show>
      <Show when={error()}>
        <ErrorNotice error={error()} />
      </Show>
    </Dialog>
  );
}

/** Until work has begun the order itself is handed over; later only who does it changes, and what was done stays done. */
const BEFORE_WORK: readonly string[] = ["received", "assigned", "accepted", "rejected", "failed"];

/** Who does the work: a unit, a person, a crew. */
export function AssignDialog(props: { onClose: () => void }) {
  const t = texts();
  const w = words();
  const order = useOrder();
  const now = order.now();
  const [unit, setUnit] = createSignal(String(now?.unit ?? ""));
  const [person, setPerson] = createSignal(now?.person ?? "");
  const [crew, setCrew] = createSignal(now?.crew ?? "");
  const seen = order.see("unit", "person", "crew");
  const { act, busy, error } = useAct(() => props.onClose());
  const somebody = () => unit() !== "" || person().trim() !== "" || crew().trim() !== "";
  /** Taken from nobody, it is as it was. */
  const isAssigned = now?.unit != null || Boolean(now?.person) || Boolean(now?.crew);
  const members = () => ({ unit: unit() ? Number(unit()) : null, person: person().trim() || null, crew: crew().trim() || null });
  const hand = async (): Promise<string[]> => {
    if (BEFORE_WORK.includes(now?.status ?? "")) return order.move(somebody() ? "assign" : "unassign", members());
    const saved = await order.saveAll(members(), seen);
    if (saved.done) return saved.refused;
    throw new Error(t("meanwhile", { who: shortActor(saved.conflict.by?.actor ?? "?"), what: label(saved.conflict.field) }));
  };
  return (
    <Dialog
      title={t("assigning")}
      onClose={props.onClose}
      onSubmit={() => void act(t(somebody() ? "assign" : "unassign"), hand)}
      footer={
        <>
          <button type="button" class="button" onClick={() => props.onClose()}>
            {w("cancel")}
          </button>
          <button type="submit" class="button primary" disabled={busy() || (!somebody() && !isAssigned)}>
            {somebody() || !isAssigned ? t("assign") : t("unassign")}
          </button>
        </>
      }
    >
      <SelectField autofocus label={t("unit")} value={unit()} onChange={setUnit} options={[["", t("nobody")], ...order.units().map((one): [string, string] => [String(one.id), one.name])]} />
      <TextField label={t("person")} value={person()} onInput={setPerson} />
      <TextField label={t("crew")} value={crew()} onInput={setCrew} />
      <Show when={!somebody() && isAssigned}>
        <p class="soft small">{t("takeAway")}</p>
      </Show>
      <Show when={error()}>
        <ErrorNotice error={error()} />
      </Show>
    </Dialog>
  );
}

