//! What takes time is told, whatever it is and however it is written; by a server that leaves all the work to us.

use crate::common::{adapter, busy, object, radicale};

/// A calendar each: what it is called, the lines of its event, and what is taken on the first days of December.
const EVENTS: [(&str, &str, &str); 16] = [
    ("a-time-in-utc", "DTSTART:20261202T090000Z\nDTEND:20261202T093000Z", "02.0900-02.0930"),
    ("a-time-in-a-zone", "DTSTART;TZID=America/New_York:20261202T090000\nDURATION:PT45M", "02.1400-02.1445"),
    ("a-time-in-no-zone-is-one-of-the-business", "DTSTART:20261202T090000\nDTEND:20261202T100000", "02.0800-02.0900"),
    ("a-day-is-a-day-of-the-business", "DTSTART;VALUE=DATE:20261202", "01.2300-02.2300"),
    ("days", "DTSTART;VALUE=DATE:20261202\nDTEND;VALUE=DATE:20261204", "01.2300-03.2300"),
    ("a-moment-takes-no-time", "DTSTART:20261202T090000Z", ""),
    ("what-is-free", "DTSTART:20261202T090000Z\nDTEND:20261202T093000Z\nTRANSP:TRANSPARENT", ""),
    ("what-is-cancelled", "DTSTART:20261202T090000Z\nDTEND:20261202T093000Z\nSTATUS:CANCELLED", ""),
    ("what-is-not-sure-yet", "DTSTART:20261202T090000Z\nDTEND:20261202T093000Z\nSTATUS:TENTATIVE", "02.0900-02.0930"),
    ("every-week", "DTSTART:20260107T090000Z\nDTEND:20260107T093000Z\nRRULE:FREQ=WEEKLY", "02.0900-02.0930"),
    (
        "every-day-but-one",
        "DTSTART:20261101T080000Z\nDURATION:PT30M\nRRULE:FREQ=DAILY\nEXDATE:20261202T080000Z",
        "01.0800-01.0830 03.0800-03.0830",
    ),
    (
        "until-the-day-before",
        "DTSTART:20261124T090000Z\nDURATION:PT30M\nRRULE:FREQ=DAILY;UNTIL=20261201T235959Z",
        "01.0900-01.0930",
    ),
    ("also-on-another-day", "DTSTART:20261110T090000Z\nDURATION:PT30M\nRDATE:20261202T110000Z", "02.1100-02.1130"),
    ("every-month-a-whole-day", "DTSTART;VALUE=DATE:20260102\nRRULE:FREQ=MONTHLY", "01.2300-02.2300"),
    (
        "what-was-put-elsewhere-this-time",
        "DTSTART:20261125T090000Z\nDURATION:PT30M\nRRULE:FREQ=WEEKLY\nUID:b\nEND:VEVENT\nBEGIN:VEVENT\nDTSTAMP:20261101T000000Z\nUID:b\n\
     RECURRENCE-ID:20261202T090000Z\nDTSTART:20261203T150000Z\nDURATION:PT1H",
        "03.1500-03.1600",
    ),
    (
        "what-goes-on-from-before-counts-as-far-as-it-lies-in",
        "DTSTART:20261130T200000Z\nDTEND:20261201T100000Z",
        "01.0600-01.1000",
    ),
];

#[tokio::test]
async fn what_takes_time_is_told() {
    let Some(server) = radicale().await else { return };
    for (name, lines, expected) in EVENTS {
        server.make(name).await;
        let uid = if lines.contains("UID:") { "" } else { "\nUID:b" };
        let url = server.calendar(name).join("b.ics").unwrap();
        server.put(&url, &object(&format!("{lines}{uid}\nSUMMARY:x"))).await;
        let sink = adapter(&server.calendar(name));
        // The second time it is known that the server does not work it out.
        for _ in 0..2 {
            let told = busy(&sink, "2026-12-01T06:00:00Z", "2026-12-03T23:00:00Z").await.unwrap();
            assert_eq!(told.join(" "), expected, "{name}");
        }
    }
}
