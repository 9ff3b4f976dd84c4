//! What a reply means for a live call. A PBX does not walk our flows: of what a reply says, this is what it can do.

use crate::NAME;
use frontdesk_core::{
    ports::{PortError, PortResult},
    reply::{Reply, Verb},
};

/// What is to be done with a live call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Nothing.
    Nothing,
    /// The caller hears the greeting, and then music, or the end of the call.
    Greet {
        /// Whether the call ends with it.
        then_end: bool,
    },
    /// The caller is led to a number.
    Transfer(String),
    /// The caller is led to the voice agent, which is told this.
    Agent(Vec<(String, String)>),
    /// The call is ended.
    End,
}

/// Reads a reply. Pauses and whatever would be heard before a caller is led elsewhere are left out: the caller is led there
/// at once.
pub(crate) fn plan(reply: &Reply) -> PortResult<Plan> {
    let mut greets = false;
    for verb in &reply.0 {
        let what = match verb {
            Verb::Say { .. } | Verb::Play { .. } => {
                greets = true;
                continue;
            }
            Verb::Pause { .. } => continue,
            Verb::Transfer { to, .. } => return Ok(Plan::Transfer(to.reveal().to_owned())),
            Verb::Stream { parameters, .. } => return Ok(Plan::Agent(parameters.clone())),
            Verb::Hangup if greets => return Ok(Plan::Greet { then_end: true }),
            Verb::Hangup => return Ok(Plan::End),
            Verb::Ask { .. } => "ask a caller anything: it has no speech of ours; let the voice agent do it",
            Verb::Record { .. } => "take a message; let the voice agent do it",
            Verb::Resume { .. } => "come back with the same event",
        };
        return Err(PortError::unsupported(NAME, what));
    }
    Ok(if greets { Plan::Greet { then_end: false } } else { Plan::Nothing })
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_core::{event::Event, ports::Trouble, speech::Language};
    use frontdesk_testkit::phone;

    fn say() -> Verb {
        Verb::Say { text: "Hello.".to_owned(), language: Language::En }
    }

    fn stream() -> Verb {
        let parameters = vec![("voice".to_owned(), "v1".to_owned())];
        Verb::Stream { url: "wss://desk.example/media".to_owned(), parameters }
    }

    fn transfer() -> Verb {
        Verb::Transfer { to: phone("+31207654321"), from: phone("+31201234567") }
    }

    #[test]
    fn a_reply_means_what_the_pbx_can_do_of_it() {
        let transfer_to = Plan::Transfer("+31207654321".to_owned());
        let agent = Plan::Agent(vec![("voice".to_owned(), "v1".to_owned())]);
        for (verbs, want) in [
            (vec![], Plan::Nothing),
            (vec![Verb::Pause { seconds: 1 }], Plan::Nothing),
            (vec![say()], Plan::Greet { then_end: false }),
            (vec![say(), say()], Plan::Greet { then_end: false }),
            (vec![Verb::Play { url: "https://desk.example/a.wav".to_owned() }], Plan::Greet { then_end: false }),
            (vec![say(), Verb::Hangup], Plan::Greet { then_end: true }),
            (vec![Verb::Hangup, say()], Plan::End),
            (vec![transfer(), say()], transfer_to.clone()),
            (vec![say(), transfer()], transfer_to),
            (vec![say(), Verb::Pause { seconds: 1 }, stream(), Verb::Hangup], agent),
        ] {
            assert_eq!(plan(&Reply(verbs.clone())).unwrap(), want, "{verbs:?}");
        }
    }

    #[test]
    fn what_it_cannot_do_is_said_and_nothing_of_the_reply_is_done() {
        let ask = Verb::Ask {
            step: "menu".to_owned(),
            turn: 1,
            prompt: "Press 1.".to_owned(),
            language: Language::En,
            digits: 1,
            timeout_seconds: 5,
            speech: false,
        };
        let resume = Verb::Resume { event: Box::new(Event::Incoming), hold: 1, call: None };
        for verb in [ask, resume] {
            let error = plan(&Reply(vec![say(), verb, Verb::Hangup])).unwrap_err();
            assert_eq!(error.trouble, Trouble::Unsupported);
        }
    }
}
