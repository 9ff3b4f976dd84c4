//! Free times: what a business could still be visited at, by its opening hours and by what is taken already.

use crate::{
    contact::{self, Hours},
    id::AppointmentId,
    ports::Busy,
};
use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, Utc};
use chrono_tz::Tz;
use thiserror::Error;

/// When a business can be visited, and by how many at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The hours of each weekday in the business's zone, Monday first; an empty list is a day on which it is closed.
    pub hours: [Vec<Hours>; 7],
    /// Whether somebody has said these hours. Where nobody has they only say what is offered: what somebody else agrees with
    /// a caller is not refused by them.
    pub hours_said: bool,
    /// Days on which it is closed all the same, in its zone.
    pub closed: Vec<NaiveDate>,
    /// How far apart the times are that are offered, in minutes, counted from the beginning of a stretch of hours.
    pub step: u32,
    /// How long before it an appointment may be moved to a time at the latest.
    pub notice: Duration,
    /// How far ahead times are offered.
    pub horizon: Duration,
    /// How long the business needs between two appointments.
    pub buffer: Duration,
    /// How many appointments may take place at the same time.
    pub capacity: u32,
    /// How long a time that somebody has picked is held for them.
    pub hold: Duration,
}

impl Default for Opening {
    /// Office hours: whoever is open at other times says so, and until then nobody is sent there at night or on a Sunday.
    fn default() -> Self {
        let day = vec![Hours { from: 9 * 60, to: 17 * 60 }];
        Self {
            hours: std::array::from_fn(|weekday| if weekday < 5 { day.clone() } else { Vec::new() }),
            hours_said: false,
            closed: Vec::new(),
            step: 30,
            notice: Duration::hours(2),
            horizon: Duration::days(28),
            buffer: Duration::zero(),
            capacity: 1,
            hold: Duration::minutes(5),
        }
    }
}

impl Opening {
    /// The farthest ahead that anybody may be offered a time.
    pub const FARTHEST: Duration = Duration::days(366);

    /// What is wrong with it, each with its remedy.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !(5..=24 * 60).contains(&self.step) {
            problems.push(format!("step is {} minutes; use 5 minutes to a day", self.step));
        }
        if [self.notice, self.buffer].iter().any(|span| *span < Duration::zero()) {
            problems.push("a span is negative; use zero or more".to_owned());
        }
        if self.buffer > Duration::days(1) {
            problems.push("buffer is longer than a day; use less".to_owned());
        }
        if !(Duration::hours(1)..=Self::FARTHEST).contains(&self.horizon) {
            problems.push("horizon is out of range; use an hour to 366 days".to_owned());
        }
        if !(1..=1_000).contains(&self.capacity) {
            problems.push(format!("capacity is {}; use 1 to 1000", self.capacity));
        }
        if !(Duration::minutes(1)..=Duration::hours(1)).contains(&self.hold) {
            problems.push("hold is out of range; use a minute to an hour".to_owned());
        }
        problems
    }

    /// A time with what must be free around it.
    #[must_use]
    pub fn around(&self, time: Busy) -> Busy {
        Busy { from: time.from - self.buffer, to: time.to + self.buffer }
    }

    /// Whether a time that was agreed with a caller, offered or not, can be had beside what is taken: its step, notice and
    /// horizon are of what is offered and bind nobody else.
    ///
    /// # Errors
    /// [`NoPlace`] says why it cannot.
    pub fn has_place(&self, zone: Tz, time: Busy, load: &Load) -> Result<(), NoPlace> {
        let within = |(opens, closes): (DateTime<Utc>, DateTime<Utc>)| opens <= time.from && time.to <= closes;
        let opens = if self.hours_said {
            open(self, zone, time.from, time.to).any(within)
        } else {
            !self.closed.contains(&time.from.with_timezone(&zone).date_naive())
        };
        if !opens {
            return Err(NoPlace::Closed);
        }
        if load.has_room(self, time) { Ok(()) } else { Err(NoPlace::Taken) }
    }
}

/// Why a time cannot be had. The words follow "the time".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NoPlace {
    /// The business is not open then.
    #[error("lies outside the opening hours; ask for another")]
    Closed,
    /// As many as can come at a time have it or hold it, or something else stands in the calendar.
    #[error("is taken; ask for another")]
    Taken,
}

/// A stretch of time that an appointment takes, or that is held for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Whose.
    pub appointment: AppointmentId,
    /// When.
    pub time: Busy,
    /// Until when it is held, where it is held and not taken for good.
    pub held_until: Option<DateTime<Utc>>,
}

/// A time that somebody has picked and not taken yet: nobody else is offered it meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// For whom; an appointment has one hold at the most, the last one.
    pub appointment: AppointmentId,
    /// At which business.
    pub business: String,
    /// When.
    pub time: Busy,
    /// Until when; from then on it is as if it had never been.
    pub until: DateTime<Utc>,
}

