//! `gateway export`: calls, appointments or opt-outs, page by page, so that any number of them fits.

use crate::{
    cli::{Exported, Format},
    config::{Config, Inputs},
    database,
    failure::Failure,
    logging,
};
use chrono::{DateTime, Days, NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;
use frontdesk_core::{
    appointment::Appointment,
    call::Call,
    ports::{AppointmentFilter, CallFilter, CaptureStore, CapturedFilter, IvrStore, KeptOptOut, OptOutFilter},
    rules::Rules,
};
use frontdesk_store::Store;
use frontdesk_web::Table;
use serde::Serialize;
use serde_json::{Map, Value};
use std::io::{self, BufWriter, Write};

const PAGE: u32 = 500;

/// What is exported, and how.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// What.
    pub what: Exported,
    /// In which form.
    pub format: Format,
    /// From this day on, inclusive, in the business's zone.
    pub from: Option<NaiveDate>,
    /// To this day, inclusive.
    pub to: Option<NaiveDate>,
}

#[derive(Default, Serialize)]
struct AppointmentLine {
    id: String,
    external_id: Option<String>,
    business: String,
    name: String,
    phone: String,
    email: Option<String>,
    language: Option<String>,
    time_zone: Option<String>,
    starts_at: DateTime<Utc>,
    duration_minutes: u32,
    service: Option<String>,
    notes: Option<String>,
    status: &'static str,
    reason: Option<String>,
    tries: u32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Default, Serialize)]
struct CallLine {
    id: String,
    appointment_id: Option<String>,
    business: String,
    provider: String,
    provider_call_id: Option<String>,
    direction: &'static str,
    from: String,
    to: String,
    state: &'static str,
    outcome: Option<&'static str>,
    path: String,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    seconds: Option<u32>,
}

#[derive(Default, Serialize)]
struct OptOutLine {
    at: DateTime<Utc>,
    phone: Option<String>,
    channels: String,
    opted_out: bool,
    way: &'static str,
    evidence: Option<String>,
}

