import { define } from "~/i18n";

export const messageTexts = define({
  en: {
    title: "Messages", queued: "Queued", sent: "Sent", failed: "Failed", dropped: "Dropped", channel: "By", sms: "Text", email: "E-mail", recipient: "To", to: "To {to}", text: "Message", html: "The HTML form, as source", order: "Order", owed: "Owed since", attempts: "Attempts", next: "Next try", useful: "Of use until", ended: "Ended",
    words: "What the server says", retry: "Send now", drop: "Drop", dropSure: "{n, plural, one {Drop this message?} other {Drop # messages?}}", dropText: "Nobody will be told.", dropDone: "{n, plural, one {# message dropped.} other {# messages dropped.}}", retryDone: "{n, plural, one {# message is sent now.} other {# messages are sent now.}}",
    empty: "No message was owed to anybody so far.", none: "No message stands so.", filters: "Filters",
  },
  nl: {
    title: "Berichten", queued: "In de wachtrij", sent: "Verzonden", failed: "Mislukt", dropped: "Opgegeven", channel: "Per", sms: "Sms", email: "E-mail", recipient: "Aan", to: "Aan {to}", text: "Bericht", html: "De HTML-vorm, als broncode", order: "Order", owed: "Verschuldigd sinds", attempts: "Pogingen", next: "Volgende poging", useful: "Zinvol tot", ended: "Afgelopen",
    words: "Wat de server zegt", retry: "Nu verzenden", drop: "Opgeven", dropSure: "{n, plural, one {Dit bericht opgeven?} other {# berichten opgeven?}}", dropText: "Niemand krijgt het te horen.", dropDone: "{n, plural, one {# bericht opgegeven.} other {# berichten opgegeven.}}", retryDone: "{n, plural, one {# bericht wordt nu verzonden.} other {# berichten worden nu verzonden.}}",
    empty: "Er hoefde nog niemand bericht te krijgen.", none: "Geen bericht met deze status.", filters: "Filters",
  },
  es: {
    title: "Mensajes", queued: "En cola", sent: "Enviado", failed: "Fallido", dropped: "Descartado", channel: "Por", sms: "SMS", email: "Correo", recipient: "Para", to: "Para {to}", text: "Mensaje", html: "La versión HTML, como código", order: "Orden", owed: "Pendiente desde", attempts: "Intentos", next: "Próximo intento", useful: "Útil hasta", ended: "Terminó",
    words: "Qué dice el servidor", retry: "Enviar ahora", drop: "Descartar", dropSure: "{n, plural, one {¿Descartar este mensaje?} other {¿Descartar # mensajes?}}", dropText: "No se avisará a nadie.", dropDone: "{n, plural, one {# mensaje descartado.} other {# mensajes descartados.}}", retryDone: "{n, plural, one {Se envía ahora # mensaje.} other {Se envían ahora # mensajes.}}",
    empty: "Hasta ahora no se debía ningún mensaje.", none: "No hay mensajes en este estado.", filters: "Filtros",
  },
  ru: {
    title: "Сообщения", queued: "В очереди", sent: "Отправлено", failed: "Не удалось", dropped: "Снято", channel: "Способ", sms: "СМС", email: "Почта", recipient: "Кому", to: "Кому: {to}", text: "Сообщение", html: "HTML-версия, исходный текст", order: "Заказ", owed: "Нужно с", attempts: "Попытки", next: "Следующая попытка", useful: "Имеет смысл до", ended: "Завершено",
    words: "Что говорит сервер", retry: "Отправить сейчас", drop: "Снять", dropSure: "{n, plural, one {Снять # сообщение?} few {Снять # сообщения?} many {Снять # сообщений?} other {Снять # сообщения?}}", dropText: "Никто ничего не узнает.", dropDone: "{n, plural, one {Снято # сообщение.} few {Снято # сообщения.} many {Снято # сообщений.} other {Снято # сообщения.}}", retryDone: "{n, plural, one {Отправляется # сообщение.} few {Отправляются # сообщения.} many {Отправляется # сообщений.} other {Отправляются # сообщения.}}",
    empty: "Сообщать пока было нечего.", none: "Нет сообщений в этом состоянии.", filters: "Фильтры",
  },
});
