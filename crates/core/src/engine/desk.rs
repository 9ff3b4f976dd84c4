//! Follows what the desk changes by hand in the calendar.

use super::{Engine, fold::Fold};
use crate::{
    appointment::{Appointment, Status},
    effect::Channel,
    event::Answer,
    id::EffectId,
    machine::Happening,
    ports::{Decision, HandEdit, HandEditKind, Loaded, PortResult, Subject},
    rules::Rules,
};
use chrono::{DateTime, Duration, Utc};
use std::sync::Arc;

/// What came of a change made by hand in a calendar.
#[derive(Debug, Clone, PartialEq)]
pub enum HandEdited {
    /// The appointment is what the desk made of it. The effects are those just decided.
    Followed(Box<Appointment>, Vec<EffectId>),
    /// Nothing was changed, for this reason.
    Left(&'static str),
    /// The same change was told before.
    Again,
    /// There is no such appointment, or its business is not configured any more.
    Unknown,
}

impl Engine {
    /// The desk changed an entry by hand in the calendar: the appointment follows. The same change told again changes
    /// nothing, and neither does one of an entry that a newer write of ours is about to replace: it is told again after it.
    ///
    /// # Errors
    /// [`crate::ports::PortError`] when the store is away.
    pub async fn hand_edit(&self, edit: HandEdit) -> PortResult<HandEdited> {
        let now = self.world.now();
        let rules = Arc::clone(&self.rules);
        let subject = Subject::Appointment(edit.appointment_id);
        let decide = move |loaded: Loaded| on_hand_edit(&rules, &loaded, &edit, now);
        let (advanced, decided) = self.decide(subject, Some(once(&edit)), now, decide).await?;
        if advanced.repeated {
            return Ok(HandEdited::Again);
        }
        let followed = |appointment| {
            let effects = advanced.decision.effects.iter().map(|effect| effect.id).collect();
            HandEdited::Followed(Box::new(appointment), effects)
        };
        Ok(match decided.unwrap_or(Decided::Unknown) {
            Decided::Unknown => HandEdited::Unknown,
            Decided::Left(reason) => HandEdited::Left(reason),
            Decided::Followed => advanced.decision.appointment.clone().map_or(HandEdited::Unknown, followed),
        })
    }
}

/// One name for one change, however often it is told.
fn once(edit: &HandEdit) -> String {
    let HandEdit { appointment_id, revision, what } = edit;
    match what {
        HandEditKind::Deleted => format!("hand-edit/{appointment_id}/{revision}/deleted"),
        HandEditKind::Moved { starts_at, ends_at } => {
            format!("hand-edit/{appointment_id}/{revision}/{}/{}", starts_at.timestamp(), ends_at.timestamp())
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decided {
    Followed,
    Left(&'static str),
    Unknown,
}

/// Whether the appointment follows, and what that leads to.
fn on_hand_edit(rules: &Rules, loaded: &Loaded, edit: &HandEdit, now: DateTime<Utc>) -> (Decision, Decided) {
    let known = loaded.appointment.as_ref().and_then(|it| Some((it, rules.business(&it.business)?)));
    let Some((appointment, business)) = known else {
        return (Decision::default(), Decided::Unknown);
    };
    let left = |reason| (Decision::default(), Decided::Left(reason));
    if appointment.revision != edit.revision {
        return left("a newer change of ours is on its way to the calendar");
    }
    if appointment.status.over() {
        return left("the visit is over");
    }
    let mut fold = Fold::new(business, Some(appointment.clone()), now);
    let mut followed = |note, happenings: &[Happening]| {
        fold.record("hand_edit", note, serde_json::json!({ "revision": edit.revision }));
        happenings.iter().for_each(|happening| fold.happen(happening));
        (std::mem::take(&mut fold.decision), Decided::Followed)
    };
    match edit.what {
        HandEditKind::Deleted if appointment.status == Status::Cancelled => left("it is cancelled already"),
        HandEditKind::Deleted => {
            let (meaning, channel) = (Answer::Cancelled, Channel::Desk);
            followed("taken out of the calendar by hand", &[Happening::Answered { meaning, channel, round: None }])
        }
        HandEditKind::Moved { starts_at, ends_at } => {
            let minutes = whole_minutes(ends_at - starts_at).unwrap_or(appointment.duration_minutes);
            // A calendar keeps whole seconds.
            let elsewhere = starts_at.timestamp() != appointment.starts_at.timestamp();
            let longer_or_shorter = minutes != appointment.duration_minutes;
            if elsewhere && starts_at <= now {
                // Nobody is asked whether they come to what lies behind; a slip of the mouse must not ring anybody.
                let note = "moved by hand in the calendar to a time that lies behind; not followed";
                fold.record("hand_edit", note, serde_json::json!({ "revision": edit.revision }));
                return (fold.decision, Decided::Left("the new time lies behind"));
            }
            let lasts = Happening::Lasts { minutes };
            let moved = Happening::Moved { starts_at };
            match (elsewhere, longer_or_shorter) {
                (true, true) => followed("moved by hand in the calendar", &[lasts, moved]),
                (true, false) => followed("moved by hand in the calendar", &[moved]),
                (false, true) => followed("made longer or shorter by hand in the calendar", &[lasts]),
                (false, false) => left("that is its time already"),
            }
        }
    }
}

/// How long it takes, a begun minute counted as a whole one; `None` for what takes no time.
fn whole_minutes(span: Duration) -> Option<u32> {
    let seconds = u32::try_from(span.num_seconds()).ok().filter(|seconds| *seconds > 0)?;
    Some(seconds.div_ceil(60))
}
