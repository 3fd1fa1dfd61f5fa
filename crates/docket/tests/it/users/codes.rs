//! Codes of an authenticator app, and the ones that open once when it is gone.

use super::{PASSWORD, code, person, sign_in, try_sign_in};
use crate::hub::TestHub;
use docket_core::Timestamp;
use docket_core::connection::Access;
use serde_json::{Value, json};

/// What an app shows: another implementation, Python's, of the same standard.
pub fn app_code(secret: &str, now: Timestamp) -> String {
    const APP: &str = "import base64,hashlib,hmac,struct,sys\n\
        key=base64.b32decode(sys.argv[1]); d=hmac.new(key,struct.pack('>q',int(sys.argv[2])//30),hashlib.sha1).digest()\n\
        o=d[19]&15; print('%06d'%((struct.unpack('>I',d[o:o+4])[0]&0x7fffffff)%1000000))";
    let output = std::process::Command::new("python3")
        .args(["-c", APP, secret, &now.as_second().to_string()])
        .output()
        .expect("python3 starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn with(name: &str, typed: &str) -> Value {
    json!({"name": name, "password": PASSWORD, "totp": typed})
}

#[tokio::test]
async fn a_code_opens_once() {
    for hub in super::each().await {
        person(&hub, "ann", "main", Access::Viewer).await;
        let mut ann = sign_in(&hub, "ann").await;
        let before = ann.ask(&hub, "PUT", "/v1/session/totp", r#"{"code":"123456"}"#).await;
        assert_eq!(code(&before), (409, "totp_state".to_owned()), "nothing was offered");
        let offer = ann.ask(&hub, "POST", "/v1/session/totp", "").await.json();
        let secret = offer["secret"].as_str().unwrap().to_owned();
        let uri = offer["uri"].as_str().unwrap();
        assert!(uri.starts_with("otpauth://totp/Docket:ann?secret=") && uri.contains(&secret), "{uri}");
        assert!(offer["svg"].as_str().unwrap().starts_with("<svg "));
        // It does not hold before it is confirmed.
        sign_in(&hub, "ann").await;
        let wrong = ann.ask(&hub, "PUT", "/v1/session/totp", r#"{"code":"000000"}"#).await;
        assert_eq!((wrong.status, &wrong.json()["pointer"]), (422, &json!("/code")));
        let typed = app_code(&secret, hub.app().now());
        let confirmed = ann.ask(&hub, "PUT", "/v1/session/totp", &json!({"code": typed}).to_string()).await;
        assert_eq!(confirmed.status, 200, "{}", confirmed.text());
        assert_eq!(confirmed.json()["recovery_codes"].as_array().unwrap().len(), 10);
        assert_eq!(ann.get(&hub, "/v1/session").await.json()["user"]["totp"], true);
        assert_eq!(code(&ann.ask(&hub, "POST", "/v1/session/totp", "").await), (409, "totp_state".to_owned()));

        let (without, _) = try_sign_in(&hub, json!({"name": "ann", "password": PASSWORD})).await;
        assert_eq!(code(&without), (401, "totp_needed".to_owned()));
        let (wrong, _) = try_sign_in(&hub, json!({"name": "ann", "password": "wrong horse", "totp": typed})).await;
        assert_eq!(code(&wrong), (401, "credentials".to_owned()), "the password comes first");
        let (again, _) = try_sign_in(&hub, with("ann", &typed)).await;
        assert_eq!(code(&again), (401, "credentials".to_owned()), "the code that confirmed it was used");
        hub.clock.advance_ms(30_000);
        let typed = app_code(&secret, hub.app().now());
        let spaced = format!("{} {}", &typed[..3], &typed[3..]);
        assert_eq!(try_sign_in(&hub, with("ann", &spaced)).await.0.status, 201);
        let (again, _) = try_sign_in(&hub, with("ann", &typed)).await;
        assert_eq!(code(&again), (401, "credentials".to_owned()), "a code that was looked at is worth nothing");
        // At the same moment, too, only one gets in.
        hub.clock.advance_ms(30_000);
        let typed = app_code(&secret, hub.app().now());
        let tries = (0..4).map(|_| try_sign_in(&hub, with("ann", &typed)));
        let answers = futures_util::future::join_all(tries).await;
        assert_eq!(answers.iter().filter(|(answer, _)| answer.status == 201).count(), 1);

        let off = ann.ask(&hub, "DELETE", "/v1/session/totp", r#"{"password":"wrong horse"}"#).await;
        assert_eq!((code(&off), &off.json()["pointer"]), ((403, "credentials".to_owned()), &json!("/password")));
        let off = ann.ask(&hub, "DELETE", "/v1/session/totp", &json!({"password": PASSWORD}).to_string()).await;
        assert_eq!(off.status, 204, "{}", off.text());
        sign_in(&hub, "ann").await;
    }
}

#[tokio::test]
async fn recovery_codes_open_once_each() {
    for hub in super::each().await {
        person(&hub, "ann", "main", Access::Viewer).await;
        let mut ann = sign_in(&hub, "ann").await;
        let offer = ann.ask(&hub, "POST", "/v1/session/totp", "").await.json();
        let typed = app_code(offer["secret"].as_str().unwrap(), hub.app().now());
        let confirmed = ann.ask(&hub, "PUT", "/v1/session/totp", &json!({"code": typed}).to_string()).await.json();
        let codes: Vec<&str> =
            confirmed["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
        let (answer, _) = try_sign_in(&hub, with("ann", &codes[0].to_uppercase())).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(answer.json()["user"]["recovery_codes_left"], 9);
        let (again, _) = try_sign_in(&hub, with("ann", codes[0])).await;
        assert_eq!(code(&again), (401, "credentials".to_owned()));
        assert_eq!(try_sign_in(&hub, with("ann", codes[1])).await.0.status, 201);
        let (nothing, _) = try_sign_in(&hub, with("ann", "aaaa-bbbb-cccc-dddd")).await;
        assert_eq!(nothing.status, 401);
    }
}

#[tokio::test]
async fn codes_are_not_guessed_by_who_knows_the_password() {
    let hub = TestHub::start().await;
    person(&hub, "ann", "main", Access::Viewer).await;
    let mut ann = sign_in(&hub, "ann").await;
    let offer = ann.ask(&hub, "POST", "/v1/session/totp", "").await.json();
    let secret = offer["secret"].as_str().unwrap();
    let typed = app_code(secret, hub.app().now());
    ann.ask(&hub, "PUT", "/v1/session/totp", &json!({"code": typed}).to_string()).await;
    // Slowly enough for the guard of passwords, ten tries are all there are in an hour.
    for number in 0..10 {
        hub.clock.advance_ms(120_000);
        let (answer, _) = try_sign_in(&hub, with("ann", &format!("00000{number}"))).await;
        assert_eq!(answer.status, 401, "{number}: {}", answer.text());
    }
    hub.clock.advance_ms(600_000);
    let (answer, _) = try_sign_in(&hub, with("ann", &app_code(secret, hub.app().now()))).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "1920"));
    hub.clock.advance_ms(1_920_000);
    let (answer, _) = try_sign_in(&hub, with("ann", &app_code(secret, hub.app().now()))).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
}
