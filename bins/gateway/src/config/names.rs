//! The environment variables that are known: Frontdesk's own short names and those of the five seeds.

/// What a variable means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It is this key.
    Key(&'static str),
    /// It is this key unless another source gives one: the seeds' name for something Frontdesk names more exactly.
    Default(&'static str),
    /// The port to listen on.
    Port,
    /// The address to listen on.
    Host,
    /// The embedded database's file.
    DatabaseFile,
    /// `production` or anything else.
    Environment,
    /// Understood, and of no consequence here; says why.
    Idle(&'static str),
}

use Meaning::{DatabaseFile, Default, Environment, Host, Idle, Key, Port};

/// A variable: its name, what it means, and whether its value is a secret.
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) meaning: Meaning,
    pub(super) secret: bool,
}

const fn open(name: &'static str, meaning: Meaning) -> Known {
    Known { name, meaning, secret: false }
}

const fn secret(name: &'static str, meaning: Meaning) -> Known {
    Known { name, meaning, secret: true }
}

/// Every known variable. Of two that mean one key, the one further up wins.
pub(super) const KNOWN: &[Known] = &[
    open("FRONTDESK_PUBLIC_URL", Key("server.public_url")),
    open("FRONTDESK_LISTEN", Key("server.listen")),
    open("FRONTDESK_DATA", Key("server.data")),
    secret("FRONTDESK_ADMIN_TOKEN", Key("server.admin_token")),
    secret("FRONTDESK_SITE_KEY", Key("server.site_key")),
    secret("FRONTDESK_LINKS_SECRET", Key("links.secret")),
    secret("FRONTDESK_DATABASE_URL", Key("database.url")),
    open("FRONTDESK_TEST_NUMBER", Key("test_number")),
    open("FRONTDESK_VOICE", Key("voice")),
    open("FRONTDESK_INBOUND", Key("inbound")),
    open("FRONTDESK_SMS", Key("sms")),
    open("FRONTDESK_INSECURE_WEBHOOKS", Key("insecure_webhooks")),
    open("FRONTDESK_CONFIG", Idle("names the configuration file")),
    open("FRONTDESK_LOG", Idle("sets what is logged")),
    secret("FRONTDESK_TEST_POSTGRES", Idle("belongs to the tests")),
    open("FRONTDESK_TEST_REQUIRE", Idle("belongs to the tests")),
    open("FRONTDESK_TEST_KILLS", Idle("belongs to the tests")),
    // Seed 000.
    secret("WEBHOOK_AUTH_TOKEN", Key("server.admin_token")),
    open("WEBHOOK_BASE_URL", Key("server.public_url")),
    open("OUTBOUND_PHONE_NUMBER", Default("phone")),
    secret("EIGHT_X_EIGHT_API_KEY", Key("eightxeight.api_key")),
    open("EIGHT_X_EIGHT_SUBACCOUNT_ID", Key("eightxeight.subaccount_id")),
    secret("EIGHT_X_EIGHT_WEBHOOK_SECRET", Key("eightxeight.webhook_secret")),
    open("EIGHT_X_EIGHT_BASE_URL", Key("eightxeight.base_url")),
    open("EIGHT_X_EIGHT_SMS_SUBACCOUNT_ID", Key("eightxeight.sms.subaccount_id")),
    secret("EIGHT_X_EIGHT_SMS_API_KEY", Key("eightxeight.sms.api_key")),
    secret("NGROK_AUTHTOKEN", Idle("belongs to the tunnel, not to the gateway")),
    // Seed 001.
    secret("GOOGLE_SERVICE_ACCOUNT_JSON_B64", Key("google_calendar.service_account")),
    open("GOOGLE_CALENDAR_ID", Key("google_calendar.calendar")),
    open("GOOGLE_CALENDAR_SUBJECT", Key("google_calendar.subject")),
    open("GOOGLE_CALENDAR_BASE_URL", Key("google_calendar.base_url")),
    open("TWILIO_SID", Key("twilio.account_sid")),
    secret("TWILIO_AUTH", Key("twilio.auth_token")),
    open("TWILIO_NUMBER", Default("phone")),
    open("TWILIO_BASE_URL", Key("twilio.base_url")),
    open("TWILIO_MESSAGING_SERVICE_SID", Key("twilio.messages.service_sid")),
    open("TWILIO_WHATSAPP_NUMBER", Key("twilio.whatsapp.from")),
    open("EMAIL_FROM", Key("email.from")),
    open("EMAIL_USERNAME", Key("email.username")),
    secret("EMAIL_PASSWORD", Key("email.password")),
    open("SMTP_SERVER", Key("email.server")),
    open("SMTP_PORT", Key("email.port")),
    open("SMTP_TLS", Key("email.tls")),
    open("ENVIRONMENT", Environment),
    open("PORT", Port),
    open("TIMEZONE", Default("time_zone")),
    secret("WEBHOOK_SECRET", Default("webhook_secret")),
    open("ELEVENLABS_AGENT_ID", Key("elevenlabs.agent_id")),
    secret("ELEVENLABS_WEBHOOK_SECRET", Key("elevenlabs.webhook_secret")),
    // Seed 002.
    open("WEBHOOK_HOST", Host),
    open("WEBHOOK_PORT", Port),
    open("IVR_DB_PATH", DatabaseFile),
    open("FLASK_DEBUG", Idle("belongs to another web server; use FRONTDESK_LOG=debug")),
    secret("EXOTEL_API_KEY", Key("exotel.api_key")),
    secret("EXOTEL_API_TOKEN", Key("exotel.api_token")),
    open("EXOTEL_SID", Key("exotel.sid")),
    secret("EXOTEL_WEBHOOK_SECRET", Key("exotel.webhook_secret")),
    open("EXOTEL_BASE_URL", Key("exotel.base_url")),
    open("EXOTEL_APP_ID", Key("exotel.app")),
    open("EXOTEL_NUMBER", Default("phone")),
    // Seed 003.
    open("GREETING_VOICE_ID", Key("voices.greeting_voice_id")),
    open("GREETING_MESSAGE", Key("voices.greeting_message")),
    open("GREETING_MUSIC_ENABLED", Key("voices.greeting_music_enabled")),
    open("GREETING_MUSIC_URL", Key("voices.greeting_music_url")),
    open("CLONE_MAX_WAIT_SECONDS", Key("voices.clone_max_wait_seconds")),
    open("AUTO_TRANSITION_ENABLED", Key("voices.auto_transition_enabled")),
    secret("ELEVENLABS_API_KEY", Key("elevenlabs.api_key")),
    open("ELEVENLABS_PHONE_NUMBER_ID", Key("elevenlabs.phone_number_id")),
    open("ELEVENLABS_BASE_URL", Key("elevenlabs.base_url")),
    open("ELEVENLABS_WS_URL", Key("elevenlabs.ws_url")),
    secret("THREECX_WEBHOOK_SECRET", Key("threecx.webhook_secret")),
    open("THREECX_BASE_URL", Key("threecx.base_url")),
    open("THREECX_CLIENT_ID", Key("threecx.client_id")),
    secret("THREECX_CLIENT_SECRET", Key("threecx.client_secret")),
    open("VOICE_SAMPLE_STORAGE", Key("voices.voice_sample_storage")),
    open("LOCAL_VOICE_SAMPLES_PATH", Key("voices.local_voice_samples_path")),
    open("CACHE_TTL", Key("voices.cache_ttl")),
    open("S3_BUCKET_NAME", Key("voices.s3_bucket_name")),
    open("S3_REGION", Key("voices.s3_region")),
    open("AWS_ACCESS_KEY_ID", Key("voices.s3_access_key_id")),
    secret("AWS_SECRET_ACCESS_KEY", Key("voices.s3_secret_access_key")),
    open("AWS_ENDPOINT_URL_S3", Key("voices.s3_endpoint")),
    // Seed 004.
    open("BASE_URL", Key("server.public_url")),
    open("YOUR_TEST_NUMBER", Key("test_number")),
    open("TWILIO_ACCOUNT_SID", Key("twilio.account_sid")),
    secret("TWILIO_AUTH_TOKEN", Key("twilio.auth_token")),
    // Common ones.
    secret("DATABASE_URL", Key("database.url")),
    secret("REDIS_URL", Idle("the database is the cache: voices are kept there, for every gateway that shares it")),
    secret("CALDAV_URL", Key("caldav.url")),
    open("CALDAV_USERNAME", Key("caldav.username")),
    secret("CALDAV_PASSWORD", Key("caldav.password")),
];

/// The variable of this name.
pub(super) fn known(name: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.name == name)
}

/// Whether a value is the example's own words rather than a setting.
pub(super) fn placeholder(value: &str) -> bool {
    let value = value.trim().to_ascii_lowercase();
    let words = value.replace(['-', ' '], "_");
    value.is_empty()
        || (value.starts_with('<') && value.ends_with('>'))
        || words.starts_with("your_")
        || words.starts_with("https://your_")
        || words == "changeme"
        || words == "default_greeting_voice"
}
