use super::*;
use crate::config::{Inputs, load};

fn rules() -> Rules {
    let folder = tempfile::tempdir().unwrap();
    let text = "[businesses.clinic]\ntime_zone = \"Europe/Amsterdam\"\nregion = \"NL\"\n[businesses.lab]\n";
    std::fs::write(folder.path().join("frontdesk.toml"), text).unwrap();
    let inputs = Inputs { folder: folder.path().to_owned(), ..Inputs::default() };
    load(&inputs).unwrap().rules
}

fn now() -> DateTime<Utc> {
    "2026-03-01T00:00:00Z".parse().unwrap()
}

fn rows(source: &str) -> Vec<Result<Row, BadRow>> {
    read(source.as_bytes(), &rules(), now()).unwrap()
}

#[test]
fn only_name_phone_and_time_are_needed_and_the_order_is_free() {
    let found = rows("starts_at,phone,name\n2026-04-01 14:30,020 123 4567,Ana\n");
    let row = found[0].as_ref().unwrap();
    assert_eq!(row.appointment.business, "clinic");
    assert_eq!(row.appointment.customer.phone.reveal(), "+31201234567");
    // Summer time by then: two hours ahead of UTC.
    assert_eq!(row.appointment.starts_at.to_rfc3339(), "2026-04-01T12:30:00+00:00");
    assert_eq!(row.appointment.duration_minutes, 30);
}

#[test]
fn a_bad_row_is_named_by_line_and_column_and_the_others_go_on() {
    let found = rows(
        "name,phone,starts_at,language\nAna,12,2026-04-01 14:30,en\nBo,+14155550123,2026-04-01 14:30,en\n,+14155550123,2026-04-01 14:30,\nCy,+14155550123,2026-02-01 14:30,\nDi,+14155550123,2026-03-29 02:30,\nEd,+14155550123,2026-10-25 02:30,\nFi,+14155550123,soon,\nGo,+14155550123,2026-04-01 14:30,xx\nHy,+14155550123,2026-04-01 14:30,en,more\n",
    );
    let said: Vec<String> =
        found.iter().map(|row| row.as_ref().map_or_else(ToString::to_string, |row| row.line.to_string())).collect();
    let want = [
        "line 2, column 2 (phone): is not a telephone number",
        "3",
        "line 4, column 1 (name): is empty",
        "line 5, column 3 (starts_at): lies in the past",
        "line 6, column 3 (starts_at): does not exist in Europe/Amsterdam",
        "line 7, column 3 (starts_at): happens twice in Europe/Amsterdam",
        "line 8, column 3 (starts_at): is no time",
        "line 9, column 4 (language): unknown language",
        "line 10: has 5 cells where the header names 4",
    ];
    assert_eq!(said.len(), want.len());
    for (said, want) in said.iter().zip(want) {
        assert!(said.starts_with(want), "{said}\n{want}");
    }
}

#[test]
fn a_refused_row_never_repeats_a_number_or_an_address() {
    let found = rows(
        "name,phone,starts_at,email\nAna,0099912345x,2026-04-01 14:30,\nAna,+14155550123,2026-04-01 14:30,not-an-address\n",
    );
    for row in found {
        let said = row.unwrap_err().to_string();
        assert!(!said.contains("12345") && !said.contains("not-an-address"), "{said}");
    }
}

#[test]
fn the_same_row_names_the_same_appointment_and_another_time_another_one() {
    let found = rows(
        "name,phone,starts_at,notes\nAna,+14155550123,2026-04-01 14:30,\nAna Lim,+1 415 555 0123,2026-04-01T12:30:00Z,said hello\nAna,+14155550123,2026-04-01 15:30,\n",
    );
    let id = |index: usize| found[index].as_ref().unwrap().appointment.external_id.clone();
    assert_eq!(id(0), id(1));
    assert_ne!(id(0), id(2));
}

#[test]
fn bytes_that_are_no_text_are_refused_in_their_row_alone() {
    let source = b"name,phone,starts_at\nAn\xff,+14155550123,2026-04-01 14:30\nBo,+14155550123,2026-04-01 14:30\n";
    let found = read(source, &rules(), now()).unwrap();
    assert!(found[0].as_ref().unwrap_err().to_string().starts_with("line 2, column 1 (name): is not UTF-8"));
    assert!(found[1].is_ok());
}

#[test]
fn spreadsheets_marks_and_separators_are_understood() {
    let found = rows("\u{feff}name;phone;starts_at\r\n\"Lim; Ana\";+14155550123;2026-04-01 14:30\r\n");
    assert_eq!(found[0].as_ref().unwrap().appointment.customer.name.reveal(), "Lim; Ana");
}

#[test]
fn a_header_that_does_not_say_what_is_what_is_refused() {
    let fault = |source: &str| read(source.as_bytes(), &rules(), now()).unwrap_err();
    assert_eq!(fault(""), BadFile::Lacks("name, phone, starts_at".to_owned()));
    assert_eq!(fault("name,phone\n"), BadFile::Lacks("starts_at".to_owned()));
    assert!(matches!(fault("name,phoen,starts_at\n"), BadFile::Unknown(_, hint) if hint == "did you mean phone?"));
    assert_eq!(fault("name,phone,starts_at,name\n"), BadFile::Twice("name".to_owned()));
}

#[test]
fn an_unknown_business_is_refused_with_those_that_exist() {
    let found = rows("name,phone,starts_at,business\nAna,+14155550123,2026-04-01 14:30,shop\n");
    assert!(found[0].as_ref().unwrap_err().to_string().contains("use one of clinic, lab"));
}

#[test]
fn an_unknown_column_is_repeated_in_part_only() {
    let source = format!("name,phone,starts_at,{}\n", "é".repeat(10_000));
    let said = super::read(source.as_bytes(), &rules(), now()).unwrap_err().to_string();
    assert!(said.contains(&format!("{}…", "é".repeat(60))) && said.chars().count() < 400, "{said}");
}
