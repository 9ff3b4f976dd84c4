//! A server that misbehaves as it is told.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, Response, Uri},
};
use std::sync::{Arc, Mutex};
use url::Url;

/// A request that came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    /// So many of the same method came before.
    pub(crate) before: usize,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// What it answers; `None`: never.
pub(crate) type Reply = Option<(u16, Vec<(&'static str, String)>, String)>;
type Answer = Box<dyn Fn(&Seen) -> Reply + Send + Sync>;

/// An answer without headers.
pub(crate) fn says(status: u16, body: impl Into<String>) -> Reply {
    Some((status, Vec::new(), body.into()))
}

/// An object with its version.
pub(crate) fn object(etag: &str, body: impl Into<String>) -> Reply {
    Some((200, vec![("etag", etag.to_owned())], body.into()))
}

/// What a server says about a collection that is a calendar.
pub(crate) fn is_calendar() -> Reply {
    says(
        207,
        r#"<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:response><D:href>/cal/</D:href><D:propstat>
           <D:prop><D:resourcetype><D:collection/><C:calendar/></D:resourcetype></D:prop><D:status>HTTP/1.1 200 OK</D:status>
           </D:propstat></D:response></D:multistatus>"#,
    )
}

/// Objects with their versions, as a report tells them.
pub(crate) fn told(objects: &[(&str, &str, &str)]) -> Reply {
    let one = |(href, etag, object): &(&str, &str, &str)| {
        let object = object.replace('&', "&amp;").replace('<', "&lt;");
        format!(
            "<response><href>{href}</href><propstat><prop><getetag>{etag}</getetag>\
             <calendar-data xmlns=\"urn:ietf:params:xml:ns:caldav\">{object}</calendar-data></prop>\
             <status>HTTP/1.1 200 OK</status></propstat></response>"
        )
    };
    says(207, format!("<multistatus xmlns=\"DAV:\">{}</multistatus>", objects.iter().map(one).collect::<String>()))
}

struct Inner {
    answer: Answer,
    seen: Mutex<Vec<Seen>>,
}

pub(crate) struct Fake {
    pub(crate) url: Url,
    inner: Arc<Inner>,
}

impl Fake {
    /// A server with a calendar at `/cal/`; the rest it answers as it is told.
    pub(crate) async fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let inner = Arc::new(Inner { answer: Box::new(answer), seen: Mutex::default() });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/cal/", listener.local_addr().unwrap())).unwrap();
        let app = Router::new().fallback(answered).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, inner }
    }

    /// What came of a method.
    pub(crate) fn seen(&self, method: &str) -> Vec<Seen> {
        self.inner.seen.lock().unwrap().iter().filter(|seen| seen.method == method).cloned().collect()
    }
}

async fn answered(
    State(inner): State<Arc<Inner>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let seen = {
        let mut all = inner.seen.lock().unwrap();
        let method = method.to_string();
        let before = all.iter().filter(|seen| seen.method == method).count();
        let body = String::from_utf8(body.to_vec()).unwrap();
        all.push(Seen { method, path: uri.path().to_owned(), headers, body, before });
        all.last().unwrap().clone()
    };
    let Some((status, headers, body)) = (inner.answer)(&seen) else { return std::future::pending().await };
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Body::from(body)).unwrap()
}
