mod alerts;
mod desk;
mod elevenlabs;
mod example;
mod left_out;
mod messages;
mod opening;
mod own_texts;
mod threecx;
mod voices;

use super::*;
use frontdesk_core::contact::Hours;
use rstest::rstest;
use secrecy::ExposeSecret;

struct Case {
    folder: tempfile::TempDir,
    variables: BTreeMap<String, String>,
}

impl Case {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), variables: BTreeMap::new() }
    }

    fn file(self, name: &str, text: &str) -> Self {
        std::fs::write(self.folder.path().join(name), text).unwrap();
        self
    }

    fn var(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    fn load(&self) -> Result<Config, Problems> {
        load(&Inputs { file: None, folder: self.folder.path().to_owned(), variables: self.variables.clone() })
    }

    fn config(&self) -> Config {
        self.load().unwrap_or_else(|problems| panic!("{problems}"))
    }

    fn problems(&self) -> String {
        self.load().map(drop).expect_err("something is wrong").to_string()
    }
}

const SEED_000: &str = "EIGHT_X_EIGHT_API_KEY=your_api_key_from_connect_portal\nEIGHT_X_EIGHT_SUBACCOUNT_ID=your_subaccount_id\nOUTBOUND_PHONE_NUMBER=your_virtual_number  # Must be in international format e.g for SG +6591234567\nWEBHOOK_AUTH_TOKEN=secret123\nWEBHOOK_BASE_URL=your_static_ngrok_domain  # e.g., https://your-domain.ngrok-free.app\nNGROK_AUTHTOKEN=your_ngrok_authtoken\n";
const SEED_001: &str = "GOOGLE_SERVICE_ACCOUNT_JSON_B64=<paste the base64 encoded string>\nGOOGLE_CALENDAR_ID=your-calendar-id@group.calendar.google.com\nTWILIO_SID=your_account_sid\nTWILIO_AUTH=your_auth_token\nTWILIO_NUMBER=+1234567890\nEMAIL_FROM=your-email@gmail.com\nEMAIL_PASSWORD=your-app-password\nSMTP_SERVER=smtp.gmail.com\nSMTP_PORT=587\nENVIRONMENT=production\nPORT=8000\nTIMEZONE=America/New_York\nWEBHOOK_SECRET=your_secure_webhook_secret_here\nELEVENLABS_AGENT_ID=your_elevenlabs_agent_id_here\n";
const SEED_002: &str = "# Webhook Server Configuration\nWEBHOOK_HOST=0.0.0.0\nWEBHOOK_PORT=5000\nFLASK_DEBUG=True\n\n# Database\nIVR_DB_PATH=ivr_data.db\n\n# Exotel API (already configured)\nEXOTEL_API_KEY=your_api_key\nEXOTEL_API_TOKEN=your_api_token\nEXOTEL_SID=your_sid\n";
const SEED_003: &str = "GREETING_VOICE_ID=default_greeting_voice\nGREETING_MESSAGE=\"Hello thanks for calling. Please hold...\"\nGREETING_MUSIC_ENABLED=true\nGREETING_MUSIC_URL=https://your-domain.com/hold-music.mp3\nCLONE_MAX_WAIT_SECONDS=35\nAUTO_TRANSITION_ENABLED=true\n";
const SEED_004: &str = "BASE_URL=https://your-domain.ngrok.io\nYOUR_TEST_NUMBER=+1234567890\n";

#[rstest]
#[case(SEED_000)]
#[case(SEED_001)]
#[case(SEED_002)]
#[case(SEED_003)]
#[case(SEED_004)]
fn a_seeds_env_file_starts_unchanged(#[case] text: &str) {
    Case::new().file(".env", text).config();
}

#[test]
fn all_seeds_together_start() {
    let text = [SEED_000, SEED_001, SEED_002, SEED_003, SEED_004].concat();
    Case::new().file(".env", &text).config();
}

#[test]
fn the_seeds_names_mean_what_they_meant() {
    let config = Case::new().file(".env", SEED_001).config();
    assert_eq!(config.listen.to_string(), "0.0.0.0:8000");
    let business = &config.rules.businesses["front-desk"];
    assert_eq!(business.time_zone.name(), "America/New_York");
    assert_eq!(business.phone.as_ref().unwrap().reveal(), "+1234567890");

    let config = Case::new().file(".env", SEED_002).config();
    assert_eq!(config.listen.to_string(), "0.0.0.0:5000");
    assert!(config.database.expose_secret().ends_with("/ivr_data.db"));

    let config = Case::new()
        .var("WEBHOOK_AUTH_TOKEN", "secret123")
        .var("WEBHOOK_BASE_URL", "desk.ngrok.app")
        .var("OUTBOUND_PHONE_NUMBER", "+6591234567")
        .config();
    assert_eq!(config.admin_token.unwrap().expose_secret(), "secret123");
    assert_eq!(config.public_url.unwrap().as_str(), "https://desk.ngrok.app/");
    assert_eq!(config.rules.businesses["front-desk"].phone.as_ref().unwrap().reveal(), "+6591234567");
}

