//! A bucket of a store that speaks S3.

use crate::{NAME, fits, media_type_of, missing, refused};
use async_trait::async_trait;
use frontdesk_core::ports::{Happened, Port, PortError, PortResult, Trouble, VoiceSample, VoiceSamples};
use futures_util::StreamExt;
use object_store::{
    ClientOptions, Error, ObjectStoreExt, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    client::{HttpClient, HttpConnector},
    path::Path,
};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use url::Url;

/// Where a bucket is, and what opens it.
#[derive(Debug, Clone)]
pub struct S3 {
    /// The bucket.
    pub bucket: String,
    /// Its region, such as `eu-central-1`.
    pub region: String,
    /// Another store than Amazon's, by its address; the bucket is the first part of the path there.
    pub endpoint: Option<Url>,
    /// The key that reads it.
    pub access_key_id: String,
    /// What that key signs with.
    pub secret_access_key: SecretString,
    /// What lies before each reference, such as `voices/`.
    pub prefix: String,
}

/// Samples in a bucket.
#[derive(Debug)]
pub struct Bucket {
    store: AmazonS3,
    prefix: String,
}

/// The one client of the process: time-outs and TLS are set in one place.
#[derive(Debug)]
struct Client(reqwest::Client);

impl HttpConnector for Client {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.0.clone()))
    }
}

impl Bucket {
    /// Samples in this bucket, fetched by this client.
    ///
    /// # Errors
    /// When the bucket's name or address is none.
    pub fn new(config: &S3, client: reqwest::Client) -> PortResult<Self> {
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&config.bucket)
            .with_region(&config.region)
            .with_access_key_id(&config.access_key_id)
            .with_secret_access_key(config.secret_access_key.expose_secret())
            // A caller waits: one more attempt, and no long pauses.
            .with_retry(RetryConfig {
                max_retries: 1,
                retry_timeout: Duration::from_secs(10),
                ..RetryConfig::default()
            })
            .with_http_connector(Client(client));
        if let Some(endpoint) = &config.endpoint {
            builder = builder
                .with_endpoint(endpoint.as_str().trim_end_matches('/'))
                .with_allow_http(endpoint.scheme() == "http");
        }
        let store = builder.build().map_err(|error| {
            let message = "the bucket of voice samples cannot be used; check its name, region and endpoint";
            PortError::new(NAME, Happened::No, Trouble::Broken, message).caused_by(error)
        })?;
        Ok(Self { store, prefix: config.prefix.clone() })
    }
}

impl Port for Bucket {
    fn name(&self) -> &str {
        NAME
    }
}

/// Without the error's own text: it holds the reference, which may name a person.
fn unread(error: &Error) -> PortError {
    let (trouble, message) = match error {
        Error::NotFound { .. } => return missing(),
        Error::Unauthenticated { .. } | Error::PermissionDenied { .. } => {
            (Trouble::Unauthorised, "the bucket of voice samples refuses the key; check it and its rights")
        }
        _ => (Trouble::Unavailable, "the bucket of voice samples does not answer; check its region and endpoint"),
    };
    PortError::new(NAME, Happened::No, trouble, message)
}

impl Bucket {
    /// The media type of a sample, and its name in the bucket.
    fn named(&self, reference: &str) -> PortResult<(&'static str, Path)> {
        let media_type = media_type_of(reference)?;
        let path = Path::parse(format!("{}{reference}", self.prefix))
            .map_err(|_| refused("a reference to a sample is no name in a bucket"))?;
        Ok((media_type, path))
    }
}

#[async_trait]
impl VoiceSamples for Bucket {
    async fn fetch(&self, reference: &str) -> PortResult<VoiceSample> {
        let (media_type, path) = self.named(reference)?;
        let found = self.store.get(&path).await.map_err(|error| unread(&error))?;
        fits(found.meta.size)?;
        let mut bytes = Vec::with_capacity(usize::try_from(found.meta.size).unwrap_or(0));
        let mut parts = found.into_stream();
        while let Some(part) = parts.next().await {
            bytes.extend_from_slice(&part.map_err(|error| unread(&error))?);
            // Whatever it said of its length.
            if bytes.len() > VoiceSample::MOST {
                break;
            }
        }
        fits(u64::try_from(bytes.len()).unwrap_or(u64::MAX))?;
        Ok(VoiceSample { media_type: media_type.to_owned(), bytes })
    }

    async fn look(&self, reference: &str) -> PortResult<()> {
        let (_, path) = self.named(reference)?;
        let found = self.store.head(&path).await.map_err(|error| unread(&error))?;
        fits(found.size)
    }
}
