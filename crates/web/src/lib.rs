//! The gateway's HTTP side: webhook door, API, pages, events and operations.
//!
//! [`router`] makes everything out of a [`Site`]. It reads no clock, no environment and no randomness, and spawns only
//! what [`Site::tasks`] tracks: decisions that outlive their webhook, and calls that outlive their `make-call`.
//!
//! Serve it with `into_make_service_with_connect_info::<std::net::SocketAddr>()`.

#![warn(missing_docs)]

mod access;
mod actions;
mod app;
mod appointments;
mod auth;
mod body;
mod booking;
mod calls;
mod contacts;
mod door;
mod effects;
mod events;
mod fields;
mod flow_stats;
mod guard;
mod headers;
mod ivr;
mod limits;
mod make_call;
mod openapi;
mod ops;
mod opt_outs;
mod pages;
mod problem;
mod query;
mod session;
mod site;
mod slots;
mod views;
mod visit;
mod voices;

pub use site::{
    Alias, CalendarFeed, CalendarNotices, Forget, Health, HealthCheck, Limits, Live, Metrics, Part, RenderCalendar,
    Site,
};

pub use ivr::{INPUTS, PATHS, Table, field};

use app::App;
use axum::{Router, middleware};
use tower::layer::layer_fn;

/// Everything the gateway answers over HTTP.
///
/// # Panics
/// When an alias names a path that is taken already; aliases are part of the program, not of the configuration.
pub fn router(mut site: Site) -> Router {
    let aliases = std::mem::take(&mut site.aliases);
    let phone = site.sandbox.take();
    let carrier = site.sandbox_carrier.take();
    let app = App::assemble(site, &aliases, phone.is_some());
    let api = Router::new()
        .merge(appointments::router())
        .merge(actions::router())
        .merge(calls::router())
        .merge(effects::router())
        .merge(contacts::router())
        .merge(voices::router())
        .merge(opt_outs::router())
        .merge(events::router())
        .merge(flow_stats::router())
        .merge(ivr::router())
        .merge(slots::router())
        .layer(middleware::from_fn_with_state(app.clone(), auth::api))
        .layer(middleware::from_fn(access::log));
    // The log stands inside of the seed's words, which make a new answer that nobody can be told from.
    let make_call = make_call::router()
        .layer(middleware::from_fn_with_state(app.clone(), auth::basic))
        .layer(middleware::from_fn(access::log));
    let make_call = make_call::worded(make_call);
    let mut router = Router::new()
        .merge(api)
        .merge(make_call)
        .merge(door::router(aliases))
        .merge(ops::router())
        .merge(openapi::router())
        .merge(session::router())
        .merge(pages::assets())
        .merge(pages::router(&app))
        .merge(visit::router(&app));
    if let Some(phone) = phone {
        let phone: Router<App> = phone.with_state(());
        router = router.merge(phone.layer(middleware::from_fn_with_state(app.clone(), auth::phone)));
    }
    if let Some(carrier) = carrier {
        router = router.merge(carrier.with_state::<App>(()));
    }
    router
        .method_not_allowed_fallback(problem::wrong_method)
        .fallback(problem::unknown_route)
        .with_state(app)
        .layer(layer_fn(guard::Guarded))
}
