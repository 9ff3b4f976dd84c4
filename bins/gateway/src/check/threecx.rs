//! What `check` says of a 3CX.

use super::{Finding, Grade, carriers::refused, finding};
use crate::config::Config;
use frontdesk_threecx::ThreeCx;

const ABOUT: &str = "3CX";

/// What can be said without asking the PBX.
pub(super) fn configured(config: &Config, base: Option<&str>) -> Vec<Finding> {
    // The common secret alone does not mean that there is a PBX.
    let asked_for = |it: &&crate::config::ThreeCx| it.own_secret || it.adapter.control.is_some();
    let Some(threecx) = config.carriers.threecx.as_ref().filter(asked_for) else { return Vec::new() };
    let mut findings = Vec::new();
    if threecx.adapter.webhook_secrets.is_empty() {
        let text = "webhooks of 3CX are closed, because nothing proves them; set THREECX_WEBHOOK_SECRET";
        findings.push(finding(Grade::Wrong, ABOUT, text));
    } else {
        let base = base.unwrap_or("https://YOUR-ADDRESS").trim_end_matches('/');
        let listens = if threecx.relay { "; the PBX is listened to as well" } else { "" };
        findings.push(finding(Grade::Ok, ABOUT, format!("signed webhooks are taken at {base}/webhook/3cx{listens}")));
    }
    let Some(control) = &threecx.adapter.control else {
        let text = "calls are heard of and not steered; set THREECX_BASE_URL, THREECX_CLIENT_ID and THREECX_CLIENT_SECRET \
                    where they should be";
        findings.push(finding(Grade::Note, ABOUT, text));
        return findings;
    };
    if control.base_url.scheme() == "http" && !control.base_url.host_str().is_some_and(local) {
        let text = "threecx.base_url is not https: the client secret crosses the network in the open";
        findings.push(finding(Grade::Warn, ABOUT, text));
    }
    if control.greeting.is_none() {
        let text =
            "callers at the route point are not greeted; set threecx.greeting_audio to a WAV file where they should be";
        findings.push(finding(Grade::Note, ABOUT, text));
    }
    findings
}

fn local(host: &str) -> bool {
    host == "localhost" || host == "[::1]" || host.starts_with("127.")
}

/// What the PBX says.
pub(super) async fn asked(threecx: &ThreeCx) -> Vec<Finding> {
    match threecx.check().await {
        Ok(checked) => {
            let fine = checked.fine.into_iter().map(|text| finding(Grade::Ok, ABOUT, text));
            fine.chain(checked.troubles.into_iter().map(|text| finding(Grade::Wrong, ABOUT, text))).collect()
        }
        Err(error) => {
            let remedy = "check THREECX_BASE_URL, THREECX_CLIENT_ID and THREECX_CLIENT_SECRET";
            vec![refused(ABOUT, &error, remedy)]
        }
    }
}
