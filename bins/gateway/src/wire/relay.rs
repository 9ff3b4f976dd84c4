//! What a PBX says, taken through our own door: the same router as everybody's, so that it is verified, counted and logged
//! like any webhook.

use axum::{Router, body::Body, http::Request};
use frontdesk_core::ports::WebhookRequest;
use frontdesk_threecx::{Deliver, ThreeCx};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// Listens to a 3CX.
pub struct Relay {
    pub(super) pbx: Arc<ThreeCx>,
    pub(super) router: Router,
}

impl Relay {
    /// Until the gateway stops.
    pub async fn run(self, stopping: CancellationToken) {
        let Self { pbx, router } = self;
        let deliver: Deliver = Arc::new(move |webhook| {
            let router = router.clone();
            Box::pin(async move { enter(router, webhook).await })
        });
        tokio::select! {
            () = pbx.relay(deliver) => {}
            () = stopping.cancelled() => {}
        }
    }
}

/// The status of the answer.
async fn enter(router: Router, webhook: WebhookRequest) -> u16 {
    let mut request = Request::builder().method(webhook.method.as_str()).uri(&webhook.url);
    for (name, value) in &webhook.headers {
        request = request.header(name, value);
    }
    let Ok(request) = request.body(Body::from(webhook.body)) else {
        tracing::error!("news of a PBX make no request");
        return 400;
    };
    match router.oneshot(request).await {
        Ok(response) => response.status().as_u16(),
        Err(never) => match never {},
    }
}
