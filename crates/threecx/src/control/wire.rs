//! What the Call Control API shows.
//! <https://www.3cx.com/docs/call-control-api-endpoints/>

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::fmt;

/// An extension, with its devices and the calls on it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Dn {
    /// The extension.
    #[serde(deserialize_with = "text")]
    pub dn: String,
    /// What it is, such as `Wextension` or `Wroutepoint`.
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: String,
    /// Its devices.
    #[serde(deserialize_with = "list")]
    pub devices: Vec<Device>,
    /// The calls on it.
    #[serde(deserialize_with = "list")]
    pub participants: Vec<Participant>,
}

/// A telephone.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Device {
    /// The extension it belongs to.
    #[serde(deserialize_with = "text")]
    pub dn: String,
    /// Its name: a SIP address, or `not_registered_dev`.
    #[serde(deserialize_with = "text")]
    pub device_id: String,
}

impl Device {
    /// Whether it can be rung.
    #[must_use]
    pub fn registered(&self) -> bool {
        !self.device_id.is_empty() && self.device_id != "not_registered_dev"
    }
}

/// An extension's part in a call.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Participant {
    /// Its name on this extension.
    #[serde(deserialize_with = "number")]
    pub id: u64,
    /// `Dialing`, `Ringing`, `Connected`, and others.
    #[serde(deserialize_with = "text")]
    pub status: String,
    /// The extension.
    #[serde(deserialize_with = "text")]
    pub dn: String,
    /// How the other side is called; often its number.
    #[serde(deserialize_with = "text")]
    pub party_caller_name: String,
    /// The other side's extension; of somebody outside that of the trunk.
    #[serde(deserialize_with = "text")]
    pub party_dn: String,
    /// The other side's number, as the trunk writes it.
    #[serde(deserialize_with = "text")]
    pub party_caller_id: String,
    /// The number that was rung; often empty.
    #[serde(deserialize_with = "text")]
    pub party_did: String,
    /// What the other side is; `Wexternalline` for somebody outside.
    #[serde(deserialize_with = "text")]
    pub party_dn_type: String,
    /// Who led the call here, such as `ROUTER` for one that came in; empty where it was begun from here.
    #[serde(deserialize_with = "text")]
    pub originated_by_dn: String,
    /// Whether a program may act for the device.
    #[serde(deserialize_with = "flag")]
    pub direct_control: bool,
    /// The call, as this PBX counts them: a small number.
    #[serde(deserialize_with = "number")]
    pub callid: u64,
}

impl Participant {
    /// Whether the other side is somebody outside.
    #[must_use]
    pub fn external(&self) -> bool {
        self.party_dn_type.eq_ignore_ascii_case("Wexternalline")
    }

    /// Whether the two speak with each other, or could.
    #[must_use]
    pub fn connected(&self) -> bool {
        ["Connected", "Talking", "Hold", "Held"].iter().any(|status| self.status.eq_ignore_ascii_case(status))
    }

    /// Whether it rings here.
    #[must_use]
    pub fn ringing(&self) -> bool {
        self.status.eq_ignore_ascii_case("Ringing")
    }

    /// Whether nobody led it here, so that it was begun from here.
    #[must_use]
    pub fn outgoing(&self) -> bool {
        self.originated_by_dn.trim().is_empty()
    }

    /// Whether it is being begun from here.
    #[must_use]
    pub fn dialing(&self) -> bool {
        self.status.eq_ignore_ascii_case("Dialing")
    }
}

/// Numbers and names of people are not for logs.
impl fmt::Debug for Participant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Participant")
            .field("id", &self.id)
            .field("status", &self.status)
            .field("dn", &self.dn)
            .field("callid", &self.callid)
            .finish_non_exhaustive()
    }
}

/// What became of a request about a call.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Outcome {
    finalstatus: Value,
    #[serde(deserialize_with = "text")]
    reason: String,
    result: Option<Participant>,
}

/// How 3CX sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It was done; the part in the call that came of it, where it says so.
    Done(Option<Box<Participant>>),
    /// It was refused, for this reason of 3CX's.
    Refused(String),
    /// It does not say.
    Unknown,
}

impl Outcome {
    /// The status comes as a word or as a number: 1 done, 0 rejected, -1 failed. A part in a call is the best proof.
    pub(crate) fn verdict(self) -> Verdict {
        let done = match &self.finalstatus {
            Value::Number(number) => number.as_i64().map(|number| number > 0),
            Value::String(word) if word.eq_ignore_ascii_case("success") => Some(true),
            Value::String(word) => word.parse::<i64>().map_or(Some(false), |number| Some(number > 0)),
            _ => None,
        };
        match (self.result.filter(|result| result.id != 0), done) {
            (Some(result), _) => Verdict::Done(Some(Box::new(result))),
            (None, Some(true)) => Verdict::Done(None),
            (None, Some(false)) => Verdict::Refused(plain(&self.reason)),
            (None, None) => Verdict::Unknown,
        }
    }
}

/// A word of 3CX's as it may stand in an error; what is none is left out, for it may hold a number.
fn plain(word: &str) -> String {
    let plain = !word.is_empty() && word.len() <= 40 && word.bytes().all(|b| b.is_ascii_alphabetic());
    if plain { word.to_owned() } else { "no reason given".to_owned() }
}

