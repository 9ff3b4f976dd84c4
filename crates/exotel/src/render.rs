//! From replies to what each applet reads. None of them can choose its successor: that is wired in the flow, and a Switch
//! says which way to go.

use crate::{capture::select, hook::Applet};
use frontdesk_core::{
    ports::WebhookResponse,
    reply::{Reply, Verb},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use url::Url;

/// How long the desk's telephone rings, in seconds.
const RING: u32 = 30;
/// What the socket has to know of a call: the applet takes three parameters of 256 characters altogether.
const TOLD: [&str; 2] = ["call_id", "token"];
/// Said where something must be and there is nothing to say.
const BREATH: &str = ".";

/// <https://support.exotel.com/support/solutions/articles/3000084635>
#[derive(Serialize)]
struct Gather {
    gather_prompt: Prompt,
    max_input_digits: u8,
    /// Empty: none.
    finish_on_key: &'static str,
    /// Seconds.
    input_timeout: u32,
    /// The flow asks again in its own words.
    repeat_menu: u8,
}

/// One of the two.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Prompt {
    Text(String),
    AudioUrl(String),
}

/// <https://support.exotel.com/support/solutions/articles/3000096873>
#[derive(Serialize)]
struct Connect<'a> {
    destination: Destination<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outgoing_phone_number: Option<&'a str>,
    max_ringing_duration: u32,
    /// Otherwise it would ask again after each failure.
    fetch_after_attempt: bool,
}

#[derive(Serialize)]
struct Voicebot<'a> {
    url: &'a str,
}

#[derive(Serialize)]
struct Destination<'a> {
    numbers: Vec<&'a str>,
}

/// Writes a reply for the applet that asks. Where the store was too slow the webhook is to come again: an applet asks its
/// fallback URL then, and a Switch is led back to itself. `secret` opens our media socket.
pub(crate) fn answer(applet: Applet, reply: &Reply, secret: Option<&SecretString>) -> WebhookResponse {
    let later = reply.0.iter().any(|verb| matches!(verb, Verb::Resume { .. }));
    match applet {
        Applet::Switch => select(case(reply, later)),
        _ if later => {
            let body = r#"{"error":"the decision was not made in time; ask again"}"#;
            WebhookResponse::json(503, body.to_owned())
        }
        Applet::Gather => gather(reply),
        Applet::Greeting => greeting(reply),
        Applet::Connect => connect(reply),
        Applet::Voicebot => voicebot(reply, secret),
    }
}

/// Which way a Switch Case goes.
fn case(reply: &Reply, later: bool) -> &'static str {
    let any = |wanted: fn(&Verb) -> bool| reply.0.iter().any(wanted);
    if later {
        "again"
    } else if any(|verb| matches!(verb, Verb::Stream { .. })) {
        "stream"
    } else if any(|verb| matches!(verb, Verb::Ask { .. })) {
        "ask"
    } else if any(|verb| matches!(verb, Verb::Transfer { .. })) {
        "connect"
    } else if any(|verb| matches!(verb, Verb::Say { .. } | Verb::Play { .. })) {
        "say"
    } else {
        "end"
    }
}

/// Speaks, and listens for the keys of a question. Where there is none it listens for a second, because it must, and
/// whatever the flow has behind it comes next.
pub(crate) fn gather(reply: &Reply) -> WebhookResponse {
    let question = reply.0.iter().find_map(|verb| match verb {
        // Words are not listened for: Exotel gathers keys only.
        Verb::Ask { digits, timeout_seconds, .. } => Some(((*digits).max(1), (*timeout_seconds).clamp(1, 60))),
        _ => None,
    });
    let (digits, timeout) = question.unwrap_or((1, 1));
    let spoken = spoken(reply);
    let gather_prompt = match (spoken.is_empty(), sounds(reply).next()) {
        (true, Some(url)) => Prompt::AudioUrl(url.to_owned()),
        (true, None) => Prompt::Text(BREATH.to_owned()),
        (false, _) => Prompt::Text(spoken),
    };
    let body = Gather {
        gather_prompt,
        max_input_digits: digits,
        // One key is one answer, `#` included; a longer entry may be ended by it.
        finish_on_key: if digits > 1 { "#" } else { "" },
        input_timeout: timeout,
        repeat_menu: 0,
    };
    json(&body)
}

