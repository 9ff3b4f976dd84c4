//! The pretended vendors are as strict as the vendors say they are.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use frontdesk_testkit::{
    Clock,
    carriers::{
        Pace,
        eightxeight::{EightXEight, Settings, Webhook},
        exotel::{self, Exotel, Flow},
    },
    moment,
};
use serde_json::{Value, json};
use std::sync::Arc;

const KEY: &str = "key-of-the-test";

fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().build().unwrap()
}

async fn carrier() -> EightXEight {
    let mut settings = Settings::new(KEY, Arc::new(|| moment("2026-11-20T09:00:00Z")));
    settings.callers = vec!["+15005550000".to_owned()];
    EightXEight::start(settings, http()).await.unwrap()
}

async fn post(carrier: &EightXEight, key: &str, body: &Value) -> (u16, i64) {
    let url = carrier.url().join("/api/v1/subaccounts/acme_voice_01/callflows").unwrap();
    let response = http().post(url).bearer_auth(key).json(body).send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.json::<Value>().await.unwrap()["statusCode"].as_i64().unwrap())
}

fn dial() -> Value {
    json!({"action": "makeCall", "params": {"source": "+15005550000", "destination": "+15005550106"}})
}

fn ask(change: &Value) -> Value {
    let mut params = json!({
        "promptMessage": "Press 1.", "voiceProfile": "en-US-BenjaminRUS", "minDigits": 1, "maxDigits": 1,
        "digitTimeout": 5000, "overallTimeout": 10000, "completeOnHash": false,
    });
    for (name, value) in change.as_object().unwrap() {
        match value {
            Value::Null => drop(params.as_object_mut().unwrap().remove(name)),
            value => params[name] = value.clone(),
        }
    }
    json!({"action": "sayAndCapture", "params": params})
}

#[tokio::test]
async fn eightxeight_refuses_what_its_list_of_codes_names() {
    let carrier = carrier().await;
    let fine = json!({"callflow": [dial(), ask(&json!({}))]});
    assert_eq!(post(&carrier, KEY, &fine).await, (422, -1004));
    let webhook = Webhook { url: carrier.url(), authorization: None, enabled: false };
    carrier.register("VCA", webhook);
    assert_eq!(post(&carrier, "another", &fine).await, (401, 401));
    let hangup = json!({"action": "hangup"});
    let mut stranger = dial();
    stranger["params"]["source"] = json!("+15005550009");
    let mut nobody = dial();
    nobody["params"]["destination"] = json!("12");
    for (code, flow) in [
        (-1009, json!([])),
        (-1013, json!([ask(&json!({}))])),
        (-1007, json!([dial(), {"action": "wait"}])),
        (-1012, json!([dial(), hangup, ask(&json!({}))])),
        (-1014, json!([stranger])),
        (-1017, json!([nobody])),
        (-1010, json!([dial(), dial(), dial()])),
        (-1002, json!([dial(), ask(&json!({"voiceProfile": "nobody"}))])),
        (-1003, json!([dial(), ask(&json!({"maxDigits": null}))])),
        (-1005, json!([dial(), ask(&json!({"overallTimeout": null}))])),
        (-1006, json!([dial(), ask(&json!({"overallTimeout": 5000}))])),
        (-1008, json!([dial(), ask(&json!({"minDigits": null, "maxDigits": 26}))])),
        (-1009, json!([dial(), ask(&json!({"promptMessage": ""}))])),
        (-1016, json!([dial(), ask(&json!({"promptMessage": "<b>"}))])),
    ] {
        assert_eq!(post(&carrier, KEY, &json!({"callflow": flow})).await.1, code, "{flow}");
    }
    let mut late = fine.clone();
    late["validUntil"] = json!("2026-11-20T08:59:59.999Z");
    assert_eq!(post(&carrier, KEY, &late).await.1, -1015);
    assert_eq!(carrier.ledger().placed(), []);
    assert_eq!(post(&carrier, KEY, &fine).await, (200, 1));
    assert_eq!(carrier.ledger().placed().len(), 1);
}

#[tokio::test]
async fn exotel_refuses_what_its_pages_say_it_refuses() {
    let settings = exotel::Settings {
        sid: "acme1".to_owned(),
        key: KEY.to_owned(),
        token: "token".to_owned(),
        clock: Clock::at(moment("2026-11-20T09:00:00Z")),
        pace: Pace::FAST,
    };
    let vendor = Exotel::start(settings, http()).await.unwrap();
    vendor.draw("7", Flow::default());
    let post = async |key: &str, path: &str, changes: &[(&str, Option<&str>)]| {
        let mut form = vec![
            ("From", "+919876543210"),
            ("CallerId", "08047491899"),
            ("Url", "http://my.exotel.com/acme1/exoml/start_voice/7"),
            ("CallType", "trans"),
        ];
        for (name, value) in changes {
            form.retain(|(known, _)| known != name);
            form.extend(value.map(|value| (*name, value)));
        }
        let url = vendor.url().join(path).unwrap();
        http().post(url).basic_auth(key, Some("token")).form(&form).send().await.unwrap().status().as_u16()
    };
    let connect = "/v1/Accounts/acme1/Calls/connect.json";
    let long = "x".repeat(129);
    for (key, path, changes, status) in [
        ("another", connect, vec![], 401),
        (KEY, "/v1/Accounts/acme2/Calls/connect.json", vec![], 401),
        (KEY, connect, vec![("From", None)], 400),
        (KEY, connect, vec![("CallType", None)], 400),
        (KEY, connect, vec![("To", Some("+919876543211"))], 400),
        (KEY, connect, vec![("CustomField", Some(long.as_str()))], 400),
        (KEY, connect, vec![("Url", Some("https://my.exotel.com/acme1/exoml/start_voice/7"))], 400),
        (KEY, connect, vec![("Url", Some("http://my.exotel.com/acme1/exoml/start_voice/8"))], 400),
        (KEY, connect, vec![("From", Some("+15005550111"))], 403),
        (KEY, "/v1/Accounts/acme1/Sms/send.json", vec![], 400),
    ] {
        assert_eq!(post(key, path, &changes).await, status, "{path} {changes:?}");
    }
    assert_eq!(vendor.ledger().placed(), []);
    assert_eq!(post(KEY, connect, &[]).await, 200);
    vendor.ledger().settled().await;
    assert_eq!(vendor.calls()[0].status, "completed");
}
