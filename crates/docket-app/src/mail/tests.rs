//! How messages are written, and what becomes of them.

use super::smtp::written;
use super::*;
use docket_core::ids::AccountId;
use docket_core::ledger::Mail;
use docket_store::MailStatus;

fn now() -> Timestamp {
    "2026-01-15T10:00:00Z".parse().unwrap()
}

fn owed(attempts: i64, mail: Mail) -> OutboxMail {
    OutboxMail {
        id: 1,
        account: AccountId(1),
        mail,
        at: now(),
        status: MailStatus::Queued,
        attempts,
        due_at: None,
        ended_at: None,
        error: None,
    }
}

fn to(address: &str) -> Mail {
    Mail { to: address.to_owned(), text: "Hi.\n".to_owned(), ..Mail::default() }
}

#[test]
fn attempts_are_spaced_out_and_end() {
    let later = |attempts: i64, asked: Option<u64>| {
        let refusal = Refusal::Later("x".to_owned(), asked.map(Duration::from_secs));
        match judged(&owed(attempts, to("a@b.c")), now(), Err(refusal)) {
            Tried::Again { due, .. } => due.as_second() - now().as_second(),
            other => panic!("{other:?}"),
        }
    };
    let pauses: Vec<i64> = (0..12).map(|attempts| later(attempts, None)).collect();
    assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800, 1800]);
    assert_eq!((later(0, Some(60)), later(5, Some(60)), later(0, Some(1 << 40))), (60, 160, 1800));
    let last = judged(&owed(ATTEMPTS - 1, to("a@b.c")), now(), Err(Refusal::Later("x".to_owned(), None)));
    assert!(matches!(last, Tried::Failed { error } if error.ends_with(": x")));
    let long = judged(&owed(0, to("a@b.c")), now(), Err(Refusal::Never("é".repeat(5_000))));
    assert!(matches!(long, Tried::Failed { error } if error.chars().count() == WORDS + 1));
}

#[test]
fn what_is_of_no_use_is_not_tried() {
    assert!(unsendable(&owed(0, to(" ")), now()).is_some());
    assert!(unsendable(&owed(0, Mail { until: Some(now()), ..to("a@b.c") }), now()).is_none());
    let mut late = owed(3, Mail { until: Some(now() - SignedDuration::from_secs(1)), ..to("a@b.c") });
    late.error = Some("421 later".to_owned());
    assert!(unsendable(&late, now()).unwrap().contains("421 later"));
}

#[test]
fn mails_are_written_for_any_script() {
    let mail = Mail {
        subject: "Ваш заказ\r\nBcc: evil@example.org".to_owned(),
        text: "Здравствуйте, Иван!\n".to_owned(),
        html: Some("<p>Здравствуйте</p>".to_owned()),
        ..to("ivan@example.org")
    };
    let owed = owed(0, mail);
    let text = written("Docket Ёж <d@hub.example>", now(), &owed).unwrap();
    assert!(text.is_ascii(), "{text}");
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    let names: Vec<&str> =
        head.lines().filter(|line| !line.starts_with(' ')).map(|line| line.split(':').next().unwrap()).collect();
    for name in ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"] {
        assert_eq!(names.iter().filter(|known| **known == name).count(), 1, "{name} in {head}");
    }
    assert!(!names.contains(&"Bcc"), "{head}");
    assert!(head.contains("Date: Thu, 15 Jan 2026 10:00:00 +0000"), "{head}");
    assert!(head.contains("Subject: =?utf-8?"), "{head}");
    assert!(text.contains("multipart/alternative"), "{text}");
    let again = written("d@hub.example", now(), &OutboxMail { attempts: 4, ..owed.clone() }).unwrap();
    let id = |text: &str| text.lines().find(|line| line.starts_with("Message-ID")).unwrap().to_owned();
    assert_eq!(id(&text), id(&again), "the same message is recognised as the same");
    assert!(id(&text).ends_with("@hub.example>"));
    assert_ne!(id(&text), id(&written("d@hub.example", now(), &OutboxMail { id: 2, ..owed }).unwrap()));
}

#[test]
fn bad_addresses_never_work() {
    assert!(written("d@hub.example", now(), &owed(0, to("not an address"))).unwrap_err().contains("not an address"));
    assert!(written("d@hub.example", now(), &owed(0, to("ann@b.example\r\nRCPT TO:<x@y.z>"))).is_err());
}

#[test]
fn nonsense_is_said_at_once() {
    let refused = |server: &str, from: &str| {
        let options = MailOptions {
            server: server.to_owned(),
            username: String::new(),
            password: String::new(),
            from: from.to_owned(),
            ca_file: Default::default(),
        };
        Post::new(PostOptions { mail: Some(options), sms: None }).err()
    };
    for server in ["localhost:25", "http://localhost", "smtp://h?tls=perhaps", "smtp://"] {
        assert!(refused(server, "a@b.c").unwrap().contains("[mail] server"), "{server}");
    }
    assert!(refused("smtp://h", "nobody").unwrap().contains("[mail] from"));
    assert_eq!(refused("smtps://user:p%40ss@h:4650/name", "Docket <a@b.c>"), None);
}
