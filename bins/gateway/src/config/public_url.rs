//! The gateway's public URL: as an address, and in the very letters it was written in.

use std::{fmt, ops::Deref};
use url::Url;

/// How carriers reach the gateway; stands for its [`Url`] wherever nobody signs over it.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicUrl {
    url: Url,
    written: String,
}

impl PublicUrl {
    /// Reads one as people write it: with or without a slash at its end, with or without its scheme.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches('/');
        // Tunnels print their domain without a scheme, and all of them speak HTTPS.
        let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let url = Url::parse(&full).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.host_str().is_some()
                && url.query().is_none()
                && url.fragment().is_none()
        })?;
        // What no program could be given as it stands: names in other scripts, white space, back slashes.
        let plain = full.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let written = if plain { full } else { url.as_str().trim_end_matches('/').to_owned() };
        Some(Self { url, written })
    }

    /// As it was written, with its scheme and without a slash at its end. URL types write hosts in lower case and leave
    /// out default ports; Twilio signs the letters that it was given.
    #[must_use]
    pub fn as_written(&self) -> &str {
        &self.written
    }

    /// As an address.
    #[must_use]
    pub fn into_url(self) -> Url {
        self.url
    }
}

impl Deref for PublicUrl {
    type Target = Url;

    fn deref(&self) -> &Url {
        &self.url
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl fmt::Debug for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("https://Clinic.Example.com", "https://Clinic.Example.com", "https://clinic.example.com/")]
    #[case(" Clinic.Example.com/ ", "https://Clinic.Example.com", "https://clinic.example.com/")]
    #[case(
        "https://Clinic.Example.com:443/Front/",
        "https://Clinic.Example.com:443/Front",
        "https://clinic.example.com/Front"
    )]
    #[case("https://zahnärzte.example", "https://xn--zahnrzte-3za.example", "https://xn--zahnrzte-3za.example/")]
    fn the_letters_are_kept_beside_the_address(#[case] text: &str, #[case] written: &str, #[case] address: &str) {
        let url = PublicUrl::parse(text).unwrap();
        assert_eq!((url.as_written(), url.as_str()), (written, address));
    }

    #[rstest]
    #[case("")]
    #[case("ftp://desk.example")]
    #[case("https://desk.example?a=1")]
    #[case("https://desk.example#top")]
    fn what_is_no_public_url_is_none(#[case] text: &str) {
        assert!(PublicUrl::parse(text).is_none());
    }
}
