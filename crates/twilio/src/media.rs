//! Where Twilio connects a media stream to. <https://www.twilio.com/docs/voice/twiml/stream>

/// The `wss` address of `path` below a public URL, whichever form that has: `https://…`, `http://…`, `wss://…` or a bare
/// host, with or without a path of its own or a slash at its end. Query and fragment are left out: Twilio drops them on
/// the way, and what they would carry belongs into parameters.
///
/// ```
/// use frontdesk_twilio::media_url;
/// assert_eq!(media_url("https://desk.example.com/", "/media"), "wss://desk.example.com/media");
/// assert_eq!(media_url("desk.example.com", "media"), "wss://desk.example.com/media");
/// ```
#[must_use]
pub fn media_url(base: &str, path: &str) -> String {
    let bare = |text: &str| text.split(['?', '#']).next().unwrap_or_default().trim().to_owned();
    let base = bare(base);
    let rest = match base.split_once("://") {
        Some((_, rest)) => rest,
        None => base.trim_start_matches('/'),
    };
    let path = bare(path);
    match path.trim_start_matches('/') {
        "" => format!("wss://{rest}"),
        path => format!("wss://{}/{path}", rest.trim_end_matches('/')),
    }
}
