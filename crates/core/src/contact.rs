//! The contact gate: one question, asked just before any call or message. It fails closed and says why.

use crate::{effect::Channel, personal::Phone, ports::Ledger};
use chrono::{DateTime, Datelike, Days, Duration, LocalResult, NaiveDate, NaiveTime, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

const DAY_MINUTES: u16 = 24 * 60;

/// A stretch of a day in which people may be contacted, in minutes after local midnight.
/// `to` not after `from` means that it ends on the next day; `0..1440` is the whole day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// First minute, 0 to 1439.
    pub from: u16,
    /// First minute after, 1 to 1440.
    pub to: u16,
}

impl Hours {
    /// Around the clock.
    pub const ALL_DAY: Self = Self { from: 0, to: DAY_MINUTES };

    /// Whether people would be contacted at three in the morning: hardly ever what is meant.
    #[must_use]
    pub fn at_night(self) -> bool {
        let three = 3 * 60;
        if self.to > self.from { self.from <= three && three < self.to } else { self.from <= three || three < self.to }
    }

    /// Reads `09:00-20:00`; `00:00-24:00` is the whole day, `22:00-02:00` goes past midnight.
    ///
    /// # Errors
    /// A sentence with the remedy.
    pub fn parse(text: &str) -> Result<Self, String> {
        let remedy = || format!("{text:?} is not a stretch of hours; write it like \"09:00-20:00\"");
        let minute = |part: &str| -> Option<u16> {
            let (hour, minute) = part.trim().split_once(':')?;
            let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
            (minute < 60 && (hour < 24 || (hour == 24 && minute == 0))).then_some(hour * 60 + minute)
        };
        let (from, to) = text.split_once('-').ok_or_else(remedy)?;
        let (from, to) = (minute(from).ok_or_else(remedy)?, minute(to).ok_or_else(remedy)?);
        if from == to || from == DAY_MINUTES {
            return Err(format!("{text:?} is an empty stretch of hours; for the whole day write \"00:00-24:00\""));
        }
        Ok(Self { from, to: if to == 0 { DAY_MINUTES } else { to } })
    }
}

impl std::fmt::Display for Hours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}-{:02}:{:02}", self.from / 60, self.from % 60, self.to / 60, self.to % 60)
    }
}

/// When and how often people may be contacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactPolicy {
    /// The hours of each weekday, Monday first; an empty list is a day without contact.
    pub hours: [Vec<Hours>; 7],
    /// Days without contact, in the person's zone.
    pub holidays: Vec<NaiveDate>,
    /// Contacts within 24 hours at the most, over all channels.
    pub per_day: u32,
    /// Contacts within 7 days at the most, over all channels.
    pub per_week: u32,
    /// Whether a recorded yes is needed; otherwise a recorded no is heeded.
    pub needs_consent: bool,
    /// The test-number fence: when set, nobody else is ever contacted.
    pub only: Option<Phone>,
}

impl Default for ContactPolicy {
    fn default() -> Self {
        Self {
            hours: std::array::from_fn(|_| vec![Hours { from: 9 * 60, to: 20 * 60 }]),
            holidays: Vec::new(),
            per_day: 6,
            per_week: 15,
            needs_consent: false,
            only: None,
        }
    }
}

impl ContactPolicy {
    /// The same policy for answers: who has just written to us may be answered at any hour and is not counted.
    #[must_use]
    pub fn for_answers(&self) -> Self {
        let hours = std::array::from_fn(|_| vec![Hours::ALL_DAY]);
        Self { hours, holidays: Vec::new(), per_day: u32::MAX, per_week: u32::MAX, ..self.clone() }
    }
}

/// Who is about to be contacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient<'a> {
    /// Their number; it stands for the person on every channel.
    pub phone: &'a Phone,
    /// Their zone: their own, else the business's; `None` when neither is known.
    pub zone: Option<Tz>,
    /// The channel.
    pub channel: Channel,
}

/// The gate's answer; the reason is stored with the effect and shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Go ahead.
    Allowed,
    /// Not now; ask again then.
    Wait {
        /// When.
        until: DateTime<Utc>,
        /// Why, without personal data.
        reason: String,
    },
    /// Not at all.
    Never {
        /// Why, without personal data.
        reason: String,
    },
}

/// Whether this person may be contacted on this channel now. Fails closed: what is not known forbids.
#[must_use]
pub fn may_contact(policy: &ContactPolicy, person: &Recipient<'_>, ledger: &Ledger, now: DateTime<Utc>) -> Verdict {
    let never = |reason: &str| Verdict::Never { reason: reason.to_owned() };
    if let Some(reason) = barred(policy, person.phone, person.channel, ledger) {
        return never(reason);
    }
    let Some(zone) = person.zone else {
        return never("the person's time zone is not known; set it for the person or the business");
    };
    if let Some(verdict) = capped(policy, ledger, now) {
        return verdict;
    }
    match next_open(policy, zone, now) {
        Some(open) if open <= now => Verdict::Allowed,
        Some(open) => Verdict::Wait { until: open, reason: quiet_reason(policy, zone, now) },
        None => never("the policy leaves no hours for contact within the next four weeks"),
    }
}

