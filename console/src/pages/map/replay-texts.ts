import { define } from "~/i18n";

export const texts = define({
  en: {
    day: "Day", units: "Units", atMost: "{n} at most at once", play: "Play", pause: "Pause", time: "Time of the day", speed: "How fast", times: "{n}×", previous: "To the order completed before", next: "To the next order completed",
    completed: "Completed", soFar: "{done} of {n}", nothing: "Nothing is known of this day: no unit reported and no order was completed.", noCompleted: "No order was completed on this day.", loading: "Reading where they were…", more: "More was completed than is shown here.",
    driven: "{km} so far", notYet: "not seen yet", readAgain: "Read again", bar: "Replay", whichUnits: "Which units", follow: "At that moment",
  },
  nl: {
    day: "Dag", units: "Eenheden", atMost: "hoogstens {n} tegelijk", play: "Afspelen", pause: "Pauzeren", time: "Tijdstip", speed: "Hoe snel", times: "{n}×", previous: "Naar de order die ervoor klaar was", next: "Naar de volgende order die klaar was",
    completed: "Voltooid", soFar: "{done} van {n}", nothing: "Over deze dag is niets bekend: geen eenheid meldde zich en geen order werd voltooid.", noCompleted: "Op deze dag werd geen order voltooid.", loading: "Posities worden opgehaald…", more: "Er is meer voltooid dan hier staat.",
    driven: "{km} tot dan", notYet: "nog niet gezien", readAgain: "Opnieuw ophalen", bar: "Terugkijken", whichUnits: "Welke eenheden", follow: "Op dat moment",
  },
  es: {
    day: "Día", units: "Unidades", atMost: "{n} a la vez como máximo", play: "Reproducir", pause: "Pausar", time: "Hora del día", speed: "Velocidad", times: "{n}×", previous: "A la orden completada antes", next: "A la siguiente orden completada",
    completed: "Completadas", soFar: "{done} de {n}", nothing: "No se sabe nada de este día: ninguna unidad se comunicó ni se completó ninguna orden.", noCompleted: "Este día no se completó ninguna orden.", loading: "Leyendo dónde estaban…", more: "Se completaron más de las que se muestran.",
    driven: "{km} hasta ahí", notYet: "aún sin señal", readAgain: "Leer de nuevo", bar: "Repetición", whichUnits: "Qué unidades", follow: "En ese momento",
  },
  ru: {
    day: "День", units: "Объекты", atMost: "не больше {n} сразу", play: "Пуск", pause: "Пауза", time: "Время дня", speed: "Скорость", times: "{n}×", previous: "К предыдущему выполненному заказу", next: "К следующему выполненному заказу",
    completed: "Выполнено", soFar: "{done} из {n}", nothing: "Об этом дне ничего не известно: ни один объект не выходил на связь и ни один заказ не выполнен.", noCompleted: "В этот день не выполнено ни одного заказа.", loading: "Загружаются положения…", more: "Выполнено больше, чем показано.",
    driven: "{km} к этому времени", notYet: "ещё не на связи", readAgain: "Загрузить снова", bar: "Повтор", whichUnits: "Какие объекты", follow: "В этот момент",
  },
});