#[test]
fn without_configuration_one_business_is_on_the_sandbox_around_the_clock() {
    let config = Case::new().config();
    let business = &config.rules.businesses["front-desk"];
    assert_eq!((business.name.as_str(), business.time_zone.name()), ("Frontdesk", "UTC"));
    assert_eq!(business.phone.as_ref().unwrap().reveal(), "+15005550000");
    assert_eq!(business.carriers, ["sandbox"]);
    assert_eq!(business.contact.hours[6], [Hours::ALL_DAY]);
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
}

#[test]
fn the_test_number_fences_every_business() {
    let config = Case::new()
        .file("frontdesk.toml", "[businesses.a]\nname = \"A\"\n[businesses.b]\nname = \"B\"\n")
        .var("YOUR_TEST_NUMBER", "+14155550123")
        .config();
    for business in config.rules.businesses.values() {
        assert_eq!(business.contact.only.as_ref().unwrap().reveal(), "+14155550123");
    }
    // A fence that cannot be read does not stand open.
    assert!(Case::new().var("YOUR_TEST_NUMBER", "your_number").problems().contains("YOUR_TEST_NUMBER"));
}

#[test]
fn the_environment_wins_over_env_file_and_toml_and_own_names_over_the_seeds() {
    let case = || {
        Case::new()
            .file("frontdesk.toml", "[server]\nlisten = \"127.0.0.1:1\"\n")
            .file(".env", "FRONTDESK_LISTEN=127.0.0.1:2\nWEBHOOK_PORT=5\n")
    };
    assert_eq!(case().config().listen.port(), 2);
    assert_eq!(case().var("FRONTDESK_LISTEN", "127.0.0.1:3").config().listen.port(), 3);
    let file_only = Case::new().file("frontdesk.toml", "[server]\nlisten = \"127.0.0.1:1\"\n");
    assert_eq!(file_only.config().listen.port(), 1);
}

#[test]
fn long_names_reach_every_key_whatever_its_type() {
    let config = Case::new()
        .var("FRONTDESK_JOBS__WORKERS", "7")
        .var("FRONTDESK_SANDBOX__PACE", "0")
        .var("FRONTDESK_BUSINESSES__CLINIC__PHONE", "+6591234567")
        .var("FRONTDESK_BUSINESSES__CLINIC__POLICY__GAPS", "1s,2s")
        .var("FRONTDESK_VOICE", "sandbox")
        .var("FRONTDESK_BREAKER__OPENS_AFTER", "3")
        .config();
    assert_eq!((config.jobs.workers, config.sandbox.pace), (7, 0.0));
    let clinic = &config.rules.businesses["clinic"];
    assert_eq!(clinic.phone.as_ref().unwrap().reveal(), "+6591234567");
    assert_eq!(clinic.policy.gaps.len(), 2);
    assert_eq!(clinic.carriers, ["sandbox"]);
    assert_eq!(config.rules.breaker.opens_after, 3);
}

#[test]
fn a_secret_may_be_given_as_a_file() {
    let case = Case::new().file("token", "from-a-file-0123456789\n").var("FRONTDESK_ADMIN_TOKEN_FILE", "token");
    assert_eq!(case.config().admin_token.unwrap().expose_secret(), "from-a-file-0123456789");
    let missing = Case::new().var("DATABASE_URL_FILE", "nowhere").problems();
    assert!(missing.contains("DATABASE_URL_FILE") && missing.contains("check its path"), "{missing}");
    let both = Case::new().file("token", "x").var("WEBHOOK_AUTH_TOKEN_FILE", "token").var("WEBHOOK_AUTH_TOKEN", "y");
    assert!(both.problems().contains("keep one of them"));
}

