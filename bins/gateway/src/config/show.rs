//! The configuration as text: merged with secrets masked, and its JSON schema.

use super::{Config, Span, sections::Sections};
use frontdesk_core::{
    contact::Hours,
    effect::Channel,
    rules::{Business, Inbound},
    slots::Opening,
};
use secrecy::ExposeSecret;
use std::fmt::Write;

/// The configuration that is in force, as TOML, secrets and numbers masked.
#[must_use]
pub fn show(config: &Config) -> String {
    let mut out = String::new();
    let mut top = toml::Table::new();
    if let Some(number) = &config.test_number {
        top.insert("test_number".to_owned(), number.to_string().into());
    }
    top.insert("insecure_webhooks".to_owned(), config.insecure_webhooks.clone().into());
    let mut server = toml::Table::new();
    server.insert("listen".to_owned(), config.listen.to_string().into());
    if let Some(url) = &config.public_url {
        server.insert("public_url".to_owned(), url.to_string().into());
    }
    server.insert("data".to_owned(), config.data.display().to_string().into());
    let token = if config.admin_token.is_some() { "(set)" } else { "(made at first start)" };
    server.insert("admin_token".to_owned(), token.into());
    let key = if config.site_key.is_some() { "(set)" } else { "(made at first start)" };
    server.insert("site_key".to_owned(), key.into());
    server.insert("trusted_proxy".to_owned(), config.trusted_proxy.into());
    top.insert("server".to_owned(), server.into());
    let mut database = toml::Table::new();
    database.insert("url".to_owned(), masked_url(config.database.expose_secret()).into());
    database.insert("migrate".to_owned(), config.migrate.into());
    top.insert("database".to_owned(), database.into());
    let businesses: toml::Table =
        config.rules.businesses.iter().map(|(id, business)| (id.clone(), table(business).into())).collect();
    top.insert("businesses".to_owned(), businesses.into());
    let flows: Vec<toml::Value> = config.rules.flows.keys().map(|name| name.as_str().into()).collect();
    let mut jobs = toml::Table::new();
    jobs.insert("workers".to_owned(), i64::try_from(config.jobs.workers).unwrap_or(i64::MAX).into());
    jobs.insert("lease".to_owned(), span(config.rules.lease).into());
    jobs.insert("lookup_after".to_owned(), span(config.rules.lookup_after).into());
    for (key, time) in [("rescue_after", config.jobs.rescue_after), ("look_at_alerts", config.jobs.look_at_alerts)] {
        jobs.insert(key.to_owned(), span(chrono::Duration::from_std(time).unwrap_or_default()).into());
    }
    jobs.insert("keep".to_owned(), span(config.jobs.keep).into());
    top.insert("jobs".to_owned(), jobs.into());
    top.insert("alerts".to_owned(), super::alerts::shown(&config.rules.alerts).into());
    let webhooks = config.webhooks.iter().map(|(name, webhook)| {
        let mut table = toml::Table::new();
        // The path may be what lets one in.
        table.insert("url".to_owned(), format!("{}/…", webhook.url.origin().ascii_serialization()).into());
        table.insert("secret".to_owned(), "(set)".into());
        (name.clone(), toml::Value::from(table))
    });
    top.insert("webhooks".to_owned(), toml::Value::Table(webhooks.collect()));
    let policy = &config.rules.breaker;
    let mut breaker = toml::Table::new();
    breaker.insert("opens_after".to_owned(), i64::from(policy.opens_after).into());
    breaker.insert("pause".to_owned(), span(policy.pause).into());
    breaker.insert("longest_pause".to_owned(), span(policy.longest_pause).into());
    top.insert("breaker".to_owned(), breaker.into());
    let mut limits = toml::Table::new();
    for (key, value) in [
        ("per_minute", config.limits.per_minute.map(|n| i64::from(n.get()))),
        ("webhooks_per_second", config.limits.webhooks_per_second.map(|n| i64::from(n.get()))),
        ("sign_ins_per_minute", config.limits.sign_ins_per_minute.map(|n| i64::from(n.get()))),
        ("visits_per_minute", config.limits.visits_per_minute.map(|n| i64::from(n.get()))),
        ("body_bytes", config.limits.body_bytes.and_then(|n| i64::try_from(n).ok())),
        ("streams", config.limits.streams.and_then(|n| i64::try_from(n).ok())),
        ("conversations", config.limits.conversations.and_then(|n| i64::try_from(n).ok())),
    ] {
        if let Some(value) = value {
            limits.insert(key.to_owned(), value.into());
        }
    }
    if let Some(longest) = config.limits.longest_conversation {
        limits.insert("longest_conversation".to_owned(), span(longest.0).into());
    }
    top.insert("limits".to_owned(), limits.into());
    let mut links = toml::Table::new();
    let secret = if config.links.secret.is_some() { "(set)" } else { "(made of the site key)" };
    links.insert("secret".to_owned(), secret.into());
    links.insert("sms".to_owned(), config.links.sms.into());
    top.insert("links".to_owned(), links.into());
    for (name, table) in config.carriers.shown().into_iter().chain(config.desk.shown()) {
        top.insert(name.to_owned(), table.into());
    }
    let mut sandbox = toml::Table::new();
    sandbox.insert("pace".to_owned(), config.sandbox.pace.into());
    if let Some(url) = &config.sandbox.base_url {
        sandbox.insert("base_url".to_owned(), url.to_string().into());
    }
    top.insert("sandbox".to_owned(), sandbox.into());
    for (name, path) in &config.texts {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "# texts.{name} from {path}");
    }
    for id in config.rules.businesses.keys() {
        let own: Vec<_> = config.rules.texts.for_business(id).own_texts().collect();
        for (language, text) in own {
            let _ = writeln!(out, "# businesses.{id}.texts.{language}.{text}: in its own words");
        }
    }
    for tree in &config.rules.trees {
        let _ = writeln!(out, "# ivr.{}, version {}: {}", tree.name, tree.version, tree.steps.join(", "));
    }
    let _ = writeln!(out, "# flows: {}", toml::Value::Array(flows));
    for notice in &config.notices {
        let _ = writeln!(out, "# {}: {}", notice.origin, notice.text);
    }
    out.push_str(&toml::to_string_pretty(&top).unwrap_or_default());
    out
}

