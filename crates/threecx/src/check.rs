//! What `gateway check --live` asks: whether the PBX lets us in, and whether what is configured is there.

use crate::control::{CallControl, Device};
use frontdesk_core::ports::PortResult;

/// What was found at the PBX.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// What is fine, in a sentence each.
    pub fine: Vec<String>,
    /// What should be changed, each with what to do.
    pub troubles: Vec<String>,
}

pub(crate) async fn check(control: &CallControl) -> PortResult<Checked> {
    let settings = &control.control;
    let seen = control.extensions().await?;
    let mut checked = Checked::default();
    checked.fine.push(format!("Call Control is open to us, {} extensions are seen", seen.len()));
    let (route_point, at_route_point) = (&settings.route_point, seen.iter().find(|dn| dn.dn == settings.route_point));
    match at_route_point {
        None => checked.troubles.push(format!(
            "the route point {route_point} is not seen; 3CX gives it the client id as its extension: set \
             threecx.route_point to that, and look whether Call Control is ticked and the licence is Enterprise (8SC or \
             larger)"
        )),
        Some(dn) if !dn.kind.eq_ignore_ascii_case("Wroutepoint") => checked.troubles.push(format!(
            "{route_point} is a {}, not a route point: callers there hear nothing of ours; set threecx.route_point to the \
             client id",
            dn.kind
        )),
        Some(_) => checked.fine.push(format!("the route point {route_point} is there")),
    }
    let from = settings.extension.as_ref().unwrap_or(route_point);
    match seen.iter().find(|dn| dn.dn == *from) {
        None if from != route_point => checked
            .troubles
            .push(format!("the extension {from} is not seen; list it at Integrations, API (groups cannot be watched)")),
        None => {}
        Some(dn) => device(&mut checked, from, settings.device.as_deref(), &dn.devices),
    }
    if settings.agent_destination.is_some() && at_route_point.is_none() {
        let text = "callers cannot be led to the voice agent without the route point";
        checked.troubles.push(text.to_owned());
    }
    Ok(checked)
}

fn device(checked: &mut Checked, from: &str, wanted: Option<&str>, devices: &[Device]) {
    let registered: Vec<_> = devices.iter().filter(|device| device.registered()).collect();
    match wanted {
        Some(wanted) if !registered.iter().any(|device| device.device_id == wanted) => checked.troubles.push(format!(
            "the device {wanted} of {from} is not registered; name one of: {}",
            registered.iter().map(|device| device.device_id.as_str()).collect::<Vec<_>>().join(", ")
        )),
        None if registered.is_empty() => {
            checked.troubles.push(format!("no device of {from} is registered, so that no calls are placed from it"));
        }
        _ => checked.fine.push(format!("calls can be placed from {from}")),
    }
}
