//! What the API promises.

use crate::common::{House, appointment, plain, signed};
use axum::{body::Body, http::StatusCode};
use chrono::{TimeZone, Utc};
use frontdesk_core::effect::EffectState;
use serde_json::json;

#[tokio::test]
async fn a_booked_appointment_comes_back_as_the_contract_writes_it() {
    let house = House::default();
    let body = appointment(r#""external_id": "X1", "service": "Check-up", "duration_minutes": 45"#);
    let seen = house.post("/api/v1/appointments", &body).await;
    assert_eq!(seen.status, StatusCode::CREATED, "{}", seen.body);
    let it = seen.json();
    assert_eq!(it["business"], "clinic");
    // A national number of the business's region, and a UTC time with Z.
    assert_eq!(it["customer"]["phone"], "+6591234567");
    assert_eq!(it["starts_at"], "2030-03-01T06:00:00Z");
    assert_eq!(it["duration_minutes"], 45);
    assert_eq!(it["status"], "scheduled");
    for member in ["id", "external_id", "service", "notes", "created_at", "updated_at"] {
        assert!(it.get(member).is_some(), "{member}");
    }
    for member in ["name", "email", "language", "time_zone"] {
        assert!(it["customer"].get(member).is_some(), "{member}");
    }
    let path = seen.header("location").to_owned();
    let shown = house.get(&path).await.json();
    assert_eq!(shown["timeline"][0]["note"], "taken into the book");
}

#[tokio::test]
async fn every_field_that_is_not_right_is_named_at_once() {
    let house = House::default();
    let body = json!({
        "business": "nobody", "external_id": 7, "starts_at": "soon", "duration_minutes": 0,
        "service": ["x"], "notes": "a\u{0}b", "confirm": "perhaps",
        "customer": { "name": "", "phone": "12", "email": "mallory@", "language": "tlh", "time_zone": "Mars/Base" },
    });
    let seen = house.post("/api/v1/appointments", &body.to_string()).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(seen.header("content-type"), "application/problem+json");
    let mut wrong = seen.wrong_fields();
    wrong.sort();
    assert_eq!(
        wrong,
        [
            "business",
            "confirm",
            "customer.email",
            "customer.language",
            "customer.name",
            "customer.phone",
            "customer.time_zone",
            "duration_minutes",
            "external_id",
            "notes",
            "service",
            "starts_at"
        ]
    );
    assert!(!seen.body.contains("mallory@"), "values are not repeated: {}", seen.body);
}

#[tokio::test]
async fn missing_fields_are_named() {
    let house = House::default();
    let seen = house.post("/api/v1/appointments", "{}").await;
    assert_eq!(seen.wrong_fields(), ["starts_at", "customer"]);
    let seen = house.post("/api/v1/appointments", r#"{"customer": {}, "starts_at": null}"#).await;
    assert_eq!(seen.wrong_fields(), ["starts_at", "customer.name", "customer.phone"]);
    let seen = house.post("/api/v1/appointments", r#"{"customer": 5, "starts_at": "2030-03-02T10:00"}"#).await;
    assert_eq!(seen.wrong_fields(), ["customer"]);
}

#[tokio::test]
async fn a_time_in_the_past_is_refused_alone_and_with_others() {
    let house = House::default();
    let past = appointment("").replace("2030-03-01T14", "2030-03-01T11");
    assert_eq!(house.post("/api/v1/appointments", &past).await.wrong_fields(), ["starts_at"]);
    let both = past.replace("9123 4567", "1");
    let seen = house.post("/api/v1/appointments", &both).await;
    assert_eq!(seen.wrong_fields(), ["customer.phone", "starts_at"]);
}

#[tokio::test]
async fn a_time_without_zone_is_the_businesss() {
    let house = House::default();
    let body = appointment(r#""business": "salon""#)
        .replace("2030-03-01T14:00:00+08:00", "2030-03-01T14:00")
        .replace("9123 4567", "(212) 555-0123");
    let seen = house.post("/api/v1/appointments", &body).await.json();
    assert_eq!(seen["starts_at"], "2030-03-01T19:00:00Z");
    assert_eq!(seen["customer"]["phone"], "+12125550123");
}

#[tokio::test]
async fn a_time_that_clocks_skip_or_repeat_is_refused_with_a_reason() {
    let house = House::default();
    let at = |time: &str| {
        appointment(r#""business": "salon""#)
            .replace("2030-03-01T14:00:00+08:00", time)
            .replace("9123 4567", "+12125550123")
    };
    let gap = house.post("/api/v1/appointments", &at("2030-03-10T02:30")).await;
    assert!(gap.body.contains("does not exist in America/New_York"), "{}", gap.body);
    let fold = house.post("/api/v1/appointments", &at("2030-11-03T01:30")).await;
    assert!(fold.body.contains("2030-11-03T01:30:00-04:00 or 2030-11-03T01:30:00-05:00"), "{}", fold.body);
    let told = house.post("/api/v1/appointments", &at("2030-11-03T01:30:00-05:00")).await;
    assert_eq!(told.status, StatusCode::CREATED);
}

#[tokio::test]
async fn what_is_no_json_or_no_utf8_is_a_bad_request() {
    let house = House::default();
    for body in [b"{\"customer\": ".to_vec(), vec![0xff, 0xfe], Vec::new()] {
        let request = signed("POST", "/api/v1/appointments").body(Body::from(body)).unwrap();
        let seen = house.ask(request).await;
        assert_eq!(seen.status, StatusCode::BAD_REQUEST);
        assert_eq!(seen.json()["title"], "Bad Request");
    }
    let seen = house.post("/api/v1/appointments", "[1]").await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_same_external_id_is_taken_once_and_another_time_is_a_conflict() {
    let house = House::default();
    let body = appointment(r#""external_id": "X1""#);
    let first = house.post("/api/v1/appointments", &body).await;
    let again = house.post("/api/v1/appointments", &body).await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(first.json()["id"], again.json()["id"]);
    let other = house.post("/api/v1/appointments", &body.replace("T14:00", "T15:00")).await;
    assert_eq!(other.status, StatusCode::CONFLICT);
    assert!(other.json()["detail"].as_str().unwrap().contains("/reschedule"));
    assert_eq!(other.json()["appointment_id"], first.json()["id"]);
}

async fn keyed(house: &House, key: &str, body: &str) -> crate::common::Seen {
    let request = signed("POST", "/api/v1/appointments").header("idempotency-key", key);
    house.ask(request.body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn the_same_idempotency_key_gives_the_first_answer_and_another_body_is_refused() {
    let house = House::default();
    let first = keyed(&house, "k1", &appointment("")).await;
    let again = keyed(&house, "k1", &appointment("")).await;
    assert_eq!((first.status, &first.body), (again.status, &again.body));
    assert_eq!(house.get("/api/v1/appointments").await.json()["items"].as_array().unwrap().len(), 1);
    let other = keyed(&house, "k1", &appointment(r#""notes": "x""#)).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(other.body.contains("Idempotency-Key"));
    let bad = keyed(&house, &"k".repeat(256), &appointment("")).await;
    assert_eq!(bad.wrong_fields(), ["Idempotency-Key"]);
}

#[tokio::test]
async fn the_keys_of_two_programs_do_not_meet() {
    let house = House::default();
    keyed(&house, "1", &appointment("")).await;
    let request = plain("POST", "/api/v1/appointments")
        .header("authorization", format!("Bearer {}", crate::common::KEY))
        .header("idempotency-key", "1");
    let seen = house.ask(request.body(Body::from(appointment(r#""notes": "x""#))).unwrap()).await;
    assert_eq!(seen.status, StatusCode::CREATED);
}

#[tokio::test]
async fn lists_come_page_by_page_and_name_what_is_wrong_with_a_query() {
    let house = House::default();
    for hour in 14..17 {
        let body = appointment("").replace("T14", &format!("T{hour}"));
        assert_eq!(house.post("/api/v1/appointments", &body).await.status, StatusCode::CREATED);
    }
    let first = house.get("/api/v1/appointments?limit=2&status=scheduled&from=2030-03-01&to=2030-03-01").await.json();
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = house.get(&format!("/api/v1/appointments?limit=2&cursor={cursor}")).await.json();
    assert_eq!(second["items"].as_array().unwrap().len(), 1);
    assert_eq!(second["next_cursor"], json!(null));
    let wrong = house.get("/api/v1/appointments?limit=501&status=x&from=y&business=z").await;
    let mut fields = wrong.wrong_fields();
    fields.sort();
    assert_eq!(fields, ["business", "from", "limit", "status"]);
    let cursor = house.get("/api/v1/appointments?cursor=nonsense").await;
    assert_eq!(cursor.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_desk_confirms_moves_calls_and_cancels() {
    let house = House::default();
    let id = house.booked().await;
    let act = |what: &str| format!("/api/v1/appointments/{id}/{what}");
    assert_eq!(house.post(&act("confirm"), "").await.json()["status"], "confirmed");
    let moved = house.post(&act("reschedule"), r#"{"starts_at": "2030-03-02T10:00"}"#).await.json();
    assert_eq!(moved["starts_at"], "2030-03-02T02:00:00Z");
    assert_eq!(
        house.post(&act("reschedule"), r#"{"starts_at": "2020-01-01T10:00"}"#).await.wrong_fields(),
        ["starts_at"]
    );
    assert_eq!(house.post(&act("call"), "").await.json()["status"], "confirming");
    assert_eq!(house.post(&act("cancel"), "").await.json()["status"], "cancelled");
    let call = house.post(&act("call"), "").await;
    assert_eq!(call.status, StatusCode::CONFLICT);
    assert!(call.body.contains("nothing to ask"), "{}", call.body);
    assert_eq!(house.post(&act("no-show"), "").await.json()["status"], "no_show");
    assert_eq!(house.post(&act("confirm"), "").await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let house = House::default();
    for path in [
        "/api/v1/appointments/nonsense",
        "/api/v1/appointments/01900000-0000-7000-8000-000000000000",
        "/api/v1/calls/01900000-0000-7000-8000-000000000000",
        "/api/v1/contacts/+6591234567",
        "/nothing",
    ] {
        let seen = house.get(path).await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(seen.header("content-type"), "application/problem+json", "{path}");
    }
    let seen = house.post("/api/v1/effects/01900000-0000-7000-8000-000000000000/retry", "").await;
    assert_eq!(seen.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_wrong_method_says_which_are_right() {
    let house = House::default();
    let seen = house.ask(signed("DELETE", "/api/v1/appointments").body(Body::empty()).unwrap()).await;
    assert_eq!(seen.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(seen.header("allow").contains("POST"), "{:?}", seen.headers);
    assert_eq!(seen.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn an_effect_that_cannot_be_tried_again_says_why() {
    let house = House::default();
    house.booked().await;
    for (state, why) in [
        (EffectState::Done, "not done twice"),
        (EffectState::Started, "under way"),
        (EffectState::Failed, "/call for a new one"),
    ] {
        let id = house.store.change_effect("call", |effect| effect.state = state).unwrap();
        let seen = house.post(&format!("/api/v1/effects/{id}/retry"), "").await;
        assert_eq!(seen.status, StatusCode::CONFLICT);
        assert!(seen.json()["detail"].as_str().unwrap().contains(why), "{}", seen.body);
    }
    let id = house.store.change_effect("calendar", |effect| effect.state = EffectState::Failed).unwrap();
    let seen = house.post(&format!("/api/v1/effects/{id}/retry"), "").await;
    assert_eq!(seen.json()["state"], "waiting");
    let failed = house.get("/api/v1/effects?state=failed").await.json();
    assert_eq!(failed["items"][0]["kind"], "call");
    assert_eq!(house.get("/api/v1/effects?state=odd").await.wrong_fields(), ["state"]);
}

#[tokio::test]
async fn flows_are_counted_step_by_step_with_zeros_where_nobody_came() {
    let house = House::default();
    let seen = house.get("/api/v1/ivr/flow?flow=confirm").await.json();
    let steps = seen["flows"][0]["steps"].as_array().unwrap();
    let menu = steps.iter().find(|step| step["step"] == "menu").unwrap();
    assert_eq!(menu["entered"], 0);
    assert_eq!(house.get("/api/v1/ivr/flow?flow=x&from=2030-13-01").await.wrong_fields(), ["flow", "from"]);
}

#[tokio::test]
async fn the_description_names_every_route_and_the_page_reads_it() {
    let house = House::default();
    let seen = house.ask(plain("GET", "/openapi.json").body(Body::empty()).unwrap()).await.json();
    assert!(seen["openapi"].as_str().unwrap().starts_with("3.1"), "{}", seen["openapi"]);
    for path in [
        "/api/make-call",
        "/api/v1/appointments",
        "/api/v1/appointments/{id}",
        "/api/v1/appointments/{id}/confirm",
        "/api/v1/appointments/{id}/cancel",
        "/api/v1/appointments/{id}/call",
        "/api/v1/appointments/{id}/reschedule",
        "/api/v1/calls",
        "/api/v1/calls/{id}",
        "/api/v1/effects",
        "/api/v1/effects/{id}/retry",
        "/api/v1/contacts/{phone}",
        "/api/v1/opt-outs",
        "/api/v1/events",
        "/api/v1/ivr/flow",
    ] {
        assert!(seen["paths"].get(path).is_some(), "{path}");
    }
    let docs = house.ask(plain("GET", "/docs/").body(Body::empty()).unwrap()).await;
    assert_eq!(docs.status, StatusCode::OK);
    assert!(docs.header("content-security-policy").contains("script-src 'self';"));
}

#[tokio::test]
async fn ready_and_healthy_follow_the_database() {
    let house = House::at(Utc.with_ymd_and_hms(2030, 1, 1, 0, 0, 0).unwrap(), |_| {});
    let open = |path: &str| plain("GET", path).body(Body::empty()).unwrap();
    assert_eq!(house.ask(open("/livez")).await.body, "ok\n");
    assert_eq!(house.ask(open("/readyz")).await.status, StatusCode::OK);
    assert_eq!(house.ask(open("/metrics")).await.body, "frontdesk_up 1\n");
    let health = house.ask(open("/health")).await.json();
    assert_eq!(health["status"], "healthy");
    assert_eq!(health["timestamp"], "2030-01-01T00:00:00Z");
    assert_eq!((&health["database"], &health["redis"]), (&json!("ok"), &json!("disabled")));
    assert_eq!(house.ask(open("/voiceclone/health")).await.json()["status"], "ok");
    house.store.away.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(house.ask(open("/readyz")).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(house.ask(open("/health")).await.json()["status"], "error");
    assert_eq!(house.get("/api/v1/appointments").await.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn an_external_id_that_belongs_to_somebody_else_is_a_conflict() {
    let house = House::default();
    let mine = appointment(r#""external_id": "X1""#);
    assert_eq!(house.post("/api/v1/appointments", &mine).await.status, StatusCode::CREATED);
    assert_eq!(house.post("/api/v1/appointments", &mine).await.status, StatusCode::OK);
    let theirs = mine.replace("9123 4567", "9123 4568");
    let seen = house.post("/api/v1/appointments", &theirs).await;
    assert_eq!(seen.status, StatusCode::CONFLICT);
    assert!(seen.json()["detail"].as_str().unwrap().contains("somebody else"), "{}", seen.body);
}

#[tokio::test]
async fn with_several_businesses_an_appointment_names_its_own() {
    let house = House::with(|site| site.default_business = None);
    let body = appointment("").replace("9123 4567", "+6591234567");
    let seen = house.post("/api/v1/appointments", &body).await;
    assert_eq!(seen.wrong_fields(), ["business"]);
    assert!(seen.body.contains("clinic, salon"), "{}", seen.body);
    let body = appointment(r#""business": "salon""#).replace("9123 4567", "+6591234567");
    assert_eq!(house.post("/api/v1/appointments", &body).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_name_that_is_too_long_is_told_its_limit_whatever_its_length() {
    let house = House::default();
    for length in [201, 501] {
        let body = appointment("").replace("Ana Lim", &"x".repeat(length));
        let seen = house.post("/api/v1/appointments", &body).await;
        assert!(seen.body.contains("1 to 200 characters"), "{}", seen.body);
    }
}
