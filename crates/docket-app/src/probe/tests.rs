//! Plans and reports.

use super::*;
use docket_dialects::transcript::Finding;

fn aim(dialect: &str, set: &[(&str, &str)], reach: Does) -> Aim {
    let set = set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Aim {
        dialect: docket_dialects::dialect(dialect).unwrap(),
        url: "https://vendor.example".to_owned(),
        given: Given::new(set),
        reach,
        only: Vec::new(),
        timeout: Duration::from_secs(1),
    }
}

fn now() -> Timestamp {
    "2026-01-15T10:00:00Z".parse().unwrap()
}

fn left_out_of(plan: &Plan, name: &str) -> Option<String> {
    plan.checks.iter().find(|check| check.name == name).unwrap().left_out.clone()
}

#[test]
fn what_may_harm_is_left_out_unless_asked_for() {
    let tokens = [("client_token", "c"), ("access_token", "a"), ("account_id", "x")];
    let all = plan(&aim("mews", &tokens, Does::Writes), now(), 7).unwrap();
    assert!(all.checks.iter().all(|check| check.left_out.is_none()));
    let text = plan_text(aim("mews", &[], Does::Reads).dialect, "https://vendor.example", &all);
    assert!(text.contains("named with 00000007") && text.contains("stays there: a canceled order of 1.00"), "{text}");
    let careful = plan(&aim("mews", &tokens, Does::Reads), now(), 7).unwrap();
    assert_eq!(left_out_of(&careful, "order").unwrap(), "writes, and only reading is allowed");
    let unknown = plan(&aim("mews", &tokens[..2], Does::Writes), now(), 7).unwrap();
    assert!(left_out_of(&unknown, "order").unwrap().starts_with("needs --set account_id=…: a customer on whose"));
    let keys = [("key", "k"), ("secret", "s"), ("product", "p")];
    let costs = plan(&aim("planviewer", &keys, Does::Writes), now(), 7).unwrap();
    assert_eq!(left_out_of(&costs, "job").unwrap(), "costs money, which needs --allow-costs");
    assert!(left_out_of(&plan(&aim("planviewer", &keys, Does::Costs), now(), 7).unwrap(), "job").is_none());
}

#[test]
fn credentials_are_presented_as_the_dialect_wants_them_and_never_told() {
    let ppw = aim("ppw", &[("username", "u"), ("password", "secret-word")], Does::Reads);
    let made = plan(&ppw, now(), 1).unwrap();
    assert_eq!(made.variables["password"], hex::encode(<sha1::Sha1 as sha1::Digest>::digest(b"secret-word")));
    assert_eq!(ppw.given.without_secrets("it is secret-word"), "it is ***");
    let hashed = aim("ppw", &[("password_hash", "da39")], Does::Reads);
    assert_eq!(plan(&hashed, now(), 1).unwrap().variables["password"], "da39");
    let land = plan(&aim("planviewer", &[("key", "k"), ("secret", "s")], Does::Reads), now(), 1).unwrap();
    assert_eq!(land.variables["basic"], "azpz");
    assert!(plan(&aim("mews", &[("nonce", "x")], Does::Reads), now(), 1).is_err());
}

#[test]
fn only_some_checks_can_be_asked_for() {
    let mut some = aim("wialon", &[("token", "t")], Does::Reads);
    some.only = vec!["login".to_owned()];
    assert_eq!(plan(&some, now(), 1).unwrap().checks.len(), 1);
    some.only = vec!["logn".to_owned()];
    assert!(plan(&some, now(), 1).err().unwrap().contains("there are login, login-refused"));
}

#[test]
fn reports_read_well_and_are_well_formed() {
    let finding = |words: &str, is_fault| Finding {
        doing: "listing".to_owned(),
        request: "POST /x".to_owned(),
        line: 9,
        at: "$.a".to_owned(),
        words: words.to_owned(),
        is_fault,
    };
    let check = |name, verdict, findings, left: &[&str]| Check {
        name,
        title: "orders are <listed>".to_owned(),
        page: "p".to_owned(),
        verdict,
        findings,
        requests: 2,
        left: left.iter().map(|left| (*left).to_owned()).collect(),
        took: Duration::from_millis(5),
    };
    let report = Report {
        dialect: docket_dialects::dialect("mews").unwrap(),
        url: "https://vendor.example/?a&b".to_owned(),
        at: now(),
        nonce: "00000001".to_owned(),
        checks: vec![
            check("a", Verdict::Conforms, vec![finding("another order", false)], &[]),
            check("bb", Verdict::Differs, vec![finding("`a` is \"<b>\"", true)], &["deleting the order"]),
            check("c", Verdict::Skipped("needs more".to_owned()), vec![], &[]),
        ],
        took: Duration::from_millis(1234),
    };
    assert!(!report.conforms());
    assert_eq!(report.summary(), "3 checks: 1 conforms, 1 differs, 1 skipped; 6 requests in 1.2 s");
    let shown = line(&report.checks[1], 2);
    assert_eq!(
        shown,
        "  ✗ bb  orders are <listed>\n        listing (POST /x)\n          · `a` is \"<b>\"\n        NOT CLEANED UP: \
         deleting the order did not work; look for it there"
    );
    let junit = report.junit();
    assert!(junit.contains("failures=\"1\" skipped=\"1\""), "{junit}");
    assert!(junit.contains("<failure message=\"`a` is &quot;&lt;b&gt;&quot;\""), "{junit}");
    assert_eq!(junit.matches("<testcase ").count(), 3);
    assert_eq!(junit.matches("</testcase>").count(), 3);
    let json = report.json();
    assert_eq!((&json["differ"], &json["checks"][0]["findings"][0]["weight"]), (&1.into(), &"remark".into()));
}
