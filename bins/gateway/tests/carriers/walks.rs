//! The scripted callees come to the same end on every carrier, for one line of configuration.

use crate::{
    common::House,
    vendors::{CLINIC, eightxeight, env_of_eightxeight, env_of_twilio, register, twilio},
};
use frontdesk_core::appointment::Status;
use frontdesk_testkit::carriers::Ledger;
use rstest::rstest;

/// Who is rung, and what becomes of their appointment; on the sandbox it is the same.
const CALLEES: [(&str, Status); 13] = [
    ("+15005550100", Status::Cancelled),
    ("+15005550101", Status::Confirmed),
    ("+15005550102", Status::RescheduleRequested),
    ("+15005550105", Status::Confirmed),
    ("+15005550106", Status::Unreached),
    ("+15005550107", Status::Unreached),
    ("+15005550108", Status::Unreached),
    ("+15005550109", Status::Unreached),
    ("+15005550110", Status::Unreached),
    ("+15005550111", Status::Unreached),
    ("+15005550112", Status::Confirmed),
    ("+15005550113", Status::Unreached),
    ("+15005550114", Status::Confirmed),
];

async fn come_to_their_end(house: &House) {
    let mut booked = Vec::new();
    for (number, status) in CALLEES {
        booked.push((number, house.book(number).await, status));
    }
    for (_, id, status) in &booked {
        house.until_status(*id, *status).await;
    }
}

/// How often each number was rung: nobody who answered, and nobody whose call was in doubt, a second time.
fn nobody_is_rung_twice_by_mistake(ledger: &Ledger) {
    for (number, status) in CALLEES {
        let rung = ledger.placed().iter().filter(|placed| placed.to.reveal() == number).count();
        match (number, status) {
            ("+15005550111", _) => assert_eq!(rung, 0, "{number} is refused"),
            (_, Status::Unreached) => assert!((1..=2).contains(&rung), "{number}: {rung}"),
            _ => assert_eq!(rung, 1, "{number}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_scripted_callee_comes_to_the_same_end_on_the_sandbox() {
    let house = House::open(crate::common::QUICK, &[]).await;
    come_to_their_end(&house).await;
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_scripted_callee_comes_to_the_same_end_on_eightxeight() {
    let vendor = eightxeight().await;
    let api = vendor.url();
    let env = |url: &str| format!("FRONTDESK_PUBLIC_URL={url}\n{}", env_of_eightxeight(api.as_str()));
    let house = House::with_env(CLINIC, &[], env).await;
    assert_eq!(house.config.rules.businesses["clinic"].carriers, ["eightxeight"]);
    register(&house).await;
    come_to_their_end(&house).await;
    vendor.ledger().settled().await;
    nobody_is_rung_twice_by_mistake(vendor.ledger());
    assert!(vendor.ledger().placed().iter().all(|placed| placed.from.reveal() == "+15005550000"));
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_scripted_callee_comes_to_the_same_end_on_twilio() {
    let vendor = twilio().await;
    let api = vendor.url();
    let env = |url: &str| format!("FRONTDESK_PUBLIC_URL={url}\n{}", env_of_twilio(api.as_str()));
    let house = House::with_env(CLINIC, &[], env).await;
    assert_eq!(house.config.rules.businesses["clinic"].carriers, ["twilio"]);
    come_to_their_end(&house).await;
    vendor.ledger().settled().await;
    nobody_is_rung_twice_by_mistake(vendor.ledger());
    assert!(vendor.ledger().placed().iter().all(|placed| placed.from.reveal() == "+15005550009"));
    assert_eq!(vendor.complaints(), []);
    house.running.stop().await.unwrap();
}

#[rstest]
#[case("eightxeight,twilio", "eightxeight")]
#[case("twilio,eightxeight", "twilio")]
#[case("sandbox", "sandbox")]
#[tokio::test(flavor = "multi_thread")]
async fn the_same_call_goes_by_another_carrier_for_one_line(#[case] voice: &str, #[case] carrier: &str) {
    let (eight, twilio) = (eightxeight().await, twilio().await);
    let apis = env_of_eightxeight(eight.url().as_str()) + &env_of_twilio(twilio.url().as_str());
    let env =
        |url: &str| format!("FRONTDESK_PUBLIC_URL={url}\n{apis}FRONTDESK_VOICE={voice}\nFRONTDESK_SANDBOX__PACE=0\n");
    let house = House::with_env(CLINIC, &[], env).await;
    register(&house).await;
    let id = house.book("+15005550101").await;
    house.until_status(id, Status::Confirmed).await;
    let listed = house.get("/api/v1/calls").await;
    assert_eq!(listed["items"][0]["provider"], carrier);
    house.running.stop().await.unwrap();
}
