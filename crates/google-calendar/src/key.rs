//! The key of a service account, and what it signs.
//! <https://developers.google.com/identity/protocols/oauth2/service-account#httprest>

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::URL_SAFE_NO_PAD},
};
use chrono::{DateTime, Utc};
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use std::{fmt, sync::Arc};
use url::{Host, Url};

/// Where Google trades assertions for tokens, unless the key says otherwise.
const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";
/// The longest life of an assertion that Google takes, in seconds.
const ASSERTION_SECONDS: i64 = 3_600;
/// Writing and reading events, and asking what is taken: nothing else of a calendar.
/// <https://developers.google.com/workspace/calendar/api/auth>
const SCOPES: &str =
    "https://www.googleapis.com/auth/calendar.events https://www.googleapis.com/auth/calendar.freebusy";
/// Standard letters, with or without padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A key that is none. Nothing of the key is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// Neither JSON nor base64.
    #[error("is no base64; encode the key file with `base64 -w0 service-account.json`, or give the JSON itself")]
    NotBase64,
    /// No JSON inside.
    #[error("holds no JSON; it must be the whole key file of the service account, and nothing else")]
    NotJson,
    /// Credentials of another kind.
    #[error("is no key of a service account; make one in the Google Cloud console under IAM, Service accounts, Keys")]
    OtherKind,
    /// Something is not there.
    #[error("has no `{0}`; it must be the whole key file of the service account")]
    Missing(&'static str),
    /// The key inside cannot be used.
    #[error("holds a private_key that is no RSA key of 2048 bits or more; make a new key in the Google Cloud console")]
    NotRsa,
    /// A signed assertion would go somewhere where anybody can read it.
    #[error("holds a token_uri that is not https; use the key file as Google gave it")]
    TokenUri,
}

#[derive(Deserialize)]
struct File {
    #[serde(rename = "type")]
    kind: Option<String>,
    client_email: Option<String>,
    private_key: Option<SecretString>,
    private_key_id: Option<String>,
    token_uri: Option<String>,
}

/// A service account with its key.
#[derive(Clone)]
pub struct ServiceAccount {
    email: String,
    key_id: Option<String>,
    pub(crate) token_uri: Url,
    key: Arc<RsaKeyPair>,
}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccount").field("email", &self.email).finish_non_exhaustive()
    }
}

impl ServiceAccount {
    /// Reads a key file: as JSON, or as base64 of either alphabet, wrapped, padded and quoted as it may be.
    ///
    /// # Errors
    /// [`BadKey`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let file: File = if text.starts_with('{') {
            serde_json::from_str(text).map_err(|_| BadKey::NotJson)?
        } else {
            serde_json::from_slice(&decode(text)?).map_err(|_| BadKey::NotJson)?
        };
        if file.kind.is_some_and(|kind| kind != "service_account") {
            return Err(BadKey::OtherKind);
        }
        let email = file.client_email.filter(|email| !email.is_empty()).ok_or(BadKey::Missing("client_email"))?;
        let pem = file.private_key.ok_or(BadKey::Missing("private_key"))?;
        let key = Arc::new(rsa(pem.expose_secret()).ok_or(BadKey::NotRsa)?);
        let token_uri = file.token_uri.as_deref().unwrap_or(TOKEN_URI);
        let token_uri = Url::parse(token_uri).ok().filter(private).ok_or(BadKey::TokenUri)?;
        Ok(Self { email, key_id: file.private_key_id, token_uri, key })
    }

    /// The address that calendars are shared with.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.email
    }

    /// A signed wish for a token (RFC 7523); `None` when the key cannot sign.
    pub(crate) fn assertion(&self, subject: Option<&str>, now: DateTime<Utc>) -> Option<SecretString> {
        let mut header = json!({ "alg": "RS256", "typ": "JWT" });
        if let Some(id) = &self.key_id {
            header["kid"] = id.as_str().into();
        }
        let issued = now.timestamp();
        let mut claims = json!({
            "iss": self.email,
            "scope": SCOPES,
            "aud": self.token_uri.as_str(),
            "iat": issued,
            "exp": issued + ASSERTION_SECONDS,
        });
        if let Some(subject) = subject {
            claims["sub"] = subject.into();
        }
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        // The signature is the same each time; the randomness only keeps the key from being measured.
        self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).ok()?;
        Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
    }
}

