//! Decides about a webhook before its deadline, or keeps the caller on the line.

use super::begun::{Unfinished, within_deadline};
use crate::{
    app::App,
    problem::{Answer, Problem},
};
use axum::http::StatusCode;
use frontdesk_core::{
    call::{Call, CallRef},
    engine,
    event::Event,
    ports::{PortError, Received, ReceivedAbout, Trouble},
    reply::{Reply, Verb},
    speech::Language,
};

/// How often a caller is asked to wait for the same thing before the call is given up.
const MAX_HOLD: u8 = 3;
/// The pause between two attempts, in seconds.
const PAUSE: u32 = 1;

/// How it went for the log, what the caller hears, and the call where it is known.
type Decided = (&'static str, Reply, Option<Call>);

/// Lets the engine decide. A decision that takes too long goes on without its caller: a later delivery finds it made.
pub(super) async fn decide(app: &App, provider: &str, steers: bool, received: Received) -> Answer<Decided> {
    let waiting = Waiting {
        // To an answer that nobody hears nobody can be asked to come back: it is to be delivered again.
        steers: steers && received.heard && listens(&received.event),
        language: language(app, &received),
        event: received.event.clone(),
        hold: received.hold,
        call: match &received.about {
            ReceivedAbout::Call { call, .. } => Some(call.clone()),
            _ => None,
        },
    };
    let Ok(permit) = app.decisions.clone().try_acquire_owned() else {
        tracing::warn!("too many decisions are in flight; the store is too slow for this traffic");
        return waiting.away(app);
    };
    // News that say nothing of a call may be about a message, and are expected to belong to nothing.
    let of_call =
        matches!(received.about, ReceivedAbout::Call { .. }) && !matches!(received.event, Event::Noted { .. });
    let (own, provider) = (app.clone(), provider.to_owned());
    let decision = async move {
        let answered = own.engine.receive(&provider, received).await;
        drop(permit);
        answered
    };
    match within_deadline(app, decision).await {
        Ok(Ok(answered)) => Ok(made(answered, of_call)),
        Ok(Err(error)) => waiting.failed(app, &error),
        Err(Unfinished::Broken) => waiting.give_up(app),
        Err(Unfinished::Late) => {
            tracing::warn!("the store did not decide in time; the decision goes on");
            waiting.away(app)
        }
    }
}

/// How it went where a webhook is about a call that nobody here knows.
pub(super) const ASTRAY: &str = "astray";

fn made(answered: engine::Answered, of_call: bool) -> Decided {
    let outcome = match (answered.repeated, &answered.call) {
        (true, _) => "repeated",
        (false, None) if of_call => ASTRAY,
        (false, _) => "decided",
    };
    (outcome, answered.reply, answered.call)
}

/// Whether somebody is on the line and waits for what comes next.
fn listens(event: &Event) -> bool {
    matches!(
        event,
        Event::Incoming
            | Event::Answered { .. }
            | Event::Digits { .. }
            | Event::Silence { .. }
            | Event::Speech { .. }
            | Event::Recorded { .. }
            | Event::Transferred { .. }
            | Event::Streamed
    )
}

/// The language of the business that was rung, as far as it is known without the store.
fn language(app: &App, received: &Received) -> Language {
    let rules = app.rules();
    let parties = match &received.about {
        ReceivedAbout::Call { parties, .. } => parties.as_ref(),
        _ => None,
    };
    parties
        .and_then(|(from, to)| rules.business_at(to).or_else(|| rules.business_at(from)))
        .or_else(|| app.default_business())
        .map_or(Language::En, |business| business.language)
}

/// What is needed to keep a caller on the line.
struct Waiting {
    steers: bool,
    language: Language,
    event: Event,
    hold: u8,
    call: Option<CallRef>,
}

impl Waiting {
    /// The store is away or slow.
    fn away(self, app: &App) -> Answer<Decided> {
        if !self.steers {
            let detail = "the decision was not made in time; please deliver this again";
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(1));
        }
        if self.hold >= MAX_HOLD {
            return self.give_up(app);
        }
        let say = self.say(app, "one-moment");
        let resume = Verb::Resume { event: Box::new(self.event), hold: self.hold + 1, call: self.call };
        let reply = Reply(vec![say, Verb::Pause { seconds: PAUSE }, resume]);
        Ok(("held", reply, None))
    }

    fn failed(self, app: &App, error: &PortError) -> Answer<Decided> {
        if error.trouble == Trouble::Unavailable {
            tracing::warn!(%error, "the store is away");
            return self.away(app);
        }
        tracing::error!(%error, "the decision failed");
        self.give_up(app)
    }

    /// Nobody should hear a provider's error message.
    fn give_up(self, app: &App) -> Answer<Decided> {
        if !self.steers {
            return Err(Problem::broken());
        }
        let reply = Reply(vec![self.say(app, "sorry-trouble"), Verb::Hangup]);
        Ok(("given up", reply, None))
    }

    fn say(&self, app: &App, id: &str) -> Verb {
        Verb::Say { text: app.rules().texts.say(self.language, id, &[]), language: self.language }
    }
}
