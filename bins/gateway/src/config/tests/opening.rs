use super::Case;
use crate::config::show;
use chrono::Duration;
use frontdesk_core::{contact::Hours, slots::Opening};
use rstest::rstest;
use secrecy::ExposeSecret;

const CLINIC: &str = "[businesses.clinic]\nholidays = [\"2026-12-25\"]\n";

#[test]
fn a_business_that_says_nothing_has_office_hours_and_is_closed_on_its_holidays() {
    let config = Case::new().file("frontdesk.toml", CLINIC).config();
    let opening = &config.rules.businesses["clinic"].opening;
    assert_eq!(*opening, Opening { closed: vec!["2026-12-25".parse().unwrap()], ..Opening::default() });
}

#[test]
fn opening_hours_are_read_beside_the_hours_of_contact() {
    let own = "hours = \"09:00-20:00\"\n[businesses.clinic.opening]\nhours = { monday = \"08:00-12:00, 13:00-17:00\" }\n\
               closed = []\nstep = \"20m\"\nnotice = \"1d\"\nbuffer = \"5m\"\ncapacity = 3\nhold = \"10m\"\n";
    let config = Case::new().file("frontdesk.toml", &format!("{CLINIC}{own}")).config();
    let clinic = &config.rules.businesses["clinic"];
    assert_eq!(clinic.contact.hours[5], [Hours { from: 540, to: 1200 }]);
    let Opening { hours, closed, step, notice, buffer, capacity, hold, .. } = &clinic.opening;
    assert_eq!((hours[0].len(), hours[1].len(), closed.len()), (2, 0, 0));
    assert_eq!((*step, *capacity), (20, 3));
    assert_eq!((*notice, *buffer, *hold), (Duration::days(1), Duration::minutes(5), Duration::minutes(10)));
    let shown = show(&config);
    assert!(shown.contains("monday = \"08:00-12:00, 13:00-17:00\"") && shown.contains("capacity = 3"), "{shown}");
}

#[rstest]
#[case::hours("hours = \"9 to 5\"", "businesses.clinic.opening.hours")]
#[case::day("closed = [\"Christmas\"]", "businesses.clinic.opening.closed")]
#[case::step("step = \"90s\"", "businesses.clinic.opening.step")]
#[case::tiny("step = \"1m\"", "businesses.clinic.opening.step")]
#[case::capacity("capacity = 0", "businesses.clinic.opening.capacity")]
#[case::hold("hold = \"2h\"", "businesses.clinic.opening.hold")]
#[case::key("openings = \"09:00-17:00\"", "businesses.clinic.opening.openings")]
fn what_makes_no_sense_is_named_with_its_key(#[case] line: &str, #[case] key: &str) {
    let text = format!("{CLINIC}[businesses.clinic.opening]\n{line}\n");
    let problems = Case::new().file("frontdesk.toml", &text).problems();
    assert!(problems.contains(key), "{problems}");
}

#[test]
fn the_secret_of_links_is_read_from_the_environment_and_shown_to_nobody() {
    let secret = "0123456789abcdef0123456789abcdef";
    let config = Case::new().var("FRONTDESK_LINKS_SECRET", secret).config();
    assert_eq!(config.links.secret.as_ref().map(ExposeSecret::expose_secret), Some(secret));
    assert!(config.links.sms);
    let shown = show(&config);
    assert!(!shown.contains(secret) && shown.contains("[links]"), "{shown}");
    assert!(!format!("{config:?}").contains(secret));
    for text in ["[links]\nsecret = \"short\"\n", "[links]\nold_secrets = [\"short\"]\n"] {
        let problems = Case::new().file("frontdesk.toml", text).problems();
        assert!(problems.contains("shorter than 32") && !problems.contains("\"short\""), "{problems}");
    }
}