#[rstest]
#[case("[server]\nlissten = \"x\"\n", "frontdesk.toml, line 2: server.lissten is no known key; did you mean `listen`?")]
#[case("[sever]\n", "frontdesk.toml, line 1: sever is no known key; did you mean `server`?")]
#[case(
    "\n[businesses.clinic]\ntime_zone = \"Europe/Amsterdm\"\n",
    "frontdesk.toml, line 3: businesses.clinic.time_zone is \"Europe/Amsterdm\", which is no time zone; use an IANA name like Europe/Amsterdam"
)]
#[case(
    "[businesses.clinic.policy]\ntrys = 3\n",
    "frontdesk.toml, line 2: businesses.clinic.policy.trys is no known key; did you mean `tries`?"
)]
#[case("[jobs]\nlease = \"soon\"\n", "frontdesk.toml, line 2: jobs.lease \"soon\" is not a stretch of time")]
#[case("[jobs]\nworkers = \"many\"\n", "frontdesk.toml, line 2: jobs.workers does not fit; write a whole number")]
#[case("[server]\nlisten = 5\n", "frontdesk.toml, line 2: server.listen does not fit; write a text in quotes")]
#[case("[businesses.clinic]\nhours = \"9-5\"\n", "frontdesk.toml, line 2: businesses.clinic.hours is wrong")]
#[case(
    "[businesses.clinic.hours]\nmoonday = \"09:00-17:00\"\n",
    "line 2: businesses.clinic.hours.moonday is no known key; did you mean `monday`?"
)]
#[case("[businesses.clinic]\nholidays = [\"Christmas\"]\n", "line 2: businesses.clinic.holidays holds \"Christmas\"")]
#[case("[businesses.clinic]\nflow = \"conform\"\n", "line 2: businesses.clinic.flow: there is no flow \"conform\"")]
#[case("[businesses.clinic.policy]\ntries = 50\n", "line 2: businesses.clinic.policy.tries is 50")]
#[case(
    "voice = [\"twillio\"]\n",
    "line 1: voice names \"twillio\", which is no carrier; did you mean twilio? use one of"
)]
#[case("voice = []\n", "line 1: voice is empty; name carriers in the order they are asked")]
#[case(
    "[businesses.clinic]\ncarriers = [\"sandbox\", \"sandbox\"]\n",
    "line 2: businesses.clinic.carriers names sandbox twice"
)]
#[case(
    "[businesses.clinic]\ncarriers = [\"sandbox\", \"acme\"]\n",
    "line 2: businesses.clinic.carriers names \"acme\", which is no carrier; use one of sandbox"
)]
#[case("[breaker]\nopens_after = 0\n", "line 2: breaker.opens_after is 0; use 1 to 1000")]
#[case("[breaker]\npause = \"1m\"\nlongest_pause = \"1s\"\n", "line 3: breaker.longest_pause is shorter than pause")]
#[case("[breaker]\nopen_after = 3\n", "line 2: breaker.open_after is no known key; did you mean `opens_after`?")]
#[case("[database]\nurl = \"sqlite::memory:\"\n", "line 2: database.url names no file")]
#[case("[server]\nlisten = \n", "frontdesk.toml, line 2: this is not TOML")]
#[case("[database]\nurl = \"mysql://root:hunter2@host/x\"\n", "line 2: database.url is no database address")]
fn an_error_names_file_line_key_and_remedy(#[case] text: &str, #[case] want: &str) {
    let problems = Case::new().file("frontdesk.toml", text).problems();
    assert!(problems.contains(want), "{problems}\nlacks\n{want}");
    assert!(!problems.contains("hunter2"), "{problems}");
}

#[test]
fn an_error_in_the_environment_names_the_variable() {
    let problems = Case::new().var("TIMEZONE", "Mars/Base").problems();
    assert!(problems.starts_with("environment variable TIMEZONE: businesses.front-desk.time_zone"), "{problems}");
    let problems = Case::new().file(".env", "\nTIMEZONE=Mars/Base\n").problems();
    assert!(problems.starts_with(".env, line 2 (TIMEZONE): "), "{problems}");
    let problems = Case::new().var("FRONTDESK_PUBLIC_ULR", "x").problems();
    assert!(problems.contains("did you mean FRONTDESK_PUBLIC_URL?"), "{problems}");
}

#[test]
fn every_problem_is_told_at_once() {
    let text =
        "[server]\nlisten = \"nowhere\"\n[businesses.a]\ntime_zone = \"X/Y\"\nphone = \"12\"\n[jobs]\nworkers = 0\n";
    let problems = Case::new().file("frontdesk.toml", text).problems();
    for key in ["server.listen", "a.time_zone", "a.phone", "jobs.workers"] {
        assert!(problems.contains(key), "{problems} lacks {key}");
    }
    assert_eq!(problems.lines().count(), 4, "{problems}");
}

