//! What people are told, in which words, how often.

use super::tags::{Form, Known, TAGS};
use super::words::{LANGUAGES, language};
use super::write::{EMAIL, SMS_FIRST, SMS_SECOND};
use super::*;
use crate::clock::SteeredClock;
use crate::hub::HubOptions;
use docket_core::catalogue::Unit;
use docket_core::ids::{ConnectionId, OrderId, UnitId, Uuid};
use docket_core::order::{Move, Origin, State, Transition};
use docket_dialects::notice::Template;
use docket_store::{OutboxMail, OutboxQuery};
use std::sync::Arc;

const NOW: &str = "2026-01-15T12:00:00Z";

struct World {
    hub: Arc<Hub>,
    clock: Arc<SteeredClock>,
    account: AccountId,
    _data: tempfile::TempDir,
}

impl World {
    async fn with(notify: NotifyOptions) -> World {
        let data = tempfile::tempdir().unwrap();
        let clock = Arc::new(SteeredClock::at(NOW.parse().unwrap()));
        let options = HubOptions { notify, ..HubOptions::embedded(data.path(), Arc::clone(&clock) as _) };
        let hub = Hub::open(options).await.unwrap();
        let account = hub.store().account("main", true).await.unwrap().unwrap();
        hub.refresh_directory().await.unwrap();
        World { hub, clock, account, _data: data }
    }

    async fn new() -> World {
        World::with(NotifyOptions { zone: TimeZone::get("Europe/Amsterdam").unwrap(), ..Default::default() }).await
    }

    async fn unit(&self, phone: &str) -> i64 {
        let unit = Unit {
            name: "Van 7".to_owned(),
            phone: phone.to_owned(),
            id: UnitId(100 + i64::try_from(phone.len()).unwrap()),
            created_at: self.hub.now(),
            ..Unit::default()
        };
        let id = unit.id.0;
        self.hub.store().put_unit(self.account, unit).await.unwrap();
        id
    }

    async fn order(&self, command: Command) -> Serial {
        let submission = Submission::one(Request::create(command));
        match self.hub.submit(&Caller::hub(self.account), submission).await.unwrap().pop() {
            Some(Outcome::Done(done)) => done.order.serial,
            other => panic!("{other:?}"),
        }
    }

    async fn mails(&self) -> Vec<OutboxMail> {
        let mut mails = self.hub.store().outbox(OutboxQuery { limit: 1000, ..Default::default() }).await.unwrap();
        mails.reverse();
        mails
    }

    async fn notified(&self, serial: Serial) -> i64 {
        let order = self.hub.order(&Caller::hub(self.account), Target::Serial(serial)).await.unwrap().unwrap();
        order.fields.notified.unwrap_or_default()
    }

    fn soon(&self) -> Occasion {
        Occasion::ArrivalNear { eta: "2026-01-15T13:20:00Z".parse().unwrap(), left_m: 12_345.0 }
    }
}

fn wanted(channels: i64) -> Command {
    Command::default()
        .with(Field::Title, "Crate 7")
        .with(Field::Address1, "Kade 5")
        .with(Field::PostalCode, "1012 AB")
        .with(Field::City, "Amsterdam")
        .with(Field::CustomerName, "Иван Петров")
        .with(Field::CustomerPhone, "+31 6 1111 1111")
        .with(Field::CustomerPhone2, "06-22222222")
        .with(Field::CustomerEmail, "ivan@example.org")
        .with(Field::NoticeChannels, channels)
}

