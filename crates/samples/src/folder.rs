//! A folder of this machine.

use crate::{NAME, fits, media_type_of, missing};
use async_trait::async_trait;
use frontdesk_core::ports::{Happened, Port, PortError, PortResult, Trouble, VoiceSample, VoiceSamples};
use std::{io::ErrorKind, path::PathBuf};
use tokio::{fs, io::AsyncReadExt};

/// Samples in a folder and those below it. Links that lead out of it lead to nothing.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// Samples below this folder; it may be made later.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }
}

impl Port for Folder {
    fn name(&self) -> &str {
        NAME
    }
}

#[expect(clippy::needless_pass_by_value, reason = "stands in `map_err`")]
fn unread(error: std::io::Error) -> PortError {
    if error.kind() == ErrorKind::NotFound {
        return missing();
    }
    let message = "the folder of voice samples cannot be read; check its path and rights";
    // Without the error's own text: it may hold the path, and that a name.
    PortError::new(NAME, Happened::No, Trouble::Unavailable, format!("{message} ({})", error.kind()))
}

impl Folder {
    /// A sample that may be one by its length: its media type, how long it is, and what it is read from.
    async fn open(&self, reference: &str) -> PortResult<(&'static str, u64, fs::File)> {
        let media_type = media_type_of(reference)?;
        let root = fs::canonicalize(&self.0).await.map_err(unread)?;
        let path = fs::canonicalize(root.join(reference)).await.map_err(unread)?;
        if !path.starts_with(&root) {
            return Err(missing());
        }
        let file = fs::File::open(&path).await.map_err(unread)?;
        let about = file.metadata().await.map_err(unread)?;
        if !about.is_file() {
            return Err(missing());
        }
        fits(about.len())?;
        Ok((media_type, about.len(), file))
    }
}

#[async_trait]
impl VoiceSamples for Folder {
    async fn fetch(&self, reference: &str) -> PortResult<VoiceSample> {
        let (media_type, length, file) = self.open(reference).await?;
        let most = u64::try_from(VoiceSample::MOST).unwrap_or(u64::MAX);
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
        // It may grow while it is read.
        file.take(most + 1).read_to_end(&mut bytes).await.map_err(unread)?;
        fits(u64::try_from(bytes.len()).unwrap_or(u64::MAX))?;
        Ok(VoiceSample { media_type: media_type.to_owned(), bytes })
    }

    async fn look(&self, reference: &str) -> PortResult<()> {
        self.open(reference).await.map(drop)
    }
}
