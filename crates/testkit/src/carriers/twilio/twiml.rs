//! Reads TwiML as strictly as Twilio does. <https://www.twilio.com/docs/voice/twiml>

use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesStart, Event},
};

/// Longer documents are not read, in bytes.
const MAX_DOCUMENT: usize = 64 * 1024;
/// Longer texts are not spoken: characters, and bytes once written as in a URL.
const MAX_SAY: usize = 3_000;
const MAX_SAY_ENCODED: usize = 4_500;
/// Name and value of a stream's parameter together.
const MAX_PARAMETER: usize = 500;

/// An element of a document.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
    pub(super) text: String,
}

/// An error of Twilio: its number, and what is wrong.
pub(super) type Wrong = (u32, String);

impl Element {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn yes(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }
}

/// Reads a document; the error is what Twilio's debugger would show.
pub(super) fn parse(kind: &str, document: &str) -> Result<Element, Wrong> {
    let media = kind.split(';').next().unwrap_or_default().trim();
    if !matches!(media, "text/xml" | "application/xml") {
        return Err((12_300, format!("the content type is {kind:?}")));
    }
    if document.len() > MAX_DOCUMENT {
        return Err((11_750, format!("the document has {} bytes", document.len())));
    }
    if !document.starts_with("<?xml") && !document.starts_with("<Response") {
        return Err((12_100, "something stands before the document".to_owned()));
    }
    let root = tree(document)?;
    if root.name != "Response" {
        return Err((12_100, format!("the document is a {}", root.name)));
    }
    root.children.iter().try_for_each(check)?;
    Ok(root)
}

fn tree(document: &str) -> Result<Element, Wrong> {
    let broken = |what: &dyn std::fmt::Display| (12_100, what.to_string());
    let mut reader = Reader::from_str(document);
    let mut open: Vec<Element> = vec![Element::default()];
    loop {
        let event = reader.read_event().map_err(|error| broken(&error))?;
        let top = open.last_mut().ok_or_else(|| broken(&"too many ends"))?;
        match event {
            Event::Start(tag) => open.push(element(&tag)?),
            Event::Empty(tag) => top.children.push(element(&tag)?),
            Event::Text(text) => top.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(|error| broken(&error))?;
                let named = resolve_predefined_entity(&reference).map(str::to_owned);
                let resolved = character.map(String::from).or(named);
                top.text.push_str(&resolved.ok_or_else(|| broken(&"an entity nobody knows"))?);
            }
            Event::End(_) => {
                let done = open.pop().unwrap_or_default();
                open.last_mut().ok_or_else(|| broken(&"too many ends"))?.children.push(done);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let mut roots = open.pop().filter(|_| open.is_empty()).map(|top| top.children).unwrap_or_default();
    match (roots.pop(), roots.is_empty()) {
        (Some(root), true) => Ok(root),
        _ => Err(broken(&"the document is not closed, or is more than one")),
    }
}

fn element(tag: &BytesStart<'_>) -> Result<Element, Wrong> {
    let mut element = Element { name: tag.name().0.to_owned(), ..Element::default() };
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| (12_100, error.to_string()))?;
        let value = attribute.normalized_value(XmlVersion::Explicit1_0).map_err(|error| (12_100, error.to_string()))?;
        element.attributes.push((attribute.key.0.to_owned(), value.into_owned()));
    }
    Ok(element)
}

/// What Twilio refuses of a verb.
fn check(verb: &Element) -> Result<(), Wrong> {
    let children: &[&str] = match verb.name.as_str() {
        "Gather" => &["Say", "Play", "Pause"],
        "Dial" => &["Number"],
        "Connect" => &["Stream"],
        "Stream" => &["Parameter"],
        "Say" | "Play" | "Pause" | "Redirect" | "Hangup" | "Record" | "Reject" | "Number" | "Parameter" => &[],
        other => return Err((12_200, format!("there is no verb {other}"))),
    };
    if let Some(odd) = verb.children.iter().find(|child| !children.contains(&child.name.as_str())) {
        return Err((12_200, format!("{} cannot hold {}", verb.name, odd.name)));
    }
    match verb.name.as_str() {
        "Say" => say(&verb.text)?,
        "Gather" => gather(verb)?,
        "Record" => record(verb)?,
        "Stream" => stream(verb)?,
        "Redirect" if verb.text.trim().is_empty() => return Err((12_200, "a redirect leads nowhere".to_owned())),
        _ => {}
    }
    verb.children.iter().try_for_each(check)
}

fn say(text: &str) -> Result<(), Wrong> {
    let encoded: usize = text.chars().map(|c| if c.is_ascii_alphanumeric() { 1 } else { 3 * c.len_utf8() }).sum();
    if text.chars().count() > MAX_SAY || encoded > MAX_SAY_ENCODED {
        return Err((13_521, "a text is too long to be spoken".to_owned()));
    }
    Ok(())
}

fn gather(verb: &Element) -> Result<(), Wrong> {
    if !matches!(verb.get("actionOnEmptyResult"), None | Some("true" | "false")) {
        return Err((13_338, "actionOnEmptyResult is neither true nor false".to_owned()));
    }
    if !matches!(verb.get("input"), None | Some("dtmf" | "speech" | "dtmf speech" | "speech dtmf")) {
        return Err((12_200, "nobody can listen for that".to_owned()));
    }
    let hints: Vec<&str> = verb.get("hints").map(|hints| hints.split(',').collect()).unwrap_or_default();
    if hints.len() > 500 || hints.iter().any(|hint| hint.trim().chars().count() > 100) {
        return Err((12_200, "too many hints, or too long ones".to_owned()));
    }
    Ok(())
}

fn record(verb: &Element) -> Result<(), Wrong> {
    let number = |name: &str| verb.get(name).is_none_or(|number| number.parse::<u32>().is_ok_and(|it| it > 0));
    if number("maxLength") && number("timeout") {
        return Ok(());
    }
    Err((13_610, "maxLength and timeout are numbers above zero".to_owned()))
}

fn stream(verb: &Element) -> Result<(), Wrong> {
    let url = verb.get("url").unwrap_or_default();
    if !url.starts_with("wss://") {
        return Err((31_922, "a stream goes to wss only".to_owned()));
    }
    if url.contains('?') {
        return Err((31_920, "a stream's query is dropped".to_owned()));
    }
    let long = |it: &&Element| {
        let length = |name| it.get(name).map_or(0, str::len);
        length("name") + length("value") >= MAX_PARAMETER
    };
    match verb.children.iter().find(long) {
        Some(_) => Err((31_923, "a parameter is too long".to_owned())),
        None => Ok(()),
    }
}
