use super::*;

#[test]
fn numbers_are_read_as_people_write_them() {
    for (text, region, want) in [
        ("+65 9123 4567", None, "+6591234567"),
        ("9123-4567", Some("SG"), "+6591234567"),
        ("(415) 555-0123", Some("US"), "+14155550123"),
        ("+15005550101", None, "+15005550101"),
    ] {
        assert_eq!(Phone::parse(text, region).unwrap().reveal(), want);
    }
}

#[test]
fn what_nobody_can_dial_is_refused() {
    for text in ["", "12", "+1", "hello", "9123-4567", "+1500555010199999"] {
        assert_eq!(Phone::parse(text, None), Err(BadPersonal::Phone), "{text}");
    }
}

#[test]
fn personal_data_prints_masked() {
    let phone = Phone::parse("+6591234567", None).unwrap();
    let email = Email::parse("ana.lim@example.com").unwrap();
    let name = PersonName::parse("Ana Lim").unwrap();
    assert_eq!(format!("{phone} {phone:?}"), "+…67 +…67");
    assert_eq!(format!("{email} {email:?}"), "…@example.com …@example.com");
    assert_eq!(format!("{name} {name:?}"), "A. A.");
    let link = RecordingLink::parse("https://carrier.example/recordings/RE1").unwrap();
    assert_eq!(format!("{link} {link:?}"), "(a recording) (a recording)");
}

#[test]
fn the_words_of_a_person_are_one_line_of_bounded_length_and_print_masked() {
    let words = Words::new(" can we\n do\tTuesday? ").unwrap();
    assert_eq!(words.reveal(), "can we do Tuesday?");
    assert_eq!(format!("{words} {words:?}"), "(a person's words) (a person's words)");
    assert_eq!(Words::new(&"ह".repeat(2_000)).unwrap().reveal().chars().count(), Words::LONGEST);
    assert_eq!(Words::new(" \n\u{7}"), None);
}

#[test]
fn links_that_cannot_be_are_refused() {
    for text in ["", "https://a b", "https://a\n", &"x".repeat(2_049)] {
        assert_eq!(RecordingLink::parse(text), Err(BadPersonal::Link));
    }
}

#[test]
fn addresses_that_cannot_be_are_refused() {
    for text in
        ["", "ana", "@example.com", "ana@", "ana@localhost", "a b@example.com", "ana@exa\nmple.com", "a..b@x.org"]
    {
        assert_eq!(Email::parse(text), Err(BadPersonal::Email), "{text}");
    }
}
