//! Logs: one aligned line an event on a terminal, JSON lines otherwise, to standard error.

use crate::{clock, config::Inputs, term};
use chrono::SecondsFormat;
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt::{self, Write as _};
use tracing::{Event, Level, Subscriber, field::Field, level_filters::LevelFilter};
use tracing_subscriber::{
    EnvFilter,
    field::Visit,
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

/// Prints the numbers it reads from `info` on; nothing of it may be shown.
const PRINTS_NUMBERS: &str = "rlibphonenumber";

/// Begins to log; `FRONTDESK_LOG` or `RUST_LOG` say what, `usual` is what holds without them.
///
/// Does nothing when somebody else in this process logs already.
pub fn start(inputs: &Inputs, usual: &str) {
    let wanted = ["FRONTDESK_LOG", "RUST_LOG"].iter().find_map(|name| inputs.variables.get(*name)).cloned();
    let filter = match wanted.as_deref().map(|wanted| EnvFilter::try_new(ours(wanted))) {
        Some(Ok(filter)) => filter,
        Some(Err(_)) => {
            eprintln!("FRONTDESK_LOG or RUST_LOG cannot be read; write it like info or frontdesk_store=debug,warn");
            EnvFilter::new(ours(usual))
        }
        None => EnvFilter::new(ours(usual)),
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    std::panic::set_hook(Box::new(report_panic));
    // Whoever logs already in this process goes on doing so.
    let _ = if term::is_terminal(&std::io::stderr()) {
        let colour = term::colour(&std::io::stderr(), inputs);
        builder.event_format(Lines { colour }).try_init()
    } else {
        builder.event_format(JsonLines).try_init()
    };
}

/// A level without a name is meant for the gateway's own parts: what libraries tell beyond warnings was not written with
/// other people's data in mind. Whoever names a library gets what they ask for.
fn ours(wanted: &str) -> String {
    let mut directives: Vec<String> = Vec::new();
    let mut strict = false;
    for part in wanted.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        match part.parse::<LevelFilter>() {
            Ok(level) if level > LevelFilter::WARN => {
                directives.extend(["warn".to_owned(), format!("frontdesk={level}")]);
            }
            Err(_) if part.starts_with(PRINTS_NUMBERS) => {}
            level => {
                strict |= level.is_ok();
                directives.push(part.to_owned());
            }
        }
    }
    if !strict {
        directives.push(format!("{PRINTS_NUMBERS}=warn"));
    }
    directives.join(",")
}

/// A panic is a bug of ours. A message that was written in the source is shown; one that was made at run time may hold
/// anything, so only its place is.
fn report_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let message = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("the message is withheld");
    tracing::error!(place, "a bug in the gateway: {message}; please report it with this place");
}

/// `14:02:11 info   store      the writer …  key=value`
struct Lines {
    colour: bool,
}

/// `{"timestamp": …, "level": …, "target": …, "message": …, …}`
struct JsonLines;

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _context: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut members = Members(Map::new());
        event.record(&mut members);
        let target = members.0.remove("log.target").unwrap_or_else(|| event.metadata().target().into());
        // Where a library's source lies on the machine that built this is nobody's business.
        members.0.retain(|name, _| !name.starts_with("log."));
        let line = Line {
            timestamp: clock::now().to_rfc3339_opts(SecondsFormat::Micros, true),
            level: event.metadata().level().as_str(),
            message: members.0.remove("message").unwrap_or_default(),
            target,
            fields: members.0,
        };
        writeln!(out, "{}", serde_json::to_string(&line).map_err(|_| fmt::Error)?)
    }
}

#[derive(Serialize)]
struct Line {
    timestamp: String,
    level: &'static str,
    message: Value,
    #[serde(flatten)]
    fields: Map<String, Value>,
    target: Value,
}

struct Members(Map<String, Value>);

impl Visit for Members {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").into());
    }
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _context: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let meta = event.metadata();
        let (word, code) = match *meta.level() {
            Level::ERROR => ("error", "31"),
            Level::WARN => ("warn", "33"),
            Level::INFO => ("info", "32"),
            Level::DEBUG => ("debug", "36"),
            Level::TRACE => ("trace", "35"),
        };
        let target = meta.target().split("::").next().unwrap_or_default();
        let target = target.strip_prefix("frontdesk_").unwrap_or(target);
        let time = clock::now().format("%H:%M:%S");
        if self.colour {
            write!(out, "\x1b[2m{time}\x1b[0m \x1b[{code}m{word:<5}\x1b[0m {target:<10} ")?;
        } else {
            write!(out, "{time} {word:<5} {target:<10} ")?;
        }
        let mut words = Words::default();
        event.record(&mut words);
        writeln!(out, "{}{}", words.message, words.fields)
    }
}

#[derive(Default)]
struct Words {
    message: String,
    fields: String,
}

impl Visit for Words {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.record_debug(field, &format_args!("{value:.1}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a String cannot fail.
        let _ = if field.name() == "message" {
            write!(self.message, "{value:?}")
        } else if field.name().starts_with("log.") {
            Ok(())
        } else {
            write!(self.fields, "  {}={value:?}", field.name())
        };
    }
}

#[cfg(test)]
mod tests {
    use super::ours;

    #[test]
    fn a_level_is_meant_for_our_own_parts_and_never_for_what_prints_numbers() {
        assert_eq!(ours("trace"), "warn,frontdesk=trace,rlibphonenumber=warn");
        assert_eq!(ours("error"), "error");
        assert_eq!(ours("info,hyper=debug"), "warn,frontdesk=info,hyper=debug,rlibphonenumber=warn");
        assert_eq!(ours("rlibphonenumber=trace,off"), "off");
    }
}