#[test]
fn a_broken_flow_or_text_is_named_with_its_own_file_and_line() {
    let flow = "name = \"clinic\"\nversion = 1\nstart = \"nowhere\"\n[steps.a]\nkind = \"say\"\nsay = [\"goodbye\"]\n";
    let case = Case::new().file("frontdesk.toml", "[flows]\nclinic = \"clinic.toml\"\n").file("clinic.toml", flow);
    assert!(case.problems().starts_with("clinic.toml, line 3: "), "{}", case.problems());
    let case =
        Case::new().file("frontdesk.toml", "[texts]\nen = \"en.ftl\"\n").file("en.ftl", "goodbye = Bye { $nobody }\n");
    assert!(case.problems().starts_with("en.ftl, line 1: "), "{}", case.problems());
}

#[test]
fn what_is_shown_holds_no_secret_and_no_number() {
    let config = Case::new()
        .var("FRONTDESK_ADMIN_TOKEN", "top-secret-token")
        .var("DATABASE_URL", "postgres://desk:hunter2@db/frontdesk")
        .var("OUTBOUND_PHONE_NUMBER", "+6591234567")
        .config();
    let shown = show(&config);
    for secret in ["top-secret-token", "hunter2", "91234567"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains("[businesses.front-desk.policy]"), "{shown}");
    shown.parse::<toml::Table>().unwrap();
}

#[test]
fn the_schema_kept_in_the_tree_is_the_one_in_force() {
    let kept = include_str!("../../../../config.schema.json");
    assert!(kept.trim() == schema().trim(), "write it anew with `gateway config schema > config.schema.json`");
}

#[test]
fn a_password_in_an_address_is_shown_as_three_stars() {
    assert_eq!(super::masked_url("postgres://desk:hunter2@host/db"), "postgres://desk:***@host/db");
}

#[test]
fn hours_at_night_are_remarked_on_because_quiet_hours_were_meant() {
    let night = "[businesses.clinic]\nhours = \"20:00-09:00\"\n";
    let config = Case::new().file("frontdesk.toml", night).config();
    let remark = config.notices.iter().find(|notice| notice.text.contains("three in the morning"));
    assert!(remark.is_some_and(|notice| notice.text.contains("businesses.clinic.hours")));
    let day = night.replace("20:00-09:00", "09:00-20:00");
    let config = Case::new().file("frontdesk.toml", &day).config();
    assert!(!config.notices.iter().any(|notice| notice.text.contains("morning")));
}

const EIGHT: &str = "EIGHT_X_EIGHT_API_KEY=key-of-8x8\nEIGHT_X_EIGHT_SUBACCOUNT_ID=acme_voice_01\n";
const EXOTEL: &str = "EXOTEL_API_KEY=key\nEXOTEL_API_TOKEN=token\nEXOTEL_SID=acme1\n";
const TWILIO: &str =
    "TWILIO_ACCOUNT_SID=AC0123456789abcdef0123456789abcdef\nTWILIO_AUTH_TOKEN=token-of-twilio\nBASE_URL=desk.example\n";

#[rstest]
#[case("", "sandbox")]
#[case(EIGHT, "eightxeight")]
#[case(TWILIO, "twilio")]
#[case(&format!("{EIGHT}{TWILIO}"), "eightxeight,twilio")]
#[case(&format!("{TWILIO}{EXOTEL}EXOTEL_APP_ID=684213\n"), "twilio,exotel")]
#[case(EXOTEL, "sandbox")]
#[case("EXOTEL_WEBHOOK_SECRET=own\n", "sandbox")]
#[case(&format!("{EIGHT}{TWILIO}FRONTDESK_VOICE=twilio,eightxeight\n"), "twilio,eightxeight")]
#[case(&format!("{EIGHT}FRONTDESK_VOICE=sandbox\n"), "sandbox")]
fn every_configured_carrier_is_asked_in_order_and_the_sandbox_only_where_none_is(
    #[case] env: &str,
    #[case] want: &str,
) {
    let config = Case::new().file(".env", env).config();
    assert_eq!(config.rules.businesses["front-desk"].carriers.join(","), want);
}

