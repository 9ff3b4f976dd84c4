//! One appointment, lived: a clock of its own, a carrier that answers as planned, and the engine between them.

use super::cast::{Fate, Plan};
use crate::{clock, failure::Failure};
use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::{Appointment, Status},
    call::{Call, CallRef, CallState},
    effect::{Channel, EffectState},
    engine::{Booked, Engine, Ports, World},
    event::{AnsweredBy, EndCause, Event},
    id::{AppointmentId, EffectId},
    ports::{
        Abilities, Busy, CalendarEntry, CalendarSink, CallCommand, CallFilter, CallProvider, EffectFilter,
        EffectRunner, Entered, Happened, IvrStore, Notification, Notifier, Performed, Port, PortError, PortResult,
        Received, ReceivedAbout, Rejected, Trouble, WebhookRequest, WebhookResponse,
    },
    reply::{Reply, Verb},
    rules::Rules,
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

/// No life takes more steps; more is a circle.
const MOST: usize = 200;

/// Everything outside the gateway, as this one person meets it.
struct Outside {
    lost: bool,
    unreachable: bool,
}

/// A person's time.
#[derive(Clone)]
struct Time(Arc<AtomicI64>);

impl Time {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0.load(Ordering::Relaxed)).unwrap_or_default()
    }

    /// Later, never earlier.
    fn turn_to(&self, at: DateTime<Utc>) {
        self.0.fetch_max(at.timestamp_millis(), Ordering::Relaxed);
    }

    fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::Relaxed);
    }
}

/// Lives an appointment until now.
pub(super) async fn live(
    plan: Plan,
    store: &Arc<dyn IvrStore>,
    rules: &Arc<Rules>,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let time = Time(Arc::new(AtomicI64::new(plan.booked_at.timestamp_millis())));
    let outside = Arc::new(Outside { lost: plan.answers[0] == Fate::Lost, unreachable: plan.unreachable });
    let ports = Ports {
        carriers: BTreeMap::from([(frontdesk_sandbox::NAME.to_owned(), Arc::clone(&outside) as _)]),
        notifiers: [Channel::Sms, Channel::Whatsapp, Channel::Email].map(|by| (by, Arc::clone(&outside) as _)).into(),
        calendar: Some(outside as _),
        ..Ports::default()
    };
    let theirs = time.clone();
    let world = World::new(move || theirs.now(), clock::fresh);
    let engine = Engine::new(Arc::clone(rules), Arc::clone(store), ports, world);
    let Booked::New(appointment) = engine.book(plan.appointment, None).await?.0 else { return Ok(()) };
    let mut calls = 0;
    for _ in 0..MOST {
        let waiting = EffectFilter {
            state: Some(EffectState::Waiting),
            appointment_id: Some(appointment.id),
            limit: 50,
            ..EffectFilter::default()
        };
        let waiting = store.effects(waiting).await?.items;
        let Some(next) = waiting.into_iter().filter(|effect| effect.due_at <= now).min_by_key(|effect| effect.due_at)
        else {
            break;
        };
        time.turn_to(next.due_at);
        engine.run(next.id).await?;
        if next.action.kind() == "call" {
            let newest = CallFilter { appointment_id: Some(appointment.id), limit: 1, ..CallFilter::default() };
            let rung = store.calls(newest).await?.items.into_iter().next();
            if let Some(call) = rung.filter(|call| call.state != CallState::Ended) {
                talk(&engine, &time, &call, plan.answers[calls % plan.answers.len()]).await?;
                calls += 1;
            }
        }
    }
    visit(&engine, &time, &appointment, plan.came, now).await
}

/// What the desk notes down when the day is over.
async fn visit(
    engine: &Engine,
    time: &Time,
    appointment: &Appointment,
    came: bool,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let over = appointment.starts_at + Duration::minutes(45);
    let known = engine.store().appointment(appointment.id).await?;
    if over < now && known.is_some_and(|known| known.status != Status::Cancelled) {
        time.turn_to(over);
        engine.happen(appointment.id, Event::Visited { came }).await?;
    }
    Ok(())
}

