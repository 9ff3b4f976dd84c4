//! Sound that voices are made of. It is put there by others, and only read here: from a folder of this machine, or from any
//! store that speaks S3 (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>).

#![warn(missing_docs)]

mod bucket;
mod folder;

pub use bucket::{Bucket, S3};
pub use folder::Folder;

use frontdesk_core::ports::{Happened, PortError, Trouble, VoiceSample};

/// The name in errors and in `check`.
pub const NAME: &str = "samples";

fn refused(message: &str) -> PortError {
    PortError::new(NAME, Happened::No, Trouble::Refused, message)
}

fn missing() -> PortError {
    refused("a sample is not there; put it where the consent names it, or write the consent anew")
}

fn media_type_of(reference: &str) -> Result<&'static str, PortError> {
    VoiceSample::media_type_of(reference).map_err(|why| refused(&format!("a reference to a sample {why}")))
}

/// Whether so many bytes can be a sample.
fn fits(bytes: u64) -> Result<(), PortError> {
    let least = u64::try_from(VoiceSample::LEAST).unwrap_or(u64::MAX);
    let most = u64::try_from(VoiceSample::MOST).unwrap_or(u64::MAX);
    if bytes < least {
        return Err(refused("a sample is shorter than 1 KiB; a minute of clean speech makes a good voice"));
    }
    if bytes > most {
        return Err(refused("a sample is longer than 10 MiB; cut it to a minute or two"));
    }
    Ok(())
}
