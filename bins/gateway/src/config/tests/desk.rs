use super::Case;
use crate::config::show;
use frontdesk_email::Tls;
use rstest::rstest;

const KEY: &str = include_str!("../../../../../fixtures/google-calendar/service-account.json");
const DAV: &str = "[caldav]\nurl = \"https://dav.example.com/desk/\"\nusername = \"desk\"\npassword = \"d4v-secret\"\n";

#[test]
fn the_seeds_mail_goes_through_its_server_with_the_address_as_the_account() {
    let config = Case::new().var("EMAIL_FROM", "desk@clinic.example").var("EMAIL_PASSWORD", "m4il-secret").config();
    let email = config.desk.email.as_ref().unwrap();
    assert_eq!((email.host.as_str(), email.port, email.tls), ("smtp.gmail.com", 587, Tls::StartTls));
    assert_eq!(email.login.as_ref().unwrap().username, "desk@clinic.example");
    let (shown, told) = (show(&config), format!("{config:?}"));
    assert!(!shown.contains("m4il-secret") && !shown.contains("desk@clinic"), "{shown}");
    assert!(!told.contains("m4il-secret"), "{told}");
}

#[test]
fn port_465_is_in_tls_from_the_first_byte() {
    let config = Case::new().var("EMAIL_FROM", "desk@clinic.example").var("SMTP_PORT", "465").config();
    assert_eq!(config.desk.email.unwrap().tls, Tls::Implicit);
}

#[test]
fn a_server_without_an_address_is_told_and_does_not_stop_the_gateway() {
    let config = Case::new().var("SMTP_SERVER", "smtp.example.com").config();
    assert!(config.desk.email.is_none());
    assert!(config.notices.iter().any(|notice| notice.text.contains("EMAIL_FROM")), "{:?}", config.notices);
}

#[test]
fn a_calendar_of_the_service_account_that_nobody_sees_is_warned_of() {
    let unseen = |case: Case| {
        let config = case.var("GOOGLE_SERVICE_ACCOUNT_JSON_B64", KEY).config();
        assert!(config.desk.google.is_some());
        config.notices.iter().any(|notice| notice.text.contains("which nobody sees"))
    };
    assert!(unseen(Case::new()));
    assert!(unseen(Case::new().var("GOOGLE_CALENDAR_ID", "primary")));
    assert!(!unseen(Case::new().var("GOOGLE_CALENDAR_ID", "desk@group.calendar.google.com")));
    assert!(!unseen(Case::new().var("GOOGLE_CALENDAR_SUBJECT", "ana@clinic.example")));
}

#[test]
fn a_business_has_a_calendar_of_its_own_in_its_own_zone() {
    let businesses = "[businesses.salon]\nname = \"Salon\"\nphone = \"+34912345678\"\ntime_zone = \"Europe/Madrid\"\n\
                      calendar = \"https://dav.example.com/salon/\"\n";
    let config = Case::new().file("frontdesk.toml", &format!("{DAV}{businesses}")).config();
    let salon = &config.desk.caldav.as_ref().unwrap().calendars["salon"];
    assert_eq!(salon.url.as_ref().unwrap().path(), "/salon/");
    assert_eq!(salon.time_zone, chrono_tz::Europe::Madrid);
    assert!(!format!("{}{config:?}", show(&config)).contains("d4v-secret"));
}

#[rstest]
#[case("[email]\nfrom = \"desk\"\n", "email.from is no address")]
#[case("[email]\nfrom = \"desk@clinic.example\"\ntls = \"ssl\"\n", "write starttls, implicit or none")]
#[case(
    "[email]\nfrom = \"desk@clinic.example\"\ntls = \"none\"\npassword = \"x\"\nserver = \"smtp.example.com\"\n",
    "email.tls"
)]
#[case("[caldav]\nurl = \"https://dav.example.com/\"\nusername = \"desk\"\n", "caldav.password is missing")]
#[case("[caldav]\nurl = \"http://dav.example.com/\"\nusername = \"desk\"\npassword = \"x\"\n", "caldav.url")]
#[case("[google_calendar]\nservice_account = \"{}\"\n", "google_calendar.service_account")]
#[case(
    "[businesses.a]\nname = \"A\"\nphone = \"+34912345678\"\ncalendar = \"x\"\n",
    "add [google_calendar] or [caldav]"
)]
fn what_cannot_work_is_refused_with_its_key_and_remedy(#[case] file: &str, #[case] said: &str) {
    let problems = Case::new().file("frontdesk.toml", file).problems();
    assert!(problems.contains(said), "{problems}\nlacks\n{said}");
}

#[test]
fn two_calendars_are_one_too_many() {
    let problems = Case::new().var("GOOGLE_SERVICE_ACCOUNT_JSON_B64", KEY).file("frontdesk.toml", DAV).problems();
    assert!(problems.contains("appointments go into one"), "{problems}");
}
