//! Seed 002's own `.env` and requests, and a whole call through a flow as its guide draws it.

use crate::{
    common::House,
    vendors::{SECRET, env_of_exotel, exotel},
};
use frontdesk_core::appointment::Status;
use frontdesk_testkit::{
    carriers::{
        Script,
        exotel::{Flow, Sent},
    },
    phone,
};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::Value;
use sqlx::{Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};

/// The file as its guide prints it.
const ENV: &str = "\
# Webhook Server Configuration
WEBHOOK_HOST=0.0.0.0
WEBHOOK_PORT=5000
FLASK_DEBUG=True

# Database
IVR_DB_PATH=ivr_data.db

# Exotel API (already configured)
EXOTEL_API_KEY=your_api_key
EXOTEL_API_TOKEN=your_api_token
EXOTEL_SID=your_sid
";

/// What Exotel tells with each step of one call.
const CALL: &str = "CallSid=6f048d2e897a0d2d4029560f3f541947&CallFrom=09876543210&CallTo=08047491899\
&Direction=incoming&ForwardedFrom=&Created=Fri%2C%2023%20Jan%202026%2010%3A30%3A00&DialCallDuration=0\
&StartTime=2026-01-23%2010%3A30%3A00&EndTime=1970-01-01%2005%3A30%3A00&CallType=call-attempt&DialWhomNumber=\
&flow_id=684213&tenant_id=39214&From=09876543210&To=08047491899";

const STEPS: [&str; 5] = ["language", "state", "service", "model", "hp"];

async fn house(more: &str) -> House {
    House::with_env("", &[], |_| format!("{ENV}{more}")).await
}

async fn ask(house: &House, method: Method, path: &str, form: Option<String>) -> (u16, String, String) {
    let mut request = house.http.request(method, format!("{}{path}", house.running.url));
    if let Some(form) = form {
        request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
    }
    let answer = request.send().await.unwrap();
    let kind = answer.headers().get("content-type").map_or("", |kind| kind.to_str().unwrap()).to_owned();
    (answer.status().as_u16(), kind, answer.text().await.unwrap())
}

fn told(keys: &str, second: u32) -> String {
    format!("{CALL}&digits=%22{keys}%22&CurrentTime=2026-01-23%2010%3A30%3A{second:02}")
}

