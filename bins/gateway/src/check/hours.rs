//! What `check` says of the hours in which people are contacted.

use super::{Finding, Grade, finding};
use crate::config::Config;
use frontdesk_core::{
    contact::Hours,
    greeting::Strategy,
    rules::{Business, Inbound},
};

/// When people are left alone.
pub(super) fn quiet(config: &Config, business: &Business) -> Finding {
    let id = &business.id;
    let days = &business.contact.hours;
    let say = |grade, text: String| finding(grade, "quiet hours", format!("{id}: {text}"));
    if days.iter().all(|hours| hours.contains(&Hours::ALL_DAY)) {
        let sandbox = business.carriers.iter().all(|name| name == frontdesk_sandbox::NAME);
        return match (sandbox, rings_back(config, business)) {
            (true, false) => say(
                Grade::Note,
                "none, because only the sandbox can be rung; with a real carrier 09:00-20:00 is the default".to_owned(),
            ),
            // Whoever rang a moment ago is awake: no hours hold there, with or without a carrier of ours.
            (true, true) => say(
                Grade::Note,
                "none, because of our own accord only the sandbox is rung; real people who ring are called back to be \
                 greeted, at any hour"
                    .to_owned(),
            ),
            (false, _) => say(Grade::Warn, format!("none; people are rung at night, set businesses.{id}.hours")),
        };
    }
    if days.iter().all(Vec::is_empty) {
        return say(Grade::Wrong, format!("closed on every day, nobody is ever contacted; set businesses.{id}.hours"));
    }
    let text: Vec<_> = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
        .iter()
        .zip(days)
        .map(|(day, hours)| match hours.as_slice() {
            [] => format!("{day} closed"),
            hours => format!("{day} {}", hours.iter().map(Hours::to_string).collect::<Vec<_>>().join(" and ")),
        })
        .collect();
    let back =
        if rings_back(config, business) { "; whoever rings is called back to be greeted at any hour" } else { "" };
    say(Grade::Ok, format!("contacted {} in the person's zone{back}", text.join(", ")))
}

/// Whether real people are called back as soon as they have rung.
fn rings_back(config: &Config, business: &Business) -> bool {
    let policy = &config.rules.greeting;
    business.inbound == Inbound::Greet
        && policy.strategy == Strategy::Callback
        && policy.provider != frontdesk_sandbox::NAME
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::tests::configured;

    fn told(variables: &[(&str, &str)]) -> (Grade, String) {
        let config = configured(variables);
        let business = config.rules.businesses.values().next().expect("one business");
        let Finding { grade, text, .. } = quiet(&config, business);
        (grade, text)
    }

    #[test]
    fn who_is_called_back_to_be_greeted_counts_as_somebody_real() {
        let (grade, text) = told(&[]);
        assert!(grade == Grade::Note && text.contains("only the sandbox can be rung"), "{text}");
        let (grade, text) = told(&[("THREECX_WEBHOOK_SECRET", "a-secret-of-the-test"), ("FRONTDESK_INBOUND", "greet")]);
        assert!(grade == Grade::Note && text.contains("real people who ring are called back"), "{text}");
        assert!(!text.contains("only the sandbox can be rung"), "{text}");
    }
}
