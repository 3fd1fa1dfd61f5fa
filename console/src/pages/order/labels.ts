/** What fields are called. */

import { define, type Translate } from "~/i18n";

export const labels = define({
  en: {
    status: "Status", number: "Number", title: "Title", service: "Service", client_company: "Client", description: "Description", reference: "Reference", work_info: "Work info",
    instructions: "Instructions", options: "Options", tasks: "Tasks", due: "Due", start: "Not before", priority: "Priority", rush: "Rush", rework: "Rework", tags: "Tags",
    client_status: "Client's status", client_due: "Client's due date", client_instructions: "Client's instructions", unit: "Unit", person: "Person", crew: "Crew",
    "window.from": "From", "window.to": "Until", "window.early_tolerance_s": "Early by", "window.offset_s": "Offset from UTC", service_time_s: "Time on site", "site.radius_m": "Radius",
    execution_flags: "Execution", dependencies: "After orders", "route.id": "Route", "route.position": "Stop", volume: "Volume", weight_kg: "Weight", cost: "Cost",
    "site.address1": "Address", "site.address2": "Address, line 2", "site.city": "City", "site.region": "State", "site.postal_code": "Postal code", "site.country": "Country",
    "site.latitude": "Latitude", "site.longitude": "Longitude", "site.lock_code": "Lock box", "site.key_code": "Key code", "site.lot_size": "Lot size", site: "Site",
    "customer.id": "Customer id", "customer.kind": "Kind", "customer.name": "Name", "customer.phone": "Phone", "customer.phone2": "Second phone", "customer.email": "E-mail", "customer.language": "Language",
    "notice.channels": "Notify by", "notice.lead_s": "Notify ahead", "notice.distance_m": "Notify at", "notice.sent": "Notified",
    "progress.current": "Steps done", "progress.total": "Steps", "result.blob": "Result's hash", "result.name": "Result", "result.type": "Result's type", outcome: "Outcome", late: "Late",
    completion_percent: "Completion", arrived_at: "Arrived", departed_at: "Left", eta: "Expected", distance_left_m: "Distance left", completed_at: "Completed", canceled_at: "Canceled",
    next_at: "Next since", odometer_km: "Odometer", notes: "Note", attachments: "File", forms: "Form", check_ins: "Check-in", charges: "Charge", questions: "Question",
    keys: "Key", routed_to: "Handed to", imported_by: "Imported by", acknowledgements: "Acknowledgement", wire: "Kept as sent",
  },
  nl: {
    status: "Status", number: "Nummer", title: "Titel", service: "Dienst", client_company: "Opdrachtgever", description: "Omschrijving", reference: "Kenmerk", work_info: "Werkinformatie",
    instructions: "Instructies", options: "Opties", tasks: "Taken", due: "Uiterlijk", start: "Niet voor", priority: "Prioriteit", rush: "Spoed", rework: "Herstel", tags: "Labels",
    client_status: "Status bij opdrachtgever", client_due: "Uiterlijk volgens opdrachtgever", client_instructions: "Instructies van opdrachtgever", unit: "Eenheid", person: "Persoon", crew: "Ploeg",
    "window.from": "Vanaf", "window.to": "Tot", "window.early_tolerance_s": "Eerder mag", "window.offset_s": "Verschil met UTC", service_time_s: "Tijd ter plaatse", "site.radius_m": "Straal",
    execution_flags: "Uitvoering", dependencies: "Na orders", "route.id": "Route", "route.position": "Stop", volume: "Volume", weight_kg: "Gewicht", cost: "Kosten",
    "site.address1": "Adres", "site.address2": "Adres, regel 2", "site.city": "Plaats", "site.region": "Provincie", "site.postal_code": "Postcode", "site.country": "Land",
    "site.latitude": "Breedtegraad", "site.longitude": "Lengtegraad", "site.lock_code": "Sleutelkluis", "site.key_code": "Sleutelcode", "site.lot_size": "Perceelgrootte", site: "Locatie",
    "customer.id": "Klant-id", "customer.kind": "Soort", "customer.name": "Naam", "customer.phone": "Telefoon", "customer.phone2": "Tweede telefoon", "customer.email": "E-mail", "customer.language": "Taal",
    "notice.channels": "Bericht via", "notice.lead_s": "Bericht vooraf", "notice.distance_m": "Bericht op", "notice.sent": "Bericht gestuurd",
    "progress.current": "Stappen klaar", "progress.total": "Stappen", "result.blob": "Hash van resultaat", "result.name": "Resultaat", "result.type": "Soort resultaat", outcome: "Uitkomst", late: "Te laat",
    completion_percent: "Voltooid", arrived_at: "Aangekomen", departed_at: "Vertrokken", eta: "Verwacht", distance_left_m: "Nog te gaan", completed_at: "Voltooid op", canceled_at: "Geannuleerd op",
    next_at: "Aan de beurt sinds", odometer_km: "Kilometerstand", notes: "Notitie", attachments: "Bestand", forms: "Formulier", check_ins: "Aanmelding", charges: "Regel", questions: "Vraag",
    keys: "Sleutel", routed_to: "Doorgegeven aan", imported_by: "Geïmporteerd door", acknowledgements: "Bevestiging", wire: "Bewaard zoals verzonden",
  },
  es: {
    status: "Estado", number: "Número", title: "Título", service: "Servicio", client_company: "Cliente", description: "Descripción", reference: "Referencia", work_info: "Información de trabajo",
    instructions: "Instrucciones", options: "Opciones", tasks: "Tareas", due: "Vence", start: "No antes de", priority: "Prioridad", rush: "Urgente", rework: "Repetición", tags: "Etiquetas",
    client_status: "Estado del cliente", client_due: "Vencimiento del cliente", client_instructions: "Instrucciones del cliente", unit: "Unidad", person: "Persona", crew: "Cuadrilla",
    "window.from": "Desde", "window.to": "Hasta", "window.early_tolerance_s": "Antelación permitida", "window.offset_s": "Diferencia con UTC", service_time_s: "Tiempo en el sitio", "site.radius_m": "Radio",
    execution_flags: "Ejecución", dependencies: "Después de las órdenes", "route.id": "Ruta", "route.position": "Parada", volume: "Volumen", weight_kg: "Peso", cost: "Coste",
    "site.address1": "Dirección", "site.address2": "Dirección, línea 2", "site.city": "Ciudad", "site.region": "Provincia o estado", "site.postal_code": "Código postal", "site.country": "País",
    "site.latitude": "Latitud", "site.longitude": "Longitud", "site.lock_code": "Caja de llaves", "site.key_code": "Código de llave", "site.lot_size": "Tamaño del lote", site: "Sitio",
    "customer.id": "Id del cliente", "customer.kind": "Tipo", "customer.name": "Nombre", "customer.phone": "Teléfono", "customer.phone2": "Segundo teléfono", "customer.email": "Correo", "customer.language": "Idioma",
    "notice.channels": "Avisar por", "notice.lead_s": "Avisar con antelación de", "notice.distance_m": "Avisar a", "notice.sent": "Avisado",
    "progress.current": "Pasos hechos", "progress.total": "Pasos", "result.blob": "Hash del resultado", "result.name": "Resultado", "result.type": "Tipo de resultado", outcome: "Desenlace", late: "Con retraso",
    completion_percent: "Avance", arrived_at: "Llegada", departed_at: "Salida", eta: "Llegada prevista", distance_left_m: "Distancia restante", completed_at: "Completada", canceled_at: "Cancelada",
    next_at: "Siguiente desde", odometer_km: "Odómetro", notes: "Nota", attachments: "Archivo", forms: "Formulario", check_ins: "Registro de llegada", charges: "Cargo", questions: "Pregunta",
    keys: "Clave", routed_to: "Pasada a", imported_by: "Importada por", acknowledgements: "Acuse", wire: "Guardado como se envió",
  },
  ru: {
    status: "Статус", number: "Номер", title: "Название", service: "Услуга", client_company: "Заказчик", description: "Описание", reference: "Ссылка", work_info: "Для работы",
    instructions: "Инструкции", options: "Параметры", tasks: "Задачи", due: "Срок", start: "Не раньше", priority: "Приоритет", rush: "Срочно", rework: "Переделка", tags: "Метки",
    client_status: "Статус заказчика", client_due: "Срок заказчика", client_instructions: "Инструкции заказчика", unit: "Объект", person: "Исполнитель", crew: "Бригада",
    "window.from": "С", "window.to": "До", "window.early_tolerance_s": "Можно раньше на", "window.offset_s": "Смещение от UTC", service_time_s: "Время на месте", "site.radius_m": "Радиус",
    execution_flags: "Выполнение", dependencies: "После заказов", "route.id": "Маршрут", "route.position": "Остановка", volume: "Объём", weight_kg: "Вес", cost: "Стоимость",
    "site.address1": "Адрес", "site.address2": "Адрес, строка 2", "site.city": "Город", "site.region": "Регион", "site.postal_code": "Индекс", "site.country": "Страна",
    "site.latitude": "Широта", "site.longitude": "Долгота", "site.lock_code": "Сейф для ключей", "site.key_code": "Код ключа", "site.lot_size": "Участок", site: "Место",
    "customer.id": "Id клиента", "customer.kind": "Вид", "customer.name": "Имя", "customer.phone": "Телефон", "customer.phone2": "Второй телефон", "customer.email": "Почта", "customer.language": "Язык",
    "notice.channels": "Оповещать", "notice.lead_s": "Оповестить за", "notice.distance_m": "Оповестить на расстоянии", "notice.sent": "Оповещён",
    "progress.current": "Шагов сделано", "progress.total": "Шагов", "result.blob": "Хеш результата", "result.name": "Результат", "result.type": "Тип результата", outcome: "Исход", late: "С опозданием",
    completion_percent: "Готовность", arrived_at: "Прибытие", departed_at: "Отъезд", eta: "Ожидается", distance_left_m: "Осталось пути", completed_at: "Выполнен", canceled_at: "Отменён",
    next_at: "Следующий с", odometer_km: "Пробег", notes: "Заметка", attachments: "Файл", forms: "Форма", check_ins: "Отметка на месте", charges: "Начисление", questions: "Вопрос",
    keys: "Ключ", routed_to: "Передан", imported_by: "Импортирован", acknowledgements: "Подтверждение", wire: "Сохранено как прислано",
  },
});

/** What a field is called; one that we do not know by its own name, `wire.…` with its dialect. */
export function label(field: string): string {
  const t = labels() as Translate<string>;
  return field.startsWith("wire.") ? `${t("wire")} (${field.slice(5)})` : t(field);
}