/// The rows that a query of its guide gives, every column as text.
async fn rows(house: &House, query: &'static str) -> Vec<Vec<String>> {
    let file = SqliteConnectOptions::new().filename(house.folder.path().join("ivr_data.db")).read_only(true);
    let mut connection = SqliteConnection::connect_with(&file).await.unwrap();
    let rows = sqlx::query(query).fetch_all(&mut connection).await.unwrap();
    let text = |row: &sqlx::sqlite::SqliteRow, at: usize| {
        row.try_get_unchecked::<Option<String>, _>(at).unwrap().unwrap_or_default()
    };
    rows.iter().map(|row| (0..row.len()).map(|at| text(row, at)).collect()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pressed_at_each_step_is_kept_once_and_read_back_by_the_queries_of_its_guide() {
    let house = house(&format!("EXOTEL_WEBHOOK_SECRET={SECRET}\n")).await;
    let presses = [("language", "1"), ("state", "1"), ("service", "2"), ("model", "1"), ("hp", "2")];
    // Told twice each, by GET and by POST, as its guide has it.
    for (second, (step, keys)) in (10..).zip(presses) {
        let path = format!("/webhook/ivr/{step}?secret={SECRET}");
        let want = format!(
            "{{\"success\":true,\"status\":\"success\",\"message\":\"IVR input recorded for {step}\",\
             \"call_sid\":\"6f048d2e897a0d2d4029560f3f541947\",\"digit\":\"{keys}\"}}"
        );
        let got = ask(&house, Method::GET, &format!("{path}&{}", told(keys, second)), None).await;
        assert_eq!(got, (200, "application/json".to_owned(), want.clone()));
        assert_eq!(ask(&house, Method::POST, &path, Some(told(keys, second))).await.2, want);
        let head = ask(&house, Method::HEAD, &format!("{path}&{}", told(keys, second)), None).await;
        assert_eq!((head.0, head.2.as_str()), (200, ""));
    }
    let inputs = rows(&house, "SELECT * FROM ivr_inputs ORDER BY timestamp DESC LIMIT 10").await;
    assert_eq!(inputs.len(), 5, "{inputs:?}");
    let paths = rows(&house, "SELECT * FROM ivr_paths ORDER BY timestamp DESC LIMIT 10").await;
    assert_eq!(paths.len(), 1);
    assert!(paths[0].contains(&"1-1-2-1-2".to_owned()) && paths[0].contains(&"09876543210".to_owned()), "{paths:?}");
    let counted =
        rows(&house, "SELECT step_name, digit_input, COUNT(*) FROM ivr_inputs GROUP BY step_name, digit_input").await;
    let mut want: Vec<_> = presses.map(|(step, keys)| vec![step.to_owned(), keys.to_owned(), "1".to_owned()]).into();
    want.sort();
    assert_eq!(counted, want);
    assert_eq!(rows(&house, "SELECT COUNT(*) FROM ivr_inputs").await, [["5"]]);

    let paths = house.get("/api/ivr/paths?start_date=2026-01-01&end_date=2026-01-31").await;
    assert_eq!((&paths["count"], &paths["data"][0]["complete_path"]), (&1.into(), &"1-1-2-1-2".into()), "{paths}");
    assert_eq!(house.get("/api/ivr/stats").await["total_calls"], 1);
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_nobodys_nothing_or_unknown_is_told_so_and_keeps_nothing() {
    let house = house(&format!("EXOTEL_WEBHOOK_SECRET={SECRET}\n")).await;
    let detail = |body: &str| serde_json::from_str::<Value>(body).unwrap()["detail"].as_str().unwrap().to_owned();
    for (path, status) in [
        (format!("/webhook/ivr/language?{}", told("1", 10)), 401),
        (format!("/webhook/ivr/language?secret=guess&{}", told("1", 10)), 401),
        (format!("/webhook/ivr/colour?secret={SECRET}&{}", told("1", 10)), 404),
        (format!("/webhook/ivr/language?secret={SECRET}&digits=%221%22"), 400),
    ] {
        let (got, kind, body) = ask(&house, Method::GET, &path, None).await;
        assert_eq!((got, kind.as_str()), (status, "application/problem+json"), "{path}: {body}");
        assert!(!detail(&body).is_empty() && !body.contains(SECRET), "{body}");
    }
    assert_eq!(rows(&house, "SELECT COUNT(*) FROM ivr_inputs").await, [["0"]]);
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn its_health_check_answers_whoever_asks() {
    let house = house("").await;
    for method in [Method::GET, Method::POST] {
        let (status, _, body) = ask(&house, method, "/webhook/test", None).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, &body["status"]), (200, &"active".into()));
        assert_eq!(body["message"], "Exotel IVR Webhook Server is running");
        assert!(body["timestamp"].as_str().is_some_and(|at| at.starts_with("20")), "{body}");
        assert_eq!(body.as_object().unwrap().len(), 3);
    }
    house.running.stop().await.unwrap();
}

#[rstest]
#[case("FRONTDESK_INSECURE_WEBHOOKS=exotel\n", "", 200)]
#[case("WEBHOOK_SECRET=the-common-one\n", "secret=the-common-one&", 200)]
#[case("WEBHOOK_SECRET=the-common-one\n", "", 401)]
#[case("EXOTEL_API_TOKEN=real\nEXOTEL_API_KEY=real\nEXOTEL_SID=acme1\n", "", 401)]
#[tokio::test(flavor = "multi_thread")]
async fn its_routes_are_open_with_the_common_secret_or_on_purpose_and_closed_without(
    #[case] more: &str,
    #[case] secret: &str,
    #[case] status: u16,
) {
    let house = house(more).await;
    let path = format!("/webhook/ivr/language?{secret}{}", told("1", 10));
    assert_eq!(ask(&house, Method::GET, &path, None).await.0, status);
    // None of them makes Exotel a carrier: there is no flow to place calls into.
    assert!(house.config.only_sandbox());
    house.running.stop().await.unwrap();
}

#[rstest]
#[case(Sent::Query)]
#[case(Sent::Form)]
#[case(Sent::Multipart)]
#[tokio::test(flavor = "multi_thread")]
async fn a_call_through_a_flow_as_its_guide_draws_it_is_captured(#[case] sent: Sent) {
    let (vendor, house) = (exotel().await, house(&format!("EXOTEL_WEBHOOK_SECRET={SECRET}\n")).await);
    let base = format!("{}/webhook/ivr", house.running.url);
    vendor.draw("ivr", Flow::questions(&base, SECRET, &STEPS, sent, false));
    let script = Script { disorderly: true, ..Script::presses(["1", "2", "2", "1", "1"]) };
    let view = vendor.ring(&phone("+919876543210"), &phone("+918047491899"), "ivr", script).await;
    assert_eq!((view.heard.len(), vendor.complaints()), (5, Vec::new()));
    let paths = rows(&house, "SELECT complete_path FROM ivr_paths").await;
    assert_eq!(paths, [["1-2-2-1-1"]]);
    assert_eq!(rows(&house, "SELECT COUNT(*) FROM ivr_inputs").await, [["5"]]);
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_called_into_a_flow_of_ours_and_confirms() {
    let vendor = exotel().await;
    let api = env_of_exotel(vendor.url().as_str());
    let toml = "[businesses.front-desk]\nphone = \"+918047491899\"\nhours = \"00:00-24:00\"\n";
    let house = House::with_env(toml, &[], |url| format!("FRONTDESK_PUBLIC_URL={url}\n{api}")).await;
    vendor.draw("684213", Flow::walked(&format!("{}/webhooks/exotel", house.running.url), SECRET, 3));
    let id = house.book("+15005550105").await;
    house.until_status(id, Status::Confirmed).await;
    vendor.ledger().settled().await;
    let calls = house.get("/api/v1/calls").await;
    assert_eq!(
        (&calls["items"][0]["provider"], &calls["items"][0]["outcome"]),
        (&"exotel".into(), &"confirmed".into())
    );
    assert_eq!((vendor.complaints(), vendor.ledger().placed().len()), (Vec::new(), 1));
    let refused = vendor.ledger().deliveries().iter().filter(|it| it.status != Some(StatusCode::OK.as_u16())).count();
    assert_eq!(refused, 0);
    house.running.stop().await.unwrap();
}
