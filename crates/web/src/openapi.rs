//! The API's description, and a page to read it on.

use crate::{
    actions, app::App, appointments, booking, calls, contacts, effects, events, flow_stats, ivr, make_call, ops,
    opt_outs, problem, slots, views, voices,
};
use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::Response,
};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{Http, HttpAuthScheme, SecurityScheme},
};
use utoipa_swagger_ui::SwaggerUi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Frontdesk",
        description = "The appointment telephony gateway: appointments, calls, messages and what became of them.\n\n\
            Times are RFC 3339 in UTC. Lists answer `items` and `next_cursor`. Errors are `application/problem+json`; \
            where fields are not right, `errors` names each of them. Too many requests are answered 429 with `Retry-After`.",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT"),
    ),
    paths(
        appointments::create, appointments::list, appointments::show,
        actions::confirm, actions::cancel, actions::call, actions::reschedule, actions::completed, actions::no_show,
        calls::list, calls::show,
        effects::list, effects::retry,
        contacts::show, contacts::know, contacts::forget, voices::show, voices::permit, voices::withdraw, opt_outs::list,
        slots::list,
        events::events, flow_stats::flow, ivr::paths, ivr::stats, ivr::export::paths, ivr::export::inputs, make_call::make_call, ops::health,
    ),
    components(schemas(
        problem::Problem, problem::FieldError, booking::NewAppointmentBody, booking::CustomerBody,
        actions::RescheduleBody, contacts::ContactBody, contacts::Forgotten, voices::VoiceBody, voices::VoiceView, voices::Withdrawn, make_call::MakeCallBody,
        make_call::MakeCallView, make_call::MakeCallError, views::EventView,
    )),
    modifiers(&Schemes),
    security(("bearer" = []), ("basic" = [])),
    tags(
        (name = "appointments", description = "Who is expected, and when"),
        (name = "calls", description = "Telephone calls"),
        (name = "effects", description = "What is to be done in the world, and how far it has come"),
        (name = "contacts", description = "What is known about people"),
        (name = "events", description = "What happens, as it happens"),
        (name = "statistics", description = "How people go through the flows"),
        (name = "make-call", description = "One request: call this customer now"),
        (name = "operations", description = "For those who run it"),
    ),
)]
struct Description;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let components = description.components.get_or_insert_default();
        for (name, scheme) in [("bearer", HttpAuthScheme::Bearer), ("basic", HttpAuthScheme::Basic)] {
            components.add_security_scheme(name, SecurityScheme::Http(Http::new(scheme)));
        }
    }
}

/// The page styles itself from its script; everything it loads is our own.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

async fn looser(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

/// `/openapi.json` and `/docs`.
pub(crate) fn router() -> Router<App> {
    let docs = SwaggerUi::new("/docs").url("/openapi.json", Description::openapi());
    Router::new().merge(docs).layer(middleware::from_fn(looser))
}
