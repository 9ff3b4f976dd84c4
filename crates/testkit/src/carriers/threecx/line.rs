//! What becomes of calls: dropped, led elsewhere.

use super::{
    Led, ThreeCx,
    api::{answer, refusal},
    shown,
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

pub(super) async fn act(
    State(pbx): State<ThreeCx>,
    Path((dn, id, action)): Path<(String, u64, String)>,
    Json(body): Json<Value>,
) -> Response {
    let Some(part) = pbx.state().parts.get(&(dn.clone(), id)).cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match action.as_str() {
        "drop" => {
            pbx.take(&dn, id);
            answer(&pbx, true, "None", &Value::Null)
        }
        "attach_participant_data" => answer(&pbx, true, "None", &shown(&dn, &part)),
        // Telephones do not let themselves be picked up.
        "answer" => refusal(422, "not controlled directly"),
        "divert" if part.status != "Ringing" => refusal(422, "it does not ring"),
        "transferto" if part.status != "Connected" => refusal(422, "it is not connected"),
        "divert" | "transferto" | "routeto" => {
            let to = body["destination"].as_str().unwrap_or_default().to_owned();
            if !pbx.state().destinations.contains(&to) {
                return answer(&pbx, false, "NoDestinations", &Value::Null);
            }
            let data = body["attacheddata"].clone();
            let led = Led { callid: part.callid, how: action.clone(), to: to.clone(), data };
            pbx.state().led.push(led);
            if action != "routeto" {
                pbx.take(&dn, id);
            }
            pbx.touch();
            let result = json!({ "id": id + 100_000, "status": "Connected", "dn": to, "callid": part.callid });
            answer(&pbx, true, "None", &result)
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