#[tokio::test]
async fn customers_are_told_by_the_channels_they_asked_for_and_once() {
    let world = World::new().await;
    let serial = world.order(wanted(SMS_FIRST | SMS_SECOND | EMAIL).with(Field::CustomerLanguage, "nl-BE")).await;
    assert!(owe(&world.hub, world.account, serial, world.soon()).await.unwrap());
    let mails = world.mails().await;
    let told: Vec<_> = mails.iter().map(|owed| (owed.mail.channel.word(), owed.mail.to.as_str())).collect();
    assert_eq!(told, [("sms", "+31611111111"), ("sms", "0622222222"), ("email", "ivan@example.org")]);
    assert_eq!(mails[0].mail.text, "Uw opdracht Crate 7 is onderweg. Verwachte aankomst: 14:20.");
    assert_eq!(mails[2].mail.subject, "Uw opdracht Crate 7: verwachte aankomst 14:20");
    let letter = "Beste Иван Петров,\n\nUw opdracht Crate 7 is onderweg. Verwachte aankomst: 14:20.\n\
                  Adres: Kade 5, 1012 AB Amsterdam\n\nDit bericht is automatisch verstuurd.\n";
    assert_eq!(mails[2].mail.text, letter);
    assert_eq!(mails[2].mail.order, Some(serial));
    assert_eq!(mails[2].mail.until, Some("2026-01-15T15:20:00Z".parse().unwrap()));
    assert_eq!(mails[0].at, world.hub.now());
    assert_eq!(world.notified(serial).await, 0x10);

    assert!(!owe(&world.hub, world.account, serial, world.soon()).await.unwrap(), "told already");
    let near = Occasion::DistanceNear { eta: world.hub.now(), left_m: 840.0 };
    assert!(owe(&world.hub, world.account, serial, near).await.unwrap(), "another thing to tell");
    let mails = world.mails().await;
    assert_eq!(mails.len(), 6);
    assert_eq!(mails[3].mail.text, "Uw opdracht Crate 7 is nog 840\u{a0}m van u vandaan. Verwachte aankomst: 13:00.");
    assert_eq!(world.notified(serial).await, 0x30);
}

#[tokio::test]
async fn many_at_once_tell_once() {
    let world = World::new().await;
    let serial = world.order(wanted(EMAIL)).await;
    let tries = (0..20).map(|_| owe(&world.hub, world.account, serial, world.soon()));
    let told = futures_util::future::join_all(tries).await.into_iter().filter(|told| *told.as_ref().unwrap()).count();
    assert_eq!((told, world.mails().await.len()), (1, 1));
}

#[tokio::test]
async fn nobody_is_told_who_did_not_ask_or_cannot_be_reached() {
    let world = World::new().await;
    let silent = world.order(wanted(0)).await;
    let unreachable = world.order(wanted(SMS_FIRST).with(Field::CustomerPhone, "none")).await;
    let done = world.order(wanted(EMAIL)).await;
    let complete = Request::change(Target::Serial(done), |_| {
        Ok(Command { to: Some(Move::Become(State::Completed)), ..Command::default() })
    });
    world.hub.submit(&Caller::hub(world.account), Submission::one(complete)).await.unwrap();
    for serial in [silent, unreachable, done, Serial(999_999)] {
        assert!(!owe(&world.hub, world.account, serial, world.soon()).await.unwrap());
    }
    assert_eq!((world.mails().await.len(), world.notified(silent).await), (0, 0));
}

#[tokio::test]
async fn drivers_are_told_by_the_phone_of_their_unit() {
    let world = World::new().await;
    let (with, without) = (world.unit("+44 20 1234").await, world.unit("").await);
    let assigned = |unit: i64| {
        let to = Some(Move::Take(Transition::Assign));
        Command { to, ..wanted(EMAIL) }.with(Field::Unit, unit)
    };
    let serial = world.order(assigned(with)).await;
    assert!(owe(&world.hub, world.account, serial, Occasion::Deviation { off_m: 1480.0 }).await.unwrap());
    assert!(owe(&world.hub, world.account, serial, Occasion::Unconfirmed).await.unwrap());
    let mails = world.mails().await;
    let told: Vec<_> = mails.iter().map(|owed| (owed.mail.to.as_str(), owed.mail.text.as_str())).collect();
    let off = "Van 7: you are 1.5\u{a0}km off the planned route. Next order: Crate 7.";
    let left = "Van 7: you left order Crate 7 without confirming it. Please confirm or reject it.";
    assert_eq!(told, [("+44201234", off), ("+44201234", left)]);
    assert_eq!(world.notified(serial).await, 0x6);
    let serial = world.order(assigned(without)).await;
    assert!(owe(&world.hub, world.account, serial, Occasion::Unconfirmed).await.unwrap());
    assert_eq!((world.mails().await.len(), world.notified(serial).await), (2, 0x4), "its application reads the bit");
}

