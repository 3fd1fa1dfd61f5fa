/** Words of the ledger, as people of each language say them. */

import { define, type Translate } from "./index";

/** The canonical statuses, in the order in which a board shows them. */
export const STATUSES = [
  "received",
  "assigned",
  "accepted",
  "started",
  "waiting",
  "rejected",
  "failed",
  "completed",
  "submitted",
  "invoiced",
  "closed",
  "canceled",
] as const;
export type Status = (typeof STATUSES)[number];

/** Those of orders that still want something from somebody. */
export const OPEN: readonly Status[] = ["received", "assigned", "accepted", "started", "waiting", "rejected"];

const texts = define({
  en: {
    received: "Received", assigned: "Assigned", accepted: "Accepted", started: "On site", waiting: "Waiting", rejected: "Rejected",
    failed: "Failed", completed: "Completed", submitted: "Submitted", invoiced: "Invoiced", closed: "Closed", canceled: "Canceled", deleted: "Deleted",
  },
  nl: {
    received: "Ontvangen", assigned: "Toegewezen", accepted: "Geaccepteerd", started: "Ter plaatse", waiting: "Wacht", rejected: "Geweigerd",
    failed: "Mislukt", completed: "Voltooid", submitted: "Ingediend", invoiced: "Gefactureerd", closed: "Gesloten", canceled: "Geannuleerd", deleted: "Verwijderd",
  },
  es: {
    received: "Recibida", assigned: "Asignada", accepted: "Aceptada", started: "En el sitio", waiting: "En espera", rejected: "Rechazada",
    failed: "Fallida", completed: "Completada", submitted: "Entregada", invoiced: "Facturada", closed: "Cerrada", canceled: "Cancelada", deleted: "Eliminada",
  },
  ru: {
    received: "Получен", assigned: "Назначен", accepted: "Принят", started: "На месте", waiting: "Ожидает", rejected: "Отклонён",
    failed: "Не выполнен", completed: "Выполнен", submitted: "Сдан", invoiced: "Выставлен счёт", closed: "Закрыт", canceled: "Отменён", deleted: "Удалён",
  },
});

const common = define({
  en: {
    save: "Save", cancel: "Cancel", close: "Close", delete: "Delete", edit: "Edit", retry: "Try again", copy: "Copy", copied: "Copied", more: "More", loading: "Loading…",
    nothing: "Nothing here", error: "That did not work", unreachable: "The hub cannot be reached", forbidden: "Your role does not allow this", search: "Search", yes: "Yes", no: "No",
    none: "None", all: "All", back: "Back", refresh: "Refresh", download: "Download", confirm: "Are you sure?", name: "Name", status: "Status", at: "When", actions: "Actions",
    request: "Request {id}", selected: "{n, plural, one {# selected} other {# selected}}", clear: "Clear", apply: "Apply", create: "Create", add: "Add", done: "Done", details: "Details",
  },
  nl: {
    save: "Opslaan", cancel: "Annuleren", close: "Sluiten", delete: "Verwijderen", edit: "Bewerken", retry: "Opnieuw proberen", copy: "Kopiëren", copied: "Gekopieerd", more: "Meer", loading: "Laden…",
    nothing: "Hier is niets", error: "Dat is niet gelukt", unreachable: "De hub is niet bereikbaar", forbidden: "Uw rol staat dit niet toe", search: "Zoeken", yes: "Ja", no: "Nee",
    none: "Geen", all: "Alle", back: "Terug", refresh: "Vernieuwen", download: "Downloaden", confirm: "Weet u het zeker?", name: "Naam", status: "Status", at: "Wanneer", actions: "Acties",
    request: "Verzoek {id}", selected: "{n, plural, one {# geselecteerd} other {# geselecteerd}}", clear: "Wissen", apply: "Toepassen", create: "Aanmaken", add: "Toevoegen", done: "Klaar", details: "Details",
  },
  es: {
    save: "Guardar", cancel: "Cancelar", close: "Cerrar", delete: "Eliminar", edit: "Editar", retry: "Reintentar", copy: "Copiar", copied: "Copiado", more: "Más", loading: "Cargando…",
    nothing: "No hay nada", error: "No ha funcionado", unreachable: "No se puede conectar con el hub", forbidden: "Su rol no lo permite", search: "Buscar", yes: "Sí", no: "No",
    none: "Ninguno", all: "Todos", back: "Volver", refresh: "Actualizar", download: "Descargar", confirm: "¿Está seguro?", name: "Nombre", status: "Estado", at: "Cuándo", actions: "Acciones",
    request: "Petición {id}", selected: "{n, plural, one {# seleccionado} other {# seleccionados}}", clear: "Borrar", apply: "Aplicar", create: "Crear", add: "Añadir", done: "Hecho", details: "Detalles",
  },
  ru: {
    save: "Сохранить", cancel: "Отмена", close: "Закрыть", delete: "Удалить", edit: "Изменить", retry: "Повторить", copy: "Копировать", copied: "Скопировано", more: "Ещё", loading: "Загрузка…",
    nothing: "Здесь ничего нет", error: "Не получилось", unreachable: "Нет связи с хабом", forbidden: "Ваша роль этого не позволяет", search: "Поиск", yes: "Да", no: "Нет",
    none: "Нет", all: "Все", back: "Назад", refresh: "Обновить", download: "Скачать", confirm: "Вы уверены?", name: "Имя", status: "Статус", at: "Когда", actions: "Действия",
    request: "Запрос {id}", selected: "{n, plural, one {выбран #} few {выбрано #} many {выбрано #} other {выбрано #}}", clear: "Очистить", apply: "Применить", create: "Создать", add: "Добавить", done: "Готово", details: "Подробности",
  },
});

/** Words that every page needs. */
export const words = common;

/** A status as people say it; one that we do not know as it is. */
export function statusWord(status: string): string {
  return (texts() as Translate<string>)(status) ?? status;
}
