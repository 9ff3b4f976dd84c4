//! The adapters of real carriers, and the paths of the seeds that lead to them.

use crate::{
    config::{Carriers, Config},
    failure::{Failure, causes},
};
use frontdesk_core::{
    effect::Channel,
    engine::Ports,
    ports::{AgentLine, CallProvider, Notifier, VoiceAgent, VoiceCloner},
};
use frontdesk_eightxeight::EightXEight;
use frontdesk_elevenlabs::ElevenLabs;
use frontdesk_exotel::Exotel;
use frontdesk_threecx::ThreeCx;
use frontdesk_twilio::Twilio;
use frontdesk_web::Alias;
use std::{sync::Arc, time::Duration};
use url::Url;

/// The carriers that are configured.
pub struct Real {
    /// 8x8.
    pub eightxeight: Option<Arc<EightXEight>>,
    /// Twilio.
    pub twilio: Option<Arc<Twilio>>,
    /// Exotel.
    pub exotel: Option<Arc<Exotel>>,
    /// ElevenLabs.
    pub elevenlabs: Option<Arc<ElevenLabs>>,
    /// 3CX.
    pub threecx: Option<Arc<ThreeCx>>,
}

/// An HTTP client for carriers and the staff's webhooks: it follows no redirect, which could lead credentials astray and a
/// call to be placed twice.
///
/// # Errors
/// When TLS cannot be set up.
pub(super) fn client() -> Result<reqwest::Client, Failure> {
    bounded(super::builder())
}

fn bounded(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, Failure> {
    builder
        // 8x8 bounds each request itself, by as much.
        .timeout(Duration::from_secs(15))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| {
            Failure::broken(format!(
                "the HTTP client for carriers and webhooks cannot be made: {error}{}",
                causes(&error)
            ))
        })
}

impl Real {
    /// Makes the adapters of what is configured. Carriers find the gateway at `public_url`.
    ///
    /// # Errors
    /// When the HTTP client or an adapter cannot be made.
    pub fn new(config: &Config, public_url: &Url) -> Result<Self, Failure> {
        let http = client()?;
        let eightxeight = config.carriers.eightxeight.clone().map(|mut settings| {
            settings.webhook_base = public_url.clone();
            Arc::new(EightXEight::new(settings, http.clone()))
        });
        let twilio = config.carriers.twilio.clone().map(|mut settings| {
            let own = aliases().into_iter().filter(|alias| alias.provider == frontdesk_twilio::NAME);
            settings.hook_paths = own.map(|alias| (alias.path, alias.hook)).collect();
            // What is configured stands there as it was written, which is what Twilio is to be given, and signs.
            if config.public_url.is_none() {
                public_url.as_str().trim_end_matches('/').clone_into(&mut settings.webhook_base);
            }
            Twilio::new(settings, http.clone()).map(Arc::new).map_err(|wrong| Failure::broken(wrong.to_string()))
        });
        let exotel = config.carriers.exotel.clone().map(|settings| Arc::new(Exotel::new(settings, http.clone())));
        let elevenlabs = config.carriers.elevenlabs.clone();
        let elevenlabs = elevenlabs.map(|settings| Arc::new(ElevenLabs::new(settings, http.clone())));
        let threecx = config.carriers.threecx.clone().map(|settings| {
            // It opens a WebSocket, which begins as a request of HTTP/1.1.
            let http = bounded(super::builder().http1_only())?;
            Ok::<_, Failure>(Arc::new(ThreeCx::new(settings.adapter, http)))
        });
        let threecx = threecx.transpose()?;
        Ok(Self { eightxeight, twilio: twilio.transpose()?, exotel, elevenlabs, threecx })
    }

