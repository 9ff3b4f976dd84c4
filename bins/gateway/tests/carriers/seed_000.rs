//! Seed 000's own `.env`, request and webhooks.

use crate::{
    common::House,
    vendors::{KEY, eightxeight},
};
use frontdesk_core::appointment::Status;
use frontdesk_testkit::carriers::{Script, eightxeight::Webhook};
use serde_json::Value;

/// `Basic base64(admin:secret123)`, as its README computes it.
const BASIC: &str = "Basic YWRtaW46c2VjcmV0MTIz";

/// The request as its README prints it.
const MAKE_CALL: &str = r#"{
    "orderId": "APT123",
    "customerPhone": "+6591234567",
    "businessName": "Business Name",
    "appointmentTime": "2025-04-20T19:30:00Z"
}"#;

async fn make_call(house: &House, authorization: Option<&str>) -> (u16, Value) {
    let url = format!("{}/api/make-call", house.running.url);
    let mut request = house.http.post(url).header("Content-Type", "application/json").body(MAKE_CALL);
    if let Some(value) = authorization {
        request = request.header("Authorization", value);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn its_env_its_request_and_its_webhooks_confirm_an_appointment() {
    let vendor = eightxeight().await;
    vendor.ledger().script("+6591234567", Script::presses(["1"]));
    let api = vendor.url();
    // The last line is the test's: another place of the vendor's API. So is the business that may ring at any hour.
    let env = |url: &str| {
        format!(
            "EIGHT_X_EIGHT_API_KEY={KEY}\nEIGHT_X_EIGHT_SUBACCOUNT_ID=acme_voice_01\n\
             OUTBOUND_PHONE_NUMBER=+6561234567  # Must be in international format e.g for SG +6591234567\n\
             WEBHOOK_AUTH_TOKEN=secret123\nWEBHOOK_BASE_URL={url}  # e.g., https://your-domain.ngrok-free.app\n\
             NGROK_AUTHTOKEN=your_ngrok_authtoken\nEIGHT_X_EIGHT_BASE_URL={api}\n"
        )
    };
    let house = House::with_env("[businesses.front-desk]\nhours = \"00:00-24:00\"\n", &[], env).await;
    for kind in ["VCA", "VSS"] {
        let url = format!("{}/api/webhooks/{}", house.running.url, kind.to_lowercase()).parse().unwrap();
        vendor.register(kind, Webhook { url, authorization: Some(BASIC.to_owned()), enabled: true });
    }

    for wrong in [None, Some("Basic YWRtaW46d3Jvbmc=")] {
        let (status, body) = make_call(&house, wrong).await;
        assert_eq!((status, &body["success"]), (401, &Value::from(false)), "{body}");
    }
    let (status, body) = make_call(&house, Some(BASIC)).await;
    assert_eq!((status, &body["success"]), (200, &Value::from(true)), "{body}");
    let placed = vendor.ledger().placed();
    assert_eq!(body["data"]["sessionId"], placed[0].id.as_str());
    assert_eq!(placed[0].from.reveal(), "+6561234567");

    let id = body["data"]["appointmentId"].as_str().unwrap().parse().unwrap();
    house.until_status(id, Status::Confirmed).await;
    let (status, again) = make_call(&house, Some(BASIC)).await;
    assert_eq!((status, &again["data"]["callId"]), (200, &body["data"]["callId"]), "{again}");
    vendor.ledger().settled().await;
    assert_eq!(vendor.ledger().placed().len(), 1);
    let refused = vendor.ledger().deliveries().iter().filter(|it| it.status != Some(200)).count();
    assert_eq!(refused, 0);
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn its_webhooks_are_closed_to_whoever_does_not_know_the_token() {
    let env = |url: &str| {
        format!(
            "EIGHT_X_EIGHT_API_KEY={KEY}\nEIGHT_X_EIGHT_SUBACCOUNT_ID=acme_voice_01\n\
             OUTBOUND_PHONE_NUMBER=+6561234567\nWEBHOOK_AUTH_TOKEN=secret123\nWEBHOOK_BASE_URL={url}\n"
        )
    };
    let house = House::with_env("", &[], env).await;
    for hook in ["vca", "vss"] {
        for authorization in [None, Some("Basic YWRtaW46d3Jvbmc="), Some("Bearer secret12")] {
            let url = format!("{}/api/webhooks/{hook}", house.running.url);
            let mut request = house.http.post(url).body("{}");
            if let Some(value) = authorization {
                request = request.header("Authorization", value);
            }
            assert_eq!(request.send().await.unwrap().status(), 401, "{hook} {authorization:?}");
        }
    }
    house.running.stop().await.unwrap();
}
