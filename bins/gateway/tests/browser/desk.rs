//! The pages of the desk: each opened, read, used and looked at.

use crate::{
    axe,
    driver::Page,
    house::{House, TOKEN},
    picture,
};
use frontdesk_testkit::servers::free_port;
use serde_json::Value;
use std::{io::Read, net::TcpListener};

/// A carrier that takes every request and hangs up without a word: nobody knows what became of a call.
fn silent_carrier() -> String {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in socket.incoming().flatten() {
            let mut stream = stream;
            // Whatever was asked is not answered.
            drop(stream.read(&mut [0; 4096]));
        }
    });
    url
}

/// Where nobody listens.
fn absent_carrier() -> String {
    format!("http://127.0.0.1:{}", free_port())
}

/// Businesses on three carriers: one that works, one that says nothing, and one that is not there.
pub(crate) async fn house() -> House {
    let (silent, absent) = (silent_carrier(), absent_carrier());
    House::with(&format!(
        r#"
[businesses.clinic.policy]
tries = 2
gaps = ["10ms"]
message_gap = "10ms"
[businesses.salon]
name = "Nora's Salon"
phone = "+15005550001"
time_zone = "America/New_York"
hours = "00:00-24:00"
carriers = ["twilio"]
[businesses.salon.texts.es]
sms-confirmed = "{{{{ name | first_word }}}}, la esperamos {{{{ when }}}}{{% if service %}} ({{{{ service }}}}){{% endif %}}. {{{{ business }}}}"
mail-confirmed-subject = "{{{{ name }}}}, su cita en {{{{ business }}}}"
[businesses.spa]
name = "Spring Spa"
phone = "+15005550002"
time_zone = "UTC"
hours = "00:00-24:00"
carriers = ["eightxeight"]
[twilio]
account_sid = "AC00000000000000000000000000000000"
auth_token = "a token of nobody"
base_url = "{silent}"
[eightxeight]
api_key = "a key of nobody"
subaccount_id = "nobody"
webhook_secret = "a secret of nobody, long enough"
base_url = "{absent}"
[jobs]
lookup_after = "10ms"
[breaker]
opens_after = 1
pause = "10m"
"#
    ))
    .await
}

/// A day at the desk: people who answered this and that, a call nobody knows of, and a carrier that is away.
async fn busy(house: &House) {
    let people = [
        ("Ana Lim", "+15005550101", 26, "Dental check-up"),
        ("Bram de Vries", "+15005550100", 3, "Root canal"),
        ("Carmen Ortiz", "+15005550102", 4, "Limpieza dental"),
        ("Deepak Sharma", "+15005550105", 1, "Crown fitting"),
        ("Elena Rossi", "+15005550106", 2, "Whitening"),
        ("Farah Khan", "+15005550107", 50, "Dental check-up"),
        ("Gijs Bakker", "+15005550108", 5, "Controle"),
        ("Hanna Weiss", "+15005550109", 74, "Crown fitting"),
        ("Ivan Molina", "+15005550110", 6, "Revision"),
        ("Jonas Berg", "+15005550111", 28, "Dental check-up"),
        ("Lotte Smit", "+15005550113", 29, "Vulling"),
        ("Mateo Ruiz", "+15005550114", 30, "Limpieza dental"),
    ];
    for (name, phone, hours, service) in people {
        house.book("clinic", name, phone, hours, service).await;
    }
    house.book("salon", "Kavya Nair", "+15005550112", 31, "Colour and cut").await;
    house.book("spa", "Noor Haddad", "+15005550115", 7, "Massage").await;
    house
        .until("appointments?business=clinic", |all| {
            all.len() == people.len() && all.iter().all(|one| one["status"] != "confirming")
        })
        .await;
    given_up(house).await;
}

/// The call of the silent carrier has been looked up often enough: it is a person's turn.
pub(crate) async fn given_up(house: &House) -> Value {
    let calls =
        house.until("calls?business=salon", |calls| calls.iter().any(|call| call["outcome"] == "uncertain")).await;
    calls[0].clone()
}

