//! Secrets that were copied from an example, dots and all: everybody knows them, so they are refused.

use super::{
    layers::Layers,
    names::{KNOWN, Meaning},
    problem::Problem,
};
use figment::{Profile, Provider, value::Value};

const WHAT: &str = "holds an example's dots in place of the secret; write the whole secret, or take it out";

/// What vendors' secrets begin with, and so what is left of one that an example cuts short.
const BEGINNINGS: [&str; 9] = ["wsec_", "whsec_", "sk_", "sk-", "xi-", "SK", "AC", "Bearer", "Basic"];

/// A sentence for each, wherever it was written.
pub(super) fn problems(layers: &Layers) -> Vec<Problem> {
    let merged = layers.merged().data().ok().and_then(|mut data| data.remove(&Profile::Global)).unwrap_or_default();
    let mut keys = Vec::new();
    for (key, value) in &merged {
        find(key, value, &mut keys);
    }
    let keys = keys.into_iter().map(|key| (layers.origin(&key), key));
    // The seeds' common secret is under no key.
    let common = KNOWN.iter().filter(|known| known.secret && matches!(known.meaning, Meaning::Default(_)));
    let common = common.filter_map(|known| layers.filled(known.name)).filter(|variable| is(&variable.value));
    let common = common.map(|variable| (variable.origin.clone(), String::new()));
    keys.chain(common).map(|(origin, key)| Problem { origin, key, what: WHAT.to_owned() }).collect()
}

/// The keys at and below this one whose secrets were left out.
fn find(path: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(_, text) if holds_secret(path) && is(text) => found.push(path.to_owned()),
        Value::Array(_, items) => items.iter().for_each(|item| find(path, item, found)),
        Value::Dict(_, table) => table.iter().for_each(|(key, value)| find(&format!("{path}.{key}"), value, found)),
        _ => {}
    }
}

fn holds_secret(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    let ends = ["secret", "secrets", "token", "key", "password", "service_account"];
    ends.iter().any(|end| last.ends_with(end)) || path.starts_with("twilio.subaccounts.")
}

/// `…`, `wsec_...` and the like. A secret of somebody's own may end as it likes.
fn is(secret: &str) -> bool {
    let secret = secret.trim();
    let stem = secret.strip_suffix('…').or_else(|| secret.strip_suffix("..."));
    stem.is_some_and(|stem| stem.is_empty() || BEGINNINGS.contains(&stem))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A secret under a key that is not known as one would be taken, dots and all.
    #[test]
    fn every_secret_of_the_environment_is_known_by_its_key() {
        for known in KNOWN.iter().filter(|known| known.secret) {
            // An address is looked at as one.
            if let Meaning::Key(path) = known.meaning
                && !path.ends_with(".url")
            {
                assert!(holds_secret(path), "{path}");
            }
        }
    }
}
