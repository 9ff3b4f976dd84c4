//! What stands around every route: a handler that panics is an answer like any other, and every answer carries the headers
//! that browsers are to keep to. One layer for both, without a box of its own: each request goes through it.

use crate::{headers, problem};
use axum::{extract::Request, response::Response};
use futures_util::{
    FutureExt,
    future::{CatchUnwind, Map},
};
use std::{
    any::Any,
    convert::Infallible,
    panic::AssertUnwindSafe,
    task::{Context, Poll},
};
use tower::Service;

/// A route with its guard.
#[derive(Clone)]
pub(crate) struct Guarded<S>(pub(crate) S);

type Answer = Result<Response, Infallible>;
type Caught = Result<Answer, Box<dyn Any + Send>>;

impl<S: Service<Request, Response = Response, Error = Infallible>> Service<Request> for Guarded<S> {
    type Response = Response;
    type Error = Infallible;
    type Future = Map<CatchUnwind<AssertUnwindSafe<S::Future>>, fn(Caught) -> Answer>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        AssertUnwindSafe(self.0.call(request)).catch_unwind().map(answer)
    }
}

fn answer(caught: Caught) -> Answer {
    let response = match caught {
        Ok(answer) => answer?,
        Err(panic) => problem::panicked(&*panic),
    };
    Ok(headers::guard(response))
}
