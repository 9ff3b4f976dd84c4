//! The database is away while somebody leaves a message on Twilio: through the real door, with a store that can be away.

use crate::vendors::{ACCOUNT, TOKEN, twilio};
use axum::Router;
use frontdesk_core::{
    engine::{Engine, Ports},
    ports::CallProvider,
};
use frontdesk_gateway::{clock, wire};
use frontdesk_store::Store;
use frontdesk_testkit::{BUSINESS, BUSINESS_PHONE, Clock, MemoryStore, carriers::Script, rules};
use frontdesk_twilio::{Config, NAME, Twilio};
use frontdesk_web::{Health, Limits, Site};
use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};
use tokio::{net::TcpListener, sync::broadcast};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;

/// The real door with this engine behind it.
async fn door(engine: Engine, public_url: Url, folder: &tempfile::TempDir) -> Router {
    let desk = Store::open(&format!("sqlite://{}", folder.path().join("desk.db").display())).await.unwrap();
    let (lines, _) = broadcast::channel(1);
    frontdesk_web::router(Site {
        engine,
        desk: Arc::new(desk),
        public_url,
        admin_token: "an-admin-token-of-the-test".into(),
        session_secret: "a-session-secret-of-the-test".into(),
        live: Arc::new(move || lines.subscribe()),
        aliases: wire::aliases(),
        metrics: Arc::new(String::new),
        calendar_feed: None,
        calendar_notices: None,
        sandbox: None,
        sandbox_carrier: None,
        forget: Arc::new(|_, _| Box::pin(async { true })),
        health: Arc::new(Health::default),
        limits: Limits::default(),
        default_business: None,
        trusted_proxy: false,
        stopping: CancellationToken::new(),
        tasks: TaskTracker::new(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_left_meanwhile_is_kept_and_its_link_stands_in_no_url() {
    let vendor = twilio().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let mut config = Config::new(ACCOUNT, TOKEN.into(), base.as_str(), frontdesk_twilio::Clock::new(clock::now));
    config.base_url = Some(vendor.url());
    let adapter = Arc::new(Twilio::new(config, wire::http_client().unwrap()).unwrap()) as Arc<dyn CallProvider>;
    let store = Arc::new(MemoryStore::new());
    let mut rules = rules();
    let business = rules.businesses.get_mut(BUSINESS).unwrap();
    (business.carriers, business.desk) = (vec![NAME.to_owned()], None);
    let ports = Ports { carriers: BTreeMap::from([(NAME.to_owned(), adapter)]), ..Ports::default() };
    let world = Clock::at(clock::now()).world();
    let engine = Engine::new(Arc::new(rules), Arc::clone(&store) as _, ports, world);
    let folder = tempfile::tempdir().unwrap();
    let router = door(engine, base.parse().unwrap(), &folder).await;
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });

    // Away for the news of the recording and for what comes after the message; there for the call and for the second try.
    store.disturb([false, true, true]);
    let (voice, status) = (format!("{base}/webhooks/twilio/incoming"), format!("{base}/webhooks/twilio/status"));
    vendor.ring("+15005550199", BUSINESS_PHONE, &voice, &status, Script::presses(["1"])).await;

    let told = vendor.ledger().deliveries();
    let came: Vec<_> = told.iter().map(|it| (it.hook.as_str(), it.status)).collect();
    let want = [("voice", 200), ("recording", 503), ("voice", 200), ("voice", 200), ("status", 200)];
    assert_eq!(came, want.map(|(hook, status)| (hook, Some(status))));
    assert!(!told[1].answer.contains("<Response>"), "nobody hears it: {}", told[1].answer);
    let (left, held) = (told[1].body["RecordingUrl"].as_str().unwrap(), &told[2].answer);
    let name = left.rsplit('/').next().unwrap();
    assert!(held.contains(&format!("recording={name}")) && !held.contains("/Recordings/"), "{held}");
    assert!(held.contains("<Redirect"), "the caller is asked to wait: {held}");
    let kept = store.all_calls().remove(0).recording.unwrap();
    assert_eq!(kept.reveal(), left, "and the message is found again by its name");
    assert_eq!(vendor.complaints(), []);
}
