//! The PBX knows one token at a time.

use crate::house::{House, place};
use frontdesk_core::ports::{Happened, Trouble};
use frontdesk_threecx::Control;
use futures_util::future::join_all;

#[tokio::test]
async fn many_who_need_a_token_at_once_get_the_same_one() {
    let house = House::open().await;
    let asked = join_all((0..8).map(|_| house.adapter.check())).await;
    assert!(asked.iter().all(Result::is_ok), "{asked:?}");
    assert_eq!(house.pbx.tokens(), 1);
}

#[tokio::test]
async fn a_token_that_another_program_made_worthless_is_renewed_once_for_everybody() {
    let house = House::open().await;
    house.adapter.check().await.unwrap();
    house.pbx.void_token();
    let asked = join_all((0..8).map(|_| house.adapter.check())).await;
    assert!(asked.iter().all(Result::is_ok), "{asked:?}");
    assert_eq!(house.pbx.tokens(), 2);
}

#[tokio::test]
async fn a_call_is_placed_once_though_the_token_was_worthless() {
    let house = House::open().await;
    house.adapter.check().await.unwrap();
    house.pbx.void_token();
    house.perform(place()).await.unwrap();
    assert_eq!(house.pbx.ledger().placed().len(), 1);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends() {
    let house = House::open().await;
    house.adapter.check().await.unwrap();
    house.clock.pass(chrono::Duration::minutes(58));
    house.adapter.check().await.unwrap();
    assert_eq!(house.pbx.tokens(), 1);
    house.clock.pass(chrono::Duration::minutes(2));
    house.adapter.check().await.unwrap();
    assert_eq!(house.pbx.tokens(), 2);
}

#[tokio::test]
async fn credentials_that_open_nothing_are_said_without_being_shown() {
    let house = House::with(|config| {
        let base = config.control.as_ref().unwrap().base_url.clone();
        config.control = Some(Control::new(base, "ivrapp", "not-the-secret".into()));
    })
    .await;
    let error = house.perform(place()).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Unauthorised));
    assert!(error.to_string().contains("client id and secret") && !error.to_string().contains("not-the-secret"));
}
