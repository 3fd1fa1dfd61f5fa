import { define } from "~/i18n";

/** Words of the wire log, on whichever page it is shown. */
export const wireTexts = define({
  en: {
    title: "Exchanges", log: "Wire log", in: "In", out: "Out", inLong: "answered here", outLong: "called by us", noAnswer: "No answer", native: "Native API", connection: "Connection", dialect: "API",
    direction: "Direction", operation: "Operation", order: "Order", orderHint: "Id or serial", text: "Text", from: "From", until: "Until", any: "Any", took: "Took", line: "Request", pause: "Pause", resume: "Resume",
    waiting: "{n, plural, one {# new} other {# new}}", filters: "Filters", none: "No exchange fits these filters.", empty: "Nothing was said on the wire yet.", clear: "Clear filters",
    request: "Request", response: "Response", headers: "Headers", body: "Body", pretty: "Set out", raw: "Raw", query: "Parameters of the address", noBody: "No body", noHeaders: "No headers", changed: "What it changed", changedNothing: "It changed no order.", moreEntries: "There are more than these.",
    field: "Field", before: "Before", after: "After", refused: "Refused", offered: "Offered", rule: "Rule", curl: "Copy as curl", explain: "Explain", replay: "Replay", gone: "There is no such exchange. The wire log keeps the last 30 days.",
    ms: "{n} ms", back: "All exchanges", by: "by {actor}", nobody: "unknown caller",
  },
  nl: {
    title: "Uitwisselingen", log: "Draadlogboek", in: "In", out: "Uit", inLong: "hier beantwoord", outLong: "door ons aangeroepen", noAnswer: "Geen antwoord", native: "Eigen API", connection: "Koppeling", dialect: "API",
    direction: "Richting", operation: "Bewerking", order: "Order", orderHint: "Id of volgnummer", text: "Tekst", from: "Vanaf", until: "Tot", any: "Alle", took: "Duur", line: "Verzoek", pause: "Pauzeren", resume: "Hervatten",
    waiting: "{n, plural, one {# nieuwe} other {# nieuwe}}", filters: "Filters", none: "Geen uitwisseling past bij deze filters.", empty: "Er is nog niets uitgewisseld.", clear: "Filters wissen",
    request: "Verzoek", response: "Antwoord", headers: "Headers", body: "Inhoud", pretty: "Opgemaakt", raw: "Ruw", query: "Parameters in het adres", noBody: "Geen inhoud", noHeaders: "Geen headers", changed: "Wat het veranderde", changedNothing: "Het veranderde geen order.", moreEntries: "Er zijn er meer dan deze.",
    field: "Veld", before: "Was", after: "Werd", refused: "Geweigerd", offered: "Aangeboden", rule: "Regel", curl: "Kopiëren als curl", explain: "Uitleggen", replay: "Opnieuw afspelen", gone: "Deze uitwisseling is er niet. Het logboek bewaart de laatste 30 dagen.",
    ms: "{n} ms", back: "Alle uitwisselingen", by: "door {actor}", nobody: "onbekende beller",
  },
  es: {
    title: "Intercambios", log: "Registro de intercambios", in: "Entrante", out: "Saliente", inLong: "respondido aquí", outLong: "llamado por nosotros", noAnswer: "Sin respuesta", native: "API nativa", connection: "Conexión", dialect: "API",
    direction: "Sentido", operation: "Operación", order: "Orden", orderHint: "Id o número de serie", text: "Texto", from: "Desde", until: "Hasta", any: "Cualquiera", took: "Duración", line: "Petición", pause: "Pausar", resume: "Reanudar",
    waiting: "{n, plural, one {# nuevo} other {# nuevos}}", filters: "Filtros", none: "Ningún intercambio cumple estos filtros.", empty: "Aún no se ha intercambiado nada.", clear: "Quitar filtros",
    request: "Petición", response: "Respuesta", headers: "Cabeceras", body: "Cuerpo", pretty: "Con formato", raw: "Sin formato", query: "Parámetros de la dirección", noBody: "Sin cuerpo", noHeaders: "Sin cabeceras", changed: "Qué cambió", changedNothing: "No cambió ninguna orden.", moreEntries: "Hay más que estas.",
    field: "Campo", before: "Antes", after: "Después", refused: "Rechazado", offered: "Ofrecido", rule: "Regla", curl: "Copiar como curl", explain: "Explicar", replay: "Repetir", gone: "Este intercambio no existe. El registro guarda los últimos 30 días.",
    ms: "{n} ms", back: "Todos los intercambios", by: "por {actor}", nobody: "autor desconocido",
  },
  ru: {
    title: "Обмены", log: "Журнал обменов", in: "Входящий", out: "Исходящий", inLong: "ответили здесь", outLong: "вызвали мы", noAnswer: "Нет ответа", native: "Собственный API", connection: "Подключение", dialect: "API",
    direction: "Направление", operation: "Операция", order: "Заказ", orderHint: "Id или порядковый номер", text: "Текст", from: "С", until: "По", any: "Любое", took: "Время", line: "Запрос", pause: "Пауза", resume: "Продолжить",
    waiting: "{n, plural, one {# новый} few {# новых} many {# новых} other {# новых}}", filters: "Фильтры", none: "Нет обменов, подходящих под эти фильтры.", empty: "Обменов пока не было.", clear: "Сбросить фильтры",
    request: "Запрос", response: "Ответ", headers: "Заголовки", body: "Тело", pretty: "С отступами", raw: "Как есть", query: "Параметры адреса", noBody: "Тела нет", noHeaders: "Заголовков нет", changed: "Что изменилось", changedNothing: "Ни один заказ не изменился.", moreEntries: "Это ещё не все.",
    field: "Поле", before: "Было", after: "Стало", refused: "Отклонено", offered: "Предлагалось", rule: "Правило", curl: "Скопировать как curl", explain: "Объяснить", replay: "Повторить", gone: "Такого обмена нет. Журнал хранит последние 30 дней.",
    ms: "{n} мс", back: "Все обмены", by: "{actor}", nobody: "вызывающий неизвестен",
  },
});
