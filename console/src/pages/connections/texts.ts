import { define } from "~/i18n";

/** Words of connections, on whichever page they are shown. */
export const linkTexts = define({
  en: {
    title: "Connections", rules: "Rules", add: "New connection", none: "No connections yet. A connection is one system that sends orders here, or that orders are sent to.", dialect: "API", role: "Role", serve: "Serves", connect: "Calls", both: "Serves and calls",
    serveLong: "The other system calls this hub", connectLong: "This hub calls the other system", bothLong: "Both call each other", health: "Health", contact: "Last contact", error: "Last error", budget: "Budget", deliveries: "Deliveries", scope: "Sees",
    own: "its own orders", routed: "its own and those routed to it", account: "all orders of the account", good: "Works", failing: "Failing", down: "Down", refusing: "Refuses", refusingLong: "It answers, and has taken nothing so far", denied: "Credentials refused", off: "Disabled", paused: "Paused", unused: "Not called yet", listening: "Waits for calls",
    unusedLong: "Nothing has been called so far", listeningLong: "The other system calls when it wants something", failures: "{n, plural, one {# failure in a row} other {# failures in a row}}", nextTry: "Next try {when}", deniedUntil: "Left alone until {when}, or until the credentials change",
    used: "{used} of {calls} calls in {within}", allCalls: "all calls", atOnce: "{running} of {most} calls on their way", noBudget: "No limits", pausedUntil: "The counterpart asked for a pause until {when}", enabled: "Enabled", created: "Made",
    missing: "There is no such connection.", all: "All connections", notCalled: "Never",
  },
  nl: {
    title: "Koppelingen", rules: "Regels", add: "Nieuwe koppeling", none: "Nog geen koppelingen. Een koppeling is één systeem dat orders hierheen stuurt of waarheen orders gaan.", dialect: "API", role: "Rol", serve: "Beantwoordt", connect: "Roept aan", both: "Beantwoordt en roept aan",
    serveLong: "Het andere systeem roept deze hub aan", connectLong: "Deze hub roept het andere systeem aan", bothLong: "Beide roepen elkaar aan", health: "Toestand", contact: "Laatste contact", error: "Laatste fout", budget: "Budget", deliveries: "Leveringen", scope: "Ziet",
    own: "eigen orders", routed: "eigen orders en wat eraan is doorgegeven", account: "alle orders van het account", good: "Werkt", failing: "Hapert", down: "Onbereikbaar", refusing: "Weigert", refusingLong: "De tegenpartij antwoordt, maar heeft nog niets aangenomen", denied: "Toegang geweigerd", off: "Uitgeschakeld", paused: "Gepauzeerd", unused: "Nog niet aangeroepen", listening: "Wacht op aanroepen",
    unusedLong: "Er is nog niets aangeroepen", listeningLong: "Het andere systeem meldt zich als het iets wil", failures: "{n, plural, one {# mislukking op rij} other {# mislukkingen op rij}}", nextTry: "Volgende poging {when}", deniedUntil: "Met rust gelaten tot {when}, of tot de toegangsgegevens veranderen",
    used: "{used} van {calls} aanroepen in {within}", allCalls: "alle aanroepen", atOnce: "{running} van {most} aanroepen onderweg", noBudget: "Geen grenzen", pausedUntil: "De tegenpartij vroeg om een pauze tot {when}", enabled: "Ingeschakeld", created: "Gemaakt",
    missing: "Deze koppeling bestaat niet.", all: "Alle koppelingen", notCalled: "Nooit",
  },
  es: {
    title: "Conexiones", rules: "Reglas", add: "Nueva conexión", none: "Aún no hay conexiones. Una conexión es un sistema que envía órdenes aquí o al que se envían.", dialect: "API", role: "Función", serve: "Atiende", connect: "Llama", both: "Atiende y llama",
    serveLong: "El otro sistema llama a este hub", connectLong: "Este hub llama al otro sistema", bothLong: "Se llaman mutuamente", health: "Salud", contact: "Último contacto", error: "Último error", budget: "Cuota", deliveries: "Entregas", scope: "Ve",
    own: "sus propias órdenes", routed: "las suyas y las que se le derivan", account: "todas las órdenes de la cuenta", good: "Funciona", failing: "Con fallos", down: "Caído", refusing: "Rechaza", refusingLong: "Responde, pero aún no ha aceptado nada", denied: "Credenciales rechazadas", off: "Desactivada", paused: "En pausa", unused: "Aún sin llamadas", listening: "Espera llamadas",
    unusedLong: "Todavía no se ha llamado", listeningLong: "El otro sistema llama cuando necesita algo", failures: "{n, plural, one {# fallo seguido} other {# fallos seguidos}}", nextTry: "Próximo intento {when}", deniedUntil: "Sin llamadas hasta {when}, o hasta que cambien las credenciales",
    used: "{used} de {calls} llamadas en {within}", allCalls: "todas las llamadas", atOnce: "{running} de {most} llamadas en curso", noBudget: "Sin límites", pausedUntil: "El otro sistema pidió una pausa hasta {when}", enabled: "Activada", created: "Creada",
    missing: "No existe esta conexión.", all: "Todas las conexiones", notCalled: "Nunca",
  },
  ru: {
    title: "Подключения", rules: "Правила", add: "Новое подключение", none: "Подключений пока нет. Подключение — это одна система, которая присылает заказы сюда или получает их отсюда.", dialect: "API", role: "Роль", serve: "Отвечает", connect: "Вызывает", both: "Отвечает и вызывает",
    serveLong: "Другая система обращается к этому хабу", connectLong: "Этот хаб обращается к другой системе", bothLong: "Обе обращаются друг к другу", health: "Состояние", contact: "Последняя связь", error: "Последняя ошибка", budget: "Лимит", deliveries: "Доставка", scope: "Видит",
    own: "только свои заказы", routed: "свои и переданные ему", account: "все заказы аккаунта", good: "Работает", failing: "Сбои", down: "Недоступно", refusing: "Отказывает", refusingLong: "Отвечает, но пока ничего не принято", denied: "Доступ отклонён", off: "Отключено", paused: "На паузе", unused: "Ещё не вызывалось", listening: "Ждёт обращений",
    unusedLong: "Вызовов ещё не было", listeningLong: "Другая система обращается, когда ей что-то нужно", failures: "{n, plural, one {# сбой подряд} few {# сбоя подряд} many {# сбоев подряд} other {# сбоя подряд}}", nextTry: "Следующая попытка {when}", deniedUntil: "Не вызывается до {when} или до смены данных доступа",
    used: "{used} из {calls} вызовов за {within}", allCalls: "все вызовы", atOnce: "{running} из {most} вызовов в пути", noBudget: "Без ограничений", pausedUntil: "Другая система попросила паузу до {when}", enabled: "Включено", created: "Создано",
    missing: "Такого подключения нет.", all: "Все подключения", notCalled: "Никогда",
  },
});
