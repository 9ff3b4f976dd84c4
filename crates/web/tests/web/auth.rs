//! Who is let in, how often, and what every answer carries.

use crate::common::{House, KEY, TOKEN, appointment, plain, signed};
use axum::{Router, body::Body, http::StatusCode, routing::post};
use frontdesk_web::{CalendarFeed, Limits};
use secrecy::SecretString;
use std::{num::NonZeroU32, sync::Arc};

fn empty(request: axum::http::request::Builder) -> axum::http::Request<Body> {
    request.body(Body::empty()).unwrap()
}

#[tokio::test]
async fn a_known_key_opens_the_api_and_an_unknown_one_does_not() {
    let house = House::default();
    let with = |value: String| empty(plain("GET", "/api/v1/calls").header("authorization", value));
    assert_eq!(house.ask(with(format!("Bearer {TOKEN}"))).await.status, StatusCode::OK);
    assert_eq!(house.ask(with(format!("bearer {KEY}"))).await.status, StatusCode::OK);
    for wrong in ["Bearer nonsense", "Bearer ", "Basic", "Digest x"] {
        let seen = house.ask(with(wrong.to_owned())).await;
        assert_eq!(seen.status, StatusCode::UNAUTHORIZED, "{wrong}");
        assert_eq!(seen.header("content-type"), "application/problem+json");
        assert!(seen.header("www-authenticate").starts_with("Bearer"));
    }
    assert_eq!(house.ask(empty(plain("GET", "/api/v1/calls"))).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_empty_admin_token_opens_nothing() {
    let house = House::with(|site| site.admin_token = SecretString::from(""));
    let seen = house.ask(empty(plain("GET", "/api/v1/calls").header("authorization", "Bearer "))).await;
    assert_eq!(seen.status, StatusCode::UNAUTHORIZED);
    let seen = house.ask(empty(plain("GET", "/sign-in?token="))).await;
    assert!(seen.header("set-cookie").is_empty());
}

#[tokio::test]
async fn the_sign_in_link_sets_a_cookie_and_leaves_no_token_in_the_url() {
    let house = House::default();
    let seen = house.ask(empty(plain("GET", &format!("/sign-in?token={TOKEN}&next=/appointments/1")))).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER);
    assert_eq!(seen.header("location"), "/appointments/1");
    let cookie = seen.header("set-cookie");
    for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains(TOKEN));
    let cookie = house.cookie().await;
    let page = house.ask(empty(plain("GET", "/").header("cookie", cookie))).await;
    assert_eq!(page.status, StatusCode::OK);
}

#[tokio::test]
async fn nobody_is_sent_to_another_site_after_signing_in() {
    let house = House::default();
    for next in ["//evil.example", "https://evil.example", "/%5Cevil.example", "/a%0D%0Ab"] {
        let seen = house.ask(empty(plain("GET", &format!("/sign-in?token={TOKEN}&next={next}")))).await;
        assert_eq!(seen.header("location"), "/", "{next}");
    }
}

