//! The pretended vendors, and a gateway that is configured for them.

use crate::common::House;
use frontdesk_gateway::{clock, wire};
use frontdesk_testkit::{
    Clock,
    carriers::{Pace, eightxeight, exotel, twilio},
};
use std::sync::Arc;

pub(crate) const KEY: &str = "api-key-of-the-test";
pub(crate) const SECRET: &str = "webhook-secret-of-the-test";
pub(crate) const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
pub(crate) const TOKEN: &str = "auth-token-of-the-test";

/// A business that may ring at any hour, for the tests run at any hour.
pub(crate) const CLINIC: &str = r#"
[businesses.clinic]
name = "Lakeside Clinic"
phone = "+15005550000"
numbers = { twilio = "+15005550009" }
time_zone = "Asia/Singapore"
hours = "00:00-24:00"
per_day = 100
per_week = 100
[businesses.clinic.policy]
tries = 2
gaps = ["10ms"]
message_gap = "10ms"
[jobs]
lookup_after = "200ms"
[eightxeight]
calls_per_minute = 0
[twilio]
calls_per_minute = 0
"#;

pub(crate) async fn eightxeight() -> eightxeight::EightXEight {
    let settings = eightxeight::Settings::new(KEY, Arc::new(clock::now));
    eightxeight::EightXEight::start(settings, wire::http_client().unwrap()).await.unwrap()
}

pub(crate) async fn twilio() -> twilio::Twilio {
    let (account, token) = (ACCOUNT.to_owned(), TOKEN.to_owned());
    let settings = twilio::Settings { account, token, clock: Clock::at(clock::now()), pace: Pace::FAST };
    twilio::Twilio::start(settings, wire::http_client().unwrap()).await.unwrap()
}

pub(crate) async fn exotel() -> exotel::Exotel {
    let settings = exotel::Settings {
        sid: "acme1".to_owned(),
        key: KEY.to_owned(),
        token: TOKEN.to_owned(),
        clock: Clock::at(clock::now()),
        pace: Pace::FAST,
    };
    exotel::Exotel::start(settings, wire::http_client().unwrap()).await.unwrap()
}

/// The lines of a `.env` file that configure Exotel.
pub(crate) fn env_of_exotel(api: &str) -> String {
    format!(
        "EXOTEL_API_KEY={KEY}\nEXOTEL_API_TOKEN={TOKEN}\nEXOTEL_SID=acme1\nEXOTEL_APP_ID=684213\n\
         EXOTEL_WEBHOOK_SECRET={SECRET}\nEXOTEL_BASE_URL={api}\n"
    )
}

/// The lines of a `.env` file that configure 8x8.
pub(crate) fn env_of_eightxeight(api: &str) -> String {
    format!(
        "EIGHT_X_EIGHT_API_KEY={KEY}\nEIGHT_X_EIGHT_SUBACCOUNT_ID=acme_voice_01\n\
         EIGHT_X_EIGHT_WEBHOOK_SECRET={SECRET}\nEIGHT_X_EIGHT_BASE_URL={api}\n"
    )
}

/// The lines of a `.env` file that configure Twilio.
pub(crate) fn env_of_twilio(api: &str) -> String {
    format!("TWILIO_ACCOUNT_SID={ACCOUNT}\nTWILIO_AUTH_TOKEN={TOKEN}\nTWILIO_BASE_URL={api}\n")
}

/// Registers the webhooks of 8x8, as `check --live --fix` does.
pub(crate) async fn register(house: &House) {
    let public = house.config.public_url.as_deref().unwrap();
    let real = wire::Real::new(&house.config, public).unwrap();
    assert!(real.eightxeight.unwrap().register_webhooks().await.unwrap().is_right());
}
