//! What a webhook is for. Exotel's applets say nothing of that in their parameters: each has an address of its own, and
//! what has to be known stands in its path.

use std::{collections::BTreeMap, fmt};

/// No flow asks more often.
const MOST_QUESTIONS: u32 = 99;

/// A hook below `/webhooks/exotel/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Hook {
    /// `ivr/{step}`, `ivr/{tree}/{step}`: keys were pressed in a flow of the customer's own.
    Capture { tree: Option<String>, step: String },
    /// `gather`, `gather/2`, `greeting/transfer/1`, …: an applet of our flow asks what to do.
    Applet(Applet, Moment),
    /// `status`: a call that we placed is over.
    Status,
    /// `sms`: what became of a message.
    Sms,
}

/// Who asks, which says how the answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Applet {
    /// Speaks and listens.
    Gather,
    /// Speaks.
    Greeting,
    /// Connects with somebody.
    Connect,
    /// A Passthru before a Switch Case: chooses which applet comes next.
    Switch,
    /// Joins with our media socket.
    Voicebot,
}

/// How far a call has come: what the place of an applet in the flow says. Several applets may stand at one moment, such as
/// a Switch and the Gather that it leads to: the first one that asks decides, and all of them are told the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// It begins: somebody rings, or was rung and picked up.
    Begun,
    /// The question of this number was answered, or not.
    Asked(u32),
    /// The other telephone of the transfer after the question of this number is done with.
    Transferred(u32),
    /// The media stream that it began with is over.
    Streamed,
}

impl Hook {
    /// Reads a hook; `trees` are the steps that there are, by tree.
    pub(crate) fn parse(text: &str, trees: &BTreeMap<String, Vec<String>>, default_tree: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let name = parts.next()?;
        let rest: Vec<&str> = parts.collect();
        let known = |tree: &str, step: &str| trees.get(tree).is_some_and(|steps| steps.iter().any(|it| it == step));
        match (name, rest.as_slice()) {
            ("ivr", [step]) if known(default_tree, step) => {
                Some(Self::Capture { tree: None, step: (*step).to_owned() })
            }
            ("ivr", [tree, step]) if known(tree, step) => {
                Some(Self::Capture { tree: Some((*tree).to_owned()), step: (*step).to_owned() })
            }
            ("status", []) => Some(Self::Status),
            ("sms", []) => Some(Self::Sms),
            (name, rest) => Some(Self::Applet(Applet::parse(name)?, Moment::parse(rest)?)),
        }
    }
}

impl Applet {
    /// The applet that a hook is for, if it is for one.
    pub(crate) fn of(hook: &str) -> Option<Self> {
        Self::parse(hook.split('/').next().unwrap_or_default())
    }

    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "gather" => Self::Gather,
            "greeting" => Self::Greeting,
            "connect" => Self::Connect,
            "switch" => Self::Switch,
            "voicebot" => Self::Voicebot,
            _ => return None,
        })
    }
}

impl Moment {
    fn parse(rest: &[&str]) -> Option<Self> {
        let number = |text: &str| text.parse().ok().filter(|number| (1..=MOST_QUESTIONS).contains(number));
        match rest {
            [] => Some(Self::Begun),
            ["streamed"] => Some(Self::Streamed),
            [question] => number(question).map(Self::Asked),
            ["transfer", question] => number(question).map(Self::Transferred),
            _ => None,
        }
    }
}

/// As part of a key: each moment of a call comes once.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begun => f.write_str("begun"),
            Self::Asked(number) => write!(f, "asked:{number}"),
            Self::Transferred(number) => write!(f, "transferred:{number}"),
            Self::Streamed => f.write_str("streamed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<Hook> {
        let steps = |steps: &[&str]| steps.iter().map(|&step| step.to_owned()).collect();
        let trees = BTreeMap::from([
            ("ivr".to_owned(), steps(&["language", "state"])),
            ("survey".to_owned(), steps(&["stars"])),
        ]);
        Hook::parse(text, &trees, "ivr")
    }

    #[test]
    fn a_step_is_known_by_its_tree() {
        let capture = |tree: Option<&str>, step: &str| {
            Some(Hook::Capture { tree: tree.map(str::to_owned), step: step.to_owned() })
        };
        assert_eq!(parse("ivr/language"), capture(None, "language"));
        assert_eq!(parse("ivr/survey/stars"), capture(Some("survey"), "stars"));
        for unknown in ["ivr", "ivr/", "ivr/stars", "ivr/survey/language", "ivr/nobody/stars", "ivr/ivr/language/x"] {
            assert_eq!(parse(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn an_applet_stands_at_a_moment() {
        assert_eq!(parse("gather"), Some(Hook::Applet(Applet::Gather, Moment::Begun)));
        assert_eq!(parse("switch/2"), Some(Hook::Applet(Applet::Switch, Moment::Asked(2))));
        assert_eq!(parse("greeting/transfer/2"), Some(Hook::Applet(Applet::Greeting, Moment::Transferred(2))));
        assert_eq!(parse("voicebot"), Some(Hook::Applet(Applet::Voicebot, Moment::Begun)));
        assert_eq!(parse("switch/streamed"), Some(Hook::Applet(Applet::Switch, Moment::Streamed)));
        for unknown in [
            "switch/streamed/1",
            "gather/0",
            "gather/100",
            "gather/-1",
            "gather/x",
            "gather/1/2",
            "gather/transfer",
            "gather/",
            "voice",
            "",
            "status/1",
        ] {
            assert_eq!(parse(unknown), None, "{unknown}");
        }
    }
}