#[tokio::test]
async fn a_page_without_session_leads_to_the_sign_in_page_which_says_where_the_link_is() {
    let house = House::default();
    let seen = house.ask(empty(plain("GET", "/appointments/1?show=contact"))).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER);
    assert_eq!(seen.header("location"), "/sign-in?next=%2Fappointments%2F1%3Fshow%3Dcontact");
    let page = house.ask(empty(plain("GET", seen.header("location")))).await;
    assert!(page.body.contains("prints a sign-in link"));
    let submit = plain("POST", "/sign-in").body(Body::from(format!("token={TOKEN}&next=%2F"))).unwrap();
    assert_eq!(house.ask(submit).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_forged_or_expired_session_opens_nothing() {
    let house = House::default();
    let cookie = house.cookie().await;
    let later = House::at(crate::common::noon() + chrono::Duration::days(15), |_| {});
    let seen = later.ask(empty(plain("GET", "/").header("cookie", &cookie))).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER);
    let forged = cookie.replacen("frontdesk_session=1", "frontdesk_session=2", 1);
    assert_ne!(forged, cookie);
    let seen = house.ask(empty(plain("GET", "/").header("cookie", forged))).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER);
    let other = House::with(|site| site.admin_token = SecretString::from("another"));
    let seen = other.ask(empty(plain("GET", "/").header("cookie", cookie))).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn another_site_cannot_use_a_browsers_session_or_password() {
    let house = House::default();
    let cookie = house.cookie().await;
    let book = |headers: &[(&str, &str)]| {
        let mut request = plain("POST", "/api/v1/appointments");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::from(appointment(""))).unwrap()
    };
    let seen = house.ask(book(&[("cookie", &cookie)])).await;
    assert_eq!(seen.status, StatusCode::FORBIDDEN);
    let seen = house.ask(book(&[("cookie", &cookie), ("sec-fetch-site", "cross-site")])).await;
    assert_eq!(seen.status, StatusCode::FORBIDDEN);
    let basic = "Basic YWRtaW46bGV0bWVpbg==";
    let seen = house.ask(book(&[("authorization", basic), ("sec-fetch-site", "cross-site")])).await;
    assert_eq!(seen.status, StatusCode::FORBIDDEN);
    for own in [("x-requested-with", "frontdesk"), ("sec-fetch-site", "same-origin")] {
        let seen = house.ask(book(&[("cookie", &cookie), own])).await;
        assert_eq!(seen.status, StatusCode::CREATED, "{own:?}");
    }
    assert_eq!(house.ask(book(&[("authorization", basic)])).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_button_works_from_its_own_page_only() {
    let house = House::default();
    let id = house.booked().await;
    let cookie = house.cookie().await;
    let page = house.ask(empty(plain("GET", &format!("/appointments/{id}")).header("cookie", &cookie))).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.body.contains("+6591234567"), "masked until asked for");
    let token = page.body.split("name=\"form_token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let press = |token: &str| {
        plain("POST", &format!("/appointments/{id}/confirm"))
            .header("cookie", &cookie)
            .body(Body::from(format!("form_token={token}")))
            .unwrap()
    };
    assert_eq!(house.ask(press("")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(house.ask(press(&"0".repeat(64))).await.status, StatusCode::FORBIDDEN);
    assert_eq!(house.ask(press(&token)).await.status, StatusCode::SEE_OTHER);
    let shown = plain("GET", &format!("/appointments/{id}?show=contact")).header("cookie", &cookie);
    let shown = house.ask(empty(shown)).await.body;
    assert!(shown.contains("+6591234567"));
    assert!(shown.contains("Confirmed at the desk, 12:00"), "{shown}");
}

#[tokio::test]
async fn what_a_customer_is_called_cannot_break_the_page() {
    let house = House::default();
    let body = appointment("").replace("Ana Lim", "<script>alert(1)</script>");
    house.post("/api/v1/appointments", &body).await;
    let cookie = house.cookie().await;
    let page = house.ask(empty(plain("GET", "/").header("cookie", cookie))).await.body;
    assert!(page.contains("alert(1)"));
    assert!(!page.contains("<script>alert"));
}

#[tokio::test]
async fn the_browser_phone_is_behind_the_sign_in_and_its_carrier_is_not() {
    let house = House::with(|site| {
        site.sandbox = Some(Router::new().route("/sandbox/api/calls", post(async || "rung")));
        site.sandbox_carrier = Some(Router::new().route("/sandbox/carrier/v1/calls", post(async || "dialled")));
    });
    let seen = house.ask(empty(plain("POST", "/sandbox/api/calls"))).await;
    assert_eq!(seen.status, StatusCode::UNAUTHORIZED);
    let seen = house.ask(empty(signed("POST", "/sandbox/api/calls"))).await;
    assert_eq!(seen.body, "rung");
    let cookie = house.cookie().await;
    let seen = house.ask(empty(plain("POST", "/sandbox/api/calls").header("cookie", cookie))).await;
    assert_eq!(seen.status, StatusCode::FORBIDDEN);
    let seen = house.ask(empty(plain("POST", "/sandbox/carrier/v1/calls"))).await;
    assert_eq!(seen.body, "dialled");
}

fn tight(site: &mut frontdesk_web::Site) {
    site.limits = Limits {
        per_minute: NonZeroU32::new(3).unwrap(),
        sign_ins_per_minute: NonZeroU32::new(2).unwrap(),
        ..Limits::default()
    };
}

#[tokio::test]
async fn too_many_requests_are_told_when_to_come_back() {
    let house = House::with(tight);
    for _ in 0..3 {
        assert_eq!(house.get("/api/v1/calls").await.status, StatusCode::OK);
    }
    let seen = house.get("/api/v1/calls").await;
    assert_eq!(seen.status, StatusCode::TOO_MANY_REQUESTS);
    assert!((1..=60).contains(&seen.header("retry-after").parse::<u64>().unwrap()));
    assert_eq!(seen.header("content-type"), "application/problem+json");
    // Somebody else's quota is their own.
    let other = plain("GET", "/api/v1/calls").header("authorization", format!("Bearer {KEY}"));
    assert_eq!(house.ask(empty(other)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn guessing_the_token_is_slowed_down() {
    let house = House::with(tight);
    let guess = || empty(plain("GET", "/sign-in?token=guess"));
    assert_eq!(house.ask(guess()).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(house.ask(guess()).await.status, StatusCode::UNAUTHORIZED);
    let seen = house.ask(guess()).await;
    assert_eq!(seen.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!seen.header("retry-after").is_empty());
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let house = House::default();
    for path in
        ["/", "/sign-in", "/livez", "/nothing", "/api/v1/calls", "/webhooks/x/y", "/assets/desk.css", "/metrics"]
    {
        let seen = house.ask(empty(plain("GET", path))).await;
        let policy = seen.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{path}: {policy}");
        assert_eq!(seen.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(seen.header("referrer-policy"), "no-referrer", "{path}");
        assert!(!seen.header("cache-control").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn a_lost_person_gets_a_page_and_a_program_a_problem() {
    let house = House::default();
    let seen = house.ask(empty(plain("GET", "/lost").header("accept", "text/html,*/*"))).await;
    assert_eq!(seen.status, StatusCode::NOT_FOUND);
    assert!(seen.header("content-type").starts_with("text/html"));
}

#[tokio::test]
async fn the_calendar_opens_with_its_own_token_only() {
    let house = House::with(|site| {
        site.calendar_feed = Some(CalendarFeed {
            render: Arc::new(|business| (business == "clinic").then(|| "BEGIN:VCALENDAR".to_owned())),
            token: SecretString::from("feed"),
        });
    });
    let status = async |path: &str| house.ask(empty(plain("GET", path))).await.status;
    assert_eq!(status("/calendar/clinic.ics?token=feed").await, StatusCode::OK);
    assert_eq!(status("/calendar/clinic.ics?token=letmein").await, StatusCode::UNAUTHORIZED);
    assert_eq!(status("/calendar/clinic.ics").await, StatusCode::UNAUTHORIZED);
    assert_eq!(status("/calendar/other.ics?token=feed").await, StatusCode::NOT_FOUND);
}
