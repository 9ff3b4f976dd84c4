//! A carrier that is away passes its call on; one that leaves it in doubt does not.

use crate::{
    common::House,
    vendors::{CLINIC, eightxeight, env_of_eightxeight, env_of_twilio, register, twilio},
};
use frontdesk_core::{
    appointment::Status,
    effect::EffectState,
    ports::{EffectFilter, IvrStore},
};
use frontdesk_testkit::{carriers::Fault, servers::free_port};

#[tokio::test(flavor = "multi_thread")]
async fn a_carrier_that_is_away_passes_the_call_to_the_other() {
    let vendor = twilio().await;
    let gone = format!("http://127.0.0.1:{}", free_port());
    let apis = env_of_eightxeight(&gone) + &env_of_twilio(vendor.url().as_str());
    let house = House::with_env(CLINIC, &[], |url| format!("FRONTDESK_PUBLIC_URL={url}\n{apis}")).await;
    let id = house.book("+15005550101").await;
    house.until_status(id, Status::Confirmed).await;
    let listed = house.get("/api/v1/calls").await;
    let calls = listed["items"].as_array().unwrap();
    assert_eq!((calls.len(), &calls[0]["provider"]), (1, &"twilio".into()));
    // Each carrier shows the number it knows the business by.
    assert_eq!(vendor.ledger().placed()[0].from.reveal(), "+15005550009");
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_in_doubt_is_not_passed_to_the_other() {
    let (eight, twilio) = (eightxeight().await, twilio().await);
    let apis = env_of_eightxeight(eight.url().as_str()) + &env_of_twilio(twilio.url().as_str());
    let house = House::with_env(CLINIC, &[], |url| format!("FRONTDESK_PUBLIC_URL={url}\n{apis}")).await;
    register(&house).await;
    eight.ledger().disturb([Fault::Status(503)]);
    let id = house.book("+15005550101").await;
    let store = house.running.gateway.store.clone();
    let mut lines = store.subscribe();
    let doubted = async {
        loop {
            let filter = EffectFilter { appointment_id: Some(id), limit: 100, ..EffectFilter::default() };
            let effects = store.effects(filter).await.unwrap().items;
            // Looked up as often as there is any use in it.
            if effects
                .iter()
                .any(|it| it.action.kind() == "call" && it.state == EffectState::Uncertain && it.lookups > 0)
            {
                return;
            }
            drop(lines.recv().await);
        }
    };
    tokio::time::timeout(crate::common::PATIENCE, doubted).await.unwrap();
    assert_eq!((eight.ledger().placed().len(), twilio.ledger().placed().len()), (0, 0));
    house.running.stop().await.unwrap();
}
