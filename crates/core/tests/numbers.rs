//! Telephone numbers are read alike, whether a glance does or the rules of every country are asked.

use frontdesk_core::personal::Phone;
use proptest::prelude::*;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};

/// The number by the rules of every country there is.
fn by_the_rules(text: &str, region: Option<&str>) -> Option<String> {
    let region = region.and_then(|region| region.parse::<Region>().ok());
    let number = PHONE_NUMBER_UTIL.parse(text, region).ok()?;
    let possible = PHONE_NUMBER_UTIL.is_possible_number(&number);
    possible.then(|| PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned())
}

fn read(text: &str, region: Option<&str>) -> Option<String> {
    Phone::parse(text, region).ok().map(|phone| phone.reveal().to_owned())
}

#[test]
fn what_carriers_write_is_a_number() {
    for (text, region, want) in [
        ("+14155550123", None, "+14155550123"),
        ("+919876543210", Some("SG"), "+919876543210"),
        ("09876543210", Some("IN"), "+919876543210"),
        ("08047491899", Some("IN"), "+918047491899"),
        ("9123456789", Some("IN"), "+919123456789"),
        ("919876543210", Some("IN"), "+919876543210"),
        ("14155550123", Some("US"), "+14155550123"),
        ("91234567", Some("SG"), "+6591234567"),
    ] {
        assert_eq!(read(text, region).as_deref(), Some(want), "{text}");
    }
}

const REGIONS: [&str; 5] = ["US", "CA", "IN", "SG", "GB"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_glance_sees_what_the_rules_see(
        before in "\\+1|\\+91|\\+65|\\+|0|00|1|91|65|",
        digits in "[0-9]{6,11}",
        region in prop::option::of(prop::sample::select(&REGIONS[..])),
    ) {
        let text = format!("{before}{digits}");
        prop_assert_eq!(read(&text, region), by_the_rules(&text, region), "{} {:?}", text, region);
    }

    #[test]
    fn a_glance_sees_what_the_rules_see_of_whole_numbers(
        before in "\\+1|\\+91|1|0|91|",
        national in "[2-9][0-9]{9}",
        region in prop::option::of(prop::sample::select(&REGIONS[..])),
    ) {
        let text = format!("{before}{national}");
        prop_assert_eq!(read(&text, region), by_the_rules(&text, region), "{} {:?}", text, region);
    }

    #[test]
    fn a_glance_sees_what_the_rules_see_of_short_numbers(
        before in "\\+65|65|",
        national in "[2-9][0-9]{7}",
        region in prop::option::of(prop::sample::select(&REGIONS[..])),
    ) {
        let text = format!("{before}{national}");
        prop_assert_eq!(read(&text, region), by_the_rules(&text, region), "{} {:?}", text, region);
    }
}
