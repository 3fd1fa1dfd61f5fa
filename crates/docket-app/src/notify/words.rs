//! What people are told, in their languages: one table.
//!
//! The sentences hold tags as templates do (see [`super::tags`]).

/// How the time of day is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    /// `14:20`.
    Plain,
    /// `14:20 Uhr`.
    Uhr,
    /// `14 h 20`.
    Heures,
}

/// One language.
pub(super) struct Words {
    /// BCP 47, the language alone.
    pub(super) code: &'static str,
    /// How a mail to somebody whose name is known begins.
    pub(super) hello_name: &'static str,
    /// How it begins otherwise.
    pub(super) hello: &'static str,
    /// The unit comes.
    pub(super) arrival: &'static str,
    /// The unit is near.
    pub(super) distance: &'static str,
    /// Subject of either.
    pub(super) subject: &'static str,
    /// Where to.
    pub(super) address: &'static str,
    /// That nobody reads answers.
    pub(super) automatic: &'static str,
    /// To the driver: off the planned way.
    pub(super) deviation: &'static str,
    /// To the driver: not confirmed.
    pub(super) unconfirmed: &'static str,
    /// Months as they stand in a date.
    pub(super) months: [&'static str; 12],
    /// A date: `{day}`, `{month}`.
    pub(super) date: &'static str,
    /// The time of day.
    pub(super) clock: Clock,
    /// Between a number and its fraction.
    pub(super) decimal: char,
    /// Minutes, metres, kilometres, kilograms.
    pub(super) units: [&'static str; 4],
}

const LATIN: [&str; 4] = ["min", "m", "km", "kg"];
const CYRILLIC: [&str; 4] = ["мин", "м", "км", "кг"];

pub(super) static LANGUAGES: [Words; 10] = [
    Words {
        code: "en",
        hello_name: "Hello %CLIENT_NAME%,",
        hello: "Hello,",
        arrival: "Your order %ORDER_NAME% is on its way. Expected arrival: %ORDER_ARRIVAL_TIME%.",
        distance: "Your order %ORDER_NAME% is %DISTANCE_LEFT% away. Expected arrival: %ORDER_ARRIVAL_TIME%.",
        subject: "Your order %ORDER_NAME%: expected arrival %ORDER_ARRIVAL_TIME%",
        address: "Address: %ORDER_ADDRESS%",
        automatic: "This message was sent automatically.",
        deviation: "%UNIT_NAME%: you are %DEVIATION% off the planned route. Next order: %ORDER_NAME%.",
        unconfirmed: "%UNIT_NAME%: you left order %ORDER_NAME% without confirming it. Please confirm or reject it.",
        months: [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
        date: "{day} {month}",
        clock: Clock::Plain,
        decimal: '.',
        units: LATIN,
    },
    Words {
        code: "nl",
        hello_name: "Beste %CLIENT_NAME%,",
        hello: "Hallo,",
        arrival: "Uw opdracht %ORDER_NAME% is onderweg. Verwachte aankomst: %ORDER_ARRIVAL_TIME%.",
        distance: "Uw opdracht %ORDER_NAME% is nog %DISTANCE_LEFT% van u vandaan. Verwachte aankomst: \
                   %ORDER_ARRIVAL_TIME%.",
        subject: "Uw opdracht %ORDER_NAME%: verwachte aankomst %ORDER_ARRIVAL_TIME%",
        address: "Adres: %ORDER_ADDRESS%",
        automatic: "Dit bericht is automatisch verstuurd.",
        deviation: "%UNIT_NAME%: u bent %DEVIATION% van de geplande route af. Volgende opdracht: %ORDER_NAME%.",
        unconfirmed: "%UNIT_NAME%: u hebt opdracht %ORDER_NAME% verlaten zonder die te bevestigen. Bevestig of weiger \
                      de opdracht.",
        months: [
            "januari",
            "februari",
            "maart",
            "april",
            "mei",
            "juni",
            "juli",
            "augustus",
            "september",
            "oktober",
            "november",
            "december",
        ],
        date: "{day} {month}",
        clock: Clock::Plain,
        decimal: ',',
        units: LATIN,
    },
    Words {
        code: "es",
        hello_name: "Hola, %CLIENT_NAME%:",
        hello: "Hola:",
        arrival: "Su pedido %ORDER_NAME% está en camino. Llegada prevista: %ORDER_ARRIVAL_TIME%.",
        distance: "Su pedido %ORDER_NAME% está a %DISTANCE_LEFT%. Llegada prevista: %ORDER_ARRIVAL_TIME%.",
        subject: "Su pedido %ORDER_NAME%: llegada prevista %ORDER_ARRIVAL_TIME%",
        address: "Dirección: %ORDER_ADDRESS%",
        automatic: "Este mensaje se ha enviado automáticamente.",
        deviation: "%UNIT_NAME%: se ha desviado %DEVIATION% de la ruta prevista. Siguiente pedido: %ORDER_NAME%.",
        unconfirmed: "%UNIT_NAME%: ha dejado el pedido %ORDER_NAME% sin confirmarlo. Confírmelo o rechácelo.",
        months: [
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ],
        date: "{day} de {month}",
        clock: Clock::Plain,
        decimal: ',',
        units: LATIN,
    },
    Words {
        code: "ru",
        hello_name: "Здравствуйте, %CLIENT_NAME%!",
        hello: "Здравствуйте!",
        arrival: "Ваш заказ %ORDER_NAME% в пути. Ожидаемое время прибытия: %ORDER_ARRIVAL_TIME%.",
        distance: "До доставки вашего заказа %ORDER_NAME% осталось %DISTANCE_LEFT%. Ожидаемое время прибытия: \
                   %ORDER_ARRIVAL_TIME%.",
        subject: "Ваш заказ %ORDER_NAME%: ожидаемое время прибытия %ORDER_ARRIVAL_TIME%",
        address: "Адрес: %ORDER_ADDRESS%",
        automatic: "Это сообщение отправлено автоматически.",
        deviation: "%UNIT_NAME%: отклонение от маршрута %DEVIATION%. Следующая заявка: %ORDER_NAME%.",
        unconfirmed: "%UNIT_NAME%: заявка %ORDER_NAME% не подтверждена. Подтвердите или отклоните её.",
        months: [
            "января",
            "февраля",
            "марта",
            "апреля",
            "мая",
            "июня",
            "июля",
            "августа",
            "сентября",
            "октября",
            "ноября",
            "декабря",
        ],
        date: "{day} {month}",
        clock: Clock::Plain,
        decimal: ',',
        units: CYRILLIC,
    },
    Words {
        code: "de",
        hello_name: "Guten Tag %CLIENT_NAME%,",
        hello: "Guten Tag,",
        arrival: "Ihr Auftrag %ORDER_NAME% ist unterwegs. Voraussichtliche Ankunft: %ORDER_ARRIVAL_TIME%.",
        distance: "Ihr Auftrag %ORDER_NAME% ist noch %DISTANCE_LEFT% entfernt. Voraussichtliche Ankunft: \
                   %ORDER_ARRIVAL_TIME%.",
        subject: "Ihr Auftrag %ORDER_NAME%: voraussichtliche Ankunft %ORDER_ARRIVAL_TIME%",
        address: "Adresse: %ORDER_ADDRESS%",
        automatic: "Diese Nachricht wurde automatisch versandt.",
        deviation: "%UNIT_NAME%: Sie sind %DEVIATION% von der geplanten Route entfernt. Nächster Auftrag: \
                    %ORDER_NAME%.",
        unconfirmed: "%UNIT_NAME%: Sie haben den Auftrag %ORDER_NAME% verlassen, ohne ihn zu bestätigen. Bitte \
                      bestätigen Sie ihn oder lehnen Sie ihn ab.",
        months: [
            "Januar",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ],
        date: "{day}. {month}",
        clock: Clock::Uhr,
        decimal: ',',
        units: LATIN,
    },
    Words {
        code: "fr",
        hello_name: "Bonjour %CLIENT_NAME%,",
        hello: "Bonjour,",
        arrival: "Votre commande %ORDER_NAME% est en route. Arrivée prévue : %ORDER_ARRIVAL_TIME%.",
        distance: "Votre commande %ORDER_NAME% est à %DISTANCE_LEFT%. Arrivée prévue : %ORDER_ARRIVAL_TIME%.",
        subject: "Votre commande %ORDER_NAME% : arrivée prévue %ORDER_ARRIVAL_TIME%",
        address: "Adresse : %ORDER_ADDRESS%",
        automatic: "Ce message a été envoyé automatiquement.",
        deviation: "%UNIT_NAME% : vous êtes à %DEVIATION% de l’itinéraire prévu. Commande suivante : %ORDER_NAME%.",
        unconfirmed: "%UNIT_NAME% : vous avez quitté la commande %ORDER_NAME% sans la confirmer. Veuillez la \
                      confirmer ou la refuser.",
        months: [
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ],
        date: "{day} {month}",
        clock: Clock::Heures,
        decimal: ',',
        units: LATIN,
    },
    Words {
        code: "it",
        hello_name: "Buongiorno %CLIENT_NAME%,",
        hello: "Buongiorno,",
        arrival: "Il suo ordine %ORDER_NAME% è in arrivo. Arrivo previsto: %ORDER_ARRIVAL_TIME%.",
        distance: "Il suo ordine %ORDER_NAME% è a %DISTANCE_LEFT%. Arrivo previsto: %ORDER_ARRIVAL_TIME%.",
        subject: "Il suo ordine %ORDER_NAME%: arrivo previsto %ORDER_ARRIVAL_TIME%",
        address: "Indirizzo: %ORDER_ADDRESS%",
        automatic: "Questo messaggio è stato inviato automaticamente.",
        deviation: "%UNIT_NAME%: è a %DEVIATION% dal percorso previsto. Ordine successivo: %ORDER_NAME%.",
        unconfirmed: "%UNIT_NAME%: ha lasciato l’ordine %ORDER_NAME% senza confermarlo. Lo confermi o lo rifiuti.",
        months: [
            "gennaio",
            "febbraio",
            "marzo",
            "aprile",
            "maggio",
            "giugno",
            "luglio",
            "agosto",
            "settembre",
            "ottobre",
            "novembre",
            "dicembre",
        ],
        date: "{day} {month}",
        clock: Clock::Plain,
        decimal: ',',
        units: LATIN,
    },
    Words {
        code: "pt",
        hello_name: "Olá %CLIENT_NAME%,",
        hello: "Olá,",
        arrival: "O seu pedido %ORDER_NAME% está a caminho. Chegada prevista: %ORDER_ARRIVAL_TIME%.",
        distance: "O seu pedido %ORDER_NAME% está a %DISTANCE_LEFT%. Chegada prevista: %ORDER_ARRIVAL_TIME%.",
        subject: "O seu pedido %ORDER_NAME%: chegada prevista %ORDER_ARRIVAL_TIME%",
        address: "Endereço: %ORDER_ADDRESS%",
        automatic: "Esta mensagem foi enviada automaticamente.",
        deviation: "%UNIT_NAME%: desviou-se %DEVIATION% da rota prevista. Próximo pedido: %ORDER_NAME%.",
        unconfirmed: "%UNIT_NAME%: deixou o pedido %ORDER_NAME% sem o confirmar. Confirme-o ou rejeite-o.",
        months: [
            "janeiro",
            "fevereiro",
            "março",
            "abril",
            "maio",
            "junho",
            "julho",
            "agosto",
            "setembro",
            "outubro",
            "novembro",
            "dezembro",
        ],
        date: "{day} de {month}",
        clock: Clock::Plain,
        decimal: ',',
        units: LATIN,
    },
    Words {
        code: "pl",
        hello_name: "Dzień dobry, %CLIENT_NAME%!",
        hello: "Dzień dobry!",
        arrival: "Zamówienie %ORDER_NAME% jest w drodze. Przewidywany przyjazd: %ORDER_ARRIVAL_TIME%.",
        distance: "Do dostawy zamówienia %ORDER_NAME% pozostało %DISTANCE_LEFT%. Przewidywany przyjazd: \
                   %ORDER_ARRIVAL_TIME%.",
        subject: "Zamówienie %ORDER_NAME%: przewidywany przyjazd %ORDER_ARRIVAL_TIME%",
        address: "Adres: %ORDER_ADDRESS%",
        automatic: "Ta wiadomość została wysłana automatycznie.",
        deviation: "%UNIT_NAME%: odległość od zaplanowanej trasy %DEVIATION%. Następne zamówienie: %ORDER_NAME%.",
        unconfirmed: "%UNIT_NAME%: zamówienie %ORDER_NAME% nie zostało potwierdzone. Proszę je potwierdzić lub odrzucić.",
        months: [
            "stycznia",
            "lutego",
            "marca",
            "kwietnia",
            "maja",
            "czerwca",
            "lipca",
            "sierpnia",
            "września",
            "października",
            "listopada",
            "grudnia",
        ],
        date: "{day} {month}",
        clock: Clock::Plain,
        decimal: ',',
        units: LATIN,
    },
    Words {
        code: "uk",
        hello_name: "Вітаємо, %CLIENT_NAME%!",
        hello: "Вітаємо!",
        arrival: "Ваше замовлення %ORDER_NAME% у дорозі. Очікуваний час прибуття: %ORDER_ARRIVAL_TIME%.",
        distance: "До доставки вашого замовлення %ORDER_NAME% залишилося %DISTANCE_LEFT%. Очікуваний час прибуття: \
                   %ORDER_ARRIVAL_TIME%.",
        subject: "Ваше замовлення %ORDER_NAME%: очікуваний час прибуття %ORDER_ARRIVAL_TIME%",
        address: "Адреса: %ORDER_ADDRESS%",
        automatic: "Це повідомлення надіслано автоматично.",
        deviation: "%UNIT_NAME%: відхилення від маршруту %DEVIATION%. Наступне замовлення: %ORDER_NAME%.",
        unconfirmed: "%UNIT_NAME%: замовлення %ORDER_NAME% не підтверджено. Підтвердьте або відхиліть його.",
        months: [
            "січня",
            "лютого",
            "березня",
            "квітня",
            "травня",
            "червня",
            "липня",
            "серпня",
            "вересня",
            "жовтня",
            "листопада",
            "грудня",
        ],
        date: "{day} {month}",
        clock: Clock::Plain,
        decimal: ',',
        units: ["хв", "м", "км", "кг"],
    },
];

/// A language of somebody: its words, and whether the day there has two times twelve hours.
#[derive(Clone, Copy)]
pub(super) struct Language {
    pub(super) words: &'static Words,
    pub(super) twelve_hours: bool,
}

/// The language of a tag such as `nl`, `nl-BE` or `en_US`.
pub(super) fn language(tag: &str) -> Option<Language> {
    let mut parts = tag.trim().split(['-', '_']);
    let code = parts.next().unwrap_or_default().to_ascii_lowercase();
    let region = parts.find(|part| part.len() == 2).map(str::to_ascii_uppercase);
    let words = LANGUAGES.iter().find(|words| words.code == code)?;
    let twelve_hours = code == "en" && region.is_some_and(|region| ["US", "CA", "AU", "NZ"].contains(&region.as_str()));
    Some(Language { words, twelve_hours })
}