fn decode(text: &str) -> Result<Vec<u8>, BadKey> {
    let letter = |c: char| match c {
        '-' => '+',
        '_' => '/',
        c => c,
    };
    let text = text.trim_matches(['"', '\'']);
    let text: String = text.chars().filter(|c| !c.is_whitespace()).map(letter).collect();
    LENIENT.decode(text).map_err(|_| BadKey::NotBase64)
}

/// The key in a PEM text: PKCS#8, as Google writes it, or PKCS#1.
fn rsa(pem: &str) -> Option<RsaKeyPair> {
    let (_, rest) = pem.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once("-----END")?;
    let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    let der = LENIENT.decode(body).ok()?;
    match label {
        "PRIVATE KEY" => RsaKeyPair::from_pkcs8(&der).ok(),
        "RSA PRIVATE KEY" => RsaKeyPair::from_der(&der).ok(),
        _ => None,
    }
}

/// Whether nobody on the way can read what is sent there.
fn private(url: &Url) -> bool {
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || url.scheme() == "http" && loopback
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use serde_json::Value;

    const FILE: &str = include_str!("../../../fixtures/google-calendar/service-account.json");

    fn with(name: &str, value: Value) -> Result<ServiceAccount, BadKey> {
        let mut file: Value = serde_json::from_str(FILE).unwrap();
        file[name] = value;
        ServiceAccount::parse(&file.to_string())
    }

    #[test]
    fn a_key_file_is_read_however_it_was_encoded() {
        let letters: Vec<char> = STANDARD.encode(FILE).chars().collect();
        let wrapped: String = letters.chunks(76).flat_map(|line| line.iter().copied().chain(['\r', '\n'])).collect();
        for text in [
            FILE.to_owned(),
            format!("\u{feff}  {FILE}\n"),
            STANDARD.encode(FILE),
            wrapped,
            URL_SAFE.encode(FILE),
            URL_SAFE_NO_PAD.encode(FILE),
            format!("\"{}\"", STANDARD.encode(FILE)),
        ] {
            let account = ServiceAccount::parse(&text).unwrap();
            assert_eq!(account.email(), "desk@frontdesk-test.iam.gserviceaccount.com");
        }
    }

    #[test]
    fn what_is_no_key_of_a_service_account_is_refused_with_the_remedy() {
        for (name, value, wrong) in [
            ("type", json!("authorized_user"), BadKey::OtherKind),
            ("client_email", Value::Null, BadKey::Missing("client_email")),
            ("private_key", Value::Null, BadKey::Missing("private_key")),
            ("private_key", json!("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"), BadKey::NotRsa),
            ("private_key", json!("-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END"), BadKey::NotRsa),
            ("token_uri", json!("http://oauth2.example/token"), BadKey::TokenUri),
            ("token_uri", json!("file:///etc/passwd"), BadKey::TokenUri),
        ] {
            assert_eq!(with(name, value).unwrap_err(), wrong);
        }
        for (text, wrong) in [
            ("what is this?", BadKey::NotBase64),
            ("{", BadKey::NotJson),
            ("W10=", BadKey::NotJson),
            ("", BadKey::NotJson),
        ] {
            assert_eq!(ServiceAccount::parse(text).unwrap_err(), wrong, "{text}");
        }
    }

    #[test]
    fn an_assertion_goes_only_where_nobody_can_read_it() {
        for uri in
            ["https://oauth2.googleapis.com/token", "http://127.0.0.1:9/token", "http://[::1]/", "http://localhost/"]
        {
            assert_eq!(with("token_uri", uri.into()).unwrap().token_uri.as_str(), uri);
        }
        assert_eq!(with("token_uri", Value::Null).unwrap().token_uri.as_str(), TOKEN_URI);
    }

    #[test]
    fn nothing_of_the_key_is_printed() {
        let printed = format!("{:?}", ServiceAccount::parse(FILE).unwrap());
        assert_eq!(printed, "ServiceAccount { email: \"desk@frontdesk-test.iam.gserviceaccount.com\", .. }");
    }
}