#[rstest]
#[case("EIGHT_X_EIGHT_API_KEY=key\n", "eightxeight.subaccount_id is missing")]
#[case("TWILIO_SID=AC0123456789abcdef0123456789abcdef\n", "twilio.auth_token is missing")]
#[case("TWILIO_SID=AC1\nTWILIO_AUTH=x\n", ".env, line 1 (TWILIO_SID): twilio.account_sid must be AC and 32")]
#[case("FRONTDESK_VOICE=twilio\n", "names twilio, which is not configured; set TWILIO_ACCOUNT_SID")]
#[case("EXOTEL_SID=acme1\n", "exotel.api_key is missing, and exotel.sid is of no use without it")]
#[case("FRONTDESK_VOICE=exotel\n", "names exotel, which is not configured; set EXOTEL_API_KEY")]
#[case(&format!("{EXOTEL}FRONTDESK_VOICE=exotel\n"), "EXOTEL_SID and EXOTEL_APP_ID")]
#[case("EXOTEL_WEBHOOK_SECRET=own\nEXOTEL_APP_ID=1\n", "exotel.app needs the API")]
#[case("FRONTDESK_INBOUND=agent\n", "(FRONTDESK_INBOUND): inbound is \"agent\", and there is no agent to answer")]
#[case(&format!("{EIGHT}EIGHT_X_EIGHT_BASE_URL=https://user:pw@voice.example\n"), "eightxeight.base_url is no address")]
fn what_is_wrong_with_a_carrier_is_named_with_its_remedy(#[case] env: &str, #[case] want: &str) {
    let problems = Case::new().file(".env", env).problems();
    assert!(problems.contains(want), "{problems}\nlacks\n{want}");
    assert!(!problems.contains("pw"), "{problems}");
}

#[rstest]
#[case(&format!("{TWILIO}FRONTDESK_PUBLIC_URL=https://Clinic.Example.com/\n"), "https://Clinic.Example.com")]
#[case(TWILIO, "https://desk.example")]
fn twilio_is_given_the_public_url_in_the_letters_it_was_written_in(#[case] env: &str, #[case] want: &str) {
    let config = Case::new().file(".env", env).config();
    assert_eq!(config.carriers.twilio.as_ref().unwrap().webhook_base, want);
    let here = "http://127.0.0.1:8080".parse().unwrap();
    assert!(crate::wire::Real::new(&config, &here).is_ok());
    assert!(show(&config).contains(&format!("public_url = \"{want}\"")));
}

#[rstest]
#[case("", Some(60))]
#[case("FRONTDESK_TWILIO__CALLS_PER_MINUTE=120\n", Some(120))]
#[case("FRONTDESK_TWILIO__CALLS_PER_MINUTE=0\n", None)]
fn calls_of_twilio_are_spread_as_configured(#[case] env: &str, #[case] want: Option<u32>) {
    let config = Case::new().file(".env", &format!("{TWILIO}{env}")).config();
    let twilio = config.carriers.twilio.unwrap();
    assert_eq!(twilio.calls_per_minute.map(std::num::NonZeroU32::get), want);
}

#[rstest]
#[case("", Proof::Missing)]
#[case("WEBHOOK_AUTH_TOKEN=one-token-for-both\n", Proof::Shared)]
#[case("WEBHOOK_SECRET=common\n", Proof::Own)]
#[case("EIGHT_X_EIGHT_WEBHOOK_SECRET=own\n", Proof::Own)]
#[case("FRONTDESK_INSECURE_WEBHOOKS=eightxeight\n", Proof::Insecure)]
fn webhooks_of_eightxeight_are_closed_until_something_proves_them(#[case] env: &str, #[case] proof: Proof) {
    let config = Case::new().file(".env", &format!("{EIGHT}{env}")).config();
    assert_eq!(config.carriers.proof, proof);
    assert_eq!(config.carriers.closed().contains_key("eightxeight"), proof == Proof::Missing);
}

#[test]
fn each_carrier_has_the_number_that_the_seeds_gave_it() {
    let env = format!("{EIGHT}{TWILIO}OUTBOUND_PHONE_NUMBER=+6561234567\nTWILIO_NUMBER=+15559876543\n");
    let config = Case::new().file(".env", &env).config();
    let business = &config.rules.businesses["front-desk"];
    let with = |carrier: &str| business.number_with(carrier).unwrap().reveal().to_owned();
    assert_eq!((with("eightxeight"), with("twilio")), ("+6561234567".to_owned(), "+15559876543".to_owned()));
}

#[test]
fn a_carriers_secrets_may_be_files_and_are_never_shown() {
    let env = format!(
        "{EIGHT}TWILIO_SID=AC0123456789abcdef0123456789abcdef\nTWILIO_AUTH_FILE=token\nWEBHOOK_SECRET=hook-secret\n"
    );
    let config = Case::new().file("token", "token-in-a-file\n").file(".env", &env).config();
    let twilio = config.carriers.twilio.as_ref().unwrap();
    assert_eq!(twilio.auth_tokens[0].expose_secret(), "token-in-a-file");
    let shown = show(&config) + &format!("{config:?}");
    for secret in ["key-of-8x8", "token-in-a-file", "hook-secret"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(show(&config).contains("[eightxeight]") && show(&config).contains("[twilio]"));
}