fn table(business: &Business) -> toml::Table {
    let mut table = toml::Table::new();
    let mut put = |key: &str, value: toml::Value| table.insert(key.to_owned(), value);
    put("name", business.name.clone().into());
    if let Some(phone) = &business.phone {
        put("phone", phone.to_string().into());
    }
    if let Some(desk) = &business.desk {
        put("desk", desk.to_string().into());
    }
    put("time_zone", business.time_zone.name().into());
    put("language", business.language.code().into());
    if let Some(region) = &business.region {
        put("region", region.clone().into());
    }
    put("carriers", business.carriers.clone().into());
    put("flow", business.flow.clone().into());
    put("inbound_flow", business.inbound_flow.clone().into());
    let inbound = match business.inbound {
        Inbound::Menu => "menu",
        Inbound::Stream => "stream",
        Inbound::Agent => "agent",
        Inbound::Greet => "greet",
        Inbound::Seed => "seed",
    };
    put("inbound", inbound.into());
    let numbers: toml::Table =
        business.numbers.iter().map(|(carrier, number)| (carrier.clone(), number.to_string().into())).collect();
    if !numbers.is_empty() {
        put("numbers", numbers.into());
    }
    let contact = &business.contact;
    put("hours", week(&contact.hours));
    put("holidays", days(&contact.holidays));
    put("opening", opening(&business.opening).into());
    // No cap is no key: nobody writes the number that stands for it.
    for (key, cap) in [("per_day", contact.per_day), ("per_week", contact.per_week)] {
        if cap != u32::MAX {
            put(key, i64::from(cap).into());
        }
    }
    put("needs_consent", contact.needs_consent.into());
    let policy = &business.policy;
    let gaps: Vec<toml::Value> = policy.gaps.iter().map(|gap| span(*gap).into()).collect();
    let names = |channels: &[Channel]| -> toml::Value {
        channels.iter().map(|channel| toml::Value::from(channel.as_str())).collect::<Vec<_>>().into()
    };
    let mut ladder = toml::Table::new();
    for (key, value) in [
        ("tries", i64::from(policy.tries).into()),
        ("gaps", toml::Value::Array(gaps)),
        ("messages", names(&policy.messages)),
        ("announce", names(&policy.announce)),
        ("message_gap", span(policy.message_gap).into()),
        ("lead", span(policy.lead).into()),
        ("deadline", span(policy.deadline).into()),
        ("ring_seconds", i64::from(policy.ring_seconds).into()),
        ("call_limit", span(policy.call_limit).into()),
        ("detect_machine", policy.detect_machine.into()),
    ] {
        ladder.insert(key.to_owned(), value);
    }
    if let Some(wait) = policy.missed_call_text {
        ladder.insert("missed_call_text".to_owned(), span(wait).into());
    }
    put("policy", ladder.into());
    table
}

fn week(hours: &[Vec<Hours>; 7]) -> toml::Value {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let hours = days.iter().zip(hours).map(|(day, hours)| {
        let text: Vec<_> = hours.iter().map(ToString::to_string).collect();
        let text = if text.is_empty() { "closed".to_owned() } else { text.join(", ") };
        ((*day).to_owned(), toml::Value::from(text))
    });
    toml::Value::Table(hours.collect())
}

fn days(days: &[chrono::NaiveDate]) -> toml::Value {
    days.iter().map(|day| toml::Value::from(day.to_string())).collect::<Vec<_>>().into()
}

fn opening(opening: &Opening) -> toml::Table {
    let mut table = toml::Table::new();
    for (key, value) in [
        ("hours", week(&opening.hours)),
        ("closed", days(&opening.closed)),
        ("step", span(chrono::Duration::minutes(i64::from(opening.step))).into()),
        ("notice", span(opening.notice).into()),
        ("horizon", span(opening.horizon).into()),
        ("buffer", span(opening.buffer).into()),
        ("capacity", i64::from(opening.capacity).into()),
        ("hold", span(opening.hold).into()),
    ] {
        table.insert(key.to_owned(), value);
    }
    table
}

fn span(span: chrono::Duration) -> String {
    Span(span).to_string()
}

/// A database's address without its password.
#[must_use]
pub fn masked_url(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(mut parsed) if parsed.password().is_some() => {
            // Only URLs that cannot have a password refuse one.
            let _ = parsed.set_password(Some("***"));
            parsed.to_string()
        }
        _ => url.to_owned(),
    }
}

/// The JSON schema of the configuration file.
#[must_use]
pub fn schema() -> String {
    let schema = schemars::schema_for!(Sections);
    serde_json::to_string_pretty(&schema).unwrap_or_default()
}
