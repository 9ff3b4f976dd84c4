//! Servers that are away for a while: what could not be done is told as pending, and is done once they are back.

use super::{
    Street,
    read::{event, value},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_waits_for_its_server_and_goes_out_once() {
    let Some(street) = Street::open().await else { return };
    street.senders.gate.open(false);
    let (status, answer) = street.deliver().await;
    let data = &answer["data"];
    assert_eq!((status, &data["email_sent"]), (200, &json!("pending")), "{answer}");
    assert_eq!((&data["calendar_created"], &data["sms_sent"]), (&json!(true), &json!(true)), "{answer}");
    assert_eq!(street.mails().len(), 0);

    street.senders.gate.open(true);
    street.until("the mail", || !street.mails().is_empty()).await;
    // Once it is on record as sent, whoever delivers again hears so.
    let (_, again) = street.deliver().await;
    assert_eq!((&again["data"]["email_sent"], street.mails().len()), (&json!(true), 1), "{again}");
    assert_eq!((street.texts().len(), street.objects().len()), (1, 1));
    street.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_waits_for_its_calendar_and_is_written_once() {
    let Some(street) = Street::open().await else { return };
    street.calendar_gate.open(false);
    let (status, answer) = street.deliver().await;
    let data = &answer["data"];
    assert_eq!((status, &data["calendar_created"]), (200, &json!("pending")), "{answer}");
    assert_eq!((&data["email_sent"], &data["sms_sent"]), (&json!(true), &json!(true)), "{answer}");
    assert_eq!(street.objects().len(), 0);

    street.calendar_gate.open(true);
    street.until("the entry", || !street.objects().is_empty()).await;
    let (_, again) = street.deliver().await;
    assert_eq!((&again["data"]["calendar_created"], street.objects().len()), (&json!(true), 1), "{again}");
    let uid = format!("{}@frontdesk", answer["appointment_id"].as_str().unwrap());
    assert_eq!(value(&event(&street.objects()[0]), "UID"), uid);
    assert_eq!((street.texts().len(), street.mails().len()), (1, 1));
    street.close().await;
}
