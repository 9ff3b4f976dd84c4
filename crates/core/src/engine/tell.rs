//! Tells the staff of an alert.

use super::{
    begin::{Beginner, Task},
    fold::Fold,
    mark::{detail, end, started},
};
use crate::{
    alert::{Alert, AlertRule, Way},
    effect::{Action, Address, Channel, Effect, EffectState},
    personal::Phone,
    ports::{Decision, Loaded, Notification},
    rules::Rules,
};
use chrono::{DateTime, Utc};

/// Under whose name an effect is run and counted: the business of its appointment or call. An alert goes by its rule's, and
/// by the first where it is about all of them.
pub(super) fn business_of<'a>(rules: &'a Rules, loaded: &'a Loaded) -> Option<&'a String> {
    let appointment = loaded.appointment.as_ref().map(|appointment| &appointment.business);
    appointment.or_else(|| loaded.call.as_ref().map(|call| &call.business)).or_else(|| {
        match &loaded.effect.as_ref()?.action {
            Action::Alert(alert) => {
                let own = alert.business.as_ref().filter(|id| rules.businesses.contains_key(*id));
                own.or_else(|| rules.businesses.keys().next())
            }
            Action::AgentCall(wanted) => Some(&wanted.business),
            // Nobody's in particular; it is counted where everything is.
            Action::DeleteVoice { .. } | Action::HangUp { line: None } => rules.businesses.keys().next(),
            _ => None,
        }
    })
}

/// Until when an alert is tried.
pub(super) fn tells_until(effect: &Effect) -> Option<DateTime<Utc>> {
    matches!(effect.action, Action::Alert(_)).then(|| effect.created_at + Alert::PATIENCE)
}

impl Beginner<'_> {
    /// The contact gate is not asked: it keeps customers from being bothered, and the staff asked for this. The fence
    /// around trials holds all the same.
    pub(super) fn tell(&self, effect: Effect, alert: &Alert) -> (Decision, Task) {
        let task = match self.telling(&effect, alert) {
            Ok(task) => task,
            Err(reason) => return (end(effect, EffectState::Skipped, reason, self.now), Task::Nothing),
        };
        let effect = started(effect, self.now);
        let mut fold = Fold::new(self.business, None, self.now);
        fold.record("begun", format!("alert {} begins, by {}", alert.rule, alert.to), detail(&effect));
        fold.decision.effect = Some(effect);
        (fold.decision, task)
    }

    pub(super) fn telling(&self, effect: &Effect, alert: &Alert) -> Result<Task, &'static str> {
        if tells_until(effect).is_some_and(|until| self.now > until) {
            return Err("it is more than a day old");
        }
        let rule = self.rules.alerts.iter().find(|rule| rule.name == alert.rule);
        let rule = rule.ok_or("this alert is not configured any more")?;
        let nobody = "nobody stands in this place of the rule any more";
        let (channel, to, subject, body) = match &alert.to {
            Way::Webhook { name } => return Ok(Task::Webhook { name: name.clone(), body: alert.body() }),
            Way::Sms { place } => {
                let phone = rule.sms.get(*place).ok_or(nobody)?;
                (Channel::Sms, Address::Phone(phone.clone()), None, alert.text())
            }
            Way::Email { place } => {
                let email = rule.mail.get(*place).ok_or(nobody)?;
                (Channel::Email, Address::Email(email.clone()), Some(alert.subject()), alert.words.clone())
            }
        };
        self.fence(rule, &to)?;
        let language = crate::speech::Language::En;
        let message = Notification { subject, ..Notification::plain(channel, to, "alert", body, language) };
        Ok(Task::Notify(Box::new(message)))
    }

    /// While a test number is set nobody else is contacted; a mailbox is nobody's number.
    fn fence(&self, rule: &AlertRule, to: &Address) -> Result<(), &'static str> {
        let about = |id: &String| rule.business.as_ref().is_none_or(|own| own == id);
        let mut fences = self.rules.businesses.iter().filter(|(id, _)| about(id));
        let outside = |only: &Phone| !matches!(to, Address::Phone(phone) if phone == only);
        if fences.any(|(_, business)| business.contact.only.as_ref().is_some_and(outside)) {
            return Err("a test number is set, and this is not it; unset YOUR_TEST_NUMBER to reach real people");
        }
        Ok(())
    }
}
