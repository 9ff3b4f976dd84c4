//! What is asked of a collection, and what it answers: multistatus (RFC 4918, section 13).

use crate::{
    http::{Answer, version},
    trouble::broken,
    xml::{CAL, DAV, Element, escaped},
};
use chrono::{DateTime, Utc};
use frontdesk_core::ports::PortResult;
use percent_encoding::percent_decode_str;
use url::Url;

/// What a server says about one of the things that were asked for.
pub(crate) struct Told {
    /// Where it is; on the server that was asked.
    pub(crate) url: Url,
    /// What is said about the thing as a whole, where something is.
    pub(crate) status: Option<u16>,
    found: Vec<Element>,
}

impl Told {
    /// A property that the thing has.
    pub(crate) fn property(&self, space: &str, name: &str) -> Option<&Element> {
        self.found.iter().find(|property| property.is(space, name))
    }

    pub(crate) fn etag(&self) -> Option<String> {
        self.property(DAV, "getetag").and_then(|etag| version(&etag.text))
    }

    pub(crate) fn object(&self) -> Option<&str> {
        self.property(CAL, "calendar-data").map(|data| data.text.as_str()).filter(|text| !text.trim().is_empty())
    }
}

/// Reads a multistatus. What lies on another server is none of this one's business, and is left out.
pub(crate) fn multistatus(answer: &Answer) -> PortResult<(Element, Vec<Told>)> {
    if !answer.good() {
        return Err(answer.error());
    }
    let root = Element::read(&answer.body).filter(|root| root.is(DAV, "multistatus"));
    let root = root.ok_or_else(|| broken("the answer is not what a CalDAV server answers; look at base_url"))?;
    let told = root.all(DAV, "response").filter_map(|response| one(&answer.url, response)).collect();
    Ok((root, told))
}

fn one(base: &Url, response: &Element) -> Option<Told> {
    let href = &response.child(DAV, "href")?.text;
    let url = base.join(href.trim()).ok().filter(|url| url.origin() == base.origin())?;
    let mut found = Vec::new();
    for propstat in response.all(DAV, "propstat") {
        if propstat.child(DAV, "status").and_then(code).is_none_or(|code| code == 200) {
            found.extend(propstat.child(DAV, "prop").into_iter().flat_map(|prop| prop.children.clone()));
        }
    }
    Some(Told { url, status: response.child(DAV, "status").and_then(code), found })
}

/// The number in `HTTP/1.1 200 OK`.
fn code(status: &Element) -> Option<u16> {
    status.text.split_whitespace().nth(1)?.parse().ok()
}

/// Whether two addresses are of the same resource; servers escape differently.
pub(crate) fn same(one: &Url, other: &Url) -> bool {
    let path = |url: &Url| percent_decode_str(url.path().trim_end_matches('/')).collect::<Vec<u8>>();
    one.origin() == other.origin() && path(one) == path(other)
}

/// The last name in an address.
pub(crate) fn name(url: &Url) -> String {
    let last = url.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    percent_decode_str(last).decode_utf8_lossy().into_owned()
}

/// The same for people to read.
pub(crate) fn shown(url: &Url) -> String {
    name(url).chars().filter(|c| !c.is_control()).take(120).collect()
}

const SPACES: &str =
    r#"xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/""#;
const HEAD: &str = r#"<?xml version="1.0" encoding="utf-8"?>"#;

/// Asks for properties, given as elements.
pub(crate) fn propfind(properties: &str) -> String {
    format!("{HEAD}<D:propfind {SPACES}><D:prop>{properties}</D:prop></D:propfind>")
}