/// What a message on the socket says: something at this place changed, or is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Happening {
    /// Counts the messages of a PBX.
    pub(crate) sequence: Option<u64>,
    pub(crate) kind: HappeningKind,
    /// The extension and the part in a call, where it is about one.
    pub(crate) participant: Option<(String, u64)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HappeningKind {
    /// Came or changed; what it is now has to be asked for.
    Upsert,
    /// Gone.
    Remove,
    /// The caller pressed these.
    Keys(String),
    /// The end of a prompt, an answer to a request.
    Other,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    sequence: Option<u64>,
    event: Told,
}

#[derive(Deserialize)]
struct Told {
    event_type: i64,
    #[serde(default, deserialize_with = "text")]
    entity: String,
    #[serde(default)]
    attached_data: Value,
}

/// Reads a message of the socket; `None` where it is none.
pub(crate) fn happening(message: &str) -> Option<Happening> {
    let Message { sequence, event } = serde_json::from_str(message).ok()?;
    let kind = match event.event_type {
        0 => HappeningKind::Upsert,
        1 => HappeningKind::Remove,
        2 => HappeningKind::Keys(keys(&event.attached_data["dtmf_input"])),
        _ => HappeningKind::Other,
    };
    Some(Happening { sequence, kind, participant: participant(&event.entity) })
}

/// Written as a text or, a single one, as a number.
fn keys(told: &Value) -> String {
    let told = told.as_str().map_or_else(|| told.to_string(), str::to_owned);
    told.chars().filter(|key| key.is_ascii_digit() || matches!(key, '*' | '#')).collect()
}

/// `/callcontrol/150/participants/8106`.
fn participant(entity: &str) -> Option<(String, u64)> {
    let mut parts = entity.trim_start_matches('/').split('/');
    match (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()) {
        ("callcontrol", dn, "participants", id, None) => {
            let dn = percent_encoding::percent_decode_str(dn).decode_utf8().ok()?.into_owned();
            Some((dn, id.parse().ok()?))
        }
        _ => None,
    }
}

/// A text, a number as text, or nothing: versions differ.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    })
}

fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text.trim().parse().unwrap_or_default(),
        Value::Number(number) => number.as_u64().unwrap_or_default(),
        _ => 0,
    })
}

fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Value::deserialize(deserializer)? == Value::Bool(true))
}

fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn verdict(value: Value) -> Verdict {
        serde_json::from_value::<Outcome>(value).unwrap().verdict()
    }

    #[test]
    fn a_final_status_is_a_word_or_a_number() {
        let result = json!({ "id": 1, "status": "Dialing", "callid": 12345 });
        for done in [json!("Success"), json!(1), json!("1")] {
            assert!(
                matches!(verdict(json!({ "finalstatus": done, "result": result })), Verdict::Done(Some(_))),
                "{done}"
            );
            assert_eq!(verdict(json!({ "finalstatus": done, "result": null })), Verdict::Done(None), "{done}");
        }
        for refused in [json!("Failed"), json!("Rejected"), json!(0), json!(-1)] {
            let said = json!({ "finalstatus": refused, "reason": "NotRegistered", "reasontext": "at +31612345678" });
            assert_eq!(verdict(said), Verdict::Refused("NotRegistered".to_owned()), "{refused}");
        }
        assert_eq!(verdict(json!({})), Verdict::Unknown);
        let told = json!({ "finalstatus": 0, "reason": "no route to +31612345678" });
        assert_eq!(verdict(told), Verdict::Refused("no reason given".to_owned()));
    }

    #[test]
    fn a_message_names_the_extension_and_the_part_in_a_call() {
        let upsert = r#"{"sequence":15,"event":{"event_type":0,"entity":"/callcontrol/150/participants/8106","attached_data":null}}"#;
        let want =
            Happening { sequence: Some(15), kind: HappeningKind::Upsert, participant: Some(("150".to_owned(), 8106)) };
        assert_eq!(happening(upsert), Some(want));
        let keys = r#"{"sequence":17,"event":{"event_type":2,"entity":"/callcontrol/ivrapp/participants/8107","attached_data":{"dtmf_input":"1"}}}"#;
        assert_eq!(happening(keys).unwrap().kind, HappeningKind::Keys("1".to_owned()));
        let device = r#"{"event":{"event_type":0,"entity":"/callcontrol/150/devices/sip%3A150"}}"#;
        assert_eq!(happening(device).unwrap().participant, None);
        assert_eq!(happening("hello"), None);
    }

    #[test]
    fn what_versions_write_differently_is_read_alike() {
        let shown = json!({ "id": "8106", "callid": "1264", "dn": 150, "party_did": null, "direct_control": null });
        let participant: Participant = serde_json::from_value(shown).unwrap();
        assert_eq!((participant.id, participant.callid, participant.dn.as_str()), (8106, 1264, "150"));
    }

    #[test]
    fn a_call_goes_out_where_nobody_led_it_here() {
        let read = |shown| serde_json::from_value::<Participant>(shown).unwrap();
        assert!(read(json!({ "id": 1, "status": "Connected", "originated_by_dn": "" })).outgoing());
        assert!(!read(json!({ "id": 1, "status": "Connected", "originated_by_dn": "ROUTER" })).outgoing());
    }

    #[test]
    fn nobody_is_named_in_a_log() {
        let shown = json!({ "id": 1, "party_caller_id": "0612345678", "party_caller_name": "Ana Lim" });
        let printed = format!("{:?}", serde_json::from_value::<Participant>(shown).unwrap());
        assert!(!printed.contains("12345678") && !printed.contains("Ana"), "{printed}");
    }
}
