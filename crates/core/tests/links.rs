//! Signed links: what they open, for how long, and what opens nothing.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    id::AppointmentId,
    links::{Links, Purpose, Refused, Ticket},
};
use proptest::{prelude::*, sample::select};
use uuid::Uuid;

fn links(keys: &[&str]) -> Links {
    let base = "https://desk.example.com".parse().unwrap();
    Links::new(base, keys.iter().map(|key| (*key).into()).collect()).unwrap()
}

fn now() -> DateTime<Utc> {
    "2026-11-27T12:00:00Z".parse().unwrap()
}

fn ticket() -> Ticket {
    let appointment = AppointmentId(Uuid::from_u128(0x0190_2f3c_0000_7000_8000_1234_5678_9abc));
    Ticket { purpose: Purpose::Answer, appointment, round: 3, until: now() + Duration::hours(30) }
}

fn any_ticket() -> impl Strategy<Value = Ticket> {
    (select(Purpose::ALL.to_vec()), any::<u128>(), any::<u16>(), 0..200_000_i64).prop_map(
        |(purpose, id, round, minutes)| Ticket {
            purpose,
            appointment: AppointmentId(Uuid::from_u128(id)),
            round,
            until: now() + Duration::minutes(minutes + 1),
        },
    )
}

#[test]
fn a_link_is_short_enough_for_a_text_message_and_safe_in_an_address() {
    let token = links(&["key"]).write(&ticket());
    assert_eq!(token.len(), 52);
    assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'), "{token}");
    let below = Links::new("https://example.com/desk/".parse().unwrap(), vec!["key".into()]).unwrap();
    assert_eq!(below.url("T").reveal(), "https://example.com/desk/a/T");
}

#[test]
fn a_link_opens_until_its_time_is_over() {
    let (links, ticket) = (links(&["key"]), ticket());
    let token = links.write(&ticket);
    let last = ticket.until - Duration::seconds(1);
    assert_eq!(links.read(&token, Purpose::Answer, last), Ok(ticket));
    assert_eq!(links.read(&token, Purpose::Answer, ticket.until), Err(Refused::Over(ticket)));
    assert_eq!(links.read(&token, Purpose::Stop, ticket.until), Err(Refused::Over(ticket)));
}

#[test]
fn an_older_key_still_opens_and_the_first_one_signs() {
    let (old, both, new) = (links(&["old"]), links(&["new", "old"]), links(&["new"]));
    let ticket = ticket();
    assert_eq!(both.open(&old.write(&ticket), now()), Ok(ticket));
    assert_eq!(new.open(&old.write(&ticket), now()), Err(Refused::Forged));
    assert_eq!(both.write(&ticket), new.write(&ticket));
}

#[test]
fn without_a_key_there_are_no_links_and_none_shows_in_what_is_printed() {
    assert!(Links::new("https://desk.example.com".parse().unwrap(), Vec::new()).is_none());
    let printed = format!("{:?}", links(&["a key that nobody may read"]));
    assert!(!printed.contains("nobody"), "{printed}");
}

proptest! {
    #[test]
    fn what_was_written_is_read(ticket in any_ticket()) {
        let links = links(&["key"]);
        prop_assert_eq!(links.open(&links.write(&ticket), now()), Ok(ticket));
    }

    #[test]
    fn any_changed_bit_is_refused(ticket in any_ticket(), at in 0..52_usize, bit in 0..8_u32) {
        let links = links(&["key", "another"]);
        let mut token = links.write(&ticket).into_bytes();
        token[at] ^= 1 << bit;
        if let Ok(token) = String::from_utf8(token) {
            prop_assert_eq!(links.open(&token, now()), Err(Refused::Forged));
        }
    }

    #[test]
    fn one_purpose_opens_no_other(ticket in any_ticket(), purpose in select(Purpose::ALL.to_vec())) {
        let links = links(&["key"]);
        let read = links.read(&links.write(&ticket), purpose, now());
        prop_assert_eq!(read, if purpose == ticket.purpose { Ok(ticket) } else { Err(Refused::Forged) });
    }

    #[test]
    fn anything_at_all_can_be_asked_for(token in ".{0,80}") {
        prop_assert_eq!(links(&["key"]).open(&token, now()), Err(Refused::Forged));
    }

    #[test]
    fn a_longer_or_shorter_token_is_refused(ticket in any_ticket(), cut in 0..52_usize, more in "[A-Za-z0-9_=-]{1,8}") {
        let links = links(&["key"]);
        let token = links.write(&ticket);
        prop_assert_eq!(links.open(&token[..cut], now()), Err(Refused::Forged));
        prop_assert_eq!(links.open(&format!("{token}{more}"), now()), Err(Refused::Forged));
    }
}
