//! One session: it rings, is picked up or not, walks its callflows, and tells the end.

use super::{
    super::{Pickup, Placed, Script, offers_keys, wait},
    EightXEight, check,
};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

/// Why a session ended.
enum End {
    /// Connected, and then over.
    Completed,
    /// Never connected, or ended by the vendor: its word for it.
    With(&'static str),
    /// The vendor could not go on: code and message.
    Error(i64, &'static str),
}

/// Where a callflow led.
enum Walked {
    /// It hung up, or the callee did.
    Over,
    /// It came to its end; the keys of the last question, where there was one.
    Ran { keys: Option<Option<String>> },
}

struct Session {
    carrier: EightXEight,
    placed: Placed,
    script: Script,
    inbound: bool,
    leg: String,
    began: DateTime<Utc>,
    connected: Option<DateTime<Utc>>,
    last_action: &'static str,
    /// The leg of the desk and how it went, where there was one.
    bridged: Option<(String, &'static str)>,
    /// Second deliveries, for after the end.
    held: Vec<(&'static str, Value)>,
}

/// Runs a session to its end. The callflow is the one it was placed with; without one somebody rings in.
pub(super) async fn run(carrier: EightXEight, placed: Placed, flow: Option<Vec<Value>>, script: Script) {
    wait(script.rings_after).await;
    let (leg, began) = (carrier.draw(), carrier.now());
    let mut session = Session {
        carrier: carrier.clone(),
        placed,
        script,
        inbound: flow.is_none(),
        leg,
        began,
        connected: None,
        last_action: "MAKE_CALL",
        bridged: None,
        held: Vec::new(),
    };
    let end = match flow {
        Some(flow) => session.placed(flow).await,
        None => session.received().await,
    };
    session.tell_end(&end).await;
    carrier.0.ledger.over();
}

impl Session {
    /// Rings the callee.
    async fn placed(&mut self, mut flow: Vec<Value>) -> End {
        self.status("CALL_INITIATED").await;
        self.carrier.0.settings.pace.seconds(2).await;
        match self.script.pickup {
            Pickup::Person | Pickup::Machine => {}
            // What the vendor makes of a declined call is not documented; networks tell it as busy.
            Pickup::Busy | Pickup::Declines => return End::With("BUSY"),
            Pickup::NoAnswer => {
                self.carrier.0.settings.pace.seconds(30).await;
                return End::With("NO_ANSWER");
            }
        }
        self.connected = Some(self.carrier.now());
        self.status("CALL_CONNECTED").await;
        // The call that was placed is the first leg and under way already.
        self.live(None, flow.split_off(1)).await
    }

    /// Somebody rings.
    async fn received(&mut self) -> End {
        self.connected = Some(self.carrier.now());
        let event = envelope("CALL_ACTION", "Action request of a call", self.event("CALL_RECEIVED"));
        match self.steer(event).await {
            Ok((id, flow)) => self.live(id, flow).await,
            Err(end) => end,
        }
    }

    async fn live(&mut self, mut action_id: Option<String>, mut flow: Vec<Value>) -> End {
        loop {
            let Walked::Ran { keys } = self.walk(flow).await else {
                return End::Completed;
            };
            let action = self.action(keys, action_id.as_deref());
            match self.steer(action).await {
                Ok(next) => (action_id, flow) = next,
                Err(end) => return end,
            }
        }
    }

    async fn walk(&mut self, flow: Vec<Value>) -> Walked {
        let mut keys = None;
        for action in flow {
            let params = &action["params"];
            match action["action"].as_str().unwrap_or_default() {
                "say" => {
                    self.last_action = "SAY";
                    if self.hears(params["text"].as_str().unwrap_or_default()).await {
                        return Walked::Over;
                    }
                }
                "playFile" => self.last_action = "PLAY_FILE",
                "sayAndCapture" => {
                    self.last_action = "SAY_AND_CAPTURE";
                    let prompt = params["promptMessage"].as_str().unwrap_or_default().to_owned();
                    if self.hears(&prompt).await {
                        return Walked::Over;
                    }
                    keys = Some(self.listen(params, &prompt).await);
                }
                "makeCall" => {
                    self.last_action = "MAKE_CALL";
                    let desk = params["destination"].as_str().unwrap_or_default();
                    let status = match self.carrier.0.ledger.script_of(desk).pickup {
                        Pickup::Person | Pickup::Machine => "COMPLETED",
                        Pickup::Busy | Pickup::Declines => "BUSY",
                        Pickup::NoAnswer => "NO_ANSWER",
                    };
                    self.bridged = Some((desk.to_owned(), status));
                    self.carrier.0.settings.pace.seconds(30).await;
                }
                _ => {
                    self.last_action = "HANGUP";
                    return Walked::Over;
                }
            }
        }
        Walked::Ran { keys }
    }

    /// Whether the callee hangs up while hearing this.
    async fn hears(&mut self, text: &str) -> bool {
        self.carrier.0.settings.pace.seconds(2).await;
        self.script.leaves_in_menu && offers_keys(text)
    }

    async fn listen(&mut self, params: &Value, prompt: &str) -> Option<String> {
        let (least, most) = (params["minDigits"].as_u64().unwrap_or(1), params["maxDigits"].as_u64().unwrap_or(1));
        for _ in 0..params["noOfTries"].as_u64().unwrap_or(1) {
            let Some(pressed) = self.script.press(prompt) else {
                let wait = params["overallTimeout"].as_u64().unwrap_or(5_000) / 1_000;
                self.carrier.0.settings.pace.seconds(u32::try_from(wait).unwrap_or(5)).await;
                continue;
            };
            self.carrier.0.settings.pace.seconds(1).await;
            let entry: String = pressed.chars().take(usize::try_from(most).unwrap_or(25)).collect();
            // Any key is a success to the vendor, as long as there are enough of them.
            if entry.chars().count() as u64 >= least {
                return Some(entry);
            }
        }
        None
    }

    /// Asks what happens next: the callflow, and the id that comes along with it.
    async fn steer(&mut self, action: Value) -> Result<(Option<String>, Vec<Value>), End> {
        if self.script.disorderly {
            self.held.push(("VCA", action.clone()));
        }
        let answer = self.carrier.post("VCA", &action).await;
        let answer = answer.ok_or(End::Error(-2002, "An internal connectivity error has occurred"))?;
        let usable = check::reply(&self.carrier.0.settings, &answer);
        usable.ok_or(End::Error(-2003, "The call flow provided is invalid"))
    }

    fn direction(&self) -> &'static str {
        if self.inbound { "INBOUND" } else { "OUTBOUND" }
    }

    /// Progress; with a disorderly line it comes after the end.
    async fn status(&mut self, status: &str) {
        let mut payload = self.event(status);
        payload.insert("callDuration".to_owned(), json!(0));
        let body = envelope("CALL_STATUS", "Status update of a call", payload);
        if self.script.disorderly {
            self.held.extend([("VCS", body.clone()), ("VCS", body)]);
        } else {
            self.carrier.post("VCS", &body).await;
        }
    }

    async fn tell_end(&mut self, end: &End) {
        let summary = self.summary(end);
        self.carrier.post("VSS", &summary).await;
        if self.script.disorderly {
            self.carrier.post("VSS", &summary).await;
        }
        for (kind, body) in std::mem::take(&mut self.held).into_iter().rev() {
            self.carrier.post(kind, &body).await;
        }
    }

    fn event(&self, status: &str) -> Map<String, Value> {
        let event = json!({
            "eventId": self.carrier.draw(), "callId": self.leg, "sessionId": self.placed.id,
            "subAccountId": self.carrier.0.settings.subaccount, "callStatus": status, "callDirection": self.direction(),
            "callType": "PSTN", "source": self.placed.from, "destination": self.placed.to, "sourceFormat": "MSISDN",
            "destinationFormat": "MSISDN", "sourceCountryCode": null, "destinationCountryCode": null, "sipCode": 200,
            "timestamp": self.carrier.now().to_rfc3339_opts(SecondsFormat::Millis, true),
        });
        match event {
            Value::Object(event) => event,
            _ => Map::new(),
        }
    }

    fn action(&self, keys: Option<Option<String>>, action_id: Option<&str>) -> Value {
        let mut payload = self.event("ACTION_COMPLETED");
        payload.insert("callDuration".to_owned(), json!(0));
        if let Some(keys) = keys {
            payload.insert("eventData".to_owned(), json!({ "dtmf": keys }));
        }
        if let Some(id) = action_id {
            payload.insert("clientActionId".to_owned(), json!(id));
        }
        envelope("CALL_ACTION", "Action request of a call", payload)
    }

    fn summary(&self, end: &End) -> Value {
        let now = self.carrier.now();
        let of_person = if self.connected.is_some() { "COMPLETED" } else { self.word(end) };
        let status = match (&self.bridged, end) {
            // The leg that was bridged turns the word for the whole.
            (Some((_, desk)), End::Completed) => desk,
            _ => self.word(end),
        };
        let mut details = json!({ "callA": self.leg(self.placed.to.reveal(), of_person, self.connected, now) });
        if let Some((desk, status)) = &self.bridged {
            let answered = self.connected.filter(|_| *status == "COMPLETED");
            details["callB"] = self.leg(desk, status, answered, now);
            details["callB"]["callDirection"] = json!("OUTBOUND");
        }
        let mut payload = json!({
            "sessionId": self.placed.id, "subAccountId": self.carrier.0.settings.subaccount, "sessionStatus": status,
            "startTime": seconds(self.began), "endTime": seconds(now), "lastAction": self.last_action,
            "callCount": 1 + usize::from(self.bridged.is_some()), "details": details,
        });
        if let End::Error(code, message) = end {
            payload["errorDetails"] = json!({"errorMsg": message, "errorCode": code});
        }
        let description = "Summary of a completed call session";
        json!({
            "payload": payload, "namespace": "VOICE", "eventType": "SESSION_SUMMARY", "description": description,
            "version": 5,
        })
    }

    fn word(&self, end: &End) -> &'static str {
        match end {
            End::Completed => "COMPLETED",
            End::With(word) => word,
            End::Error(..) => "ERROR",
        }
    }

    fn leg(&self, to: &str, status: &str, connected: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Value {
        let mut leg = json!({
            "callId": self.leg, "callDirection": self.direction(), "callType": "PSTN", "source": self.placed.from,
            "destination": to, "sourceFormat": "MSISDN", "destinationFormat": "MSISDN", "callStatus": status,
            "initiatedTimestamp": seconds(self.began), "disconnectedTimestamp": seconds(now), "callDuration": 0,
        });
        if let Some(connected) = connected {
            leg["connectedTimestamp"] = json!(seconds(connected));
            leg["callDuration"] = json!((now - connected).num_seconds());
        }
        leg
    }
}

fn seconds(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn envelope(kind: &str, description: &str, payload: Map<String, Value>) -> Value {
    let payload = Value::Object(payload);
    json!({"payload": payload, "namespace": "VOICE", "eventType": kind, "description": description})
}
