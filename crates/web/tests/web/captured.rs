//! What people press in IVRs that carriers run, told over HTTP.

use crate::common::{House, noon, plain};
use axum::body::Body;
use chrono::Duration;
use frontdesk_core::{
    ivr::{MOST_INPUTS, Place},
    ports::CaptureStore,
};
use frontdesk_testkit::suite::ivr_store::press;
use serde_json::{Value, json};
use std::sync::Arc;

/// Two days with captured calls of the clinic: one complete on the first, two more on the second.
async fn house() -> House {
    let house = House::with(|_| {});
    for (sid, day, presses) in [
        ("A", 0, &[("language", "1"), ("state", "2"), ("service", "1"), ("model", "4"), ("hp", "1")][..]),
        ("B", 1, &[("language", "2"), ("state", "")]),
        ("C", 1, &[("language", "1"), ("state", "2")]),
    ] {
        for (minute, (step, keys)) in presses.iter().enumerate() {
            let mut capture = press(sid, step, keys, i64::try_from(minute).unwrap());
            capture.started_at = Some(noon() + Duration::days(day));
            let tree = crate::common::rules().trees.remove(0);
            let zone = chrono_tz::Asia::Singapore;
            let place =
                Place { provider: "exotel".to_owned(), business: "clinic".to_owned(), zone, tree: Arc::clone(&tree) };
            house.store.capture(capture, place, noon()).await.unwrap();
        }
    }
    house
}

fn day(after: i64) -> String {
    (noon() + Duration::days(after)).date_naive().to_string()
}

#[tokio::test]
async fn paths_have_the_columns_their_first_users_know() {
    let house = house().await;
    let seen = house.get("/api/ivr/paths").await;
    assert_eq!(seen.status, 200);
    let body = seen.json();
    assert_eq!((&body["success"], &body["count"], &body["next_cursor"]), (&json!(true), &json!(3), &Value::Null));
    let first = body["data"].as_array().unwrap().last().unwrap();
    for (column, value) in [
        ("call_sid", "A"),
        ("from_number", "09876543210"),
        ("to_number", "08047491899"),
        ("language_choice", "1"),
        ("hp_choice", "1"),
        ("complete_path", "1-2-1-4-1"),
    ] {
        assert_eq!(first[column], value, "{column}");
    }
    assert_eq!(first["timestamp"], noon().format("%Y-%m-%d %H:%M:%S").to_string());
    assert_eq!(body["data"][1]["complete_path"], "2----");
}

#[tokio::test]
async fn the_last_day_of_a_range_is_within_it() {
    let house = house().await;
    let counted = async |from: i64, to: i64| {
        let query = format!("start_date={}&end_date={}", day(from), day(to));
        let paths = house.get(&format!("/api/ivr/paths?{query}")).await.json()["count"].clone();
        let stats = house.get(&format!("/api/ivr/stats?{query}")).await.json()["total_calls"].clone();
        assert_eq!(paths, stats);
        paths
    };
    assert_eq!(counted(0, 0).await, 1);
    assert_eq!(counted(0, 1).await, 3);
    assert_eq!(counted(1, 1).await, 2);
    assert_eq!(counted(2, 9).await, 0);
}

#[tokio::test]
async fn figures_tell_where_callers_go_and_where_they_give_up() {
    let house = house().await;
    let body = house.get("/api/ivr/stats").await.json();
    assert_eq!(body["total_calls"], 3);
    let top: Vec<_> = body["top_paths"].as_array().unwrap().iter().map(|top| (&top["path"], &top["count"])).collect();
    assert_eq!(top.len(), 3);
    assert!(top.contains(&(&json!("1-2-1-4-1"), &json!(1))), "{top:?}");
    assert_eq!(body["language_distribution"][0], json!({ "language": "1", "label": "1", "count": 2 }));
    assert_eq!((&body["completed_calls"], &body["completion_rate"]), (&json!(1), &json!(33.3)));
    assert_eq!(body["two_or_more_rate"], 66.7);
    let state = &body["step_drop_off"][1];
    assert_eq!((&state["step"], &state["reached"], &state["left"]), (&json!("state"), &json!(3), &json!(2)));
    assert_eq!(state["silent"], 1);
    let flow = house.get("/api/v1/ivr/flow?flow=ivr").await.json();
    assert_eq!(flow["flows"][0]["steps"][0]["digits"], json!({ "1": 2, "2": 1 }));
}

#[tokio::test]
async fn a_file_has_a_line_for_each_call_and_a_header() {
    let house = house().await;
    let seen = house.get("/api/v1/ivr/paths").await;
    assert_eq!(seen.header("content-type"), "text/csv; charset=utf-8");
    let lines: Vec<_> = seen.body.lines().collect();
    assert!(lines[0].starts_with("id,call_sid,from_number,to_number,language_choice,state_choice"), "{}", lines[0]);
    assert_eq!(lines.len(), 4);
    assert!(lines[3].contains("1-2-1-4-1"), "{}", lines[3]);
    let seen = house.get("/api/v1/ivr/inputs?format=ndjson").await;
    let presses: Vec<Value> = seen.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(presses.len(), 9);
    assert!(presses.iter().all(|press| press["step_name"].is_string()));
    for name in ["from", "start_date"] {
        let none = house.get(&format!("/api/v1/ivr/paths?{name}={}", day(9))).await;
        assert_eq!(none.body.lines().count(), 1, "a file of nothing still says its columns");
    }
}

#[tokio::test]
async fn a_wrong_parameter_is_named() {
    let house = house().await;
    let seen = house.get("/api/ivr/stats?start_date=yesterday&flow=elsewhere").await;
    assert_eq!((seen.status.as_u16(), seen.wrong_fields()), (422, vec!["flow".to_owned(), "start_date".to_owned()]));
}

#[tokio::test]
async fn numbers_are_told_to_nobody_without_the_token() {
    let house = house().await;
    for path in ["/api/ivr/paths", "/api/ivr/stats", "/api/v1/ivr/paths", "/api/v1/ivr/inputs"] {
        let seen = house.ask(plain("GET", path).body(Body::empty()).unwrap()).await;
        assert_eq!(seen.status, 401, "{path}");
    }
}

#[tokio::test]
async fn a_call_of_which_no_more_presses_are_kept_says_so_on_its_page() {
    let house = House::default();
    let tree = crate::common::rules().trees.remove(0);
    for (id, sid, presses) in [(1, "A", MOST_INPUTS - 1), (2, "B", MOST_INPUTS + 1)] {
        for press_no in 0..presses {
            let capture = press(sid, "language", "1", i64::try_from(press_no).unwrap());
            let (provider, business) = ("exotel".to_owned(), "clinic".to_owned());
            let place = Place { provider, business, zone: chrono_tz::Asia::Singapore, tree: Arc::clone(&tree) };
            house.store.capture(capture, place, noon()).await.unwrap();
        }
        let page = house.get(&format!("/ivr/calls/{id}")).await;
        assert_eq!(page.status, 200);
        assert_eq!(page.body.contains("No more than 200 presses of one call are kept"), presses > MOST_INPUTS, "{id}");
    }
}
