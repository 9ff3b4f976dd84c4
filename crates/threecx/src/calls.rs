//! Calls of a PBX: placed at most once, looked up, ended, and told what comes next.

use crate::{
    audio::paced,
    config::Clock,
    control::{CallControl, Participant, Refusal, Verdict, failed},
    names::Names,
    numbers::Numbers,
    steer::{Plan, plan},
};
use frontdesk_core::{
    event::EndCause,
    personal::Phone,
    ports::{Happened, Performed, PlaceCall, PortError, PortResult, Trouble},
    reply::Reply,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::task::{AbortHandle, JoinSet};

/// A PBX that refuses a sound does so at once.
const REFUSES_WITHIN: Duration = Duration::from_millis(250);

/// Does what is asked for.
pub(crate) struct Calls {
    pub(crate) control: Arc<CallControl>,
    pub(crate) names: Arc<Names>,
    pub(crate) numbers: Numbers,
    pub(crate) clock: Clock,
    sounds: Mutex<Sounds>,
}

/// What callers hear; it ends with the adapter.
#[derive(Default)]
struct Sounds {
    tasks: JoinSet<()>,
    by_call: HashMap<String, AbortHandle>,
}

impl Calls {
    pub(crate) fn new(control: Arc<CallControl>, names: Arc<Names>, numbers: Numbers, clock: Clock) -> Self {
        Self { control, names, numbers, clock, sounds: Mutex::default() }
    }

    /// Rings somebody from a telephone of ours; 3CX has no place for a caller id, so that its own rules choose one.
    pub(crate) async fn place(&self, place: &PlaceCall) -> PortResult<Performed> {
        let settings = &self.control.control;
        let dn = settings.extension.as_ref().unwrap_or(&settings.route_point);
        let device = match &settings.device {
            Some(device) => Some(device.clone()),
            None => {
                let devices = self.control.devices(dn).await?;
                devices.into_iter().find(crate::control::Device::registered).map(|device| device.device_id)
            }
        };
        let data = [("frontdesk_call_id".to_owned(), place.call_id.to_string())];
        let (to, seconds) = (place.to.reveal(), place.ring_seconds);
        let asked = self.clock.now();
        match self.control.make_call(dn, device.as_deref(), to, seconds, &data).await? {
            Verdict::Done(Some(part)) if part.callid != 0 => {
                let provider_call_id = self.names.placed(part.callid, asked, self.clock.now());
                Ok(Performed::Placed { provider_call_id })
            }
            Verdict::Refused(reason) => Err(refused("place the call", &reason)),
            Verdict::Done(_) | Verdict::Unknown => {
                Err(failed(Happened::Maybe, Trouble::Broken, "3CX does not say what it calls the call"))
            }
        }
    }

    /// What became of a call. Only calls that are under way are shown, so that one that is not there is over, or never was.
    pub(crate) async fn find(&self, name: Option<&str>, to: &Phone) -> PortResult<Performed> {
        let Some(name) = name else { return self.find_placed(to).await };
        let ended = self.parts(name).await?.is_empty();
        let ended = ended.then_some((EndCause::Completed, None));
        Ok(Performed::Found { provider_call_id: name.to_owned(), ended })
    }

    /// A call whose request was not answered: there may be one to the same number, begun from the same extension. The person
    /// may also have rung us meanwhile; that call is not ours.
    async fn find_placed(&self, to: &Phone) -> PortResult<Performed> {
        let unsure = |what| failed(Happened::No, Trouble::Unavailable, what);
        if *to == Phone::forgotten() {
            return Err(unsure("nobody knows any more whom the call was to; look at the PBX's call log"));
        }
        let settings = &self.control.control;
        let dn = settings.extension.as_ref().unwrap_or(&settings.route_point);
        let asked = self.clock.now();
        let parts = self.control.participants(dn).await?;
        let mut theirs = parts.iter().filter(|part| {
            part.outgoing()
                && !self.names.is_incoming(part.callid, asked)
                && self.numbers.read(&part.party_caller_id).as_ref() == Some(to)
        });
        match (theirs.next(), theirs.next()) {
            (Some(part), None) if part.callid != 0 => {
                let provider_call_id = self.names.placed(part.callid, asked, self.clock.now());
                Ok(Performed::Found { provider_call_id, ended: None })
            }
            (Some(_), _) => Err(unsure("there are several such calls under way; look at the PBX's call log")),
            (None, _) => {
                Err(unsure("no such call is under way, and 3CX tells of no others; look at the PBX's call log"))
            }
        }
    }

    /// Ends a call, whoever of ours is in it.
    pub(crate) async fn hang_up(&self, name: &str) -> PortResult<Performed> {
        for part in self.parts(name).await? {
            self.control.drop_participant(&part.dn, part.id).await?;
        }
        self.silence(name);
        Ok(Performed::Done)
    }

    pub(crate) async fn steer(&self, name: &str, reply: &Reply) -> PortResult<Performed> {
        let plan = plan(reply)?;
        let settings = &self.control.control;
        let mut parts = self.parts(name).await?;
        // The caller's line at our route point, where there is one, else wherever they are heard.
        let ours = |part: &Participant| part.dn == settings.route_point;
        parts.sort_by_key(|part| (!ours(part), !part.external(), part.id));
        let Some(part) = parts.into_iter().next() else {
            self.silence(name);
            return Ok(Performed::Over);
        };
        match plan {
            Plan::Nothing => Ok(Performed::Done),
            Plan::End => self.hang_up(name).await,
            Plan::Greet { then_end } if ours(&part) => self.greet(name, part, then_end).await,
            Plan::Greet { .. } => {
                let what = format!("speak to a caller at extension {}, which is not our route point", part.dn);
                Err(PortError::unsupported(crate::NAME, &what))
            }
            Plan::Transfer(to) if ours(&part) => self.lead(name, &part, &to, &[]).await,
            Plan::Transfer(to) => {
                let (dn, id) = (part.dn.as_str(), part.id);
                let verdict = match part.ringing() {
                    true => self.control.divert(dn, id, &to).await?,
                    false => self.control.transfer_to(dn, id, &to).await?,
                };
                done(verdict, "transfer the call")
            }
            Plan::Agent(data) => {
                let to = settings.agent_destination.as_deref().ok_or_else(|| {
                    let what = "lead callers to a voice agent without threecx.agent_destination";
                    PortError::unsupported(crate::NAME, what)
                })?;
                if !ours(&part) {
                    let what =
                        format!("lead a caller at extension {} to the voice agent; only our route point can", part.dn);
                    return Err(PortError::unsupported(crate::NAME, &what));
                }
                self.lead(name, &part, to, &data).await
            }
        }
    }

    /// Leads a caller at our route point elsewhere. Our own part in the call ends once somebody there has it: until then
    /// the caller goes on hearing what they hear.
    async fn lead(&self, name: &str, part: &Participant, to: &str, data: &[(String, String)]) -> PortResult<Performed> {
        let verdict = self.control.route_to(&part.dn, part.id, to, data).await?;
        let led = done(verdict, "lead the caller there")?;
        self.silence(name);
        if led == Performed::Done
            && let Err(error) = self.control.drop_participant(&part.dn, part.id).await
        {
            // They speak with each other already; ours is a silent third.
            tracing::warn!(%error, "our own part in a call that was led elsewhere could not be ended");
        }
        Ok(led)
    }

    /// Lets the caller hear the greeting, and music after it. Comes back once it is heard; it goes on by itself.
    async fn greet(&self, name: &str, part: Participant, then_end: bool) -> PortResult<Performed> {
        let settings = &self.control.control;
        let (greeting, music) = (settings.greeting.clone(), settings.music.clone().filter(|_| !then_end));
        if greeting.is_none() && music.is_none() && !then_end {
            return Err(PortError::unsupported(crate::NAME, "speak without threecx.greeting_audio"));
        }
        self.silence(name);
        let (told, refused) = tokio::sync::oneshot::channel();
        let control = Arc::clone(&self.control);
        let sounds = greeting.into_iter().collect::<Vec<_>>();
        let task = async move {
            let played = control.play(&part.dn, part.id, || paced(sounds.clone(), music.clone())).await;
            if let Err(error) = played {
                tracing::debug!(%error, "a caller does not hear the greeting to its end; most have hung up");
                // Nobody waits any more where it was heard for a while.
                let _ = told.send(error);
            } else if then_end && let Err(error) = control.drop_participant(&part.dn, part.id).await {
                tracing::warn!(%error, "a call could not be ended after its last words");
            }
        };
        self.begin(name, task);
        match tokio::time::timeout(REFUSES_WITHIN, refused).await {
            Ok(Ok(error)) if Refusal::of(&error) == Some(Refusal(404)) => Ok(Performed::Over),
            Ok(Ok(error)) => Err(error),
            _ => Ok(Performed::Done),
        }
    }

    fn begin(&self, name: &str, task: impl Future<Output = ()> + Send + 'static) {
        let mut sounds = self.sounds();
        while sounds.tasks.try_join_next().is_some() {}
        sounds.by_call.retain(|_, task| !task.is_finished());
        let handle = sounds.tasks.spawn(task);
        sounds.by_call.insert(name.to_owned(), handle);
    }

    /// Ends what a caller hears from us.
    fn silence(&self, name: &str) {
        if let Some(task) = self.sounds().by_call.remove(name) {
            task.abort();
        }
    }

    /// Our parts in a call; none once it is over.
    async fn parts(&self, name: &str) -> PortResult<Vec<Participant>> {
        let callid = self.number(name)?;
        let extensions = self.control.extensions().await?;
        if self.names.taken_over(name, callid, self.clock.now()) {
            return Ok(Vec::new());
        }
        let all = extensions.into_iter().flat_map(|dn| {
            let name = dn.dn;
            dn.participants.into_iter().map(move |part| Participant { dn: name.clone(), ..part })
        });
        Ok(all.filter(|part| part.callid == callid).collect())
    }

    fn number(&self, name: &str) -> PortResult<u64> {
        self.names.number(name).ok_or_else(|| {
            let what = "the call has another relay's name, by which 3CX cannot find it; let our own relay tell of calls \
                        (threecx.relay)";
            failed(Happened::No, Trouble::Broken, what)
        })
    }

    fn sounds(&self) -> MutexGuard<'_, Sounds> {
        self.sounds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What came of an action on a live call; a call that is gone is over.
fn done(verdict: Option<Verdict>, what: &str) -> PortResult<Performed> {
    match verdict {
        None => Ok(Performed::Over),
        Some(Verdict::Done(_)) => Ok(Performed::Done),
        Some(Verdict::Refused(reason)) => Err(refused(what, &reason)),
        Some(Verdict::Unknown) => {
            Err(failed(Happened::Maybe, Trouble::Broken, format!("3CX does not say whether it could {what}")))
        }
    }
}

/// Whether the number or the telephone is to blame 3CX does not say firmly.
fn refused(what: &str, reason: &str) -> PortError {
    let told =
        format!("3CX did not {what} ({reason}); look at its outbound rules, and whether the telephone is registered");
    failed(Happened::No, Trouble::Barred, told)
}
