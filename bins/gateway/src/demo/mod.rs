//! `gateway demo`: the main job with scripted customers, without any account.

mod books;
mod month;
mod people;
mod verdict;
mod watch;

use crate::{
    clock,
    config::{self, Config, Inputs},
    failure::Failure,
    logging,
    secrets::Secrets,
    serve::{self, Running},
    term::{self, Ink, Tone},
    wire,
};
use frontdesk_core::{appointment::Status, engine::Booked, id::AppointmentId, ports::IvrStore};
use people::Scripted;
use secrecy::ExposeSecret;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};
use tokio::sync::broadcast;
use verdict::{Books, Stats, Verdict};
use watch::Watch;

const CONFIG: &str = include_str!("../../../../fixtures/demo/frontdesk.toml");
const BUSINESS: &str = "lakeside";
/// Everybody is settled long before this on any machine.
const PATIENCE: Duration = Duration::from_secs(120);
const TICK: Duration = Duration::from_millis(250);

/// Runs the demo; with `exit` it ends after the table. With `month` there is no table: a month has passed before it
/// begins, to look at.
///
/// # Errors
/// Exit code 1 when an appointment did not come out as scripted, 2 when the demo could not run.
pub async fn run(inputs: &Inputs, exit: bool, month: bool) -> Result<(), Failure> {
    logging::start(inputs, "error");
    let unusable =
        |error: &io::Error| Failure::broken(format!("the temporary folder cannot be used: {error}; check TMPDIR"));
    let folder = tempfile::Builder::new().prefix("frontdesk-demo-").tempdir().map_err(|error| unusable(&error))?;
    let written = if month { month::CONFIG } else { CONFIG };
    std::fs::write(folder.path().join("frontdesk.toml"), written).map_err(|error| unusable(&error))?;
    // Nothing of this machine's own configuration may reach the demo, and nobody real may be reached by it.
    let own = Inputs { folder: folder.path().to_owned(), ..Inputs::default() };
    let config = config::load(&own)?;
    let secrets = Secrets::keep(&config)?;
    let listen = inputs.variables.get("FRONTDESK_LISTEN").and_then(|text| text.parse().ok());
    let socket = match serve::bind(listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)))).await {
        Ok(socket) => socket,
        Err(_) => serve::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?,
    };
    if month {
        let begun = Instant::now();
        let terminal = term::is_terminal(&io::stdout()).then(|| Ink(term::colour(&io::stdout(), inputs)));
        let (appointments, calls) = month::pass(&config, terminal).await?;
        let seconds = begun.elapsed().as_secs_f32();
        term::say(&format!(
            "A month has passed in {seconds:.1} s: {appointments} appointments, and {calls} calls in an IVR.\n"
        ))?;
    }
    let mut running = serve::start(&config, &secrets, socket, None).await?;
    let played = tokio::select! {
        played = async { if month { Ok(true) } else { play(&config, &secrets, &running, inputs).await } } => Some(played),
        () = serve::told_to_stop() => None,
    };
    let result = match played {
        // Ctrl-C before the end is no failure.
        None => Ok(()),
        Some(Err(failure)) => Err(failure),
        Some(Ok(as_scripted)) => {
            if !exit {
                farewell(&secrets, &running, inputs)?;
                tokio::select! {
                    () = serve::told_to_stop() => {}
                    failure = running.broke_down() => return Err(failure),
                }
            }
            let wrong = || Failure::wrong("not everything came out as scripted; see the table");
            if as_scripted { Ok(()) } else { Err(wrong()) }
        }
    };
    let stopped = running.stop().await;
    result.and(stopped)
}

