//! What `check` says of voice agents, and of who answers whoever rings.

use super::{Finding, Grade, finding};
use crate::config::{Config, PublicUrl};
use frontdesk_core::{
    greeting::Strategy,
    rules::{Business, Inbound},
};
use frontdesk_elevenlabs as elevenlabs;

/// What can be said without asking anybody.
pub(super) fn configured(config: &Config) -> Vec<Finding> {
    let mut findings: Vec<_> = config.carriers.elevenlabs.iter().map(|it| webhooks(config, it)).collect();
    let mut say = |grade, text: String| findings.push(finding(grade, "inbound", text));
    let answered = |by: Inbound| -> Option<String> {
        let businesses = config.rules.businesses.values().filter(|business| business.inbound == by);
        let names: Vec<_> = businesses.map(|business: &Business| business.id.as_str()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    if answered(Inbound::Seed).is_some() {
        let text = "inbound is \"seed\": callers are answered as seed 001 does, and hear nothing; set it to \"agent\"";
        say(Grade::Warn, text.to_owned());
    }
    if let Some(names) = answered(Inbound::Greet).filter(|_| !greets(config)) {
        let remedy = "set ELEVENLABS_API_KEY, ELEVENLABS_AGENT_ID and ELEVENLABS_PHONE_NUMBER_ID";
        say(Grade::Wrong, format!("{names}: nobody can place the call that greets; {remedy}"));
    }
    if let Some(names) = answered(Inbound::Agent).filter(|_| config.carriers.twilio.is_none()) {
        let remedy = "set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or inbound to \"stream\" or \"menu\"";
        let text = format!(
            "{names}: calls are handed to the agent on Twilio alone, which is not configured, so no call gets there; {remedy}"
        );
        say(Grade::Wrong, text);
    }
    let agent = config.carriers.elevenlabs.as_ref().is_some_and(|it| it.api.is_some() && it.agent.is_some());
    if let Some(names) = answered(Inbound::Stream).filter(|_| !agent && !config.only_pretends()) {
        let remedy = "set ELEVENLABS_AGENT_ID and ELEVENLABS_API_KEY, or inbound to \"menu\"";
        let control = config.carriers.threecx.as_ref().and_then(|it| it.adapter.control.as_ref());
        let led = control.is_some_and(|it| it.agent_destination.is_some());
        let others = config.carriers.twilio.is_some() || config.carriers.exotel.is_some();
        let who = if led { "callers who do not come by the 3CX" } else { "callers" };
        if others || !led {
            say(Grade::Warn, format!("{names}: there is no voice agent, so {who} hear the menu instead; {remedy}"));
        }
    }
    let keys_only = config.carriers.exotel.as_ref().is_some_and(|it| !it.streams);
    if let Some(names) = answered(Inbound::Stream).filter(|_| agent && keys_only) {
        let remedy = "lead the flow to a Voicebot applet and set exotel.streams to true where they should";
        say(Grade::Note, format!("{names}: callers by Exotel hear the menu and reach no voice agent; {remedy}"));
    }
    findings
}

/// What its webhooks are let in by, if they are.
fn webhooks(config: &Config, elevenlabs: &elevenlabs::Config) -> Finding {
    let say = |grade, text: String| finding(grade, "ElevenLabs", text);
    if let Some(closed) = config.carriers.closed().get(elevenlabs::NAME) {
        return say(Grade::Wrong, (*closed).to_owned());
    }
    let base = config.public_url.as_ref().map_or("PUBLIC-URL", PublicUrl::as_written).trim_end_matches('/');
    if elevenlabs.insecure_webhooks {
        return say(
            Grade::Note,
            format!("its webhooks are taken at {base}/webhooks/elevenlabs/postcall, without proof"),
        );
    }
    if elevenlabs.webhook_secrets() == 0 {
        let text = "an agent is named, and nothing proves what it tells, so that no webhook of it is let in; set \
                    ELEVENLABS_WEBHOOK_SECRET where it collects appointments, and ELEVENLABS_API_KEY where it takes calls";
        return say(Grade::Note, text.to_owned());
    }
    if elevenlabs.signing_secrets.is_empty() {
        let text = format!(
            "webhooks that bring the secret along are taken at {base}/webhook; set ELEVENLABS_WEBHOOK_SECRET for those of \
             the platform, which are signed"
        );
        return say(Grade::Ok, text);
    }
    say(Grade::Ok, format!("post-call webhooks are taken at {base}/webhooks/elevenlabs/postcall and {base}/webhook"))
}

/// Whether somebody can place the calls in which callers are greeted.
fn greets(config: &Config) -> bool {
    let policy = &config.rules.greeting;
    let agent = config.carriers.elevenlabs.as_ref();
    let dials = agent.is_some_and(|it| it.api.is_some() && it.agent.is_some() && it.outbound.is_some());
    dials || policy.strategy != Strategy::Callback || policy.provider != elevenlabs::NAME
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::tests::configured as config;

    const AGENT: [(&str, &str); 2] =
        [("ELEVENLABS_AGENT_ID", "agent_of_the_test"), ("ELEVENLABS_API_KEY", "key-of-elevenlabs")];
    const SIGNED: (&str, &str) = ("ELEVENLABS_WEBHOOK_SECRET", "wsec_of_the_test");

    fn told(variables: &[&[(&str, &str)]]) -> Vec<(Grade, &'static str, String)> {
        let found = configured(&config(&variables.concat())).into_iter();
        found.map(|finding| (finding.grade, finding.about, finding.text)).collect()
    }

    #[test]
    fn calls_that_nobody_could_hand_to_the_agent_are_told_with_the_remedy() {
        let inbound = [("FRONTDESK_INBOUND", "agent"), SIGNED];
        let found = told(&[&AGENT[..], &inbound[..]]);
        let wrong = |(grade, about, text): &&(Grade, &str, String)| {
            *grade == Grade::Wrong
                && *about == "inbound"
                && text.contains("set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN")
        };
        assert!(found.iter().any(|finding| wrong(&finding)), "{found:?}");
        let account = "AC0123456789abcdef0123456789abcdef";
        let twilio = [
            ("TWILIO_ACCOUNT_SID", account),
            ("TWILIO_AUTH_TOKEN", "token-of-twilio"),
            ("BASE_URL", "https://desk.example"),
        ];
        let found = told(&[&AGENT[..], &inbound[..], &twilio[..]]);
        assert!(found.iter().all(|(grade, ..)| *grade == Grade::Ok), "{found:?}");
    }

    #[test]
    fn who_hears_the_menu_in_place_of_an_agent_is_told_as_it_is() {
        // Somebody real is written to: nothing is pretended.
        let mail = [("EMAIL_FROM", "desk@clinic.example"), ("SMTP_SERVER", "mail.clinic.example")];
        let address = ("FRONTDESK_PUBLIC_URL", "https://desk.example");
        let stream = [mail[0], mail[1], address, ("FRONTDESK_INBOUND", "stream"), SIGNED];
        let pbx = [
            ("THREECX_BASE_URL", "https://pbx.example"),
            ("THREECX_CLIENT_ID", "ivrapp"),
            ("THREECX_CLIENT_SECRET", "client-secret-of-the-test"),
            ("THREECX_WEBHOOK_SECRET", "webhook-secret-of-the-test"),
        ];
        let led = [("FRONTDESK_THREECX__AGENT_DESTINATION", "800")];
        let exotel = [("EXOTEL_WEBHOOK_SECRET", "secret-of-exotel")];
        let streams = [("FRONTDESK_EXOTEL__STREAMS", "true")];
        let menu = |variables: &[&[(&str, &str)]]| {
            let found = told(variables).into_iter().filter(|(_, about, _)| *about == "inbound");
            found.map(|(_, _, text)| text).collect::<Vec<_>>().join("\n")
        };
        assert!(menu(&[&stream, &pbx]).contains("so callers hear the menu"));
        assert_eq!(menu(&[&stream, &pbx, &led]), "", "they are led to the agent of the PBX");
        assert!(menu(&[&stream, &pbx, &led, &exotel]).contains("who do not come by the 3CX hear the menu"));
        assert!(menu(&[&AGENT, &stream, &exotel]).contains("set exotel.streams to true"));
        assert_eq!(menu(&[&AGENT, &stream, &exotel, &streams]), "");
    }

    #[test]
    fn an_agent_that_is_configured_is_never_passed_over_in_silence() {
        let common = ("WEBHOOK_SECRET", "common-secret-of-the-test");
        let open = ("FRONTDESK_INSECURE_WEBHOOKS", "elevenlabs");
        for (variables, grade, says) in [
            (&AGENT[..1], Grade::Note, "nothing proves what it tells"),
            (&AGENT[..], Grade::Wrong, "are closed"),
            (&[AGENT[0], SIGNED][..], Grade::Ok, "post-call webhooks are taken"),
            (&[AGENT[0], common][..], Grade::Ok, "bring the secret along"),
            (&[AGENT[0], open][..], Grade::Note, "without proof"),
        ] {
            let found = told(&[variables]);
            let said = |(found, about, text): &(Grade, &str, String)| {
                *found == grade && *about == "ElevenLabs" && text.contains(says)
            };
            assert!(found.iter().any(said), "{says}: {found:?}");
        }
        assert_eq!(told(&[]), []);
    }
}
