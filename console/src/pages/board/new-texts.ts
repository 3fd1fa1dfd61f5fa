import { define } from "~/i18n";

/** Texts of a new order. */
export const newTexts = define({
  en: {
    title: "New order", create: "Create order", createMore: "Create and begin another", made: "Order {order} is there", what: "What", where: "Where", when: "When", who: "For whom and by whom", tasks: "Tasks", number: "Number", numberHint: "As people call it; without one it gets none",
    name: "Title", service: "Service", reference: "Reference", description: "Description", instructions: "Instructions", tags: "Tags", tagsHint: "With commas between", priority: "Priority", priorityHint: "1 to 99; the higher one goes first", rush: "Rush",
    known: "A place that is known", knownHint: "Address, city or postal code; fills in what is below", address1: "Address", address2: "Address, second line", city: "City", region: "State or region", postal: "Postal code", country: "Country", latitude: "Latitude", longitude: "Longitude", radius: "Radius in metres",
    lock: "Lock code", key: "Key code", due: "Due", start: "Not before", from: "Window from", to: "Window until", service_time: "Time on site, minutes", zone: "Times in {zone}", customer: "Customer", phone: "Phone", email: "E-mail", unit: "Unit", nobody: "Nobody", person: "Person",
    task: "Task {n}", taskName: "What is to be done", taskInstructions: "How", quantity: "Quantity", addTask: "Add a task", removeTask: "Remove task {n}", least: "Fill in at least a number, a title, an address or a task.", cost: "Cost", weight: "Weight, kg", volume: "Volume",
  },
  nl: {
    title: "Nieuwe order", create: "Order maken", createMore: "Maken en nog een", made: "Order {order} staat erin", what: "Wat", where: "Waar", when: "Wanneer", who: "Voor wie en door wie", tasks: "Taken", number: "Nummer", numberHint: "Zoals mensen hem noemen; anders heeft hij er geen",
    name: "Titel", service: "Dienst", reference: "Referentie", description: "Omschrijving", instructions: "Instructies", tags: "Labels", tagsHint: "Met komma's ertussen", priority: "Prioriteit", priorityHint: "1 tot en met 99; de hoogste gaat voor", rush: "Spoed",
    known: "Een bekende locatie", knownHint: "Adres, plaats of postcode; vult de velden hieronder", address1: "Adres", address2: "Adres, tweede regel", city: "Plaats", region: "Provincie of regio", postal: "Postcode", country: "Land", latitude: "Breedtegraad", longitude: "Lengtegraad", radius: "Straal in meters",
    lock: "Slotcode", key: "Sleutelcode", due: "Termijn", start: "Niet voor", from: "Tijdvenster van", to: "Tijdvenster tot", service_time: "Tijd ter plaatse, minuten", zone: "Tijden in {zone}", customer: "Klant", phone: "Telefoon", email: "E-mail", unit: "Eenheid", nobody: "Niemand", person: "Persoon",
    task: "Taak {n}", taskName: "Wat er moet gebeuren", taskInstructions: "Hoe", quantity: "Aantal", addTask: "Taak toevoegen", removeTask: "Taak {n} weghalen", least: "Vul op zijn minst een nummer, titel, adres of taak in.", cost: "Kosten", weight: "Gewicht, kg", volume: "Volume",
  },
  es: {
    title: "Nueva orden", create: "Crear orden", createMore: "Crear y empezar otra", made: "La orden {order} ya está", what: "Qué", where: "Dónde", when: "Cuándo", who: "Para quién y quién la hace", tasks: "Tareas", number: "Número", numberHint: "Como la llama la gente; si no, se queda sin número",
    name: "Título", service: "Servicio", reference: "Referencia", description: "Descripción", instructions: "Instrucciones", tags: "Etiquetas", tagsHint: "Separadas por comas", priority: "Prioridad", priorityHint: "De 1 a 99; la más alta va primero", rush: "Urgente",
    known: "Un sitio conocido", knownHint: "Dirección, ciudad o código postal; rellena lo de abajo", address1: "Dirección", address2: "Dirección, segunda línea", city: "Ciudad", region: "Estado o región", postal: "Código postal", country: "País", latitude: "Latitud", longitude: "Longitud", radius: "Radio en metros",
    lock: "Código de la cerradura", key: "Código de la llave", due: "Vence", start: "No antes de", from: "Franja desde", to: "Franja hasta", service_time: "Tiempo en el sitio, minutos", zone: "Horas de {zone}", customer: "Cliente", phone: "Teléfono", email: "Correo", unit: "Unidad", nobody: "Nadie", person: "Persona",
    task: "Tarea {n}", taskName: "Qué hay que hacer", taskInstructions: "Cómo", quantity: "Cantidad", addTask: "Añadir una tarea", removeTask: "Quitar la tarea {n}", least: "Rellene al menos un número, un título, una dirección o una tarea.", cost: "Coste", weight: "Peso, kg", volume: "Volumen",
  },
  ru: {
    title: "Новый заказ", create: "Создать заказ", createMore: "Создать и начать следующий", made: "Заказ {order} создан", what: "Что", where: "Где", when: "Когда", who: "Для кого и кто делает", tasks: "Задачи", number: "Номер", numberHint: "Как его называют люди; можно без номера",
    name: "Название", service: "Услуга", reference: "Референс", description: "Описание", instructions: "Указания", tags: "Метки", tagsHint: "Через запятую", priority: "Приоритет", priorityHint: "От 1 до 99; больший идёт первым", rush: "Срочно",
    known: "Известное место", knownHint: "Адрес, город или индекс; заполнит поля ниже", address1: "Адрес", address2: "Адрес, вторая строка", city: "Город", region: "Регион", postal: "Индекс", country: "Страна", latitude: "Широта", longitude: "Долгота", radius: "Радиус, метры",
    lock: "Код замка", key: "Код ключа", due: "Срок", start: "Не раньше", from: "Окно с", to: "Окно до", service_time: "Время на месте, минуты", zone: "Время по {zone}", customer: "Клиент", phone: "Телефон", email: "Почта", unit: "Объект", nobody: "Никто", person: "Исполнитель",
    task: "Задача {n}", taskName: "Что сделать", taskInstructions: "Как", quantity: "Количество", addTask: "Добавить задачу", removeTask: "Убрать задачу {n}", least: "Укажите хотя бы номер, название, адрес или задачу.", cost: "Стоимость", weight: "Вес, кг", volume: "Объём",
  },
});
