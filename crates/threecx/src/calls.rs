//! Calls of a PBX: placed at most once, looked up, ended, and told what comes next.

use crate::{
    audio::paced,
    config::Clock,
    control::{CallControl, Participant, Refusal, Verdict, failed},
    names::Names,
    numbers::Numbers,
    sounds::Sounds,
    steer::{Plan, plan},
    talk::{self, Talking},
};
use frontdesk_core::{
    event::EndCause,
    personal::Phone,
    ports::{Exchange, Happened, Performed, PlaceCall, PortError, PortResult, Trouble},
    reply::Reply,
};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

/// A PBX that refuses a sound does so at once.
const REFUSES_WITHIN: Duration = Duration::from_millis(250);

/// Does what is asked for.
pub(crate) struct Calls {
    pub(crate) control: Arc<CallControl>,
    pub(crate) names: Arc<Names>,
    pub(crate) numbers: Numbers,
    pub(crate) clock: Clock,
    pub(crate) sounds: Arc<Sounds>,
    /// Puts callers through to our own voice agent, where there is one.
    pub(crate) exchange: OnceLock<Arc<dyn Exchange>>,
}

impl Calls {
    pub(crate) fn new(control: Arc<CallControl>, names: Arc<Names>, numbers: Numbers, clock: Clock) -> Self {
        Self { control, names, numbers, clock, sounds: Arc::default(), exchange: OnceLock::new() }
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
        self.sounds.silence(name);
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
            self.sounds.silence(name);
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
            Plan::Agent(_) if !ours(&part) => {
                let what =
                    format!("lead a caller at extension {} to the voice agent; only our route point can", part.dn);
                Err(PortError::unsupported(crate::NAME, &what))
            }
            Plan::Agent(data) => match (settings.agent_destination.as_deref(), self.exchange.get()) {
                (Some(to), _) => self.lead(name, &part, to, &data).await,
                (None, Some(exchange)) => self.converse(name, &part, data, exchange.as_ref()).await,
                (None, None) => {
                    let what = "lead callers to a voice agent; set threecx.agent_destination, or configure an agent";
                    Err(PortError::unsupported(crate::NAME, what))
                }
            },
        }
    }

    /// Joins a caller at our route point with our own voice agent. Comes back once they are joined, or are surely not.
    async fn converse(
        &self,
        name: &str,
        part: &Participant,
        parameters: Vec<(String, String)>,
        exchange: &dyn Exchange,
    ) -> PortResult<Performed> {
        let sound = match self.control.listen(&part.dn, part.id).await {
            Ok(sound) => sound,
            Err(error) if Refusal::of(&error) == Some(Refusal(404)) => return Ok(Performed::Over),
            Err(error) => return Err(error),
        };
        let (line, ends) = Talking::new(Arc::clone(&self.control), part, sound);
        exchange.put_through(crate::NAME, talk::start(name, part, parameters), Box::new(line)).await?;
        let (control, told, key) = (Arc::clone(&self.control), ends.told.clone(), (part.dn.clone(), part.id));
        let part = part.clone();
        self.sounds.talk(name, key, told, |music| talk::speak(control, part, music, ends));
        Ok(Performed::Done)
    }

    /// Leads a caller at our route point elsewhere. Our own part in the call ends once somebody there has it: until then
    /// the caller goes on hearing what they hear.
    async fn lead(&self, name: &str, part: &Participant, to: &str, data: &[(String, String)]) -> PortResult<Performed> {
        let verdict = self.control.route_to(&part.dn, part.id, to, data).await?;
        let led = done(verdict, "lead the caller there")?;
        self.sounds.silence(name);
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
        let last = settings.goodbye.clone().filter(|_| then_end);
        let greeting = last.or_else(|| settings.greeting.clone());
        let music = settings.music.clone().filter(|_| !then_end);
        if greeting.is_none() && music.is_none() && !then_end {
            return Err(PortError::unsupported(crate::NAME, "speak without threecx.greeting_audio"));
        }
        self.sounds.silence(name);
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
        self.sounds.play(name, task);
        match tokio::time::timeout(REFUSES_WITHIN, refused).await {
            Ok(Ok(error)) if Refusal::of(&error) == Some(Refusal(404)) => Ok(Performed::Over),
            Ok(Ok(error)) => Err(error),
            _ => Ok(Performed::Done),
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