async fn talk(engine: &Engine, time: &Time, call: &Call, answer: Fate) -> Result<(), Failure> {
    let tell = async |after: i64, once: &str, event: Event| {
        time.pass(after);
        let about = ReceivedAbout::Call { call: CallRef::Ours(call.id), provider_call_id: None, parties: None };
        engine.receive(frontdesk_sandbox::NAME, Received::new(about, format!("{}/{once}", call.id), event)).await
    };
    let ended = |cause, seconds| Event::Ended { cause, seconds };
    match answer {
        Fate::Lost => return Ok(()),
        Fate::Busy => drop(tell(4, "end", ended(EndCause::Busy, None)).await?),
        Fate::NoAnswer => drop(tell(30, "end", ended(EndCause::NoAnswer, None)).await?),
        Fate::Machine => {
            tell(12, "answer", Event::Answered { by: AnsweredBy::Machine }).await?;
            tell(14, "end", ended(EndCause::Completed, Some(14))).await?;
        }
        Fate::HangsUp => {
            tell(9, "answer", Event::Answered { by: AnsweredBy::Human }).await?;
            tell(6, "end", ended(EndCause::Completed, Some(6))).await?;
        }
        Fate::Silent | Fate::Presses(_) => {
            let mut seconds = 0;
            let mut reply = tell(8, "answer", Event::Answered { by: AnsweredBy::Human }).await?.reply;
            while let Some((step, turn)) = asked(&reply) {
                let wait = 9 + i64::from(call.id.0.as_bytes()[15] % 12);
                seconds += u32::try_from(wait).unwrap_or(0);
                let event = match answer {
                    Fate::Presses(keys) => Event::Digits { step, turn, digits: keys.to_owned() },
                    _ => Event::Silence { step, turn },
                };
                reply = tell(wait, &format!("turn {turn}"), event).await?.reply;
            }
            tell(5, "end", ended(EndCause::Completed, Some(seconds + 5))).await?;
        }
    }
    Ok(())
}

fn asked(reply: &Reply) -> Option<(String, u32)> {
    reply.0.iter().find_map(|verb| match verb {
        Verb::Ask { step, turn, .. } => Some((step.clone(), *turn)),
        _ => None,
    })
}

impl Port for Outside {
    fn name(&self) -> &str {
        frontdesk_sandbox::NAME
    }
}

fn beyond<T>(what: &str) -> PortResult<T> {
    Err(PortError::unsupported("month", what))
}

#[async_trait]
impl CallProvider for Outside {
    fn abilities(&self) -> Abilities {
        Abilities { steers: true, dials: true, detects_machines: true, ..Abilities::default() }
    }

    fn receive(&self, request: &WebhookRequest, _now: DateTime<Utc>) -> Result<Received, Rejected> {
        Err(Rejected::UnknownHook(request.hook.clone()))
    }

    fn render(&self, _reply: &Reply, _call: Option<&Call>) -> WebhookResponse {
        WebhookResponse::json(200, "{}".to_owned())
    }

    async fn perform(&self, command: &CallCommand, _effect: &EffectId) -> PortResult<Performed> {
        match command {
            CallCommand::Place(_) if self.lost => {
                let what = "no answer came within 10 seconds";
                Err(PortError::new("month", Happened::Maybe, Trouble::Unavailable, what))
            }
            CallCommand::Place(call) => Ok(Performed::Placed { provider_call_id: format!("month-{}", call.call_id) }),
            _ => beyond("look back"),
        }
    }
}

#[async_trait]
impl Notifier for Outside {
    fn channels(&self) -> &[Channel] {
        &[Channel::Sms, Channel::Whatsapp, Channel::Email]
    }

    async fn notify(&self, _notification: &Notification, effect: &EffectId) -> PortResult<String> {
        if self.unreachable {
            let what = "the network says that this number takes no messages";
            return Err(PortError::new("month", Happened::No, Trouble::Refused, what));
        }
        Ok(format!("month-{effect}"))
    }

    async fn find(&self, _effect: &EffectId) -> PortResult<Option<String>> {
        beyond("look back")
    }
}

#[async_trait]
impl CalendarSink for Outside {
    async fn put(&self, entry: &CalendarEntry, _effect: &EffectId) -> PortResult<Entered> {
        Ok(Entered { id: format!("month-{}", entry.appointment_id), link: None })
    }

    async fn busy(&self, _business: &str, _from: DateTime<Utc>, _to: DateTime<Utc>) -> PortResult<Vec<Busy>> {
        beyond("look back")
    }

    async fn remove(&self, _business: &str, _appointment: &AppointmentId) -> PortResult<()> {
        Ok(())
    }
}
