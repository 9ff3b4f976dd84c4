//! The process's figures, for `/metrics`.

use frontdesk_core::{
    alert::Looked,
    breaker::BreakerState,
    engine::Engine,
    ports::{CountFilter, IvrStore},
    speech::{Fallback, Texts},
};
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

/// Shows how the breaker of each carrier stands: `frontdesk_carrier_breaker{carrier,state}` is 1 for the state it is in.
pub(crate) fn breakers(engine: &Engine) {
    for carrier in engine.carriers() {
        for state in BreakerState::ALL {
            let here = f64::from(u8::from(state == carrier.breaker));
            let labels = [("carrier", carrier.name.clone()), ("state", state.as_str().to_owned())];
            ::metrics::gauge!("frontdesk_carrier_breaker", &labels).set(here);
        }
    }
}

/// Shows which alerts fire: `frontdesk_alerts_firing{rule}` is 1 for those that do.
pub(crate) fn alerts(looked: &[Looked]) {
    for Looked { rule, watch, .. } in looked {
        let firing = f64::from(u8::from(watch.firing));
        ::metrics::gauge!("frontdesk_alerts_firing", "rule" => rule.clone()).set(firing);
    }
}

/// Shows how often a text that a business words itself could not be said so, and was said in the usual words:
/// `frontdesk_text_fallbacks_total{business,language,text}`.
pub(crate) fn fallbacks(texts: &Texts) {
    for Fallback { business, language, id, times } in texts.fallbacks() {
        let labels = [("business", business), ("language", language.code().to_owned()), ("text", id)];
        ::metrics::counter!("frontdesk_text_fallbacks_total", &labels).absolute(times);
    }
}

/// Shows how many effects are not over, as `frontdesk_effects{state}`. Those that are over only ever become more, and
/// counting them would take ever longer; how many of them failed is among what the store has counted.
pub(crate) async fn effects(store: &frontdesk_store::Store) {
    match store.open_effects().await {
        Ok(states) => {
            for (state, n) in states {
                let n = u32::try_from(n).map_or(f64::INFINITY, f64::from);
                ::metrics::gauge!("frontdesk_effects", "state" => state).set(n);
            }
        }
        Err(error) => tracing::debug!(%error, "the effects could not be counted; tried again soon"),
    }
}

/// Shows what the store has counted since the database was made: how calls ended, as `frontdesk_calls_total{outcome}`,
/// how often a carrier passed a call to the next, as `frontdesk_carrier_failovers_total{carrier}`, and how many effects
/// failed or were left to a person, as `frontdesk_effects_unmet_total{kind,state}`; how voices were made, spoken with again or
/// not made, as `frontdesk_voices_total{outcome}`: the hit rate is what was reused of what was reused and made.
pub(crate) async fn counted(store: &frontdesk_store::Store) {
    let rows = match store.counts(CountFilter::default()).await {
        Ok(rows) => rows,
        Err(error) => return tracing::debug!(%error, "the counters could not be read; tried again soon"),
    };
    let (mut outcomes, mut failovers) = (BTreeMap::<String, u64>::new(), BTreeMap::<String, u64>::new());
    let mut voices = BTreeMap::<String, u64>::new();
    let mut unmet = BTreeMap::<(String, String), u64>::new();
    for row in &rows {
        let n = u64::try_from(row.n).unwrap_or(0);
        let passed_on = row.count.name.strip_prefix("carrier:").and_then(|name| name.strip_suffix(":passed_on"));
        if let Some(carrier) = passed_on {
            *failovers.entry(carrier.to_owned()).or_default() += n;
        } else if let Some(outcome) = row.count.name.strip_prefix("voice:") {
            *voices.entry(outcome.to_owned()).or_default() += n;
        } else if let Some(outcome) = row.count.name.strip_prefix("outcome:").filter(|_| !row.count.flow.is_empty()) {
            // Counters without a flow are those of appointments.
            *outcomes.entry(outcome.to_owned()).or_default() += n;
        } else if let Some((kind, state)) = row.count.name.strip_prefix("effect:").and_then(|it| it.split_once(':')) {
            *unmet.entry((kind.to_owned(), state.to_owned())).or_default() += n;
        }
    }
    for (outcome, n) in outcomes {
        ::metrics::counter!("frontdesk_calls_total", "outcome" => outcome).absolute(n);
    }
    for (outcome, n) in voices {
        ::metrics::counter!("frontdesk_voices_total", "outcome" => outcome).absolute(n);
    }
    for (carrier, n) in failovers {
        ::metrics::counter!("frontdesk_carrier_failovers_total", "carrier" => carrier).absolute(n);
    }
    for ((kind, state), n) in unmet {
        ::metrics::counter!("frontdesk_effects_unmet_total", "kind" => kind, "state" => state).absolute(n);
    }
}
