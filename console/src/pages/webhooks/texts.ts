import { define } from "~/i18n";

export const hookTexts = define({
  en: {
    title: "Webhooks", add: "New webhook", none: "No webhooks yet. A webhook is a program of yours that is told what happens to orders, by signed messages.", all: "All webhooks", url: "URL", events: "Types", allEvents: "All types", connection: "Only through", anyConnection: "Any connection", description: "Description", status: "State",
    enabled: "Enabled", paused: "Paused", disabled: "Disabled", gone: "Gone", waiting: "Waiting", failed: "Given up", success: "Last taken", error: "Last error", edit: "Webhook {name}", nameHint: "Letters, digits, “-”, “_” and “.”", urlHint: "Public addresses only, unless the operator allows others", since: "Begin with what happened since", sinceHint: "Empty: with what is to come",
    some: "Only these types", created: "{name} is there.", saved: "{name} is saved.", secretTitle: "Secret of {name}", once: "This is the only time it is shown. Copy it now: it is kept encrypted, and nobody can show it again.", secret: "Secret", verify: "Verify what you receive", kept: "I have kept it", oldUntil: "Messages carry signatures by the old secret as well until {when}.",
    failing: "Failing", missing: "There is no such webhook.", filterFailed: "Failed only", any: "Any",
  },
  nl: {
    title: "Webhooks", add: "Nieuwe webhook", none: "Nog geen webhooks. Een webhook is een programma van u dat met ondertekende berichten hoort wat er met orders gebeurt.", all: "Alle webhooks", url: "URL", events: "Soorten", allEvents: "Alle soorten", connection: "Alleen via", anyConnection: "Elke koppeling", description: "Omschrijving", status: "Stand",
    enabled: "Ingeschakeld", paused: "Gepauzeerd", disabled: "Uitgeschakeld", gone: "Verdwenen", waiting: "Wacht", failed: "Opgegeven", success: "Laatst aangenomen", error: "Laatste fout", edit: "Webhook {name}", nameHint: "Letters, cijfers, “-”, “_” en “.”", urlHint: "Alleen openbare adressen, tenzij de beheerder andere toestaat", since: "Begin met wat er gebeurde sinds", sinceHint: "Leeg: met wat nog komt",
    some: "Alleen deze soorten", created: "{name} is er.", saved: "{name} is opgeslagen.", secretTitle: "Geheim van {name}", once: "Dit is de enige keer dat het te zien is. Kopieer het nu: het wordt versleuteld bewaard en niemand kan het nog eens tonen.", secret: "Geheim", verify: "Controleer wat u ontvangt", kept: "Ik heb het bewaard", oldUntil: "Berichten dragen tot {when} ook een handtekening met het oude geheim.",
    failing: "Hapert", missing: "Deze webhook bestaat niet.", filterFailed: "Alleen mislukte", any: "Alle",
  },
  es: {
    title: "Webhooks", add: "Nuevo webhook", none: "Aún no hay webhooks. Un webhook es un programa suyo al que se avisa, con mensajes firmados, de lo que pasa con las órdenes.", all: "Todos los webhooks", url: "URL", events: "Tipos", allEvents: "Todos los tipos", connection: "Solo por", anyConnection: "Cualquier conexión", description: "Descripción", status: "Estado",
    enabled: "Activado", paused: "En pausa", disabled: "Desactivado", gone: "Desaparecido", waiting: "En espera", failed: "Abandonados", success: "Último aceptado", error: "Último error", edit: "Webhook {name}", nameHint: "Letras, cifras, “-”, “_” y “.”", urlHint: "Solo direcciones públicas, salvo que el operador permita otras", since: "Empezar con lo ocurrido desde", sinceHint: "Vacío: con lo que venga",
    some: "Solo estos tipos", created: "{name} está listo.", saved: "{name} se ha guardado.", secretTitle: "Secreto de {name}", once: "Solo se muestra esta vez. Cópielo ahora: se guarda cifrado y nadie puede volver a mostrarlo.", secret: "Secreto", verify: "Verifique lo que recibe", kept: "Lo he guardado", oldUntil: "Los mensajes llevan también la firma del secreto anterior hasta {when}.",
    failing: "Con fallos", missing: "No existe este webhook.", filterFailed: "Solo fallidos", any: "Cualquiera",
  },
  ru: {
    title: "Вебхуки", add: "Новый вебхук", none: "Вебхуков пока нет. Вебхук — это ваша программа, которая узнаёт из подписанных сообщений, что происходит с заказами.", all: "Все вебхуки", url: "URL", events: "Типы", allEvents: "Все типы", connection: "Только через", anyConnection: "Любое подключение", description: "Описание", status: "Состояние",
    enabled: "Включён", paused: "На паузе", disabled: "Отключён", gone: "Исчез", waiting: "Ждут", failed: "Не доставлены", success: "Последний приём", error: "Последняя ошибка", edit: "Вебхук {name}", nameHint: "Латинские буквы, цифры, «-», «_» и «.»", urlHint: "Только публичные адреса, если оператор не разрешил другие", since: "Начать с того, что было после", sinceHint: "Пусто: с того, что будет",
    some: "Только эти типы", created: "{name} создан.", saved: "{name} сохранён.", secretTitle: "Секрет: {name}", once: "Он показывается только сейчас. Скопируйте его: он хранится зашифрованным, показать его снова нельзя.", secret: "Секрет", verify: "Проверяйте, что получаете", kept: "Я его сохранил", oldUntil: "До {when} сообщения подписываются и старым секретом.",
    failing: "Сбои", missing: "Такого вебхука нет.", filterFailed: "Только неудачные", any: "Любое",
  },
});