/// Takes the appointments, watches, judges. Whether everything came out as scripted.
async fn play(config: &Config, secrets: &Secrets, running: &Running, inputs: &Inputs) -> Result<bool, Failure> {
    let stdout = io::stdout();
    let ink = Ink(term::colour(&stdout, inputs));
    let mut watch = Watch::new(ink, term::is_terminal(&stdout));
    let printed = |error: io::Error| Failure::broken(format!("the output cannot be written: {error}"));
    let name = config.rules.business(BUSINESS).map_or(BUSINESS, |business| business.name.as_str());

    let mut events = running.gateway.store.subscribe();
    let begun = Instant::now();
    let people = people::read(BUSINESS, clock::now())?;
    let title = ink.paint(Tone::Bold, "Frontdesk demo.");
    let count = people.len();
    term::say(&format!(
        "{title} {count} people have an appointment at {name}; all of them are rung now, on the sandbox.\n\n"
    ))?;
    let mut booked: Vec<(AppointmentId, Scripted)> = Vec::new();
    for person in people {
        let new = person.appointment.clone();
        let shown = new.customer.name.reveal().to_owned();
        let (Booked::New(appointment), _) = running.gateway.engine.book(new, None).await? else {
            return Err(Failure::broken("an appointment of the demo was in the book already; this is a bug"));
        };
        watch.know(appointment.id, &shown);
        booked.push((appointment.id, person));
    }

    let mut tick = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Ok(event) => watch.event(&event).map_err(printed)?,
                // Lines were missed by the printer alone.
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => break,
            },
            _ = tick.tick() => {
                let settled = settled(running, &booked).await?;
                watch.progress(settled, booked.len(), begun.elapsed().as_secs()).map_err(printed)?;
                let over = settled == booked.len() && judge(running, secrets, &booked).await?.1.iter().all(|verdict| verdict.wrong.is_empty());
                if over || begun.elapsed() > PATIENCE {
                    break;
                }
            }
        }
    }
    while let Ok(event) = events.try_recv() {
        watch.event(&event).map_err(printed)?;
    }
    watch.end().map_err(printed)?;
    let (stats, verdicts) = judge(running, secrets, &booked).await?;
    let wrong = verdicts.iter().filter(|verdict| !verdict.wrong.is_empty()).count();
    let mut report = format!("\n{}\n", verdict::table(&verdicts, ink));
    if let Some(carrier) = &running.gateway.carrier {
        report.push_str(&format!("{}\n", books::messages(&carrier.messages(None), &booked, ink)));
    }
    let entries = running.gateway.calendar.list(BUSINESS).map_err(|error| Failure::broken(error.to_string()))?;
    report.push_str(&format!("{}\n{}\n", books::calendar(&entries, ink), verdict::counts(&stats)));
    let (tone, text) = match wrong {
        0 => (
            Tone::Good,
            format!(
                "All {} appointments came out as scripted, in {:.1} s.",
                verdicts.len(),
                begun.elapsed().as_secs_f32()
            ),
        ),
        wrong => (Tone::Bad, format!("{wrong} of {} appointments did not come out as scripted.", verdicts.len())),
    };
    report.push_str(&format!("{}\n", ink.paint(tone, &text)));
    term::say(&report)?;
    Ok(wrong == 0)
}

async fn settled(running: &Running, booked: &[(AppointmentId, Scripted)]) -> Result<usize, Failure> {
    let mut settled = 0;
    for (id, _) in booked {
        let appointment = running.gateway.store.appointment(*id).await?;
        let open = |status| matches!(status, Status::Scheduled | Status::Confirming);
        settled += usize::from(appointment.is_some_and(|appointment| !open(appointment.status)));
    }
    Ok(settled)
}

async fn judge(
    running: &Running,
    secrets: &Secrets,
    booked: &[(AppointmentId, Scripted)],
) -> Result<(Stats, Vec<Verdict>), Failure> {
    let stats = stats(running, secrets).await?;
    let books = Books { store: &running.gateway.store, calendar: &running.gateway.calendar, stats: &stats };
    let mut verdicts = Vec::new();
    for (id, person) in booked {
        verdicts.push(books.judge(*id, person).await?);
    }
    Ok((stats, verdicts))
}

/// The carrier's own count, by its API.
async fn stats(running: &Running, secrets: &Secrets) -> Result<Stats, Failure> {
    let url = format!("{}/sandbox/carrier/v1/stats", running.url);
    let request = wire::http_client()?.get(url).bearer_auth(secrets.account_token.expose_secret());
    let answer = async { request.send().await?.error_for_status()?.json::<Stats>().await };
    answer.await.map_err(|error| Failure::broken(format!("the sandbox does not tell its count: {error}")))
}

/// What to look at now, and how to end.
fn farewell(secrets: &Secrets, running: &Running, inputs: &Inputs) -> Result<(), Failure> {
    let ink = Ink(term::colour(&io::stdout(), inputs));
    let (link, url) = (ink.paint(Tone::Bold, &secrets.sign_in_link(&running.url)), &running.url);
    term::say(&format!(
        "\nSign in      {link}\nDashboard    {url}/\nPhone        {url}/sandbox\nStop         Ctrl-C (the temporary folder goes with it)\n"
    ))
}
