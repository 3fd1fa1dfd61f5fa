import { define } from "~/i18n";

/** Texts of the board itself. */
export const boardTexts = define({
  en: {
    board: "Board", orders: "Orders", all: "All", open: "Open", statuses: "Statuses", atLeast: "{n}+", statusHint: "Click to see only these; with Ctrl or Shift to add them",
    table: "Table", columns: "Columns by status", layout: "Layout", chooseColumns: "Columns", newOrder: "New order", keyFilters: "Filters", more: "More", exportCsv: "Export as CSV", sortBy: "Sort by",
    newest: "Newest first", oldest: "Oldest first", dueFirst: "Due first", dueLast: "Due last", changedLast: "Last changed first", changedFirst: "Longest unchanged first",
    found: "{n, plural, one {# order} other {# orders}}", foundAtLeast: "{n, plural, one {# order or more} other {# orders or more}}",
    noneFound: "No order fits these filters.", noneYet: "There are no orders yet.", clearFilters: "Clear filters",
    fresh: "{n, plural, one {# new} other {# new}}", gone: "{n, plural, one {# no longer fits} other {# no longer fit}}", show: "Show", number: "Number", status: "Status", title: "Title",
    customer: "Customer", address: "Address", city: "City", due: "Due", window: "Window", unit: "Unit", person: "Person", service: "Service", origin: "Origin", connection: "Connection",
    progress: "Progress", eta: "Arrival", created: "Created", updated: "Changed", serial: "Serial", clientStatus: "Client status", postalCode: "Postal code",
    rush: "Rush", rework: "Rework", late: "Late", noUnit: "Nobody", left: "No longer fits the filters", columnsHint: "What the table shows, and in which order.", up: "{column}: earlier", down: "{column}: later",
    standard: "As it was", search: "Search", moveTo: "Move {order}", moved: "{order}: {status}", cannot: "From {from}, {order} cannot become {to}.", openOrder: "Open", dropHere: "Drop here",
    showMore: "Show more", cardKeys: "Arrow keys move between cards, M opens what can be done.", step: "{current} of {total}", eachStatus: "{status}, {n}", hide: "Hide empty columns",
  },
  nl: {
    board: "Bord", orders: "Orders", all: "Alle", open: "Open", statuses: "Statussen", atLeast: "{n}+", statusHint: "Klik om alleen deze te zien; met Ctrl of Shift erbij",
    table: "Tabel", columns: "Kolommen per status", layout: "Weergave", chooseColumns: "Kolommen", newOrder: "Nieuwe order", keyFilters: "Filters", more: "Meer", exportCsv: "Exporteren als CSV", sortBy: "Sorteren op",
    newest: "Nieuwste eerst", oldest: "Oudste eerst", dueFirst: "Vroegste termijn eerst", dueLast: "Laatste termijn eerst", changedLast: "Laatst gewijzigd eerst", changedFirst: "Langst ongewijzigd eerst",
    found: "{n, plural, one {# order} other {# orders}}", foundAtLeast: "{n, plural, one {# order of meer} other {# orders of meer}}",
    noneFound: "Geen order past bij deze filters.", noneYet: "Er zijn nog geen orders.", clearFilters: "Filters wissen",
    fresh: "{n, plural, one {# nieuwe} other {# nieuwe}}", gone: "{n, plural, one {# past niet meer} other {# passen niet meer}}", show: "Tonen", number: "Nummer", status: "Status", title: "Titel",
    customer: "Klant", address: "Adres", city: "Plaats", due: "Termijn", window: "Tijdvenster", unit: "Eenheid", person: "Persoon", service: "Dienst", origin: "Herkomst", connection: "Koppeling",
    progress: "Voortgang", eta: "Aankomst", created: "Gemaakt", updated: "Gewijzigd", serial: "Volgnummer", clientStatus: "Status bij klant", postalCode: "Postcode",
    rush: "Spoed", rework: "Herstelwerk", late: "Te laat", noUnit: "Niemand", left: "Past niet meer bij de filters", columnsHint: "Wat de tabel toont, en in welke volgorde.", up: "{column}: naar voren", down: "{column}: naar achteren",
    standard: "Zoals het was", search: "Zoeken", moveTo: "{order} verplaatsen", moved: "{order}: {status}", cannot: "Van {from} kan {order} niet {to} worden.", openOrder: "Openen", dropHere: "Hier neerzetten",
    showMore: "Meer tonen", cardKeys: "Met de pijltjes van kaart naar kaart; M toont wat er kan.", step: "{current} van {total}", eachStatus: "{status}, {n}", hide: "Lege kolommen verbergen",
  },
  es: {
    board: "Tablero", orders: "Órdenes", all: "Todas", open: "Abiertas", statuses: "Estados", atLeast: "{n}+", statusHint: "Clic para ver solo estas; con Ctrl o Mayús para añadirlas",
    table: "Tabla", columns: "Columnas por estado", layout: "Vista", chooseColumns: "Columnas", newOrder: "Nueva orden", keyFilters: "Filtros", more: "Más", exportCsv: "Exportar como CSV", sortBy: "Ordenar por",
    newest: "Más nuevas primero", oldest: "Más antiguas primero", dueFirst: "Vencen antes", dueLast: "Vencen después", changedLast: "Últimos cambios primero", changedFirst: "Sin cambios desde hace más tiempo",
    found: "{n, plural, one {# orden} other {# órdenes}}", foundAtLeast: "{n, plural, one {# orden o más} other {# órdenes o más}}",
    noneFound: "Ninguna orden cumple estos filtros.", noneYet: "Todavía no hay órdenes.", clearFilters: "Quitar filtros",
    fresh: "{n, plural, one {# nueva} other {# nuevas}}", gone: "{n, plural, one {# ya no encaja} other {# ya no encajan}}", show: "Mostrar", number: "Número", status: "Estado", title: "Título",
    customer: "Cliente", address: "Dirección", city: "Ciudad", due: "Vence", window: "Franja", unit: "Unidad", person: "Persona", service: "Servicio", origin: "Origen", connection: "Conexión",
    progress: "Avance", eta: "Llegada", created: "Creada", updated: "Cambiada", serial: "Serie", clientStatus: "Estado del cliente", postalCode: "Código postal",
    rush: "Urgente", rework: "Repaso", late: "Con retraso", noUnit: "Nadie", left: "Ya no cumple los filtros", columnsHint: "Qué muestra la tabla y en qué orden.", up: "{column}: antes", down: "{column}: después",
    standard: "Como estaba", search: "Buscar", moveTo: "Mover {order}", moved: "{order}: {status}", cannot: "De {from}, {order} no puede pasar a {to}.", openOrder: "Abrir", dropHere: "Soltar aquí",
    showMore: "Mostrar más", cardKeys: "Las flechas van de tarjeta en tarjeta; M muestra lo que se puede hacer.", step: "{current} de {total}", eachStatus: "{status}, {n}", hide: "Ocultar columnas vacías",
  },
  ru: {
    board: "Доска", orders: "Заказы", all: "Все", open: "Открытые", statuses: "Статусы", atLeast: "{n}+", statusHint: "Щелчок покажет только их; с Ctrl или Shift — добавит",
    table: "Таблица", columns: "Столбцы по статусам", layout: "Вид", chooseColumns: "Столбцы", newOrder: "Новый заказ", keyFilters: "Фильтры", more: "Ещё", exportCsv: "Выгрузить в CSV", sortBy: "Порядок",
    newest: "Сначала новые", oldest: "Сначала старые", dueFirst: "Сначала срочные", dueLast: "Сначала с поздним сроком", changedLast: "Сначала изменённые недавно", changedFirst: "Сначала давно не менявшиеся",
    found: "{n, plural, one {# заказ} few {# заказа} many {# заказов} other {# заказа}}", foundAtLeast: "{n, plural, other {не меньше # заказов}}",
    noneFound: "Под эти фильтры ничего не подходит.", noneYet: "Заказов пока нет.", clearFilters: "Сбросить фильтры",
    fresh: "{n, plural, one {# новый} few {# новых} many {# новых} other {# новых}}", gone: "{n, plural, one {# больше не подходит} few {# больше не подходят} many {# больше не подходят} other {# больше не подходят}}", show: "Показать", number: "Номер", status: "Статус", title: "Название",
    customer: "Клиент", address: "Адрес", city: "Город", due: "Срок", window: "Окно", unit: "Объект", person: "Исполнитель", service: "Услуга", origin: "Откуда", connection: "Подключение",
    progress: "Ход", eta: "Прибытие", created: "Создан", updated: "Изменён", serial: "Порядковый номер", clientStatus: "Статус у клиента", postalCode: "Индекс",
    rush: "Срочно", rework: "Переделка", late: "Опаздывает", noUnit: "Никто", left: "Больше не подходит под фильтры", columnsHint: "Что показывать в таблице и в каком порядке.", up: "{column}: раньше", down: "{column}: позже",
    standard: "Как было", search: "Поиск", moveTo: "Переместить {order}", moved: "{order}: {status}", cannot: "Из «{from}» заказ {order} не может перейти в «{to}».", openOrder: "Открыть", dropHere: "Отпустите здесь",
    showMore: "Показать ещё", cardKeys: "Стрелки — от карточки к карточке, M — что можно сделать.", step: "{current} из {total}", eachStatus: "{status}, {n}", hide: "Скрыть пустые столбцы",
  },
});

