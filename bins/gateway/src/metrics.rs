//! The process's figures, for `/metrics`.

use frontdesk_core::ports::{CountFilter, IvrStore};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::{collections::BTreeMap, sync::OnceLock};

/// The process has one recorder; whoever asks first installs it.
pub fn handle() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    let make = || {
        let seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &seconds)
            .unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if ::metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("somebody else in this process records metrics already; /metrics stays empty");
        }
        handle
    };
    HANDLE.get_or_init(make).clone()
}

/// Shows how calls ended since the database was made, as the store counted them: `frontdesk_calls_total{outcome}`.
pub(crate) async fn calls(store: &frontdesk_store::Store) {
    let rows = match store.counts(CountFilter::default()).await {
        Ok(rows) => rows,
        Err(error) => return tracing::debug!(%error, "the counters could not be read; tried again soon"),
    };
    let mut outcomes: BTreeMap<String, u64> = BTreeMap::new();
    // Counters without a flow are those of appointments.
    for row in rows.iter().filter(|row| !row.count.flow.is_empty()) {
        if let Some(outcome) = row.count.name.strip_prefix("outcome:") {
            *outcomes.entry(outcome.to_owned()).or_default() += u64::try_from(row.n).unwrap_or(0);
        }
    }
    for (outcome, n) in outcomes {
        ::metrics::counter!("frontdesk_calls_total", "outcome" => outcome).absolute(n);
    }
}
