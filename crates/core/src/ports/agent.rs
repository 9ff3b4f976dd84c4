use super::{Caller, LineStart, Port, PortResult, VoiceId};
use crate::{
    id::CallId,
    personal::{Phone, Said},
    sound::{AudioFormat, Sound},
    talk::Talk,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::Value;

/// What an agent is told when a call is put through to it.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentStart {
    /// Which call.
    pub call_id: CallId,
    /// The carrier's name for it.
    pub provider_call_id: Option<String>,
    /// Who is on the line.
    pub from: Phone,
    /// The number that was rung.
    pub to: Phone,
    /// What is known of them.
    pub caller: Caller,
    /// The voice to speak with, where the agent allows it.
    pub voice: Option<VoiceId>,
    /// How sound is written on the line: an agent that can speak like that had better do it.
    pub line: AudioFormat,
}

/// An agent wants something done or looked up.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCall {
    /// The agent's name for this very wish; told again, it is the same wish.
    pub id: String,
    /// What it wants: the name of a tool.
    pub tool: String,
    /// With what: an object.
    pub parameters: Value,
}

/// What came of a [`ToolCall`].
#[derive(Debug, Clone, PartialEq)]
pub struct ToolAnswer {
    /// What the agent is told: JSON, in words that it can speak of.
    pub result: Value,
    /// Whether it was not done.
    pub failed: bool,
    /// What happens to the call once the agent has spoken.
    pub then: Option<AfterTool>,
}

/// What a tool does to the call itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterTool {
    /// The caller is put through to a person at the desk.
    Transfer,
    /// The conversation is over.
    HangUp,
}

/// What is told to an agent.
#[derive(Debug, Clone, PartialEq)]
pub enum ToAgent {
    /// What the caller says, written as [`AgentSession::hears`] says.
    Sound(Sound),
    /// A key the caller pressed.
    Digit(char),
    /// What came of what it wanted.
    Tool {
        /// Which wish it was.
        id: String,
        /// What came of it.
        answer: ToolAnswer,
    },
}

/// What an agent tells.
#[derive(Debug, Clone, PartialEq)]
pub enum FromAgent {
    /// What the caller hears, written as [`AgentSession::speaks`] says.
    Sound(Sound),
    /// The caller spoke into its words: what was sent and not heard yet is void. Whatever comes after it is new.
    Interrupted,
    /// What it understood.
    Heard(Said),
    /// What it says, in words.
    Says(Said),
    /// What it really said, where it was interrupted, in place of its last [`Self::Says`].
    Corrected(Said),
    /// It wants something.
    Wants(ToolCall),
    /// It has said all it has to say: the call is over once that was heard.
    HungUp,
}

/// A conversation with an agent. The two halves are used at the same time.
pub struct AgentSession {
    /// The vendor's name for the conversation.
    pub conversation: Option<String>,
    /// How it wants to be told what the caller says.
    pub hears: AudioFormat,
    /// How it speaks.
    pub speaks: AudioFormat,
    /// What is told to it.
    pub ear: Box<dyn AgentEar>,
    /// What it tells.
    pub mouth: Box<dyn AgentMouth>,
}

/// The half of a conversation that listens.
#[async_trait]
pub trait AgentEar: Send {
    /// Tells it something. Waits while its vendor is slow: whoever calls bounds that.
    ///
    /// # Errors
    /// [`super::PortError`] when the conversation is over or broken.
    async fn tell(&mut self, told: ToAgent) -> PortResult<()>;

    /// Ends the conversation from our side; ended twice is fine.
    async fn hang_up(&mut self);
}

/// The half of a conversation that speaks.
#[async_trait]
pub trait AgentMouth: Send {
    /// Waits for what comes next; `None` once the conversation is over. Given up while it waits, nothing is lost.
    ///
    /// # Errors
    /// [`super::PortError`] when the conversation broke; its trouble says whether another one may go better.
    async fn next(&mut self) -> PortResult<Option<FromAgent>>;
}

/// Holds live conversations with callers.
///
/// # Behaviour
/// - Sound from before an interruption is never told after [`FromAgent::Interrupted`].
/// - A conversation whose both halves are dropped is over at the vendor, and leaves nothing behind.
/// - A wish is told once, however often the vendor repeats it.
#[async_trait]
pub trait VoiceAgent: Port {
    /// Begins a conversation.
    ///
    /// # Errors
    /// [`super::PortError`] when the agent cannot be had: [`super::Trouble::Unavailable`] may be tried again at once,
    /// anything else is in vain.
    async fn converse(&self, start: &AgentStart) -> PortResult<AgentSession>;
}

/// Who stands behind live conversations: knows the calls, does what agents want, keeps what was said.
#[async_trait]
pub trait Attendant: Send + Sync {
    /// What time it is: a proof of origin that a stream brings along may be too old.
    fn now(&self) -> DateTime<Utc>;

    /// Lets a stream in whose token is ours, of this very call, and was never used.
    ///
    /// # Errors
    /// [`super::PortError`] when the store is away.
    async fn admit(&self, provider: &str, start: &LineStart) -> PortResult<Option<AgentStart>>;

    /// Does what an agent wants. The same wish told again is done once and answered alike.
    ///
    /// # Errors
    /// [`super::PortError`] when the store is away; it may be told again.
    async fn tool(&self, call: CallId, wish: &ToolCall) -> PortResult<ToolAnswer>;

    /// Keeps what came of a conversation. Told before the socket is closed, so that whatever the carrier asks next is
    /// answered by it.
    ///
    /// # Errors
    /// [`super::PortError`] when the store is away; it may be told again.
    async fn over(&self, call: CallId, talk: &Talk) -> PortResult<()>;
}