/// Why this person may not be contacted on this channel at any hour, without personal data; `None` where they may.
#[must_use]
pub fn barred(policy: &ContactPolicy, phone: &Phone, channel: Channel, ledger: &Ledger) -> Option<&'static str> {
    if *phone == Phone::unknown() {
        return Some("the person's number is not known");
    }
    if *phone == Phone::forgotten() {
        return Some("the person was forgotten");
    }
    if phone.nobodys() {
        return Some("their number is not known");
    }
    if policy.only.as_ref().is_some_and(|only| only != phone) {
        return Some("a test number is set, and this is not it; unset YOUR_TEST_NUMBER to reach real people");
    }
    let contact = ledger.contact.as_ref();
    if contact.is_some_and(|contact| contact.opted_out.contains(&channel)) {
        return Some("the person asked not to be contacted this way");
    }
    match contact.and_then(|contact| contact.consent) {
        Some(false) => Some("the person withdrew their consent"),
        None if policy.needs_consent => Some("there is no consent on record, and the policy asks for one"),
        _ => None,
    }
}

fn capped(policy: &ContactPolicy, ledger: &Ledger, now: DateTime<Utc>) -> Option<Verdict> {
    for (cap, span, name) in
        [(policy.per_day, Duration::days(1), "24 hours"), (policy.per_week, Duration::days(7), "7 days")]
    {
        let mut within: Vec<_> = ledger.recent.iter().map(|(_, at)| *at).filter(|at| *at + span > now).collect();
        let cap_size = usize::try_from(cap).unwrap_or(usize::MAX);
        if within.len() >= cap_size {
            within.sort_unstable();
            let reason = format!("reached {} times within {name} already; the cap is {cap}", within.len());
            // The place becomes free when enough of the oldest contacts have left the span.
            return Some(match within.get(within.len() - cap_size) {
                Some(oldest) => Verdict::Wait { until: *oldest + span, reason },
                None => Verdict::Never { reason },
            });
        }
    }
    None
}

/// The first moment, from now on, at which the policy's hours are open in this zone; `now` itself when they are.
fn next_open(policy: &ContactPolicy, zone: Tz, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let today = now.with_timezone(&zone).date_naive();
    // Yesterday too: its hours may go past midnight. Four weeks cover any run of holidays worth waiting for.
    let first = today.checked_sub_days(Days::new(1))?;
    let mut best: Option<DateTime<Utc>> = None;
    for day in first.iter_days().take(30) {
        if policy.holidays.contains(&day) {
            continue;
        }
        for hours in &policy.hours[weekday(day.weekday())] {
            let next_day = if hours.to <= hours.from { day.succ_opt()? } else { day };
            let (Some(opens), Some(closes)) = (opening(zone, day, hours.from), instant(zone, next_day, hours.to))
            else {
                continue;
            };
            // Past midnight the hours belong to a day that may be a holiday of its own: they stop at midnight then.
            let closes = if next_day != day && policy.holidays.contains(&next_day) {
                closes.min(instant(zone, next_day, 0)?)
            } else {
                closes
            };
            // A clock put forward may swallow a whole stretch.
            if opens >= closes {
                continue;
            }
            if opens <= now && now < closes {
                return Some(now);
            }
            if opens > now && best.is_none_or(|best| opens < best) {
                best = Some(opens);
            }
        }
        if best.is_some() && day > today {
            break;
        }
    }
    best
}

pub(crate) fn weekday(day: Weekday) -> usize {
    usize::try_from(day.num_days_from_monday()).unwrap_or(0)
}

/// When a stretch opens. Of a time that the clock shows twice it is the second, so that nobody is contacted before the
/// clock shows it for good; midnight is the first moment of its day.
pub(crate) fn opening(zone: Tz, day: NaiveDate, minute: u16) -> Option<DateTime<Utc>> {
    if minute == 0 {
        return instant(zone, day, minute);
    }
    local(zone, day, minute)?.latest().map(|at| at.to_utc()).or_else(|| instant(zone, day, minute))
}

/// A local time of day as an instant: the first moment after in a spring gap, the earlier one in an autumn fold.
/// A stretch never grows by closing then.
pub(crate) fn instant(zone: Tz, day: NaiveDate, minute: u16) -> Option<DateTime<Utc>> {
    // Gaps are an hour or two wide, and a day where a country crossed the date line. Their edges lie on whole minutes.
    (0..=DAY_MINUTES).find_map(|ahead| local(zone, day, minute.checked_add(ahead)?)?.earliest()).map(|at| at.to_utc())
}

fn local(zone: Tz, day: NaiveDate, minute: u16) -> Option<LocalResult<DateTime<Tz>>> {
    let day = day.checked_add_days(Days::new(u64::from(minute / DAY_MINUTES)))?;
    let minute = minute % DAY_MINUTES;
    let time = NaiveTime::from_hms_opt(u32::from(minute / 60), u32::from(minute % 60), 0)?;
    Some(zone.from_local_datetime(&day.and_time(time)))
}

fn quiet_reason(policy: &ContactPolicy, zone: Tz, now: DateTime<Utc>) -> String {
    let local = now.with_timezone(&zone);
    let day = local.date_naive();
    if policy.holidays.contains(&day) {
        return format!("{} is a holiday in {}", day.format("%Y-%m-%d"), zone.name());
    }
    let hours = &policy.hours[weekday(day.weekday())];
    let window = if hours.is_empty() {
        "no hours on this day".to_owned()
    } else {
        hours.iter().map(Hours::to_string).collect::<Vec<_>>().join(" and ")
    };
    format!("{} in {}; people are contacted {window}", local.format("%H:%M"), zone.name())
}
