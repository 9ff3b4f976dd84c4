use super::Case;
use frontdesk_core::ports::Port;

const CLIENT: [(&str, &str); 3] = [
    ("THREECX_BASE_URL", "https://pbx.example.com:5001"),
    ("THREECX_CLIENT_ID", "ivrapp"),
    ("THREECX_CLIENT_SECRET", "client-secret-of-the-test"),
];

fn client() -> Case {
    CLIENT
        .into_iter()
        .fold(Case::new().var("THREECX_WEBHOOK_SECRET", "webhook-secret-of-the-test"), |case, (name, value)| {
            case.var(name, value)
        })
}

#[test]
fn a_secret_is_enough_to_take_webhooks() {
    let config = Case::new().var("THREECX_WEBHOOK_SECRET", "webhook-secret-of-the-test").config();
    let threecx = config.carriers.threecx.unwrap();
    assert_eq!((threecx.adapter.webhook_secrets.len(), threecx.relay), (1, false));
    assert!(threecx.adapter.control.is_none());
    assert_eq!(threecx.adapter.number.unwrap().reveal(), "+15005550000", "the business's, where nobody says whose");
}

#[test]
fn the_common_secret_proves_its_webhooks_as_well() {
    let config = Case::new().var("WEBHOOK_SECRET", "common-secret-of-the-test").config();
    assert_eq!(config.carriers.threecx.unwrap().adapter.webhook_secrets.len(), 1);
    assert!(Case::new().config().carriers.threecx.is_none());
}

#[test]
fn with_a_client_the_pbx_is_listened_to_and_calls_are_placed_by_those_who_name_it() {
    let config = client().config();
    let threecx = config.carriers.threecx.as_ref().unwrap();
    assert!(threecx.relay);
    assert_eq!(threecx.adapter.control.as_ref().unwrap().route_point, "ivrapp");
    assert_eq!(config.rules.businesses["front-desk"].carriers, ["sandbox"], "nobody is rung by it who does not say so");
    let named = client().var("FRONTDESK_VOICE", "threecx").config();
    assert_eq!(named.rules.businesses["front-desk"].carriers, ["threecx"]);
    let problems = Case::new().var("FRONTDESK_VOICE", "threecx").problems();
    assert!(problems.contains("set THREECX_BASE_URL, THREECX_CLIENT_ID and THREECX_CLIENT_SECRET"), "{problems}");
}

#[test]
fn what_is_missing_is_named() {
    let half = Case::new().var("THREECX_BASE_URL", "https://pbx.example.com:5001").problems();
    assert!(half.contains("threecx.client_id is missing") && half.contains("set all three or none"), "{half}");
    let unsigned = CLIENT.into_iter().fold(Case::new(), |case, (name, value)| case.var(name, value)).problems();
    assert!(unsigned.contains("set THREECX_WEBHOOK_SECRET"), "{unsigned}");
    let idle = Case::new().file("frontdesk.toml", "[threecx]\nwebhook_secret = \"x\"\nrelay = true\n").problems();
    assert!(idle.contains("threecx.relay needs Call Control"), "{idle}");
}

#[test]
fn sounds_are_files_in_the_form_the_pbx_plays() {
    let toml = |file: &str| format!("[threecx]\ngreeting_audio = \"{file}\"\n");
    let missing = client().file("frontdesk.toml", &toml("nowhere.wav")).problems();
    assert!(missing.contains("threecx.greeting_audio names the file"), "{missing}");
    let wrong = client().file("frontdesk.toml", &toml("a.wav")).file("a.wav", "RIFF0000WAVE").problems();
    assert!(wrong.contains("ffmpeg"), "{wrong}");
    let bare = client().file("frontdesk.toml", &toml("a.pcm")).file("a.pcm", "samples!").config();
    assert!(bare.carriers.threecx.unwrap().adapter.control.unwrap().greeting.is_some());
}

#[test]
fn its_secrets_are_not_shown() {
    let config = client().config();
    let printed = format!("{config:?}");
    assert!(!printed.contains("client-secret") && !printed.contains("webhook-secret"));
    let public = "https://desk.example.com".parse().unwrap();
    let real = crate::wire::Real::new(&config, &public).unwrap();
    assert_eq!(real.threecx.unwrap().name(), "threecx");
}
