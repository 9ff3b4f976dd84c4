//! The same with Google's calendar in the place of a CalDAV server: pretended, and as strict as Google.

use super::{SECRET, Senders, asked, post};
use crate::agents::tomorrow;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::appointment::Status;
use frontdesk_gateway::clock;
use frontdesk_testkit::{
    Clock,
    google::{CALENDAR, Fake},
};
use serde_json::{Value, json};

fn events(fake: &Fake) -> Vec<Value> {
    fake.google().calendars[CALENDAR].events.values().cloned().collect()
}

fn at(when: &Value) -> DateTime<Utc> {
    when["dateTime"].as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_seeds_request_stands_once_in_googles_calendar_and_follows_the_answer() {
    let Some(senders) = Senders::start().await else { return };
    let fake = Fake::start(Clock::at(clock::now())).await;
    let key = STANDARD.encode(fake.key());
    let variables = [
        ("GOOGLE_SERVICE_ACCOUNT_JSON_B64", key.as_str()),
        ("GOOGLE_CALENDAR_ID", CALENDAR),
        ("GOOGLE_CALENDAR_BASE_URL", fake.url.as_str()),
    ];
    let house = senders.house(&variables).await;
    let deliver = || post(&house, "/webhook", Some(SECRET), asked());
    let (status, answer) = deliver().await;
    let data = &answer["data"];
    assert_eq!(
        (status, &data["calendar_created"], &data["sms_sent"], &data["email_sent"]),
        (200, &json!(true), &json!(true), &json!(true)),
        "{answer}"
    );
    let booked = events(&fake);
    assert_eq!(booked.len(), 1);
    assert_eq!((&data["calendar_event_id"], &data["calendar_link"]), (&booked[0]["id"], &booked[0]["htmlLink"]));
    assert_eq!((at(&booked[0]["start"]), at(&booked[0]["end"])), (tomorrow(), tomorrow() + Duration::minutes(30)));
    assert!(booked[0]["summary"].as_str().unwrap().contains("John Doe"), "{}", booked[0]);
    assert!(booked[0]["description"].as_str().unwrap().contains("Customer wants to schedule a callback"));

    assert_eq!(deliver().await, (status, answer.clone()));
    assert_eq!(events(&fake), booked);
    assert_eq!((senders.post.all().len(), senders.twilio.ledger().sent().len()), (1, 1));
    assert_eq!(house.get("/health").await["services"]["google_calendar"], true);

    let link = super::answer_link(&senders.post.all()[0]);
    super::press(&house, &link, "confirm").await;
    let id = answer["appointment_id"].as_str().unwrap().parse().unwrap();
    let confirmed = house.until_status(id, Status::Confirmed).await;
    let revision = confirmed.revision.to_string();
    let written = || events(&fake)[0]["extendedProperties"]["private"]["gwRev"] == revision;
    super::until(&house, "the confirmed entry", written).await;
    let after = events(&fake);
    assert_eq!((after.len(), &after[0]["status"], at(&after[0]["start"])), (1, &json!("confirmed"), tomorrow()));
    assert!(after[0]["summary"].as_str().unwrap().contains("(Confirmed)"), "{}", after[0]);
    house.running.stop().await.unwrap();
}