/// Asks for the events with that UID.
pub(crate) fn by_uid(uid: &str) -> String {
    let uid = escaped(uid);
    query(
        "<C:calendar-data/>",
        &format!(r#"<C:prop-filter name="UID"><C:text-match collation="i;octet">{uid}</C:text-match></C:prop-filter>"#),
    )
}

/// Asks for what lies in a stretch of time, each instance of what repeats by itself.
pub(crate) fn between(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let range = range(from, to);
    query(&format!("<C:calendar-data><C:expand {range}/></C:calendar-data>"), &format!("<C:time-range {range}/>"))
}

/// Asks for what lies in a stretch of time, as it is written.
pub(crate) fn between_whole(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    query("<C:calendar-data/>", &format!("<C:time-range {}/>", range(from, to)))
}

/// Asks what is other since the state of that name.
pub(crate) fn sync(token: &str) -> String {
    let token = escaped(token);
    format!(
        "{HEAD}<D:sync-collection {SPACES}><D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>\
         <D:prop><D:getetag/></D:prop></D:sync-collection>"
    )
}

fn query(data: &str, filter: &str) -> String {
    format!(
        r#"{HEAD}<C:calendar-query {SPACES}><D:prop><D:getetag/>{data}</D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{filter}</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"#
    )
}

/// Asks when time is taken.
pub(crate) fn free_busy(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let range = range(from, to);
    format!("{HEAD}<C:free-busy-query {SPACES}><C:time-range {range}/></C:free-busy-query>")
}

/// Asks for these resources, with their versions.
pub(crate) fn multiget<'a>(urls: impl IntoIterator<Item = &'a Url>) -> String {
    let hrefs: String = urls.into_iter().map(|url| format!("<D:href>{}</D:href>", escaped(url.path()))).collect();
    format!(
        "{HEAD}<C:calendar-multiget {SPACES}><D:prop><D:getetag/><C:calendar-data/></D:prop>{hrefs}</C:calendar-multiget>"
    )
}

fn range(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let written = |at: DateTime<Utc>| at.format("%Y%m%dT%H%M%SZ").to_string();
    format!(r#"start="{}" end="{}""#, written(from), written(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Answer {
        let url = Url::parse("https://dav.example/cal/desk/").unwrap();
        Answer {
            status: 207,
            etag: None,
            body: body.as_bytes().to_vec(),
            url,
            doubt: frontdesk_core::ports::Happened::No,
        }
    }

    #[test]
    fn properties_count_where_their_status_says_that_they_are_there() {
        let body = r#"<multistatus xmlns="DAV:"><response><href>a%2Bb.ics</href>
            <propstat><prop><getetag>W/"1"</getetag></prop><status>HTTP/1.1 200 OK</status></propstat>
            <propstat><prop><displayname/></prop><status>HTTP/1.1 404 Not Found</status></propstat></response>
            <response><href>/cal/desk/gone.ics</href><status>HTTP/1.1 404 Not Found</status></response>
            <response><href>https://other.example/x.ics</href></response></multistatus>"#;
        let (_, told) = multistatus(&answer(body)).unwrap();
        assert_eq!(told.len(), 2, "what lies elsewhere is left out");
        assert_eq!(told[0].etag().as_deref(), Some("\"1\""));
        assert!(told[0].property(DAV, "displayname").is_none());
        assert_eq!(name(&told[0].url), "a+b.ics");
        assert!(same(&told[0].url, &Url::parse("https://dav.example/cal/desk/a+b.ics").unwrap()));
        assert_eq!(told[1].status, Some(404));
    }

    #[test]
    fn a_web_page_is_no_answer() {
        assert!(multistatus(&answer("<html><body>Welcome</body></html>")).is_err());
    }

    #[test]
    fn what_is_asked_is_well_formed_whatever_is_in_it() {
        let at = DateTime::UNIX_EPOCH;
        let url = Url::parse("https://dav.example/a&b/").unwrap();
        for body in
            [propfind("<D:getetag/>"), by_uid("<&\"'>"), between(at, at), free_busy(at, at), multiget([&url, &url])]
        {
            assert!(Element::read(body.as_bytes()).is_some(), "{body}");
        }
    }
}
