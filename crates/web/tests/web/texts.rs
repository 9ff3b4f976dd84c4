//! The preview of texts: as they are heard and read, with what they cost and where they come from.

use crate::common::{House, plain};
use axum::{body::Body, http::StatusCode};

async fn page(path: &str) -> String {
    let house = House::default();
    let cookie = house.cookie().await;
    let seen = house.ask(plain("GET", path).header("cookie", cookie).body(Body::empty()).unwrap()).await;
    assert_eq!(seen.status, StatusCode::OK, "{path}: {}", seen.body);
    seen.body
}

/// The row of a text.
fn row<'p>(page: &'p str, name: &str) -> &'p str {
    let (_, rest) = page.split_once(&format!("<code>{name}</code>")).unwrap_or_else(|| panic!("no {name}: {page}"));
    rest.split("</li>").next().unwrap()
}

#[tokio::test]
async fn a_business_sees_its_own_words_and_where_the_others_come_from() {
    let salon = page("/texts?business=salon").await;
    let sms = row(&salon, "sms-confirmed");
    assert!(sms.contains("Darling Katherine, see you "), "{sms}");
    assert!(salon.contains("2 texts are in its own words."), "{salon}");
    assert!(sms.contains("its own words") && sms.contains("&#60;3 Nora&#39;s Salon"), "{sms}");
    assert!(row(&salon, "sms-cancelled").contains("built in"));
    assert!(row(&salon, "one-moment").contains("from the configuration"));
    let clinic = page("/texts").await;
    assert!(row(&clinic, "sms-confirmed").contains("Ana&#39;s Dental Clinic: thank you"));
    assert!(!clinic.contains("class=\"own\""));
}

#[tokio::test]
async fn a_language_is_chosen_by_the_address() {
    let spanish = page("/texts?business=salon&language=es").await;
    assert!(row(&spanish, "goodbye").contains("Hasta pronto, María José Fernández."));
    assert!(row(&spanish, "goodbye").contains("lang=\"es\""));
    assert!(spanish.contains("<option value=\"es\" selected>Spanish</option>"));
    assert!(spanish.contains("<option value=\"salon\" selected>"));
}

#[tokio::test]
async fn speech_tells_its_seconds_and_a_text_message_its_alphabet_and_price() {
    let english = page("/texts").await;
    assert!(row(&english, "goodbye").contains("about 2 seconds"), "{}", row(&english, "goodbye"));
    assert!(row(&english, "sms-opted-out").contains("1 message in GSM-7, "));
    let hindi = page("/texts?language=hi").await;
    assert!(row(&hindi, "sms-confirmed").contains("messages in UCS-2, "), "{}", row(&hindi, "sms-confirmed"));
}

#[tokio::test]
async fn a_mail_is_shown_with_its_subject_first() {
    let mail = page("/texts?business=salon&place=mail").await;
    let row = row(&mail, "mail-confirmed");
    let (subject, body) = (row.find("Katherine Anderson, you are in").unwrap(), row.find("Dear Katherine").unwrap());
    assert!(subject < body, "{row}");
    assert!(!mail.contains("<code>goodbye</code>"), "only what was asked for");
}

#[tokio::test]
async fn whoever_is_not_signed_in_reads_no_text() {
    let house = House::default();
    let seen = house.ask(plain("GET", "/texts").body(Body::empty()).unwrap()).await;
    assert!(!seen.body.contains("goodbye"), "{}", seen.body);
    assert_ne!(seen.status, StatusCode::OK);
}
