//! Servers that are away for a while, and a gateway that is: what could not be done is told as pending, and is done once they
//! are back.

use super::{
    Street,
    read::{event, value},
};
use crate::common::House;
use frontdesk_core::appointment::Status;
use frontdesk_gateway::serve;
use frontdesk_testkit::servers::radicale::CALENDAR;
use serde_json::json;
use std::net::Ipv4Addr;

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

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_out_by_hand_while_the_gateway_is_away_is_followed_when_it_is_back() {
    let Some(street) = Street::open().await else { return };
    let (_, answer) = street.deliver().await;
    assert_eq!(answer["data"]["calendar_created"], true, "{answer}");
    let id = answer["appointment_id"].as_str().unwrap().parse().unwrap();
    let Street { calendar, calendar_gate, senders, house } = street;
    let House { folder, config, secrets, running, http } = house;
    running.stop().await.unwrap();

    let object = answer["data"]["calendar_event_id"].as_str().unwrap();
    let url = calendar.calendar(CALENDAR).join(object).unwrap();
    assert_eq!(calendar.ask("DELETE", &url, String::new()).await.0, 200);

    let socket = serve::bind((Ipv4Addr::LOCALHOST, 0).into()).await.unwrap();
    let running = serve::start(&config, &secrets, socket, None).await.unwrap();
    let house = House { folder, config, secrets, running, http };
    house.until_status(id, Status::Cancelled).await;
    Street { calendar, calendar_gate, senders, house }.close().await;
}