/// What takes time at a business.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Load {
    /// Appointments and holds: as many as the capacity may overlap.
    pub taken: Vec<Busy>,
    /// Times at which nobody can come, whatever the capacity: what else stands in the calendar.
    pub closed: Vec<Busy>,
}

impl Load {
    /// What others take, by the book and by the calendar. What we have written into the calendar ourselves is in the book as
    /// well, and counted there; whatever else stands in the calendar closes the business.
    #[must_use]
    pub fn of_others(book: &[Taken], calendar: &[Busy], whose: Option<AppointmentId>) -> Self {
        let ours: Vec<Busy> = book.iter().filter(|taken| taken.held_until.is_none()).map(|taken| taken.time).collect();
        let others = book.iter().filter(|taken| Some(taken.appointment) != whose);
        Self { taken: others.map(|taken| taken.time).collect(), closed: without(calendar, &ours) }
    }

    /// What of it touches this span of time.
    fn between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        let there = |all: &[Busy]| all.iter().filter(|busy| busy.from < to && busy.to > from).copied().collect();
        Self { taken: there(&self.taken), closed: there(&self.closed) }
    }

    /// Whether an appointment of this time has its place beside what is taken.
    #[must_use]
    pub fn has_room(&self, opening: &Opening, time: Busy) -> bool {
        // Whoever comes after waits for the buffer: a stretch that is longer by it, and two that must not overlap then.
        let longer = |busy: &Busy| Busy { from: busy.from, to: busy.to + opening.buffer };
        let wanted = longer(&time);
        let meets = |busy: &Busy| busy.from < wanted.to && busy.to > wanted.from;
        if self.closed.iter().map(longer).any(|busy| meets(&busy)) {
            return false;
        }
        let beside: Vec<Busy> = self.taken.iter().map(longer).filter(meets).collect();
        // The most at a time are there when the last of them has come.
        let most = beside.iter().map(|busy| busy.from.max(wanted.from)).map(|at| {
            let there = beside.iter().filter(|busy| busy.from <= at && at < busy.to);
            there.count()
        });
        most.max().unwrap_or(0) < usize::try_from(opening.capacity).unwrap_or(usize::MAX)
    }
}

/// Parts of `whole` that no stretch of `parts` covers, sorted.
fn without(whole: &[Busy], parts: &[Busy]) -> Vec<Busy> {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    let mut left = Vec::new();
    for stretch in whole {
        let mut from = stretch.from;
        for part in parts.iter().filter(|part| part.from < stretch.to && part.to > stretch.from) {
            if part.from > from {
                left.push(Busy { from, to: part.from });
            }
            from = from.max(part.to);
        }
        if from < stretch.to {
            left.push(Busy { from, to: stretch.to });
        }
    }
    left.sort_unstable();
    left
}

/// The times at which an appointment of so many minutes could begin, from `from` on and before `to`, the earliest first.
///
/// All lie within one stretch of opening hours, not before the notice and not beyond the horizon.
#[must_use]
pub fn free(
    opening: &Opening,
    zone: Tz,
    minutes: u32,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    load: &Load,
    now: DateTime<Utc>,
) -> Vec<DateTime<Utc>> {
    let from = from.max(now + opening.notice.max(Duration::zero()));
    let to = to.min(now + opening.horizon.min(Opening::FARTHEST));
    let length = Duration::minutes(i64::from(minutes.max(1)));
    let step = Duration::minutes(i64::from(opening.step.max(1)));
    let mut free = Vec::new();
    for (opens, closes) in open(opening, zone, from, to) {
        // What is taken on other days is not looked at for each time of this one.
        let load = load.between(opens - opening.buffer, closes + opening.buffer);
        let mut at = opens;
        while at < to && at + length <= closes {
            if at >= from && at > now && load.has_room(opening, Busy { from: at, to: at + length }) {
                free.push(at);
            }
            at += step;
        }
    }
    free.sort_unstable();
    free.dedup();
    free
}

/// The stretches of opening hours that touch this span of time.
fn open(
    opening: &Opening,
    zone: Tz,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)> {
    // Yesterday's hours may go past midnight.
    let first = from.with_timezone(&zone).date_naive().checked_sub_days(Days::new(1));
    let last = to.with_timezone(&zone).date_naive();
    let days = first.into_iter().flat_map(move |first| first.iter_days().take_while(move |day| *day <= last));
    days.filter(|day| !opening.closed.contains(day)).flat_map(move |day| {
        opening.hours[contact::weekday(day.weekday())].iter().filter_map(move |hours| {
            let next_day = if hours.to <= hours.from { day.succ_opt()? } else { day };
            let opens = contact::opening(zone, day, hours.from)?;
            let closes = contact::instant(zone, next_day, hours.to)?;
            (opens < closes && opens < to && closes > from).then_some((opens, closes))
        })
    })
}
