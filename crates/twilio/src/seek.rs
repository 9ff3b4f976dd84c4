//! What became of a message whose request was not answered.
//! <https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources>
//!
//! Twilio takes no name of ours for a message and shows no callback address, so that only its words tell one from another. A
//! message of these words to this person, made since, is taken for ours: the person has got them, whichever request it was.
//! `None` is said only when it is certain: nothing at all went to them from us since, on a clock that is Twilio's own and
//! well past the request. Other words prove nothing, as an appointment may have been changed meanwhile and WhatsApp fills in
//! templates itself.

use crate::{
    NAME,
    messaging::{Sender, address},
    rest::{Answer, Rest},
    send::Messages,
};
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    effect::Address,
    ports::{Happened, PortError, PortResult, Sought, Trouble},
};
use serde::Deserialize;

/// How far Twilio's clock and ours may be apart, and how coarse its times are.
const SKEW: Duration = Duration::minutes(2);
/// When a message that was asked for is surely in the list.
const LISTED: Duration = Duration::minutes(5);
/// More pages of messages to one person are not looked through.
const MAX_PAGES: usize = 5;
const PAGE_SIZE: &str = "200";

/// A message as Twilio shows it; everything but its name may be missing.
#[derive(Deserialize)]
struct Body {
    sid: String,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    direction: Option<String>,
    #[serde(default)]
    date_created: Option<String>,
    #[serde(default)]
    messaging_service_sid: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    messages: Vec<Body>,
    #[serde(default)]
    next_page_uri: Option<String>,
}

fn unsure(what: &str) -> PortError {
    PortError::new(NAME, Happened::No, Trouble::Unavailable, what)
}

fn time(text: Option<&str>) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text?).ok().map(|time| time.to_utc())
}

impl Messages {
    /// Twilio's name for a message that it never named to us; `None` when it surely never had it.
    pub(crate) async fn seek(&self, rest: &Rest, sought: &Sought) -> PortResult<Option<String>> {
        let sender = self.sender(sought.channel)?;
        let forgotten = || unsure("nobody knows any more whom the message was to; look at the console");
        let message = sought.message.as_ref().ok_or_else(forgotten)?;
        let Address::Phone(to) = &message.to else { return Err(forgotten()) };
        // Not filtered by `DateSent`: a message that still waits for its turn has none.
        let to = address(sought.channel, to.reveal());
        let mut query = vec![("To", to.as_str()), ("PageSize", PAGE_SIZE)];
        let (name, from) = sender.member(sought.channel);
        if name == "From" {
            query.push((name, &from));
        }
        let mut page: Answer<Page> = rest.get(&["Messages"], &query).await?;
        // The first answer's time: what is listed later may be younger than it, never older.
        let at =
            page.at.ok_or_else(|| unsure("Twilio does not say what time it is, so that nothing can be ruled out"))?;
        let mut others = false;
        for _ in 0..MAX_PAGES {
            let young =
                |it: &Body| time(it.date_created.as_deref()).is_none_or(|created| created >= sought.since - SKEW);
            // The list begins with the youngest.
            let older = page.body.messages.iter().any(|it| !young(it));
            for it in page.body.messages.iter().filter(|it| young(it) && it.ours(sender)) {
                if it.says(&message.body) {
                    return Ok(Some(it.sid.clone()));
                }
                others = true;
            }
            match page.body.next_page_uri.filter(|next| !older && !next.is_empty()) {
                Some(next) => page = rest.follow(&next).await?,
                None if others => {
                    return Err(unsure(
                        "something else was sent to this person since, and nothing tells whether it is this message",
                    ));
                }
                None if at < sought.asked + LISTED => {
                    return Err(unsure("there is no such message yet; it is too early to rule it out"));
                }
                None => return Ok(None),
            }
        }
        Err(unsure("there are too many messages to this person to look through"))
    }
}

impl Body {
    /// Whether we may have sent it. A message of the service's may not have a sender yet.
    fn ours(&self, sender: &Sender) -> bool {
        let outbound = self.direction.as_deref().is_none_or(|direction| direction == "outbound-api");
        let theirs = match sender {
            Sender::Service(sid) => self.messaging_service_sid.as_ref().is_some_and(|service| service != sid),
            Sender::From(_) => false,
        };
        outbound && !theirs
    }

    /// Whether it has these words. On trial Twilio puts some of its own before them.
    fn says(&self, words: &str) -> bool {
        let shown = self.body.as_deref().unwrap_or_default().trim();
        !words.trim().is_empty() && shown.ends_with(words.trim())
    }
}
