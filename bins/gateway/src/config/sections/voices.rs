use schemars::JsonSchema;
use serde::Deserialize;

/// Callers who are greeted at once while a voice is made ready for them (`inbound = "greet"`), and the samples voices are
/// made of. The keys have the names that seed 003 gives them.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Voices {
    /// `callback`: the agent's vendor rings the caller, once to greet and once to speak; or `inline`: the same call is told
    /// what it hears next. Absent: `callback`.
    pub strategy: Option<String>,
    /// Who places the agent's calls. Absent: `elevenlabs`.
    pub agent_provider: Option<String>,
    /// The number that the agent answers, for `inline`. Absent: our own media socket.
    pub agent_number: Option<String>,
    /// The voice that greets, and speaks on where no other one is there in time. Absent: the agent's own.
    pub greeting_voice_id: Option<String>,
    /// What is said first. Absent: the agent's own first words.
    pub greeting_message: Option<String>,
    /// Whether music is played while a caller waits. Absent: yes, where there is any.
    pub greeting_music_enabled: Option<bool>,
    /// That music: an address of a sound file.
    pub greeting_music_url: Option<String>,
    /// How long a caller waits for a voice, in seconds: 10 to 60. Absent: 35.
    pub clone_max_wait_seconds: Option<u32>,
    /// Whether a voice is made for a caller who permits it, and the agent goes on with it. Absent: yes.
    pub auto_transition_enabled: Option<bool>,
    /// How long a voice is kept for the next call, in seconds: 3600 to 2592000. Absent: 86400.
    pub cache_ttl: Option<u32>,
    /// Where samples are: `local` or `s3`. Absent: `s3` where a bucket is named, else `local`.
    pub voice_sample_storage: Option<String>,
    /// The folder of samples. Absent: `voices` in the data folder.
    pub local_voice_samples_path: Option<String>,
    /// The bucket of samples.
    pub s3_bucket_name: Option<String>,
    /// Its region. Absent: `us-east-1`.
    pub s3_region: Option<String>,
    /// Another store than Amazon's that speaks S3, by its address.
    pub s3_endpoint: Option<String>,
    /// The key that reads it.
    pub s3_access_key_id: Option<String>,
    /// What that key signs with.
    pub s3_secret_access_key: Option<String>,
    /// What lies before each reference in the bucket, such as `voices/`.
    pub s3_prefix: Option<String>,
}
