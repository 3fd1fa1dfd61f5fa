//! Owed messages: claimed by one sender at a time, tried again, ended, forgotten.

use super::support::{ACCOUNT, World};
use crate::migrations;
use crate::{Append, MailStatus, OutboxMail, OutboxQuery, Store, StoreOptions, Tried};
use docket_core::Timestamp;
use docket_core::ids::{AccountId, ConnectionId, Serial, Uuid};
use docket_core::ledger::{Channel, Mail};

fn moment(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn mail(to: &str, channel: Channel) -> Mail {
    Mail { to: to.to_owned(), channel, ..Mail::default() }
}

async fn owe(store: &Store, mails: Vec<Mail>) {
    store.append(Append { account: ACCOUNT, mails, mailed_at: moment(0), ..Append::default() }).await.unwrap();
}

async fn all(store: &Store) -> Vec<OutboxMail> {
    store.outbox(OutboxQuery { limit: 100, ..OutboxQuery::default() }).await.unwrap()
}

fn names(mails: &[OutboxMail]) -> Vec<&str> {
    mails.iter().map(|owed| owed.mail.to.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_owed_is_read_back() {
    for world in World::each().await {
        let whole = Mail {
            connection: Some(ConnectionId(3)),
            order: Some(Serial(12)),
            channel: Channel::Sms,
            to: "+31".to_owned(),
            subject: "\0".to_owned(),
            text: "Привет".to_owned(),
            html: Some("<b>".to_owned()),
            until: Some(moment(9)),
        };
        owe(&world.store, vec![whole.clone()]).await;
        let kept = all(&world.store).await.pop().unwrap();
        assert_eq!((kept.mail, kept.at, kept.status), (whole, moment(0), MailStatus::Queued));
        assert_eq!((kept.account, kept.due_at, kept.ended_at, kept.error), (ACCOUNT, None, None, None));
        world.store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_claimed_by_one_and_comes_free_when_that_one_dies() {
    for world in World::each().await {
        let (store, another) = (&world.store, world.another().await);
        let mails = (0..20).map(|turn| mail(&turn.to_string(), Channel::Email));
        owe(store, mails.chain([mail("phone", Channel::Sms)]).collect()).await;
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let claim = |store: Store, holder, now| async move {
            store.claim_mails(Channel::Email, holder, moment(now), 10_000, 15).await.unwrap()
        };
        let (mine, theirs) = tokio::join!(claim(store.clone(), one, 1), claim(another.clone(), two, 1));
        let mut got = [names(&mine), names(&theirs)].concat();
        let total = got.len();
        got.sort_unstable();
        got.dedup();
        assert_eq!(got.len(), total, "nothing is claimed twice");
        assert!(total >= 15 && !got.contains(&"phone"), "{got:?}");
        while !claim(store.clone(), one, 2).await.is_empty() {}
        // Held for longer by one of them; the other died.
        store.hold_mails(one, moment(8), 10_000).await.unwrap();
        let freed = claim(store.clone(), one, 12).await;
        assert_eq!(names(&freed), names(&theirs));
        assert_eq!(claim(store.clone(), two, 18).await.len(), (20 - freed.len()).min(15), "in the end all come free");
        another.close().await.unwrap();
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attempts_end_as_sent_failed_or_dropped() {
    for world in World::each().await {
        let store = &world.store;
        let holder = Uuid::from_u128(1);
        let claim = async |now: i64| {
            let mails = store.claim_mails(Channel::Email, holder, moment(now), 10_000, 10).await.unwrap();
            names(&mails).into_iter().map(str::to_owned).collect::<Vec<String>>()
        };
        owe(store, ["again", "gone", "good"].map(|to| mail(to, Channel::Email)).into()).await;
        assert_eq!(claim(1).await, ["again", "gone", "good"]);
        let again = Tried::Again { error: "450\0".to_owned(), due: moment(60) };
        store.mail_tried(1, moment(2), again).await.unwrap();
        store.mail_tried(2, moment(2), Tried::Failed { error: "550 no".to_owned() }).await.unwrap();
        store.mail_tried(3, moment(2), Tried::Sent).await.unwrap();
        let kept = all(store).await;
        assert_eq!(names(&kept), ["good", "gone", "again"], "newest first");
        let stand: Vec<_> =
            kept.iter().map(|owed| (owed.status.word(), owed.attempts, owed.error.as_deref())).collect();
        assert_eq!(stand, [("sent", 1, None), ("failed", 1, Some("550 no")), ("queued", 1, Some("450\0"))]);
        assert_eq!((kept[2].due_at, kept[2].ended_at, kept[0].ended_at), (Some(moment(60)), None, Some(moment(2))));
        assert!(claim(59).await.is_empty());
        assert_eq!(claim(60).await, ["again"]);

        let failed =
            OutboxQuery { account: Some(ACCOUNT), status: Some(MailStatus::Failed), limit: 5, ..Default::default() };
        assert_eq!(names(&store.outbox(failed).await.unwrap()), ["gone"]);
        let foreign = OutboxQuery { account: Some(AccountId(8)), limit: 5, ..Default::default() };
        assert!(store.outbox(foreign).await.unwrap().is_empty(), "accounts are walls");
        let older = OutboxQuery { before: Some(2), limit: 5, ..Default::default() };
        assert_eq!(names(&store.outbox(older).await.unwrap()), ["again"]);

        assert!(!store.retry_mail(ACCOUNT, 3, moment(70)).await.unwrap(), "what was sent is sent");
        assert!(!store.drop_mail(ACCOUNT, 3, moment(70)).await.unwrap());
        assert!(!store.retry_mail(AccountId(8), 2, moment(70)).await.unwrap(), "accounts are walls");
        assert_eq!(store.retry_failed_mails(ACCOUNT, moment(65)).await.unwrap(), 1);
        assert_eq!(claim(65).await, ["gone"]);
        assert!(store.drop_mail(ACCOUNT, 2, moment(71)).await.unwrap());
        store.mail_tried(2, moment(72), Tried::Failed { error: "late".to_owned() }).await.unwrap();
        assert_eq!(all(store).await[1].status, MailStatus::Dropped, "what was dropped does not come back by failing");

        assert_eq!(store.forget_mails(moment(3)).await.unwrap(), (1, 0), "what was sent at 2, and what nobody holds");
        assert_eq!(names(&all(store).await), ["gone", "again"]);
        store.mail_tried(1, moment(73), Tried::Again { error: String::new(), due: moment(900) }).await.unwrap();
        assert_eq!(store.forget_mails(moment(80)).await.unwrap(), (1, 1));
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_may_have_it_sent_although_it_is_late() {
    let world = World::embedded().await;
    owe(&world.store, vec![Mail { until: Some(moment(5)), ..mail("a", Channel::Email) }]).await;
    assert!(world.store.retry_mail(ACCOUNT, 1, moment(6)).await.unwrap());
    assert_eq!(all(&world.store).await[0].mail.until, None);
}

/// Rows of the step before are read as what they were.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_rows_are_understood() {
    let folder = tempfile::tempdir().unwrap();
    let options = || StoreOptions { data: folder.path().to_owned(), database_url: None, queue_limit: 16 };
    let path =
        {
            let store = Store::open(options()).await.unwrap();
            store.close().await.unwrap();
            std::fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.path()).find(|path| {
                path.is_file() && std::fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"SQLite format 3"))
            })
        }
        .unwrap();
    std::fs::remove_file(&path).unwrap();
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(migrations::TABLE).unwrap();
    for step in migrations::ALL.iter().filter(|step| step.version < 4) {
        old.execute_batch(&step.text(crate::db::Dialect::Sqlite)).unwrap();
        old.execute(migrations::NOTE, rusqlite::params![step.version, step.name]).unwrap();
    }
    let document = r#"{"connection":2,"to":"a@example.org","subject":"s","text":"t"}"#;
    let insert = "INSERT INTO outbox (id, account, at_us, at_ns, sent_us, sent_ns, attempts, error, document) \
         VALUES (?1, 7, 1700000000000000, 0, ?2, ?3, 1, NULL, ?4)";
    old.execute(insert, rusqlite::params![1, None::<i64>, None::<i64>, document]).unwrap();
    old.execute(insert, rusqlite::params![2, Some(1_700_000_005_000_000_i64), Some(0), document]).unwrap();
    drop(old);
    let store = Store::open(options()).await.unwrap();
    let kept = all(&store).await;
    assert_eq!(kept.iter().map(|owed| owed.status).collect::<Vec<_>>(), [MailStatus::Sent, MailStatus::Queued]);
    assert_eq!((kept[0].ended_at, kept[1].mail.channel), (Some(moment(5)), Channel::Email));
    let due = store.claim_mails(Channel::Email, Uuid::from_u128(1), moment(10), 1000, 9).await.unwrap();
    assert_eq!(names(&due), ["a@example.org"]);
    store.close().await.unwrap();
}
