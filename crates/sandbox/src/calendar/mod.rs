//! A calendar in a folder: one file an entry, and a feed that any calendar program can subscribe to.

mod entry;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use entry::Stored;
use frontdesk_core::{
    appointment::Status,
    ical,
    id::{AppointmentId, EffectId},
    ports::{Busy, CalendarEntry, CalendarSink, Entered, Happened, Port, PortError, PortResult, Trouble},
};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

const NAME: &str = "local";
/// Entries in a feed or a list: the latest ones by their beginning.
const MAX_ENTRIES: usize = 5_000;

/// The calendar cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    /// The disk refuses.
    #[error("the local calendar cannot be read or written; check the data folder and the disk")]
    Io(#[from] io::Error),
    /// A file holds something else.
    #[error("an entry of the local calendar is damaged ({0}); move it away, it is written again with the next change")]
    Damaged(String),
}

/// Keeps calendar entries as files under `{folder}/{business}/{appointment}.json`.
///
/// A file is replaced in one step and flushed to the disk, so that an entry is never seen half written.
/// One process owns the folder.
#[derive(Clone)]
pub struct LocalCalendar {
    folder: PathBuf,
    /// Comparing revisions and replacing the file is one step.
    turn: Arc<Mutex<()>>,
}

impl LocalCalendar {
    /// Opens the folder, and makes it when it is not there.
    ///
    /// # Errors
    /// [`CalendarError::Io`] when it cannot be made.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, CalendarError> {
        let folder = folder.into();
        make_folder(&folder)?;
        Ok(Self { folder, turn: Arc::default() })
    }

    /// The entries of a business, by their beginning; at most 5,000, the latest ones. Blocks on the disk.
    ///
    /// # Errors
    /// [`CalendarError`] when they cannot be read.
    pub fn list(&self, business: &str) -> Result<Vec<CalendarEntry>, CalendarError> {
        let files = match fs::read_dir(self.folder.join(folder_name(business))) {
            Ok(files) => files,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let mut entries = Vec::new();
        for file in files {
            let path = file?.path();
            if path.extension().is_some_and(|kind| kind == "json") {
                // One may be taken out while the folder is being read.
                entries.extend(entry::read(&path)?);
            }
        }
        entries.sort_by_key(|entry: &Stored| (entry.starts_at, entry.appointment_id));
        let excess = entries.len().saturating_sub(MAX_ENTRIES);
        Ok(entries.drain(excess..).map(Stored::into_entry).collect())
    }

    /// The feed of a business, as RFC 5545 writes it. Blocks on the disk.
    ///
    /// # Errors
    /// [`CalendarError`] when the entries cannot be read.
    pub fn feed(&self, business: &str) -> Result<String, CalendarError> {
        Ok(ical::feed(business, &self.list(business)?))
    }

    fn put_now(&self, entry: &Stored) -> Result<(), CalendarError> {
        let folder = self.folder.join(folder_name(&entry.business));
        let path = folder.join(format!("{}.json", entry.appointment_id));
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if entry::read(&path)?.is_some_and(|kept| kept.revision > entry.revision) {
            return Ok(());
        }
        make_folder(&folder)?;
        let text = serde_json::to_vec(entry).map_err(io::Error::from)?;
        let half = path.with_extension("half");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&half)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&half, &path)?;
        // The name itself must survive a power cut as well.
        File::open(&folder)?.sync_all()?;
        Ok(())
    }

    fn remove_now(&self, business: &str, appointment: &AppointmentId) -> Result<(), CalendarError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        match fs::remove_file(self.folder.join(folder_name(business)).join(format!("{appointment}.json"))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, CalendarError> + Send + 'static,
    ) -> PortResult<T> {
        let calendar = self.clone();
        let failed = |message: String| PortError::new(NAME, Happened::Maybe, Trouble::Unavailable, message);
        match tokio::task::spawn_blocking(move || work(&calendar)).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => Err(failed(error.to_string()).caused_by(error)),
            Err(error) => Err(failed("the work on the local calendar was broken off".to_owned()).caused_by(error)),
        }
    }
}

impl Port for LocalCalendar {
    fn name(&self) -> &str {
        NAME
    }
}

#[async_trait]
impl CalendarSink for LocalCalendar {
    async fn put(&self, entry: &CalendarEntry, _effect: &EffectId) -> PortResult<Entered> {
        let (entry, id) = (Stored::from(entry), ical::uid(&entry.appointment_id));
        self.aside(move |calendar| calendar.put_now(&entry)).await?;
        Ok(Entered { id, link: None })
    }

    async fn busy(&self, business: &str, from: DateTime<Utc>, to: DateTime<Utc>) -> PortResult<Vec<Busy>> {
        let business = business.to_owned();
        let mut entries = self.aside(move |calendar| calendar.list(&business)).await?;
        entries.retain(|entry| entry.status != Status::Cancelled && entry.starts_at < to && entry.ends_at > from);
        Ok(entries.into_iter().map(|entry| Busy { from: entry.starts_at, to: entry.ends_at }).collect())
    }

    async fn remove(&self, business: &str, appointment: &AppointmentId) -> PortResult<()> {
        let (business, appointment) = (business.to_owned(), *appointment);
        self.aside(move |calendar| calendar.remove_now(&business, &appointment)).await
    }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// A name that is a single folder whatever the business is called: other bytes than letters, digits, `-` and `_` are
/// written as `%` and two hexadecimal digits.
fn folder_name(business: &str) -> String {
    let mut name = String::from("b-");
    for byte in business.bytes() {
        if byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_' {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02x}"));
        }
    }
    name
}
