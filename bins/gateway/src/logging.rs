//! Logs: one aligned line an event on a terminal, JSON lines otherwise, to standard error.

use crate::{clock, config::Inputs, term};
use std::fmt::{self, Write as _};
use tracing::{Event, Level, Subscriber, field::Field};
use tracing_subscriber::{
    EnvFilter,
    field::Visit,
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

/// Begins to log; `FRONTDESK_LOG` or `RUST_LOG` say what, `usual` is what holds without them.
///
/// Does nothing when somebody else in this process logs already.
pub fn start(inputs: &Inputs, usual: &str) {
    let wanted = ["FRONTDESK_LOG", "RUST_LOG"].iter().find_map(|name| inputs.variables.get(*name)).cloned();
    let filter = match wanted.as_deref().map(EnvFilter::try_new) {
        Some(Ok(filter)) => filter,
        Some(Err(_)) => {
            eprintln!("FRONTDESK_LOG or RUST_LOG cannot be read; write it like info or frontdesk_store=debug,warn");
            EnvFilter::new(usual)
        }
        None => EnvFilter::new(usual),
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    std::panic::set_hook(Box::new(report_panic));
    // Whoever logs already in this process goes on doing so.
    let _ = if term::is_terminal(&std::io::stderr()) {
        let colour = term::colour(&std::io::stderr(), inputs);
        builder.event_format(Lines { colour }).try_init()
    } else {
        builder.json().flatten_event(true).try_init()
    };
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
        } else {
            write!(self.fields, "  {}={value:?}", field.name())
        };
    }
}
