//! A whole gateway in this process, on a port of its own, with the sandbox at no pace at all.

use frontdesk_core::{
    appointment::{Appointment, Status},
    id::AppointmentId,
    ports::IvrStore,
};
use frontdesk_gateway::{
    config::{self, Config, Inputs},
    secrets::Secrets,
    serve::{self, Running},
    wire,
};
use reqwest::{Method, RequestBuilder};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::{collections::BTreeMap, net::Ipv4Addr, time::Duration};
use tokio::sync::broadcast;

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const QUICK: &str = r#"
[businesses.clinic]
name = "Lakeside Clinic"
phone = "+15005550000"
time_zone = "Asia/Singapore"
[businesses.clinic.policy]
tries = 2
gaps = ["10ms"]
message_gap = "10ms"
[jobs]
lookup_after = "200ms"
[sandbox]
pace = 0.0
"#;

pub(crate) struct House {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) config: Config,
    pub(crate) secrets: Secrets,
    pub(crate) running: Running,
    pub(crate) http: reqwest::Client,
}

pub(crate) fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

impl House {
    pub(crate) async fn open(toml: &str, pairs: &[(&str, &str)]) -> Self {
        Self::with_env(toml, pairs, |_| String::new()).await
    }

    /// The same with a `.env` file, which may name the address the gateway will have.
    pub(crate) async fn with_env(toml: &str, pairs: &[(&str, &str)], env: impl FnOnce(&str) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("frontdesk.toml"), toml).unwrap();
        let socket = serve::bind((Ipv4Addr::LOCALHOST, 0).into()).await.unwrap();
        let url = format!("http://{}", socket.local_addr().unwrap());
        std::fs::write(folder.path().join(".env"), env(&url)).unwrap();
        let mut variables = variables(pairs);
        // So that commands find this very gateway.
        variables.insert("FRONTDESK_LISTEN".to_owned(), socket.local_addr().unwrap().to_string());
        let inputs = Inputs { file: None, folder: folder.path().to_owned(), variables };
        let config = config::load(&inputs).unwrap_or_else(|problems| panic!("{problems}"));
        let secrets = Secrets::keep(&config).unwrap();
        let running = serve::start(&config, &secrets, socket, None).await.unwrap();
        Self { folder, config, secrets, running, http: wire::http_client().unwrap() }
    }

    pub(crate) fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.running.url))
            .bearer_auth(self.secrets.admin_token.expose_secret())
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let response = self.ask(Method::GET, path).send().await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
        response.json().await.unwrap()
    }

    pub(crate) async fn book(&self, phone: &str) -> AppointmentId {
        let body = serde_json::json!({
            "customer": { "name": "Ana Lim", "phone": phone, "email": "ana.lim@example.com" },
            "starts_at": (frontdesk_gateway::clock::now() + chrono::Duration::days(1)).to_rfc3339(),
            "service": "Check-up",
            "confirm": "now",
        });
        let response = self.ask(Method::POST, "/api/v1/appointments").json(&body).send().await.unwrap();
        assert_eq!(response.status(), 201);
        let booked: Value = response.json().await.unwrap();
        booked["id"].as_str().unwrap().parse().unwrap()
    }

    /// Waits until the appointment is as wanted; it is looked at again after every line of the timeline.
    pub(crate) async fn until(&self, id: AppointmentId, wanted: impl Fn(&Appointment) -> bool) -> Appointment {
        let store = &self.running.gateway.store;
        let mut lines = store.subscribe();
        let waiting = async {
            loop {
                let appointment = store.appointment(id).await.unwrap().unwrap();
                if wanted(&appointment) {
                    return appointment;
                }
                match lines.recv().await {
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(appointment) => appointment,
            Err(_) => panic!("never came: {:?}", store.appointment(id).await.unwrap().map(|it| it.status)),
        }
    }

    pub(crate) async fn until_status(&self, id: AppointmentId, status: Status) -> Appointment {
        self.until(id, |appointment| appointment.status == status).await
    }

    /// The carrier's own count.
    pub(crate) async fn stats(&self) -> Value {
        let url = format!("{}/sandbox/carrier/v1/stats", self.running.url);
        let request = self.http.get(url).bearer_auth(self.secrets.account_token.expose_secret());
        request.send().await.unwrap().json().await.unwrap()
    }
}
