//! Where imported appointments go: into the running gateway through its API, else into the database itself.

use crate::{clock, config::Config, failure::Failure, secrets::Secrets, wire};
use frontdesk_core::{
    appointment::NewAppointment,
    engine::{Booked, Engine, Ports},
    ports::IvrStore,
};
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use std::{sync::Arc, time::Duration};

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the book now.
    Taken,
    /// It was in the book already.
    Unchanged,
    /// It was not taken; says why.
    Refused(String),
}

/// Takes appointments.
pub enum Target {
    /// A gateway that runs.
    Running(Api),
    /// The database, which nobody else works on.
    Database(Box<Engine>, frontdesk_store::Store),
}

/// A running gateway's API.
pub struct Api {
    http: reqwest::Client,
    base: String,
    token: SecretString,
}

impl Target {
    /// Finds out whether a gateway runs at the configured address; opens the database when none does.
    ///
    /// # Errors
    /// When one runs and does not accept our token, or the database cannot be opened.
    pub async fn find(config: &Config) -> Result<Self, Failure> {
        if let Some(api) = Api::find(config).await? {
            return Ok(Self::Running(api));
        }
        let store = wire::open_store(config).await?;
        let shared = Arc::new(store.clone()) as Arc<dyn IvrStore>;
        let engine = Engine::new(Arc::new(config.rules.clone()), shared, Ports::default(), clock::world());
        Ok(Self::Database(Box::new(engine), store))
    }

    /// Where that is, in words.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Running(api) => format!("the gateway at {}", api.base),
            Self::Database(_, store) => format!("the database ({})", store.backend()),
        }
    }

    /// Takes one.
    ///
    /// # Errors
    /// When the other side is away: the rest would not be taken either.
    pub async fn take(&self, new: NewAppointment) -> Result<Outcome, Failure> {
        match self {
            Self::Running(api) => api.take(&new).await,
            Self::Database(engine, _) => Ok(match engine.book(new.clone(), None).await?.0 {
                Booked::New(_) => Outcome::Taken,
                Booked::Again(there) if there.customer.phone != new.customer.phone => {
                    Outcome::Refused(SOMEBODY_ELSE.to_owned())
                }
                Booked::Again(_) => Outcome::Unchanged,
                Booked::Differs(_) => Outcome::Refused(DIFFERS.to_owned()),
                Booked::NoBusiness => Outcome::Refused("its business is not configured".to_owned()),
            }),
        }
    }

    /// Lets what was written reach the disk.
    pub async fn close(self) {
        if let Self::Database(_, store) = self {
            store.close().await;
        }
    }
}

const SOMEBODY_ELSE: &str =
    "its external_id is in the book for somebody else (another telephone number); give this one its own id";
const DIFFERS: &str =
    "its external_id is in the book for another time; move that one instead, or give this one its own id";

impl Api {
    /// The gateway that answers at the configured address, if one does.
    ///
    /// # Errors
    /// When it does not accept our token.
    pub async fn find(config: &Config) -> Result<Option<Self>, Failure> {
        let base = format!("http://{}", wire::reachable(config.listen));
        let http = wire::http_client()?;
        let alive = http.get(format!("{base}/livez")).timeout(Duration::from_secs(2)).send().await;
        if !alive.is_ok_and(|response| response.status().is_success()) {
            return Ok(None);
        }
        let refused = || {
            Failure::broken(format!(
                "a gateway answers at {base} and does not accept our admin token; give its token as FRONTDESK_ADMIN_TOKEN, or its folder as FRONTDESK_DATA"
            ))
        };
        let token = Secrets::admin_token(config).ok_or_else(refused)?;
        let api = Self { http, base: base.clone(), token };
        let tried =
            api.http.get(format!("{}/api/v1/appointments?limit=1", api.base)).bearer_auth(api.token.expose_secret());
        match tried.send().await {
            Ok(response) if response.status() == StatusCode::UNAUTHORIZED => Err(refused()),
            Ok(_) => Ok(Some(api)),
            Err(error) => Err(lost(&error)),
        }
    }

    async fn take(&self, new: &NewAppointment) -> Result<Outcome, Failure> {
        let body = serde_json::json!({
            "business": new.business,
            "external_id": new.external_id,
            "customer": new.customer,
            "starts_at": new.starts_at,
            "duration_minutes": new.duration_minutes,
            "service": new.service,
            "notes": new.notes,
            "confirm": new.confirm,
        });
        loop {
            let request =
                self.http.post(format!("{}/api/v1/appointments", self.base)).bearer_auth(self.token.expose_secret());
            let response = request.json(&body).send().await.map_err(|error| lost(&error))?;
            let status = response.status();
            let wait = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
            return match status {
                StatusCode::CREATED => Ok(Outcome::Taken),
                StatusCode::OK => Ok(Outcome::Unchanged),
                StatusCode::TOO_MANY_REQUESTS => {
                    // A long file is patient; the gateway says for how long.
                    tokio::time::sleep(Duration::from_secs(wait.unwrap_or(1).clamp(1, 60))).await;
                    continue;
                }
                status if status.is_client_error() => {
                    let problem: serde_json::Value = response.json().await.unwrap_or_default();
                    let detail =
                        problem.get("detail").and_then(serde_json::Value::as_str).unwrap_or("the gateway refuses it");
                    Ok(Outcome::Refused(detail.to_owned()))
                }
                status => Err(Failure::broken(format!(
                    "the gateway at {} failed with status {status}; see its log",
                    self.base
                ))),
            };
        }
    }
}

fn lost(error: &reqwest::Error) -> Failure {
    Failure::broken(format!(
        "the running gateway did not answer ({error}); repeat the command: what was taken already is not taken twice"
    ))
}
