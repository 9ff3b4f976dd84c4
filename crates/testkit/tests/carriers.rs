//! The pretended vendors are as strict as the vendors say they are.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use frontdesk_testkit::{
    carriers::eightxeight::{EightXEight, Settings, Webhook},
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