#[tokio::test]
async fn a_connections_own_texts_are_told() {
    let world = World::new().await;
    let connection = ConnectionId(4);
    let template = Template {
        sms: "%ORDER_NAME% %ORDER_COST% %ORDER_COMMENT%|%NOBODY_KNOWS% 100% 5%5".to_owned(),
        subject: "For %CLIENT_NAME%\n".to_owned(),
        text: "<p>%CLIENT_NAME%</p><a href=\"%LOCATOR_LINK(60,T)%\">where</a>".to_owned(),
        html: true,
        currency: "EUR".to_owned(),
        locator: "where.example".to_owned(),
        ..Template::default()
    };
    let records = vec![template.record(connection)];
    let kept = Submission { records, ..Submission::default() };
    world.hub.submit(&Caller::hub(world.account), kept).await.unwrap();
    let origin = Origin { connection: Some(connection), dialect: "wialon".to_owned() };
    let command = wanted(SMS_FIRST | EMAIL)
        .with(Field::CustomerName, "<Ann> & \"Bob\"\r\nX: y")
        .with(Field::Cost, 12.5)
        .with(Field::CustomerLanguage, "de");
    let serial = world.order(Command { on_behalf_of: Some(origin), ..command }).await;
    assert!(owe(&world.hub, world.account, serial, world.soon()).await.unwrap());
    let mails = world.mails().await;
    assert_eq!(mails[0].mail.text, "Crate 7 12,50\u{a0}EUR |%NOBODY_KNOWS% 100% 5%5");
    assert_eq!(mails[0].mail.connection, Some(connection));
    assert_eq!(mails[1].mail.subject, "For <Ann> & \"Bob\" X: y\n", "the header is made safe where it is written");
    let link = format!("http://where.example/?order={}", serial.0);
    let html = format!("<p>&lt;Ann&gt; &amp; &quot;Bob&quot;<br>\nX: y</p><a href=\"{link}\">where</a>");
    assert_eq!(mails[1].mail.html.as_deref(), Some(html.as_str()));
    assert_eq!(mails[1].mail.text, "<Ann> & \"Bob\"\nX: y\nwhere");
}

#[tokio::test]
async fn a_day_has_a_cap() {
    let options = NotifyOptions { daily_cap: 5, operator: "ops@example.org".to_owned(), ..Default::default() };
    let world = World::with(options).await;
    let mut told = 0;
    for _ in 0..8 {
        let serial = world.order(wanted(SMS_FIRST | EMAIL)).await;
        let owed = owe(&world.hub, world.account, serial, world.soon()).await.unwrap();
        assert_eq!(world.notified(serial).await != 0, owed, "who was not told is not marked as told");
        told += usize::from(owed);
    }
    let mails = world.mails().await;
    let to_operator: Vec<_> = mails.iter().filter(|owed| owed.mail.to == "ops@example.org").collect();
    assert_eq!(
        (told, mails.len(), to_operator.len()),
        (2, 5, 1),
        "two orders of two messages, and one to the operator"
    );
    assert!(to_operator[0].mail.subject.contains("main") && to_operator[0].mail.text.contains("2026-01-15"));
    assert_eq!(to_operator[0].at, world.hub.now());
    let unit = world.unit("+44 20 1234").await;
    let serial = world.order(wanted(0).with(Field::Unit, unit)).await;
    for expected in [true, false] {
        assert_eq!(owe(&world.hub, world.account, serial, Occasion::Unconfirmed).await.unwrap(), expected);
    }
    assert_eq!(world.mails().await.len(), 6, "there was room for one");
    world.clock.advance_ms(24 * 3_600_000);
    let serial = world.order(wanted(EMAIL)).await;
    assert!(owe(&world.hub, world.account, serial, world.soon()).await.unwrap(), "a new day");
}

