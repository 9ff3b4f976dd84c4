//! The pages behind links: what they show, what a form does, and what a GET never does.

use crate::common::*;
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    effect::Channel,
    engine::{Engine, Stood},
    event::{Answer, Event},
    id::AppointmentId,
    links::{Links, Purpose, Ticket},
    ports::IvrStore,
};
use frontdesk_web::Limits;
use std::{num::NonZeroU32, sync::Arc};

fn links() -> Links {
    Links::new("https://desk.example".parse().unwrap(), vec!["a key of the tests".into()]).unwrap()
}

fn house_at(now: DateTime<Utc>, limits: Limits) -> (House, Engine) {
    let mut engine = None;
    let house = House::at(now, |site| {
        let mut rules = (**site.engine.rules()).clone();
        rules.links = Some(links());
        let (store, world) = (site.engine.store().clone(), site.engine.world().clone());
        site.engine = Engine::new(Arc::new(rules), store, site.engine.ports().clone(), world);
        site.limits = limits;
        engine = Some(site.engine.clone());
    });
    (house, engine.unwrap())
}

/// A house with one appointment: Friday at two in the afternoon, half an hour.
async fn house() -> (House, Engine, AppointmentId) {
    let (house, engine) = house_at(noon(), Limits::default());
    let seen = house.post("/api/v1/appointments", &appointment(r#""confirm": "none", "service": "Cleaning""#)).await;
    assert_eq!(seen.status, StatusCode::CREATED, "{}", seen.body);
    let id = seen.json()["id"].as_str().unwrap().parse().unwrap();
    (house, engine, id)
}

async fn token(house: &House, id: AppointmentId, purpose: Purpose) -> String {
    links().token(purpose, &house.store.appointment(id).await.unwrap().unwrap())
}

async fn open(house: &House, path: &str) -> Seen {
    house.ask(plain("GET", path).body(Body::empty()).unwrap()).await
}

async fn send(house: &House, path: &str, body: &str) -> Seen {
    let request = plain("POST", path).header("content-type", "application/x-www-form-urlencoded");
    house.ask(request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn status(house: &House, id: AppointmentId) -> String {
    let appointment = house.store.appointment(id).await.unwrap().unwrap();
    appointment.status.as_str().to_owned()
}

/// The value of the first hidden field of this name.
fn field(page: &Seen, name: &str) -> String {
    let after = page.body.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_else(|| panic!("{}", page.body));
    after.split('"').next().unwrap().to_owned()
}

/// The first time that is offered.
fn first_time(page: &Seen) -> String {
    let after =
        page.body.split("class=\"time\" name=\"at\" value=\"").nth(1).unwrap_or_else(|| panic!("{}", page.body));
    after.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_page_shows_the_appointment_and_what_can_be_done_about_it() {
    let (house, _, id) = house().await;
    let page = open(&house, &format!("/a/{}", token(&house, id, Purpose::Answer).await)).await;
    assert_eq!(page.status, StatusCode::OK);
    for words in
        ["Clinic", "Friday, March 1", "2:00 PM", "Cleaning", "Not confirmed yet", "Yes, I will come", "+6560000000"]
    {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert!(!page.body.contains("Ana Lim") && !page.body.contains("9123"), "nothing about the person is told");
    assert!(!page.body.contains("<script"));
}

#[tokio::test]
async fn what_the_pages_send_keeps_them_private() {
    let (house, _, id) = house().await;
    let page = open(&house, &format!("/a/{}", token(&house, id, Purpose::Answer).await)).await;
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(page.header("x-robots-tag"), "noindex, nofollow");
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(!page.headers.contains_key("set-cookie"));
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"), "{policy}");
}

#[tokio::test]
async fn a_get_changes_nothing_whatever_it_asks_for() {
    let (house, _, id) = house().await;
    let before = (house.store.appointment(id).await.unwrap(), house.store.lines());
    let (answer, stop) = (token(&house, id, Purpose::Answer).await, token(&house, id, Purpose::Stop).await);
    let at = (noon() + Duration::days(3)).timestamp();
    for path in [
        format!("/a/{answer}"),
        format!("/a/{answer}?do=confirm&saw=1.0"),
        format!("/a/{answer}/times"),
        format!("/a/{answer}/times/{at}?do=move"),
        format!("/a/{stop}?do=stop&List-Unsubscribe=One-Click"),
        format!("/a/{}/invite.ics", token(&house, id, Purpose::Calendar).await),
    ] {
        for method in ["GET", "HEAD"] {
            let seen = house.ask(plain(method, &path).body(Body::empty()).unwrap()).await;
            assert!(seen.status.is_success() || seen.status.is_redirection(), "{path}: {}", seen.status);
        }
    }
    assert_eq!((house.store.appointment(id).await.unwrap(), house.store.lines()), before);
    assert_eq!(house.store.contact(&before.0.unwrap().customer.phone).await.unwrap(), None);
}

#[tokio::test]
async fn by_a_form_it_is_confirmed_or_cancelled() {
    for (act, after) in [("confirm", "confirmed"), ("cancel", "cancelled")] {
        let (house, _, id) = house().await;
        let path = format!("/a/{}", token(&house, id, Purpose::Answer).await);
        let page = open(&house, &path).await;
        let body = format!("do={act}&saw={}", field(&page, "saw"));
        let seen = send(&house, &path, &body).await;
        assert_eq!((seen.status, seen.header("location")), (StatusCode::SEE_OTHER, path.as_str()));
        assert_eq!(status(&house, id).await, after);
        // Pressed twice, or sent again: once is enough, and nobody is told off.
        assert_eq!(send(&house, &path, &body).await.status, StatusCode::SEE_OTHER);
        assert!(open(&house, &path).await.body.contains("On this page"));
    }
}

#[tokio::test]
async fn a_stale_page_says_what_became_of_it_meanwhile() {
    let (house, engine, id) = house().await;
    let path = format!("/a/{}", token(&house, id, Purpose::Answer).await);
    let saw = field(&open(&house, &path).await, "saw");
    engine.happen(id, Event::Replied { channel: Channel::Voice, meaning: Answer::Confirmed }).await.unwrap();
    let seen = send(&house, &path, &format!("do=cancel&saw={saw}")).await;
    assert_eq!(seen.status, StatusCode::CONFLICT);
    for words in ["This has changed since you opened the page", "Confirmed", "By telephone"] {
        assert!(seen.body.contains(words), "{words}: {}", seen.body);
    }
    assert_eq!(status(&house, id).await, "confirmed");
    // Having seen it, they may.
    let seen = send(&house, &path, &format!("do=cancel&saw={}", field(&seen, "saw"))).await;
    assert_eq!((seen.status, status(&house, id).await.as_str()), (StatusCode::SEE_OTHER, "cancelled"));
}

#[tokio::test]
async fn another_time_is_picked_held_and_taken() {
    let (house, _, id) = house().await;
    let path = format!("/a/{}", token(&house, id, Purpose::Answer).await);
    let page = open(&house, &format!("{path}/times")).await;
    assert_eq!(page.status, StatusCode::OK);
    let (at, saw) = (first_time(&page), field(&page, "saw"));
    let held = send(&house, &path, &format!("do=hold&saw={saw}&at={at}")).await;
    let there = format!("{path}/times/{at}");
    assert_eq!((held.status, held.header("location")), (StatusCode::SEE_OTHER, there.as_str()));
    let ask = open(&house, &there).await;
    assert!(ask.body.contains("We are holding it for you until"), "{}", ask.body);
    let taken = send(&house, &path, &format!("do=move&saw={}&at={at}", field(&ask, "saw"))).await;
    assert_eq!((taken.status, taken.header("location")), (StatusCode::SEE_OTHER, path.as_str()));
    let after = house.store.appointment(id).await.unwrap().unwrap();
    assert_eq!((after.starts_at.timestamp().to_string(), after.status.as_str()), (at, "confirmed"));
    // The link in the old message still leads there.
    let after = open(&house, &path).await;
    assert!(after.body.contains("Confirmed") && !after.body.contains("The time has changed"), "{}", after.body);
}

#[tokio::test]
async fn whoever_has_a_link_to_the_old_time_is_told_that_the_desk_moved_it() {
    let (house, engine, id) = house().await;
    let path = format!("/a/{}", token(&house, id, Purpose::Answer).await);
    let starts_at = noon() + Duration::days(4);
    engine.happen(id, Event::Moved { starts_at, channel: Channel::Desk }).await.unwrap();
    let page = open(&house, &path).await;
    assert!(page.body.contains("The time has changed since this link was sent"), "{}", page.body);
    assert!(page.body.contains("Tuesday, March 5"), "{}", page.body);
}

#[tokio::test]
async fn a_time_that_somebody_else_holds_is_gone_and_others_are_offered() {
    let (house, engine, id) = house().await;
    let other = house
        .post(
            "/api/v1/appointments",
            r#"{"customer": {"name": "Ben", "phone": "9123 4568"}, "starts_at": "2030-03-05T14:00:00+08:00", "confirm": "none"}"#,
        )
        .await;
    let other: AppointmentId = other.json()["id"].as_str().unwrap().parse().unwrap();
    let path = format!("/a/{}", token(&house, id, Purpose::Answer).await);
    let page = open(&house, &format!("{path}/times")).await;
    let at = first_time(&page);
    let when = DateTime::from_timestamp(at.parse().unwrap(), 0).unwrap();
    let ben = house.store.appointment(other).await.unwrap().unwrap();
    engine.by_link(other, Stood::of(&ben), frontdesk_core::engine::Act::Hold(when)).await.unwrap();
    let seen = send(&house, &path, &format!("do=hold&saw={}&at={at}", field(&page, "saw"))).await;
    assert_eq!(seen.status, StatusCode::CONFLICT);
    assert!(seen.body.contains("that time is not free any more"), "{}", seen.body);
    assert_ne!(first_time(&seen), at);
    // Whoever goes to the question without a hold has to pick first.
    let seen = open(&house, &format!("{path}/times/{at}")).await;
    assert_eq!((seen.status, seen.header("location")), (StatusCode::SEE_OTHER, format!("{path}/times").as_str()));
}

#[tokio::test]
async fn whoever_wants_silence_says_so_on_a_page_or_their_mail_program_does() {
    for (body, status, one_click, closed) in
        [("do=stop", StatusCode::SEE_OTHER, false, 4), ("List-Unsubscribe=One-Click", StatusCode::OK, true, 1)]
    {
        let (house, _, id) = house().await;
        let path = format!("/a/{}", token(&house, id, Purpose::Stop).await);
        assert!(open(&house, &path).await.body.contains("Stop all messages"));
        let seen = send(&house, &path, body).await;
        assert_eq!(seen.status, status);
        assert_eq!(one_click, !seen.headers.contains_key("location"), "a program is not sent elsewhere");
        let phone = house.store.appointment(id).await.unwrap().unwrap().customer.phone;
        assert_eq!(house.store.contact(&phone).await.unwrap().unwrap().opted_out.len(), closed);
        let after = open(&house, &path).await;
        let silent = after.body.contains("You will get no more calls") && !after.body.contains("<button");
        assert_eq!(silent, !one_click, "{}", after.body);
    }
}

#[tokio::test]
async fn a_time_beyond_every_calendar_is_none() {
    let (house, _, id) = house().await;
    let path = format!("/a/{}/times", token(&house, id, Purpose::Answer).await);
    for at in ["8210266876799", "-1", "253370764800"] {
        assert_eq!(open(&house, &format!("{path}/{at}")).await.status, StatusCode::SEE_OTHER, "{at}");
    }
}

#[tokio::test]
async fn one_link_does_nothing_that_another_one_is_for() {
    let (house, _, id) = house().await;
    let [answer, stop, calendar] =
        [Purpose::Answer, Purpose::Stop, Purpose::Calendar].map(|purpose| (house.store.clone(), purpose));
    let mut tokens = Vec::new();
    for (store, purpose) in [answer, stop, calendar] {
        tokens.push(links().token(purpose, &store.appointment(id).await.unwrap().unwrap()));
    }
    let saw = field(&open(&house, &format!("/a/{}", tokens[0])).await, "saw");
    for (path, body) in [
        (format!("/a/{}", tokens[0]), "do=stop".to_owned()),
        (format!("/a/{}", tokens[0]), "List-Unsubscribe=One-Click".to_owned()),
        (format!("/a/{}", tokens[1]), format!("do=confirm&saw={saw}")),
        (format!("/a/{}", tokens[2]), format!("do=cancel&saw={saw}")),
    ] {
        assert_eq!(send(&house, &path, &body).await.status, StatusCode::NOT_FOUND, "{body}");
    }
    for path in [format!("/a/{}", tokens[2]), format!("/a/{}/invite.ics", tokens[0]), format!("/a/{}/times", tokens[1])]
    {
        assert_eq!(open(&house, &path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(status(&house, id).await, "scheduled");
}

#[tokio::test]
async fn a_forged_link_and_an_unknown_appointment_are_answered_alike() {
    let (house, _, id) = house().await;
    let mut forged = token(&house, id, Purpose::Answer).await;
    let last = if forged.pop() == Some('A') { 'B' } else { 'A' };
    forged.push(last);
    let nobody = Ticket {
        purpose: Purpose::Answer,
        appointment: AppointmentId(uuid::Uuid::from_u128(42)),
        round: 1,
        until: noon() + Duration::days(1),
    };
    let answers = [
        open(&house, &format!("/a/{forged}")).await,
        open(&house, &format!("/a/{}", links().write(&nobody))).await,
        open(&house, "/a/x").await,
        send(&house, &format!("/a/{forged}"), "do=confirm&saw=1.0").await,
    ];
    for seen in &answers {
        assert_eq!((seen.status, &seen.body), (StatusCode::NOT_FOUND, &answers[0].body));
        assert!(seen.body.contains("This link does not work"));
        assert!(!seen.body.contains("+65"), "whose link it might be is told to nobody");
    }
    let dutch = plain("GET", "/a/x").header("accept-language", "nl-NL,en;q=0.5");
    assert!(house.ask(dutch.body(Body::empty()).unwrap()).await.body.contains("Deze link werkt niet"));
}

#[tokio::test]
async fn a_link_that_has_run_out_opens_only_what_was_moved_since() {
    let (house, engine, id) = house().await;
    let until = noon() - Duration::minutes(1);
    let expired = links().write(&Ticket { purpose: Purpose::Answer, appointment: id, round: 1, until });
    assert_eq!(open(&house, &format!("/a/{expired}")).await.status, StatusCode::GONE);
    engine.happen(id, Event::Moved { starts_at: noon() + Duration::days(20), channel: Channel::Desk }).await.unwrap();
    assert_eq!(open(&house, &format!("/a/{expired}")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn when_its_time_is_over_the_page_says_so_and_whom_to_ring() {
    let over = Ticket {
        purpose: Purpose::Answer,
        appointment: AppointmentId(uuid::Uuid::nil()),
        round: 1,
        until: noon() - Duration::minutes(1),
    };
    let (house, engine, id) = house().await;
    let expired = links().write(&Ticket { appointment: id, ..over });
    engine.happen(id, Event::Visited { came: true }).await.unwrap();
    for token in [expired, token(&house, id, Purpose::Answer).await] {
        for seen in [
            open(&house, &format!("/a/{token}")).await,
            send(&house, &format!("/a/{token}"), "do=cancel&saw=1.0").await,
        ] {
            assert_eq!(seen.status, StatusCode::GONE);
            assert!(seen.body.contains("This page is closed") && seen.body.contains("+6560000000"), "{}", seen.body);
        }
    }
    assert_eq!(status(&house, id).await, "completed");
}

#[tokio::test]
async fn the_page_speaks_the_persons_language_and_shows_their_zone() {
    for (language, words) in [("nl", "Ja, ik kom"), ("es", "Sí, iré"), ("hi", "अपॉइंटमेंट")] {
        let (house, _) = house_at(noon(), Limits::default());
        let body = format!(
            r#"{{"customer": {{"name": "A", "phone": "9123 4567", "language": "{language}", "time_zone": "Europe/Amsterdam"}},
               "starts_at": "2030-03-01T14:00:00+08:00", "confirm": "none"}}"#
        );
        let seen = house.post("/api/v1/appointments", &body).await;
        let id = seen.json()["id"].as_str().unwrap().parse().unwrap();
        let page = open(&house, &format!("/a/{}", token(&house, id, Purpose::Answer).await)).await;
        assert!(page.body.contains(words) && page.body.contains(&format!("lang=\"{language}\"")), "{}", page.body);
        assert!(page.body.contains("7:00") || page.body.contains("7.00"), "{}", page.body);
    }
}

#[tokio::test]
async fn the_calendar_file_holds_the_visit_and_nothing_of_the_desks() {
    let (house, _, id) = house().await;
    let file = open(&house, &format!("/a/{}/invite.ics", token(&house, id, Purpose::Calendar).await)).await;
    assert_eq!(file.header("content-type"), "text/calendar; charset=utf-8");
    for line in ["DTSTART:20300301T060000Z", "DTEND:20300301T063000Z"] {
        assert!(file.body.contains(line), "{line}: {}", file.body);
    }
    assert!(!file.body.contains("Ana Lim"), "{}", file.body);
}

#[tokio::test]
async fn one_address_that_asks_too_much_waits() {
    let limits = Limits { visits_per_minute: NonZeroU32::new(3).unwrap(), ..Limits::default() };
    let (house, _) = house_at(noon(), limits);
    for _ in 0..3 {
        assert_eq!(open(&house, "/a/x").await.status, StatusCode::NOT_FOUND);
    }
    let seen = open(&house, "/a/x").await;
    assert_eq!(seen.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(seen.header("retry-after").parse::<u64>().unwrap() > 0);
}

#[tokio::test]
async fn a_database_that_is_away_is_told_politely() {
    let (house, _, id) = house().await;
    let path = format!("/a/{}", token(&house, id, Purpose::Answer).await);
    house.store.away.store(true, std::sync::atomic::Ordering::Relaxed);
    for seen in [open(&house, &path).await, send(&house, &path, "do=confirm&saw=1.0").await, open(&house, "/a/x").await]
    {
        assert_eq!(seen.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(seen.body.contains("Please try again"), "{}", seen.body);
    }
}

#[tokio::test]
async fn programs_ask_for_free_times() {
    let (house, _, _) = house().await;
    let seen = house.get("/api/v1/businesses/clinic/slots?from=2030-03-01&to=2030-03-01&duration=60").await;
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.body);
    let view = seen.json();
    assert_eq!((view["time_zone"].as_str(), view["duration_minutes"].as_u64()), (Some("Asia/Singapore"), Some(60)));
    let starts: Vec<_> = view["items"].as_array().unwrap().iter().map(|it| it["starts_at"].as_str().unwrap()).collect();
    // Two hours of notice from noon on, beside the appointment at two, and over by five.
    assert_eq!(
        starts,
        ["2030-03-01T06:30:00Z", "2030-03-01T07:00:00Z", "2030-03-01T07:30:00Z", "2030-03-01T08:00:00Z"]
    );
    for (query, field) in [("from=2030-03-01&to=2030-05-01", "to"), ("duration=0", "duration"), ("from=soon", "from")] {
        let seen = house.get(&format!("/api/v1/businesses/clinic/slots?{query}")).await;
        assert_eq!((seen.status, seen.wrong_fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec![field.to_owned()]));
    }
    assert_eq!(house.get("/api/v1/businesses/nobody/slots").await.status, StatusCode::NOT_FOUND);
    let stranger = Request::builder().uri("/api/v1/businesses/clinic/slots").body(Body::empty()).unwrap();
    assert_eq!(house.ask(stranger).await.status, StatusCode::UNAUTHORIZED);
}
