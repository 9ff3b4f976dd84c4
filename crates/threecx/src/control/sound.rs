//! Sound of calls at the route point: PCM, signed 16 bits, 8,000 samples a second, one channel, both ways.

use super::{CallControl, rest::lost};
use bytes::Bytes;
use frontdesk_core::ports::{Happened, PortResult};
use futures_util::{Stream, TryStreamExt};
use reqwest::{Body, Method, header};
use std::time::Duration;

/// No call is longer.
const LONGEST: Duration = Duration::from_secs(4 * 3_600);

impl CallControl {
    /// Lets a caller at the route point hear this; `sound` makes it anew for each attempt. Ends with the sound, or when
    /// the caller goes.
    ///
    /// # Errors
    /// [`frontdesk_core::ports::PortError`] when it cannot be heard, or not to its end.
    pub async fn play<S>(&self, dn: &str, id: u64, sound: impl Fn() -> S) -> PortResult<()>
    where
        S: Stream<Item = Bytes> + Send + 'static,
    {
        let id = id.to_string();
        let shape = |request: reqwest::RequestBuilder| {
            let pieces = futures_util::StreamExt::map(sound(), Ok::<_, std::convert::Infallible>);
            let request = request.header(header::CONTENT_TYPE, "application/octet-stream");
            request.body(Body::wrap_stream(pieces)).timeout(LONGEST)
        };
        self.rest.open(Method::POST, &[dn, "participants", &id, "stream"], shape).await.map(drop)
    }

    /// What a caller at the route point says, until they go.
    ///
    /// # Errors
    /// [`frontdesk_core::ports::PortError`] when it cannot be heard; so for each piece.
    pub async fn listen(&self, dn: &str, id: u64) -> PortResult<impl Stream<Item = PortResult<Bytes>> + Send + use<>> {
        let id = id.to_string();
        let path = [dn, "participants", &id, "stream"];
        let response = self.rest.open(Method::GET, &path, |request| request.timeout(LONGEST)).await?;
        Ok(response.bytes_stream().map_err(|error| lost(error, Happened::No)))
    }
}
