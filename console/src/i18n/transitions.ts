/** What can be asked of an order, as people say it. */

import { define } from "./index";

export const transitionWords = define({
  en: {
    assign: "Assign", unassign: "Take back", accept: "Accept", reject: "Reject", start: "Start", ask: "Ask", resume: "Resume", complete: "Complete", submit: "Submit",
    invoice: "Invoice", close: "Close", cancel: "Cancel", fail: "Fail", reopen: "Reopen",
  },
  nl: {
    assign: "Toewijzen", unassign: "Terugnemen", accept: "Accepteren", reject: "Weigeren", start: "Starten", ask: "Vragen", resume: "Hervatten", complete: "Voltooien", submit: "Indienen",
    invoice: "Factureren", close: "Afsluiten", cancel: "Annuleren", fail: "Als mislukt melden", reopen: "Heropenen",
  },
  es: {
    assign: "Asignar", unassign: "Retirar", accept: "Aceptar", reject: "Rechazar", start: "Empezar", ask: "Preguntar", resume: "Reanudar", complete: "Completar", submit: "Entregar",
    invoice: "Facturar", close: "Cerrar", cancel: "Cancelar", fail: "Dar por fallida", reopen: "Reabrir",
  },
  ru: {
    assign: "Назначить", unassign: "Снять исполнителя", accept: "Принять", reject: "Отклонить", start: "Начать", ask: "Задать вопрос", resume: "Продолжить", complete: "Выполнить", submit: "Сдать",
    invoice: "Выставить счёт", close: "Закрыть", cancel: "Отменить", fail: "Отметить невыполненным", reopen: "Открыть снова",
  },
});