    /// Adds them to what the engine works with. Text messages go by whoever is configured for them ([`Carriers::texts`]).
    /// Nobody is rung while the carrier could not reach us (`reachable`): whoever picks up would hear its error message, and would
    /// be rung again because we heard nothing of them.
    pub(super) fn join(&self, ports: &mut Ports, carriers: &Carriers, reachable: bool) {
        if let Some(eightxeight) = self.eightxeight.as_ref().filter(|_| reachable) {
            let carrier = Arc::clone(eightxeight) as Arc<dyn CallProvider>;
            ports.carriers.insert(frontdesk_eightxeight::NAME.to_owned(), carrier);
        }
        if let Some(twilio) = self.twilio.as_ref().filter(|_| reachable) {
            let carrier = Arc::clone(twilio) as Arc<dyn CallProvider>;
            ports.carriers.insert(frontdesk_twilio::NAME.to_owned(), carrier);
        }
        if let Some(elevenlabs) = &self.elevenlabs {
            let teller = Arc::clone(elevenlabs) as Arc<dyn CallProvider>;
            ports.carriers.insert(frontdesk_elevenlabs::NAME.to_owned(), teller);
            ports.line = Some(Arc::clone(elevenlabs) as Arc<dyn AgentLine>);
            if elevenlabs.converses() {
                ports.agent = Some(Arc::clone(elevenlabs) as Arc<dyn VoiceAgent>);
            }
            if elevenlabs.clones() {
                ports.cloner = Some(Arc::clone(elevenlabs) as Arc<dyn VoiceCloner>);
            }
        }
        if let Some(exotel) = &self.exotel {
            // It tells of key presses by whichever address it was given; without ours it says that it places no calls.
            ports.carriers.insert(frontdesk_exotel::NAME.to_owned(), Arc::clone(exotel) as Arc<dyn CallProvider>);
        }
        if let Some(threecx) = &self.threecx {
            // Its relay needs no address of ours.
            ports.carriers.insert(frontdesk_threecx::NAME.to_owned(), Arc::clone(threecx) as Arc<dyn CallProvider>);
        }
        self.join_messages(ports, carriers);
    }
}

impl Real {
    /// Who was chosen to send goes before the sandbox; else a deployment that rings in the sandbox writes there as well,
    /// unless 8x8 was given a subaccount for nothing but messages.
    fn join_messages(&self, ports: &mut Ports, carriers: &Carriers) {
        let (eightxeight, twilio, exotel) = (self.eightxeight.clone(), self.twilio.clone(), self.exotel.clone());
        let by: Option<Arc<dyn Notifier>> = match carriers.texts() {
            Some(frontdesk_eightxeight::NAME) => eightxeight.map(|it| it as Arc<dyn Notifier>),
            Some(frontdesk_exotel::NAME) => exotel.map(|it| it as Arc<dyn Notifier>),
            Some(_) => twilio.clone().map(|it| it as Arc<dyn Notifier>),
            None => None,
        };
        let firmly = carriers.texts_are_chosen() || carriers.texts() == Some(frontdesk_eightxeight::NAME);
        if let Some(by) = by {
            if firmly {
                ports.notifiers.insert(Channel::Sms, by);
            } else {
                ports.notifiers.entry(Channel::Sms).or_insert(by);
            }
        }
        if let Some(twilio) = twilio.filter(|_| carriers.whatsapp()) {
            ports.notifiers.insert(Channel::Whatsapp, twilio as Arc<dyn Notifier>);
        }
    }
}

/// The seeds' own paths of the door. They are there whatever is configured: a hook of nobody says so.
#[must_use]
pub fn aliases() -> Vec<Alias> {
    let (eight, twilio, exotel) = (frontdesk_eightxeight::NAME, frontdesk_twilio::NAME, frontdesk_exotel::NAME);
    let (elevenlabs, threecx) = (frontdesk_elevenlabs::NAME, frontdesk_threecx::NAME);
    vec![
        Alias::new("/api/webhooks/vca", eight, "vca"),
        Alias::new("/api/webhooks/vss", eight, "vss"),
        Alias::new("/api/v1/webhooks/incoming-call", twilio, "incoming-call"),
        Alias::new("/api/v1/webhooks/call-status", twilio, "call-status"),
        Alias::new("/api/v1/webhooks/twilio/status", twilio, "twilio/status"),
        Alias::new("/api/v1/voice/incoming", twilio, "voice/incoming"),
        Alias::new("/voice/inbound", twilio, "voice/incoming"),
        Alias::new("/webhook", elevenlabs, "webhook"),
        Alias::new("/webhook/3cx", threecx, "3cx"),
        Alias::new("/voiceclone/webhook/3cx", threecx, "3cx"),
        Alias::new("/webhook/postcall", elevenlabs, "postcall"),
        Alias::new("/voiceclone/webhook/postcall", elevenlabs, "postcall"),
        Alias::new("/webhook/ivr/{step}", exotel, "ivr/{step}"),
        Alias::new("/webhook/ivr/{tree}/{step}", exotel, "ivr/{tree}/{step}"),
    ]
}