/// Speaks, or plays one sound a line. The vendor insists on the bare media type, and asks by HEAD before.
/// <https://support.exotel.com/support/solutions/articles/48285>
fn greeting(reply: &Reply) -> WebhookResponse {
    let spoken = spoken(reply);
    let sounds: Vec<&str> = sounds(reply).collect();
    let body = match (spoken.is_empty(), sounds.is_empty()) {
        (false, _) => spoken,
        (true, false) => sounds.join("\n"),
        (true, true) => BREATH.to_owned(),
    };
    WebhookResponse { status: 200, content_type: "text/plain", body }
}

/// Rings somebody; without a number the flow goes on where nobody was dialled.
fn connect(reply: &Reply) -> WebhookResponse {
    let transfer = reply.0.iter().find_map(|verb| match verb {
        Verb::Transfer { to, from } => Some((to.reveal(), from.reveal())),
        _ => None,
    });
    json(&Connect {
        destination: Destination { numbers: transfer.iter().map(|(to, _)| *to).collect() },
        outgoing_phone_number: transfer.map(|(_, from)| from),
        max_ringing_duration: RING,
        fetch_after_attempt: false,
    })
}

/// Names our media socket, with the secret as the vendor documents it: in front of the host, from where it comes as Basic.
/// <https://developer.exotel.com/docs/agentstream/stream-voicebot-applet>
fn voicebot(reply: &Reply, secret: Option<&SecretString>) -> WebhookResponse {
    let stream = reply.0.iter().find_map(|verb| match verb {
        Verb::Stream { url, parameters } => Url::parse(url).ok().zip(Some(parameters)),
        _ => None,
    });
    let Some((mut url, parameters)) = stream else {
        // Whatever the flow has behind it comes next.
        return WebhookResponse::json(404, r#"{"error":"this call has no media stream"}"#.to_owned());
    };
    let told = parameters.iter().filter(|(name, _)| TOLD.contains(&name.as_str()));
    url.query_pairs_mut().extend_pairs(told);
    if let Some(secret) = secret {
        // The socket has a host, so it can have these.
        let _ = url.set_username("frontdesk").and_then(|()| url.set_password(Some(secret.expose_secret())));
    }
    json(&Voicebot { url: url.as_str() })
}

/// Everything that is said, in one line: a line of its own would be read as an address.
fn spoken(reply: &Reply) -> String {
    let texts = reply.0.iter().filter_map(|verb| match verb {
        Verb::Say { text, .. } => Some(text),
        Verb::Ask { prompt, .. } => Some(prompt),
        // No message is asked for here, see its abilities; streams, silence, and what ends a call, are the flow's.
        Verb::Record { .. } | Verb::Stream { .. } | Verb::Pause { .. } | Verb::Hangup => None,
        Verb::Play { .. } | Verb::Transfer { .. } | Verb::Resume { .. } => None,
    });
    let mut line = String::new();
    for word in texts.flat_map(|text| text.split(|c: char| c.is_whitespace() || c.is_control())) {
        if !word.is_empty() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    line
}

fn sounds(reply: &Reply) -> impl Iterator<Item = &str> {
    reply.0.iter().filter_map(|verb| match verb {
        Verb::Play { url } => Some(url.as_str()),
        _ => None,
    })
}

fn json(body: &impl Serialize) -> WebhookResponse {
    // Texts, numbers and lists are always written.
    WebhookResponse::json(200, serde_json::to_string(body).unwrap_or_default())
}
