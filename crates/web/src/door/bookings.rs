//! Conversations that voice agents had. Whoever tells of one waits for what came of it: what was decided is on record
//! first, then what is due about it is done here and now, by the same runner as ever, and what is true by the deadline is
//! the answer. The rest is left to the workers.

use super::begun::{Unfinished, within_deadline};
use crate::{
    app::App,
    make_call::settled,
    problem::{Answer, Problem},
};
use axum::http::StatusCode;
use frontdesk_core::{
    appointment::Appointment,
    booking::{Booking, Wish},
    effect::{Action, Channel, Effect, EffectState, Message},
    engine::Taken,
    ports::{BookingReport, CallProvider, EffectFilter, Progress, WebhookResponse},
};
use futures_util::future::join_all;

/// Does what the caller wanted, and says how it went for the log and for whoever told it.
pub(super) async fn take(
    app: &App,
    provider: &str,
    adapter: &dyn CallProvider,
    booking: Booking,
    dialect: &str,
) -> Answer<(&'static str, WebhookResponse)> {
    let taken = decided(app, provider, booking.clone()).await?;
    let outcome = match (&taken.refused, taken.repeated) {
        (_, true) => "repeated",
        (Some(_), false) => "refused",
        (None, false) => "decided",
    };
    if outcome == "refused" {
        metrics::counter!("frontdesk_bookings_refused_total", "provider" => provider.to_owned()).increment(1);
    }
    let effects = match &taken.appointment {
        Some(appointment) => done(app, appointment, booking.wish).await?,
        None => Vec::new(),
    };
    let report = report(taken, booking.wish, &effects);
    Ok((outcome, adapter.report(dialect, &booking, &report)))
}

/// A decision that takes too long goes on without whoever waits: a later delivery finds it made.
async fn decided(app: &App, provider: &str, booking: Booking) -> Answer<Taken> {
    let away = || {
        let detail = "the decision was not made in time; please deliver this again";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(1)
    };
    let permit = app.decisions.clone().try_acquire_owned().map_err(|_| away())?;
    let (own, provider) = (app.clone(), provider.to_owned());
    let decision = async move {
        let taken = own.engine.take(&provider, booking).await;
        drop(permit);
        taken
    };
    match within_deadline(app, decision).await {
        Ok(taken) => Ok(taken?),
        Err(Unfinished::Broken) => Err(Problem::broken()),
        Err(Unfinished::Late) => {
            tracing::warn!("the store did not decide in time; the decision goes on");
            Err(away())
        }
    }
}

/// Everything about the appointment, once what belongs to this conversation was done or the deadline has come.
async fn done(app: &App, appointment: &Appointment, wish: Wish) -> Answer<Vec<Effect>> {
    let filter = || EffectFilter { appointment_id: Some(appointment.id), limit: 500, ..EffectFilter::default() };
    let effects = app.store().effects(filter()).await?.items;
    let now = app.now();
    let open = |effect: &Effect| match effect.state {
        EffectState::Waiting => effect.due_at <= now,
        EffectState::Started => true,
        EffectState::Skipped | EffectState::Done | EffectState::Failed | EffectState::Uncertain => false,
    };
    let ours = effects.into_iter().filter(|effect| belongs(effect, wish) && open(effect));
    // One that fails to be looked at leaves the others alone: what became of it is read anew below.
    for outcome in join_all(ours.map(|effect| settled(app, effect))).await {
        if let Err(problem) = outcome {
            tracing::warn!(reason = problem.detail(), "what was due about a conversation could not be done at once");
        }
    }
    Ok(app.store().effects(filter()).await?.items)
}

/// Whether an effect is what somebody waits for who told of such a wish.
fn belongs(effect: &Effect, wish: Wish) -> bool {
    match effect.action {
        Action::Calendar { .. } => true,
        Action::Notify { message, .. } => Some(message) == tells(wish),
        _ => false,
    }
}

fn tells(wish: Wish) -> Option<Message> {
    match wish {
        Wish::Book => Some(Message::Booked),
        Wish::Move => Some(Message::Moved),
        Wish::Cancel => Some(Message::Cancelled),
        Wish::Confirm => Some(Message::Confirmed),
        Wish::Unclear | Wish::Nothing => None,
    }
}

/// What is true by now. The effects come with the newest first.
fn report(taken: Taken, wish: Wish, effects: &[Effect]) -> BookingReport {
    let entries = || effects.iter().filter(|effect| matches!(effect.action, Action::Calendar { .. }));
    // An entry that is there is there, whatever else is on its way to it.
    let entry = entries().find(|effect| effect.state == EffectState::Done).or_else(|| entries().next());
    let message = |channel: Channel| {
        let sent = |effect: &&Effect| matches!(effect.action, Action::Notify { channel: by, message } if by == channel && Some(message) == tells(wish));
        effects.iter().find(sent).map_or(Progress::Not, fate)
    };
    BookingReport {
        calendar: entry.map_or(Progress::Not, fate),
        event_id: entry.and_then(|effect| effect.result.clone()),
        link: entry.and_then(|effect| effect.link.clone()),
        sms: message(Channel::Sms),
        email: message(Channel::Email),
        appointment: taken.appointment,
        refused: taken.refused,
    }
}

fn fate(effect: &Effect) -> Progress {
    match effect.state {
        EffectState::Done => Progress::Done,
        EffectState::Skipped | EffectState::Failed => Progress::Not,
        EffectState::Waiting | EffectState::Started | EffectState::Uncertain => Progress::Pending,
    }
}
