//! What takes time is told, whatever it is and however it is written; by a server that leaves all the work to us.

use crate::{
    common::{adapter, busy, object},
    radicale::Radicale,
};
use rstest::rstest;

#[rstest]
#[case::a_time_in_utc("DTSTART:20261202T090000Z\nDTEND:20261202T093000Z", "02.0900-02.0930")]
#[case::a_time_in_a_zone("DTSTART;TZID=America/New_York:20261202T090000\nDURATION:PT45M", "02.1400-02.1445")]
#[case::a_time_in_no_zone_is_one_of_the_business("DTSTART:20261202T090000\nDTEND:20261202T100000", "02.0800-02.0900")]
#[case::a_day_is_a_day_of_the_business("DTSTART;VALUE=DATE:20261202", "01.2300-02.2300")]
#[case::days("DTSTART;VALUE=DATE:20261202\nDTEND;VALUE=DATE:20261204", "01.2300-03.2300")]
#[case::a_moment_takes_no_time("DTSTART:20261202T090000Z", "")]
#[case::what_is_free("DTSTART:20261202T090000Z\nDTEND:20261202T093000Z\nTRANSP:TRANSPARENT", "")]
#[case::what_is_cancelled("DTSTART:20261202T090000Z\nDTEND:20261202T093000Z\nSTATUS:CANCELLED", "")]
#[case::what_is_not_sure_yet("DTSTART:20261202T090000Z\nDTEND:20261202T093000Z\nSTATUS:TENTATIVE", "02.0900-02.0930")]
#[case::every_week("DTSTART:20260107T090000Z\nDTEND:20260107T093000Z\nRRULE:FREQ=WEEKLY", "02.0900-02.0930")]
#[case::every_day_but_one(
    "DTSTART:20261101T080000Z\nDURATION:PT30M\nRRULE:FREQ=DAILY\nEXDATE:20261202T080000Z",
    "01.0800-01.0830 03.0800-03.0830"
)]
#[case::until_the_day_before(
    "DTSTART:20261124T090000Z\nDURATION:PT30M\nRRULE:FREQ=DAILY;UNTIL=20261201T235959Z",
    "01.0900-01.0930"
)]
#[case::also_on_another_day("DTSTART:20261110T090000Z\nDURATION:PT30M\nRDATE:20261202T110000Z", "02.1100-02.1130")]
#[case::every_month_a_whole_day("DTSTART;VALUE=DATE:20260102\nRRULE:FREQ=MONTHLY", "01.2300-02.2300")]
#[case::what_was_put_elsewhere_this_time(
    "DTSTART:20261125T090000Z\nDURATION:PT30M\nRRULE:FREQ=WEEKLY\nUID:b\nEND:VEVENT\nBEGIN:VEVENT\nDTSTAMP:20261101T000000Z\nUID:b\n\
     RECURRENCE-ID:20261202T090000Z\nDTSTART:20261203T150000Z\nDURATION:PT1H",
    "03.1500-03.1600"
)]
#[case::what_goes_on_from_before_counts_as_far_as_it_lies_in(
    "DTSTART:20261130T200000Z\nDTEND:20261201T100000Z",
    "01.0600-01.1000"
)]
#[tokio::test]
async fn what_takes_time_is_told(#[case] lines: &str, #[case] expected: &str) {
    let Some(server) = Radicale::start().await else { return };
    let uid = if lines.contains("UID:") { "" } else { "\nUID:b" };
    let url = server.calendar("appointments").join("b.ics").unwrap();
    server.put(&url, &object(&format!("{lines}{uid}\nSUMMARY:x"))).await;
    let sink = adapter(&server.calendar("appointments"));
    for _ in 0..2 {
        let told = busy(&sink, "2026-12-01T06:00:00Z", "2026-12-03T23:00:00Z").await.unwrap();
        assert_eq!(told.join(" "), expected);
    }
}