#[test]
fn every_language_says_everything() {
    let order = Order { fields: docket_core::order::Fields { cost: Some(5.0), ..Default::default() }, ..some_order() };
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let mut shown = String::new();
    for words in &LANGUAGES {
        let known = known(&order, &zone, words.code);
        let texts = [words.hello_name, words.arrival, words.distance, words.subject, words.address, words.automatic];
        for text in texts.into_iter().chain([words.deviation, words.unconfirmed, words.hello]) {
            let filled = known.fill(text, Form::Plain);
            assert!(!filled.contains('%'), "{filled}");
        }
        for month in words.months {
            assert!(!month.is_empty());
        }
        shown.push_str(&format!(
            "{} {} | {}\n",
            words.code,
            known.fill(words.distance, Form::Plain).replace('\u{a0}', "_"),
            known.time("2026-05-01T06:05:00Z".parse().unwrap()).replace('\u{a0}', "_"),
        ));
    }
    assert_eq!(shown, SHOWN);
}

const SHOWN: &str = "\
en Your order 9 is 1.2_km away. Expected arrival: 14:20. | 1 May, 08:05
nl Uw opdracht 9 is nog 1,2_km van u vandaan. Verwachte aankomst: 14:20. | 1 mei, 08:05
es Su pedido 9 está a 1,2_km. Llegada prevista: 14:20. | 1 de mayo, 08:05
ru До доставки вашего заказа 9 осталось 1,2_км. Ожидаемое время прибытия: 14:20. | 1 мая, 08:05
de Ihr Auftrag 9 ist noch 1,2_km entfernt. Voraussichtliche Ankunft: 14:20_Uhr. | 1. Mai, 08:05_Uhr
fr Votre commande 9 est à 1,2_km. Arrivée prévue : 14_h_20. | 1 mai, 8_h_05
it Il suo ordine 9 è a 1,2_km. Arrivo previsto: 14:20. | 1 maggio, 08:05
pt O seu pedido 9 está a 1,2_km. Chegada prevista: 14:20. | 1 de maio, 08:05
pl Do dostawy zamówienia 9 pozostało 1,2_km. Przewidywany przyjazd: 14:20. | 1 maja, 08:05
uk До доставки вашого замовлення 9 залишилося 1,2_км. Очікуваний час прибуття: 14:20. | 1 травня, 08:05
";

#[test]
fn every_tag_has_a_value_or_nothing() {
    let order = some_order();
    let zone = TimeZone::UTC;
    let known = known(&order, &zone, "en-US");
    for (tag, _) in TAGS {
        let filled = known.fill(&format!("<%{tag}%>"), Form::Plain);
        assert!(!filled.contains('%'), "{filled}");
    }
    assert_eq!(known.fill("%ORDER_ARRIVAL_TIME%", Form::Plain), "1:20\u{a0}PM");
    assert_eq!(known.fill("%MINUTES_LEFT% %", Form::Plain), "80 %");
    assert_eq!(known.fill("%%ORDER_NAME%%", Form::Plain), "%9%");
    assert_eq!(known.fill("%ORDER_NAME", Form::Plain), "%ORDER_NAME");
    assert_eq!(known.distance(4.0), "0\u{a0}m");
    assert_eq!(known.distance(996.0), "1\u{a0}km");
    assert_eq!(known.distance(123_456.0), "123\u{a0}km");
}

fn some_order() -> Order {
    let at = NOW.parse().unwrap();
    let caller = Caller::hub(AccountId(1));
    let submission = Submission::one(Request::create(Command::default()));
    let mut mint = || (OrderId(Uuid::nil()), Serial(9));
    let loaded = docket_core::plan::Loaded::default();
    let planned = docket_core::plan::plan(loaded, &submission, &caller, at, &mut mint);
    (*planned.writes[0].order).clone()
}

fn known<'a>(order: &'a Order, zone: &'a TimeZone, tag: &str) -> Known<'a> {
    Known {
        order,
        unit: None,
        route_name: None,
        now: NOW.parse().unwrap(),
        eta: Some("2026-01-15T13:20:00Z".parse().unwrap()),
        left_m: Some(1234.0),
        off_m: Some(300.0),
        language: language(tag).unwrap(),
        zone,
        currency: "",
        locator: String::new(),
    }
}
