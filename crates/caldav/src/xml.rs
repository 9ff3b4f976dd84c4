//! XML as a tree, of which a CalDAV client reads little. Entities other than XML's own are not known, so that nothing can
//! grow; documents are bounded by the size of answers, and trees by their depth.

use quick_xml::{
    NsReader,
    events::Event,
    name::{Namespace, ResolveResult},
};

/// WebDAV's own names.
pub(crate) const DAV: &str = "DAV:";
/// Those of calendars.
pub(crate) const CAL: &str = "urn:ietf:params:xml:ns:caldav";
/// Those of calendar servers before there was RFC 6578.
pub(crate) const CS: &str = "http://calendarserver.org/ns/";
/// No tree is deeper.
const DEEPEST: usize = 32;

/// An element, with the text in it and what lies in it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    space: String,
    name: String,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
    attributes: Vec<(String, String)>,
}

impl Element {
    /// Reads a document; `None` where it is none.
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let mut reader = NsReader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
        reader.config_mut().expand_empty_elements = true;
        let mut open: Vec<Self> = vec![Self::default()];
        loop {
            let (space, event) = reader.read_resolved_event().ok()?;
            match event {
                Event::Start(start) => {
                    let ResolveResult::Bound(Namespace(space)) = space else { return None };
                    let space = space.to_owned();
                    let mut attributes = Vec::new();
                    for attribute in start.attributes() {
                        let attribute = attribute.ok()?;
                        let value = quick_xml::escape::unescape(&attribute.value).ok()?.into_owned();
                        attributes.push((attribute.key.local_name().as_ref().to_owned(), value));
                    }
                    let name = start.local_name().as_ref().to_owned();
                    open.push(Self { space, name, attributes, ..Self::default() });
                    if open.len() > DEEPEST {
                        return None;
                    }
                }
                Event::End(_) => {
                    let done = open.pop()?;
                    open.last_mut()?.children.push(done);
                }
                Event::Text(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
                Event::CData(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
                Event::GeneralRef(name) => match name.resolve_char_ref().ok()? {
                    Some(c) => open.last_mut()?.text.push(c),
                    None => open.last_mut()?.text.push_str(quick_xml::escape::resolve_predefined_entity(&name)?),
                },
                Event::Eof => break,
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
        let mut document = open.pop().filter(|_| open.is_empty())?;
        document.children.pop().filter(|_| document.children.is_empty())
    }

    pub(crate) fn is(&self, space: &str, name: &str) -> bool {
        self.space == space && self.name == name
    }

    /// The first such element right in this one.
    pub(crate) fn child(&self, space: &str, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.is(space, name))
    }

    /// Every such element right in this one.
    pub(crate) fn all<'a>(&'a self, space: &'a str, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.is(space, name))
    }

    /// Whether there is such an element anywhere in this one.
    pub(crate) fn holds(&self, space: &str, name: &str) -> bool {
        self.is(space, name) || self.children.iter().any(|child| child.holds(space, name))
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Text as it may stand in an element or an attribute.
pub(crate) fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_known_whatever_their_prefixes() {
        let text = r#"<?xml version="1.0"?><d:multistatus xmlns:d="DAV:"><d:response xmlns="urn:ietf:params:xml:ns:caldav">
            <d:href>/a%20b/</d:href><calendar-data>A&amp;B&#10;<![CDATA[<x>]]></calendar-data><comp name="V&quot;"/>
            </d:response></d:multistatus>"#;
        let root = Element::read(text.as_bytes()).unwrap();
        let response = root.child(DAV, "response").unwrap();
        assert_eq!(response.child(DAV, "href").unwrap().text, "/a%20b/");
        assert_eq!(response.child(CAL, "calendar-data").unwrap().text, "A&B\n<x>");
        assert_eq!(response.child(CAL, "comp").unwrap().attribute("name"), Some("V\""));
        assert!(root.holds(CAL, "comp") && !root.holds(DAV, "comp"));
    }

    #[test]
    fn what_is_no_document_is_none() {
        let deep = "<a xmlns='DAV:'>".repeat(40) + &"</a>".repeat(40);
        for text in ["", "plain", "<a>", "<a xmlns='DAV:'><b></a></b>", "<!DOCTYPE html><br>", &deep] {
            assert_eq!(Element::read(text.as_bytes()), None, "{text}");
        }
        let bomb = "<!DOCTYPE a [<!ENTITY b 'bbbb'>]><a xmlns='DAV:'>&b;</a>";
        assert_eq!(Element::read(bomb.as_bytes()), None);
    }

    proptest! {
        #[test]
        fn nothing_makes_it_stumble(text in any::<Vec<u8>>()) {
            let _ = Element::read(&text);
        }

        #[test]
        fn what_is_escaped_is_read_back(text in "[^\\p{C}\r]*") {
            let document = format!("<a xmlns='DAV:' b='x{0}'>{0}</a>", escaped(&text));
            let root = Element::read(document.as_bytes()).unwrap();
            prop_assert_eq!(&root.text, &text);
            prop_assert_eq!(root.attribute("b").map(str::to_owned), Some(format!("x{text}")));
        }
    }
}