/** Texts of the filters, and of those that are kept. */
export const filterTexts = define({
  en: {
    filters: "Filters", search: "Search", status: "Status", service: "Service", unit: "Unit", any: "Any", anyUnit: "Some unit", noUnit: "No unit", site: "Site", siteHint: "Address, city or postal code", origin: "Came in as",
    connection: "Connection", tag: "Tag", due: "Due", created: "Created", today: "Today", yesterday: "Yesterday", tomorrow: "Tomorrow", next7: "Next 7 days", last7: "Last 7 days", past: "Before today", dates: "From … until …", from: "From", until: "Until",
    rush: "Rush", rework: "Rework", late: "Late", only: "Only these", without: "Without these", remove: "Remove the filter {filter}", not: "not {filter}", showFound: "{n, plural, one {Show # order} other {Show # orders}}", clear: "Clear all",
    saved: "Saved filters", save: "Save these filters", saveAs: "Save as", name: "Name", rename: "Rename {name}", remove_: "Delete {name}", manage: "Rename and delete", nothingSaved: "Filters that are saved can be found here.", saveHint: "Whoever signs in with your name finds it here.",
    takenName: "There is one of that name: it is replaced.", overwritten: "Saved", noFilters: "First choose some filters.",
  },
  nl: {
    filters: "Filters", search: "Zoeken", status: "Status", service: "Dienst", unit: "Eenheid", any: "Alle", anyUnit: "Een eenheid", noUnit: "Geen eenheid", site: "Locatie", siteHint: "Adres, plaats of postcode", origin: "Binnengekomen als",
    connection: "Koppeling", tag: "Label", due: "Termijn", created: "Gemaakt", today: "Vandaag", yesterday: "Gisteren", tomorrow: "Morgen", next7: "Komende 7 dagen", last7: "Afgelopen 7 dagen", past: "Voor vandaag", dates: "Van … tot en met …", from: "Van", until: "Tot en met",
    rush: "Spoed", rework: "Herstelwerk", late: "Te laat", only: "Alleen deze", without: "Zonder deze", remove: "Filter {filter} weghalen", not: "niet {filter}", showFound: "{n, plural, one {# order tonen} other {# orders tonen}}", clear: "Alles wissen",
    saved: "Bewaarde filters", save: "Deze filters bewaren", saveAs: "Bewaren als", name: "Naam", rename: "{name} hernoemen", remove_: "{name} verwijderen", manage: "Hernoemen en verwijderen", nothingSaved: "Bewaarde filters zijn hier te vinden.", saveHint: "Wie zich met uw naam aanmeldt, vindt ze hier.",
    takenName: "Er is al een met die naam: die wordt vervangen.", overwritten: "Bewaard", noFilters: "Kies eerst filters.",
  },
  es: {
    filters: "Filtros", search: "Buscar", status: "Estado", service: "Servicio", unit: "Unidad", any: "Cualquiera", anyUnit: "Alguna unidad", noUnit: "Sin unidad", site: "Sitio", siteHint: "Dirección, ciudad o código postal", origin: "Llegó como",
    connection: "Conexión", tag: "Etiqueta", due: "Vence", created: "Creada", today: "Hoy", yesterday: "Ayer", tomorrow: "Mañana", next7: "Próximos 7 días", last7: "Últimos 7 días", past: "Antes de hoy", dates: "Desde … hasta …", from: "Desde", until: "Hasta",
    rush: "Urgente", rework: "Repaso", late: "Con retraso", only: "Solo estas", without: "Sin estas", remove: "Quitar el filtro {filter}", not: "no {filter}", showFound: "{n, plural, one {Mostrar # orden} other {Mostrar # órdenes}}", clear: "Quitar todos",
    saved: "Filtros guardados", save: "Guardar estos filtros", saveAs: "Guardar como", name: "Nombre", rename: "Cambiar el nombre de {name}", remove_: "Eliminar {name}", manage: "Renombrar y eliminar", nothingSaved: "Aquí aparecen los filtros guardados.", saveHint: "Quien entre con su usuario los encontrará aquí.",
    takenName: "Ya hay uno con ese nombre: se sustituirá.", overwritten: "Guardado", noFilters: "Primero elija algún filtro.",
  },
  ru: {
    filters: "Фильтры", search: "Поиск", status: "Статус", service: "Услуга", unit: "Объект", any: "Не важно", anyUnit: "Есть объект", noUnit: "Без объекта", site: "Место", siteHint: "Адрес, город или индекс", origin: "Пришёл как",
    connection: "Подключение", tag: "Метка", due: "Срок", created: "Создан", today: "Сегодня", yesterday: "Вчера", tomorrow: "Завтра", next7: "Ближайшие 7 дней", last7: "Последние 7 дней", past: "До сегодня", dates: "С … по …", from: "С", until: "По",
    rush: "Срочные", rework: "Переделка", late: "Опаздывающие", only: "Только такие", without: "Без таких", remove: "Убрать фильтр «{filter}»", not: "кроме: {filter}", showFound: "{n, plural, one {Показать # заказ} few {Показать # заказа} many {Показать # заказов} other {Показать # заказа}}", clear: "Сбросить все",
    saved: "Сохранённые фильтры", save: "Сохранить эти фильтры", saveAs: "Сохранить как", name: "Название", rename: "Переименовать «{name}»", remove_: "Удалить «{name}»", manage: "Переименовать и удалить", nothingSaved: "Здесь появятся сохранённые фильтры.", saveHint: "Они видны всем, кто входит под вашим именем.",
    takenName: "Такое название уже есть: фильтр будет заменён.", overwritten: "Сохранено", noFilters: "Сначала выберите фильтры.",
  },
});
