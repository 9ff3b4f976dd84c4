//! From the request to what stands in the calendar, lies in the mailbox and was texted, and on to the answer.

use super::{
    Street,
    read::{event, invited, mail, parts, sequence, times, value},
};
use crate::agents::{readme, tomorrow, written};
use chrono::Duration;
use frontdesk_core::appointment::Status;
use frontdesk_testkit::servers::smtp::FROM;
use serde_json::{Value, json};

fn uid(answer: &Value) -> String {
    format!("{}@frontdesk", answer["appointment_id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_seeds_request_is_answered_once_everything_is_done_and_it_is() {
    let Some(street) = Street::open().await else { return };
    let (status, answer) = street.deliver().await;
    assert_eq!((status, &answer["status"]), (200, &json!("success")), "{answer}");
    let data = &answer["data"];
    assert_eq!(
        (&data["calendar_created"], &data["sms_sent"], &data["email_sent"]),
        (&json!(true), &json!(true), &json!(true)),
        "{answer}"
    );
    assert_eq!(answer["appointment_time"], written(tomorrow()));
    let lasts = (tomorrow(), tomorrow() + Duration::minutes(30));

    let objects = street.objects();
    assert_eq!(objects.len(), 1);
    let entry = event(&objects[0]);
    assert_eq!((value(&entry, "UID"), times(&entry)), (uid(&answer), lasts));
    assert!(value(&entry, "SUMMARY").contains("John Doe"), "{}", objects[0]);
    assert!(value(&entry, "DESCRIPTION").contains("Customer wants to schedule a callback"), "{}", objects[0]);
    // The answer names the very object that the server has.
    let there = street.calendar.calendar("appointments").join(data["calendar_event_id"].as_str().unwrap()).unwrap();
    assert!(street.calendar.get(&there).await.contains(&uid(&answer)));

    let mails = street.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].told["to"], json!(["john@example.com"]));
    assert_eq!((&mails[0].told["tls"], &mails[0].told["authenticated"]), (&json!(true), &json!(true)));
    let mail = mail(&mails[0]);
    let address = |of: Option<&mail_parser::Address<'_>>| of.unwrap().first().unwrap().address().unwrap().to_owned();
    assert_eq!((address(mail.to()), address(mail.from())), ("john@example.com".to_owned(), FROM.to_owned()));
    assert_eq!(mail.subject(), Some("Your appointment with Lakeside Clinic is booked"));
    assert!(mail.message_id().is_some_and(|id| id.contains('@')), "{:?}", mail.message_id());
    let unsubscribe = format!("<{}/a/", street.house.running.url);
    assert!(mails[0].raw().replace("\r\n ", " ").contains(&format!("List-Unsubscribe: {unsubscribe}")));
    for kind in ["text/plain", "text/html"] {
        let part = parts(&mail, kind).remove(0);
        assert!(part.contains("John Doe") && part.contains("Lakeside Clinic") && part.contains("/a/"), "{part}");
    }
    let (method, invitation) = invited(&mail).unwrap();
    assert_eq!((method.as_str(), invitation.contains("METHOD:REQUEST\r\n")), ("REQUEST", true), "{invitation}");
    let invited = event(&invitation);
    assert_eq!((value(&invited, "UID"), times(&invited)), (uid(&answer), lasts));
    assert_eq!(value(&invited, "ATTENDEE"), "mailto:john@example.com");
    assert_eq!(value(&invited, "ORGANIZER"), format!("mailto:{FROM}"));

    let texts = street.texts();
    assert_eq!(texts.len(), 1);
    assert_eq!((texts[0].to.reveal(), texts[0].from.as_str()), (super::CUSTOMER, super::NUMBER));
    assert!(texts[0].body.starts_with("Lakeside Clinic: your appointment is booked for"), "{}", texts[0].body);

    let services = &street.house.get("/health").await["services"];
    assert_eq!(
        (&services["caldav"], &services["twilio_sms"], &services["email"]),
        (&json!(true), &json!(true), &json!(true))
    );
    street.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn word_for_word_its_number_is_none_which_twilio_says_and_all_else_is_done() {
    let Some(street) = Street::open().await else { return };
    let (status, answer) = street.say(readme(&written(tomorrow()))).await;
    let data = &answer["data"];
    assert_eq!(
        (status, &data["calendar_created"], &data["sms_sent"], &data["email_sent"]),
        (200, &json!(true), &json!(false), &json!(true)),
        "{answer}"
    );
    assert_eq!((street.objects().len(), street.mails().len(), street.texts().len()), (1, 1, 0));
    street.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_delivery_adds_nothing_anywhere() {
    let Some(street) = Street::open().await else { return };
    let first = street.deliver().await;
    assert_eq!(first.1["data"]["email_sent"], true, "{}", first.1);
    let objects = street.objects();
    for again in futures_util::future::join_all((0..4).map(|_| street.deliver())).await {
        assert_eq!(again, first);
    }
    assert_eq!(street.objects(), objects);
    assert_eq!((objects.len(), street.mails().len(), street.texts().len()), (1, 1, 1));
    street.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_at_the_link_changes_nothing_and_pressing_the_button_confirms() {
    let Some(street) = Street::open().await else { return };
    let (_, answer) = street.deliver().await;
    let id = answer["appointment_id"].as_str().unwrap().parse().unwrap();
    let (before, link) = (street.objects(), street.answer_link());
    let booked = street.house.until_status(id, Status::Scheduled).await;
    // Scanners follow links, again and again, and ask for the head alone.
    for _ in 0..3 {
        street.page(&link).await;
        street.house.http.head(&link).send().await.unwrap();
    }
    assert_eq!(street.house.until_status(id, Status::Scheduled).await, booked);
    assert_eq!((street.objects(), street.mails().len(), street.texts().len()), (before.clone(), 1, 1));

    street.press(&link, "confirm").await;
    let confirmed = street.house.until_status(id, Status::Confirmed).await;
    street
        .until("the confirmed entry", || {
            value(&event(&street.objects()[0]), "SEQUENCE") == confirmed.revision.to_string()
        })
        .await;
    let (old, new) = (event(&before[0]), event(&street.objects()[0]));
    assert!(sequence(&new) > sequence(&old));
    assert_eq!((value(&old, "STATUS"), value(&new, "STATUS")), ("TENTATIVE".to_owned(), "CONFIRMED".to_owned()));
    assert_eq!((value(&new, "UID"), times(&new)), (value(&old, "UID"), times(&old)));
    assert_eq!(street.objects().len(), 1);
    street.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_withdraws_the_invitation_and_leaves_the_entry_cancelled() {
    let Some(street) = Street::open().await else { return };
    street.deliver().await;
    street.press(&street.answer_link(), "cancel").await;
    let withdrawn = || {
        let mails = street.mails();
        mails
            .iter()
            .filter_map(|taken| invited(&mail(taken)))
            .filter(|(method, _)| method == "CANCEL")
            .collect::<Vec<_>>()
    };
    street.until("the withdrawal", || !withdrawn().is_empty()).await;
    street.until("the cancelled entry", || value(&event(&street.objects()[0]), "STATUS") == "CANCELLED").await;
    assert_eq!((withdrawn().len(), street.objects().len()), (1, 1));
    let object = withdrawn().remove(0).1;
    assert!(object.contains("METHOD:CANCEL\r\n"), "{object}");
    let first = event(&invited(&mail(&street.mails()[0])).unwrap().1);
    let last = event(&object);
    assert_eq!((value(&last, "UID"), value(&last, "STATUS")), (value(&first, "UID"), "CANCELLED".to_owned()));
    assert!(sequence(&last) > sequence(&first));
    street.close().await;
}