pub(crate) async fn sign_in(house: &House, page: &Page<'_>, path: &str) {
    page.go(&format!("{}/sign-in?token={TOKEN}&next={path}", house.base)).await;
}

/// Nothing about the page is wrong that a machine can see.
pub(crate) async fn sound(page: &Page<'_>, path: &str) {
    assert_eq!(axe::faults(page).await, [""; 0], "{path}");
    assert_eq!(page.nameless_controls().await, [""; 0], "{path}");
    let wide = "return document.documentElement.scrollWidth > document.documentElement.clientWidth + 1";
    assert_eq!(page.run(wide).await, Value::Bool(false), "{path} scrolls sideways");
    let levels = page.run("return [...document.querySelectorAll('h1,h2,h3')].map((it) => Number(it.tagName[1]))").await;
    let levels: Vec<u64> = levels.as_array().unwrap().iter().filter_map(Value::as_u64).collect();
    assert_eq!(levels.first(), Some(&1), "{path} has no heading at the top");
    assert!(levels.windows(2).all(|two| two[1] <= two[0] + 1), "{path} leaves a level of headings out: {levels:?}");
    assert_eq!(page.console_errors().await, [""; 0], "{path}");
}

#[tokio::test]
async fn every_page_is_sound_in_light_in_dark_and_on_a_telephone() {
    let Some(driver) = crate::driver() else { return };
    let house = house().await;
    busy(&house).await;
    let uncertain = given_up(&house).await;
    let (call, salon) = (uncertain["id"].as_str().unwrap(), uncertain["appointment_id"].as_str().unwrap());
    let asked = house.list(&format!("effects?state=uncertain&call_id={call}")).await;
    let effect = asked.iter().find(|effect| effect["kind"] == "call").unwrap()["id"].as_str().unwrap().to_owned();
    let unreached = house.list("appointments?q=elena").await[0]["id"].as_str().unwrap().to_owned();
    let pages = [
        ("today", "/".to_owned()),
        ("appointments", "/appointments".to_owned()),
        ("appointment", format!("/appointments/{unreached}")),
        ("appointment-salon", format!("/appointments/{salon}")),
        ("calls", "/calls".to_owned()),
        ("calls-wrong", "/calls?q=abc&from=yesterday".to_owned()),
        ("calls-none", "/calls?outcome=transferred".to_owned()),
        ("call", format!("/calls/{call}")),
        ("problems", "/effects".to_owned()),
        ("problems-waiting", "/effects?state=waiting".to_owned()),
        ("call-again", format!("/effects/{effect}/call")),
        ("keys", "/ivr".to_owned()),
        ("keys-none", "/ivr?flow=inbound&from=2020-01-01&to=2020-01-31".to_owned()),
        ("texts", "/texts".to_owned()),
        ("texts-salon", "/texts?business=salon&language=es".to_owned()),
    ];
    let looks =
        [("light", driver.open(false).await), ("dark", driver.open(true).await), ("narrow", driver.open_small().await)];
    for (look, page) in looks {
        sign_in(&house, &page, "/").await;
        for (name, path) in &pages {
            page.go(&format!("{}{path}", house.base)).await;
            page.until("the page is live", "return document.querySelector('#live')?.dataset.live === 'live'").await;
            picture(&page, &format!("desk-{name}-{look}")).await;
            // A page that refuses what was asked is an error to the browser, and right.
            if *name != "calls-wrong" {
                sound(&page, path).await;
            } else {
                assert_eq!(axe::faults(&page).await, [""; 0]);
                page.console_errors().await;
            }
        }
        // And if there were a fault, it would be found.
        page.run("document.querySelector('main').append(new Image())").await;
        assert_eq!(axe::faults(&page).await.len(), 1);
        page.close().await;
    }
}
