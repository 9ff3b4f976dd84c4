//! Notifications of a calendar: somebody changed something there by hand. They say only that, so what it was is asked.

use crate::{
    app::App,
    problem::{Answer, Problem},
};
use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};

/// The name under which they are counted.
const PROVIDER: &str = "calendar";
const HOOK: &str = "notification";

pub(super) async fn notified(State(app): State<App>, request: Request) -> Response {
    let began = std::time::Instant::now();
    let meter = app.meters.of(PROVIDER, HOOK);
    let answer = match meter.admit() {
        Ok(()) => admit(&app, request).await,
        Err(seconds) => Err(Problem::too_many(seconds)),
    };
    let response = match answer {
        Ok(status) => status.into_response(),
        Err(problem) => problem.into_response(),
    };
    meter.answered(response.status().as_u16(), began.elapsed());
    response
}

async fn admit(app: &App, request: Request) -> Answer<StatusCode> {
    let Some(notices) = &app.calendar_notices else {
        let what = "no calendar that notifies anybody is configured here";
        return Err(Problem::new(StatusCode::NOT_FOUND, what));
    };
    let request = super::capture(app, HOOK, None, request).await?;
    let notice = notices.calendar.receive(&request, app.now()).map_err(|rejected| {
        let status = StatusCode::from_u16(rejected.status()).unwrap_or(StatusCode::BAD_REQUEST);
        Problem::new(status, rejected.to_string())
    })?;
    if notice.changed {
        (notices.wake)();
    }
    Ok(StatusCode::NO_CONTENT)
}