/// Writes everything wanted to standard output.
///
/// # Errors
/// When the database is away or nobody takes what is written.
pub async fn run(config: &Config, inputs: &Inputs, wanted: Wanted) -> Result<(), Failure> {
    logging::start(inputs, "warn");
    let store = database::open_as_is(config).await?;
    let zone = config.rules.businesses.values().next().map_or(Tz::UTC, |business| business.time_zone);
    let out = Out::new(wanted.format, BufWriter::new(io::stdout().lock()));
    let written = write(&store, &config.rules, wanted, zone, out).await;
    store.close().await;
    match written {
        Ok(()) => Ok(()),
        Err(Ended::Database(failure)) => Err(failure),
        // `| head` has seen enough.
        Err(Ended::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(Ended::Output(error)) => Err(Failure::broken(format!("the output cannot be written: {error}"))),
    }
}

enum Ended {
    Database(Failure),
    Output(io::Error),
}

async fn write<W: Write>(store: &Store, rules: &Rules, wanted: Wanted, zone: Tz, mut out: Out<W>) -> Result<(), Ended> {
    let table = match wanted.what {
        Exported::IvrPaths => Some(frontdesk_web::PATHS),
        Exported::IvrInputs => Some(frontdesk_web::INPUTS),
        Exported::Appointments | Exported::Calls | Exported::OptOuts => None,
    };
    if let Some(table) = table {
        captured(store, rules, wanted, table, &mut out).await?;
        return out.end().map_err(Ended::Output);
    }
    let from = wanted.from.and_then(|day| midnight(zone, day));
    let to = wanted.to.and_then(|day| midnight(zone, day.checked_add_days(Days::new(1))?));
    match wanted.what {
        Exported::Appointments => out.columns_of::<AppointmentLine>(),
        Exported::Calls => out.columns_of::<CallLine>(),
        Exported::OptOuts => out.columns_of::<OptOutLine>(),
        Exported::IvrPaths | Exported::IvrInputs => Ok(()),
    }
    .map_err(Ended::Output)?;
    let mut cursor = None;
    loop {
        match wanted.what {
            Exported::Appointments => {
                let filter = AppointmentFilter { from, to, cursor, limit: PAGE, ..AppointmentFilter::default() };
                let page = store.appointments(filter).await.map_err(|error| Ended::Database(error.into()))?;
                for appointment in page.items {
                    out.line(&appointment_line(wanted.format, appointment)).map_err(Ended::Output)?;
                }
                cursor = page.next_cursor;
            }
            Exported::Calls => {
                let filter = CallFilter { from, to, cursor, limit: PAGE, ..CallFilter::default() };
                let page = store.calls(filter).await.map_err(|error| Ended::Database(error.into()))?;
                for call in page.items {
                    out.line(&call_line(call)).map_err(Ended::Output)?;
                }
                cursor = page.next_cursor;
            }
            Exported::OptOuts => {
                let filter = OptOutFilter { from, to, cursor, limit: PAGE, ..OptOutFilter::default() };
                let page = store.opt_outs(filter).await.map_err(|error| Ended::Database(error.into()))?;
                for line in page.items {
                    out.line(&opt_out_line(wanted.format, line)).map_err(Ended::Output)?;
                }
                cursor = page.next_cursor;
            }
            Exported::IvrPaths | Exported::IvrInputs => {}
        }
        if cursor.is_none() {
            return out.end().map_err(Ended::Output);
        }
    }
}

/// Captured calls, of each tree in turn; a tree has columns of its own.
async fn captured<W: Write>(
    store: &Store,
    rules: &Rules,
    wanted: Wanted,
    table: Table,
    out: &mut Out<W>,
) -> Result<(), Ended> {
    for tree in &rules.trees {
        out.header(&(table.columns)(tree)).map_err(Ended::Output)?;
        let mut cursor = None;
        loop {
            let (flow, from, to) = (Some(tree.name.clone()), wanted.from, wanted.to);
            let filter = CapturedFilter { flow, from, to, cursor, limit: PAGE, ..CapturedFilter::default() };
            let page = store.captured(filter).await.map_err(|error| Ended::Database(error.into()))?;
            for call in &page.items {
                for row in (table.rows)(call, tree) {
                    out.row(&(table.columns)(tree), row).map_err(Ended::Output)?;
                }
            }
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
    }
    Ok(())
}

/// The first moment of a day; where the clocks skip midnight, the first one there is.
fn midnight(zone: Tz, day: NaiveDate) -> Option<DateTime<Utc>> {
    (0..=180).find_map(|minutes| {
        let local = day.and_hms_opt(minutes / 60, minutes % 60, 0)?;
        zone.from_local_datetime(&local).earliest().map(|at| at.to_utc())
    })
}

fn appointment_line(format: Format, appointment: Appointment) -> AppointmentLine {
    AppointmentLine {
        id: appointment.id.to_string(),
        external_id: appointment.external_id.map(|id| text(format, id)),
        business: appointment.business,
        name: text(format, appointment.customer.name.reveal().to_owned()),
        phone: appointment.customer.phone.reveal().to_owned(),
        email: appointment.customer.email.map(|email| email.reveal().to_owned()),
        language: appointment.customer.language.map(|language| language.code().to_owned()),
        time_zone: appointment.customer.time_zone.map(|zone| zone.name().to_owned()),
        starts_at: appointment.starts_at,
        duration_minutes: appointment.duration_minutes,
        service: appointment.service.map(|service| text(format, service)),
        notes: appointment.notes.map(|notes| text(format, notes)),
        status: appointment.status.as_str(),
        reason: appointment.reason,
        tries: appointment.tries,
        created_at: appointment.created_at,
        updated_at: appointment.updated_at,
    }
}

fn opt_out_line(format: Format, line: KeptOptOut) -> OptOutLine {
    OptOutLine {
        at: line.at,
        phone: line.phone.map(|phone| phone.reveal().to_owned()),
        channels: line.channels.iter().map(|channel| channel.as_str()).collect::<Vec<_>>().join(" "),
        opted_out: line.out,
        way: line.way.as_str(),
        evidence: line.evidence.map(|evidence| text(format, evidence)),
    }
}

fn call_line(call: Call) -> CallLine {
    CallLine {
        id: call.id.to_string(),
        appointment_id: call.appointment_id.map(|id| id.to_string()),
        business: call.business,
        provider: call.provider,
        provider_call_id: call.provider_call_id,
        direction: match call.direction {
            frontdesk_core::call::Direction::Outbound => "outbound",
            frontdesk_core::call::Direction::Inbound => "inbound",
        },
        from: call.from.reveal().to_owned(),
        to: call.to.reveal().to_owned(),
        state: call.state.as_str(),
        outcome: call.outcome.map(frontdesk_core::call::Outcome::as_str),
        path: call.walk.path.join(" "),
        created_at: call.created_at,
        started_at: call.started_at,
        ended_at: call.ended_at,
        seconds: call.seconds,
    }
}

enum Out<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Ndjson(W),
}

impl<W: Write> Out<W> {
    fn new(format: Format, writer: W) -> Self {
        match format {
            Format::Csv => {
                Self::Csv(Box::new(csv::WriterBuilder::new().flexible(true).has_headers(false).from_writer(writer)))
            }
            Format::Ndjson => Self::Ndjson(writer),
        }
    }

    fn line<T: Serialize>(&mut self, line: &T) -> io::Result<()> {
        match self {
            Self::Ndjson(writer) => {
                serde_json::to_writer(&mut *writer, line)?;
                writer.write_all(b"\n")
            }
            Self::Csv(writer) => writer.serialize(line).map_err(io::Error::other),
        }
    }

    /// The names of a line's columns: they are written even where there is no line.
    fn columns_of<T: Serialize + Default>(&mut self) -> io::Result<()> {
        let mut blank = csv::Writer::from_writer(Vec::new());
        blank.serialize(T::default()).map_err(io::Error::other)?;
        let blank = blank.into_inner().map_err(io::Error::other)?;
        let names = csv::Reader::from_reader(blank.as_slice()).headers().map_err(io::Error::other)?.clone();
        self.header(&names.iter().map(str::to_owned).collect::<Vec<_>>())
    }

    fn header(&mut self, columns: &[String]) -> io::Result<()> {
        match self {
            Self::Ndjson(_) => Ok(()),
            Self::Csv(writer) => writer.write_record(columns).map_err(io::Error::other),
        }
    }

    fn row(&mut self, columns: &[String], row: Vec<Value>) -> io::Result<()> {
        match self {
            Self::Ndjson(_) => self.line(&columns.iter().cloned().zip(row).collect::<Map<_, _>>()),
            Self::Csv(writer) => writer.write_record(row.iter().map(frontdesk_web::field)).map_err(io::Error::other),
        }
    }

    fn end(self) -> io::Result<()> {
        match self {
            Self::Csv(mut writer) => writer.flush(),
            Self::Ndjson(mut writer) => writer.flush(),
        }
    }
}

/// A text somebody else wrote; in a spreadsheet none is taken for a formula.
fn text(format: Format, text: String) -> String {
    if format == Format::Csv { frontdesk_web::field(&text.into()) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_of_a_stranger_becomes_a_formula_in_a_spreadsheet() {
        assert_eq!(text(Format::Csv, "=HYPERLINK(1)".to_owned()), "'=HYPERLINK(1)");
        assert_eq!(text(Format::Csv, "Ana".to_owned()), "Ana");
        assert_eq!(text(Format::Ndjson, "=1".to_owned()), "=1");
    }

    #[test]
    fn the_columns_are_named_even_where_there_is_no_line() {
        let written = |format, lines: &[OptOutLine]| {
            let mut bytes = Vec::new();
            let mut out = Out::new(format, &mut bytes);
            out.columns_of::<OptOutLine>().unwrap();
            lines.iter().for_each(|line| out.line(line).unwrap());
            out.end().unwrap();
            String::from_utf8(bytes).unwrap()
        };
        let header = "at,phone,channels,opted_out,way,evidence\n";
        assert_eq!(written(Format::Csv, &[]), header);
        let line = OptOutLine { way: "desk", opted_out: true, ..OptOutLine::default() };
        assert_eq!(written(Format::Csv, &[line]), format!("{header}1970-01-01T00:00:00Z,,,true,desk,\n"));
        assert_eq!(written(Format::Ndjson, &[]), "");
    }

    #[test]
    fn a_day_begins_when_its_clocks_say_so() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let at = |zone: Tz, text: &str| midnight(zone, day(text)).unwrap().to_rfc3339();
        assert_eq!(at(Tz::Europe__Amsterdam, "2026-07-01"), "2026-06-30T22:00:00+00:00");
        // Beirut skips the hour after midnight.
        assert_eq!(at(Tz::Asia__Beirut, "2026-03-29"), "2026-03-28T22:00:00+00:00");
    }
}
