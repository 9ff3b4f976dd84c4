//! What is only looked up: what the caller is expected for, and when somebody could come.

use super::{moment, not_done, shown, spelt};
use crate::{
    appointment::Appointment,
    call::Call,
    engine::{Engine, bookings::USUAL_MINUTES},
    ports::{Contact, PortResult, ToolAnswer},
    rules::Business,
    speech::{When, spoken_when},
};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

/// The usual span in which free times are looked for.
const USUAL: Duration = Duration::days(7);
/// The longest one.
const LONGEST: Duration = Duration::days(31);
/// So many times are told at once, and so many of one day: nobody keeps more in mind.
const AT_MOST: usize = 8;
const OF_A_DAY: usize = 3;

impl Engine {
    pub(super) async fn find_appointments(&self, business: &Business, call: &Call) -> PortResult<ToolAnswer> {
        let Some(party) = shown(call) else {
            return Ok(not_done(
                "the caller's number is withheld, so nobody can tell whose appointments they may hear of; put them through to \
                 the desk, or book a new one",
            ));
        };
        let now = self.world.now();
        let mut ahead = self.ahead_of(business, party).await?;
        ahead.sort_by_key(|appointment| (appointment.starts_at, appointment.id));
        let contact = self.store.contact(party).await?;
        let all = ahead.iter().map(|appointment| {
            let zone = appointment.customer.time_zone.unwrap_or_else(|| zone(business, contact.as_ref()));
            told(business, appointment, zone, call, now)
        });
        let all: Vec<Value> = all.collect();
        Ok(ToolAnswer { result: json!({ "done": true, "appointments": all }), failed: false, then: None })
    }

    pub(super) async fn free_slots(
        &self,
        business: &Business,
        call: &Call,
        from: &When,
        to: &When,
        date: &When,
    ) -> PortResult<ToolAnswer> {
        let now = self.world.now();
        let span = match span(business, call, (from, to, date), now) {
            Ok(span) => span,
            Err(why) => return Ok(not_done(why)),
        };
        let free = match self.free_times(business, USUAL_MINUTES, span, None).await {
            Ok(free) => free,
            // The conversation goes on without a calendar; without the store it does not.
            Err(error) if error.port != self.store.name() => {
                return Ok(not_done(
                    "the calendar does not answer, so nobody knows what is free; offer that the desk rings back",
                ));
            }
            Err(error) => return Err(error),
        };
        let contact = match shown(call) {
            Some(party) => self.store.contact(party).await?,
            None => None,
        };
        let zone = zone(business, contact.as_ref());
        let mut few: Vec<DateTime<Utc>> = Vec::new();
        for at in &free {
            let of_its_day = few.iter().filter(|there| business.day(**there) == business.day(*at)).count();
            if of_its_day < OF_A_DAY && few.len() < AT_MOST {
                few.push(*at);
            }
        }
        let slots: Vec<Value> = few
            .iter()
            .map(
                |at| json!({ "starts_at": spelt(business, *at), "spoken": spoken_when(*at, now, zone, call.language) }),
            )
            .collect();
        let result = json!({
            "done": true, "slots": slots, "more": free.len() > few.len(), "duration_minutes": USUAL_MINUTES,
            "time_zone": business.time_zone.name(),
        });
        Ok(ToolAnswer { result, failed: false, then: None })
    }
}

/// An appointment, as an agent is told of it.
fn told(business: &Business, appointment: &Appointment, zone: Tz, call: &Call, now: DateTime<Utc>) -> Value {
    json!({
        "appointment_id": appointment.id,
        "starts_at": spelt(business, appointment.starts_at),
        "spoken": spoken_when(appointment.starts_at, now, zone, call.language),
        "service": appointment.service,
        "status": appointment.status,
    })
}

fn zone(business: &Business, contact: Option<&Contact>) -> Tz {
    contact.and_then(|contact| contact.time_zone).unwrap_or(business.time_zone)
}

/// In which span it is to be looked.
fn span(
    business: &Business,
    call: &Call,
    (from, to, date): (&When, &When, &When),
    now: DateTime<Utc>,
) -> Result<(DateTime<Utc>, DateTime<Utc>), String> {
    if *date != When::Missing {
        let last_minute = moment(business, call, date, now)?;
        let day = last_minute.with_timezone(&business.time_zone).date_naive();
        let first = crate::contact::opening(business.time_zone, day, 0).unwrap_or(last_minute);
        return Ok((first, last_minute + Duration::minutes(1)));
    }
    let from = if *from == When::Missing { now } else { moment(business, call, from, now)? };
    let to = if *to == When::Missing { from + USUAL } else { moment(business, call, to, now)? };
    if to <= from {
        return Err("`to` must lie after `from`".to_owned());
    }
    Ok((from, to.min(from + LONGEST)))
}
