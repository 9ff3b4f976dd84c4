//! The way back by a page, in a browser: from the link in a text message to an answer that the desk sees.

use crate::{
    axe,
    desk::sign_in,
    driver::Page,
    house::{House, TOKEN},
    picture,
};
use frontdesk_core::{
    id::AppointmentId,
    links::{Links, Purpose, Ticket},
};
use serde_json::{Value, json};

const SECRET: &str = "a secret of the browser tests, long enough";
const TAB: &str = "\u{e004}";
const ENTER: &str = crate::ENTER;

/// A clinic that asks by text message at once, is open around the clock, and signs with a secret that is known here.
async fn house() -> House {
    House::with(&format!(
        r#"
[businesses.clinic.policy]
tries = 0
messages = ["sms"]
[businesses.clinic.opening]
hours = "00:00-24:00"
step = "1h"
[links]
secret = "{SECRET}"
"#
    ))
    .await
}

fn links(house: &House) -> Links {
    Links::new(house.base.parse().unwrap(), vec![SECRET.into()]).unwrap()
}

/// Books somebody in and reads the link in the message they get.
async fn invited(house: &House, name: &str, phone: &str, hours: i64) -> (String, String) {
    let id = house.book("clinic", name, phone, hours, "Dental check-up").await;
    let to: String = url::form_urlencoded::byte_serialize(phone.as_bytes()).collect();
    let address = format!("{}/sandbox/api/messages?to={to}", house.base);
    for _ in 0..600 {
        let messages: Value = house.client.get(&address).bearer_auth(TOKEN).send().await.unwrap().json().await.unwrap();
        let found = messages.as_array().unwrap().iter().find_map(|message| {
            let body = message["body"].as_str()?;
            Some(body[body.find("http")?..].split_whitespace().next()?.to_owned())
        });
        if let Some(link) = found {
            return (id, link);
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no message with a link came: {}", house.log());
}

async fn shows(page: &Page<'_>, words: &str) {
    let script = format!("return document.querySelector('#main').innerText.includes({words:?})");
    page.until(&format!("the page says {words:?}"), &script).await;
}

async fn status(house: &House, id: &str, wanted: &str) {
    house.until("appointments", |all| all.iter().any(|one| one["id"] == id && one["status"] == wanted)).await;
}

/// Nothing is wrong with a page that a machine can see.
async fn sound(page: &Page<'_>, name: &str) {
    assert_eq!(axe::faults(page).await, [""; 0], "{name}");
    assert_eq!(page.nameless_controls().await, [""; 0], "{name}");
    let wide = "return document.documentElement.scrollWidth > document.documentElement.clientWidth + 1";
    assert_eq!(page.run(wide).await, Value::Bool(false), "{name} scrolls sideways");
    let small = "return [...document.querySelectorAll('a, button, summary')].filter((it) => it.checkVisibility() && \
                 it.getBoundingClientRect().height < 24).map((it) => it.outerHTML)";
    assert_eq!(page.run(small).await, json!([]), "{name}: too small for a finger");
    assert_eq!(page.console_errors().await, [""; 0], "{name}");
}

#[tokio::test]
async fn from_the_message_it_is_confirmed_and_the_desk_sees_it_at_once() {
    let Some(driver) = crate::driver() else { return };
    let house = house().await;
    let (id, link) = invited(&house, "Ana Lim", "+15005550142", 50).await;
    let desk = driver.open(false).await;
    sign_in(&house, &desk, "/").await;
    desk.until("the desk is live", "return document.querySelector('#live')?.dataset.live === 'live'").await;
    desk.run("window.neverLoadedAgain = true").await;
    let page = driver.open_small().await;
    page.go(&link).await;
    shows(&page, "Not confirmed yet").await;
    picture(&page, "visit-open-narrow").await;
    sound(&page, "open").await;
    assert_eq!(page.run("return document.cookie").await, "");
    page.click("button[value=confirm]").await;
    shows(&page, "Confirmed").await;
    picture(&page, "visit-confirmed-narrow").await;
    sound(&page, "confirmed").await;
    status(&house, &id, "confirmed").await;
    let seen = "return document.body.innerText.includes('Ana Lim') && document.body.innerText.includes('Confirmed')";
    desk.until("the desk reads it", seen).await;
    assert_eq!(desk.run("return window.neverLoadedAgain === true").await, Value::Bool(true));
    // Opened again, the link shows how things stand, and asks no more.
    page.go(&link).await;
    shows(&page, "On this page").await;
    assert_eq!(page.run("return document.querySelector('button[value=confirm]')").await, Value::Null);
    let token = link.rsplit('/').next().unwrap();
    assert!(!house.log().contains(token), "whoever reads the log could answer for people");
    page.close().await;
    desk.close().await;
}

#[tokio::test]
async fn by_keyboard_alone_another_time_is_chosen() {
    let Some(driver) = crate::driver() else { return };
    let house = house().await;
    let (id, link) = invited(&house, "Ana Lim", "+15005550142", 50).await;
    let before = house.list("appointments").await[0]["starts_at"].clone();
    let page = driver.open(true).await;
    page.go(&link).await;
    shows(&page, "Not confirmed yet").await;
    picture(&page, "visit-open-dark").await;
    sound(&page, "dark").await;
    // As far as the way to other times: a visible focus all along.
    tab_to(&page, "return document.activeElement.matches('a[href$=\"/times\"]')").await;
    page.press(ENTER).await;
    shows(&page, "Choose another time").await;
    picture(&page, "visit-times-dark").await;
    sound(&page, "times").await;
    tab_to(&page, "return document.activeElement.matches('button.time')").await;
    page.press(ENTER).await;
    shows(&page, "We are holding it for you until").await;
    picture(&page, "visit-held-dark").await;
    sound(&page, "held").await;
    tab_to(&page, "return document.activeElement.matches('button[value=move]')").await;
    page.press(ENTER).await;
    shows(&page, "Confirmed").await;
    picture(&page, "visit-moved-dark").await;
    status(&house, &id, "confirmed").await;
    assert_ne!(house.list("appointments").await[0]["starts_at"], before);
    assert_eq!(page.console_errors().await, [""; 0]);
    page.close().await;
}

async fn tab_to(page: &Page<'_>, there: &str) {
    for _ in 0..40 {
        page.press(TAB).await;
        if page.run(there).await == Value::Bool(true) {
            let ring = page.run("return getComputedStyle(document.activeElement).outlineStyle !== 'none'").await;
            assert_eq!(ring, Value::Bool(true), "nobody sees where they are");
            return;
        }
    }
    panic!("the keyboard does not lead there: {there}");
}

#[tokio::test]
async fn it_is_cancelled_only_after_a_second_look() {
    let Some(driver) = crate::driver() else { return };
    let house = house().await;
    let (id, link) = invited(&house, "Ana Lim", "+15005550142", 50).await;
    let page = driver.open_small().await;
    page.go(&link).await;
    page.click("summary").await;
    shows(&page, "only the front desk can bring it back").await;
    picture(&page, "visit-cancel-narrow").await;
    sound(&page, "cancel").await;
    page.click("button[value=cancel]").await;
    shows(&page, "Cancelled").await;
    picture(&page, "visit-cancelled-narrow").await;
    sound(&page, "cancelled").await;
    status(&house, &id, "cancelled").await;
    assert_eq!(page.run("return document.querySelectorAll('form').length").await, 0);
    page.close().await;
}

#[tokio::test]
async fn messages_are_stopped_from_the_page() {
    let Some(driver) = crate::driver() else { return };
    let house = house().await;
    let (_, link) = invited(&house, "Ana Lim", "+15005550142", 50).await;
    let page = driver.open_small().await;
    page.go(&link).await;
    page.click("footer p:last-child a").await;
    shows(&page, "Your appointment with Harbour Clinic stands as it is").await;
    picture(&page, "visit-stop-narrow").await;
    sound(&page, "stop").await;
    page.click("button[value=stop]").await;
    shows(&page, "You will get no more calls").await;
    sound(&page, "stopped").await;
    let contact = format!("{}/api/v1/contacts/%2B15005550142", house.base);
    let contact: Value = house.client.get(contact).bearer_auth(TOKEN).send().await.unwrap().json().await.unwrap();
    assert_eq!(contact["opted_out"].as_array().map(Vec::len), Some(4), "{contact}");
    page.close().await;
}

#[tokio::test]
async fn what_is_over_forged_or_taken_meanwhile_is_told_in_words() {
    let Some(driver) = crate::driver() else { return };
    let house = house().await;
    let (id, link) = invited(&house, "Ana Lim", "+15005550142", 50).await;
    let (_, other) = invited(&house, "Ben Ortiz", "+15005550143", 51).await;
    let page = driver.open(false).await;
    let over = Ticket {
        purpose: Purpose::Answer,
        appointment: id.parse::<AppointmentId>().unwrap(),
        round: 1,
        until: frontdesk_gateway::clock::now() - chrono::Duration::minutes(1),
    };
    let over = links(&house).url(&links(&house).write(&over)).reveal().to_owned();
    let swap = if link.ends_with('A') { "B" } else { "A" };
    let forged = format!("{}{swap}", &link[..link.len() - 1]);
    for (name, address, words) in [("over", over, "This page is closed"), ("forged", forged, "This link does not work")]
    {
        page.go(&address).await;
        shows(&page, words).await;
        picture(&page, &format!("visit-{name}")).await;
        assert_eq!(axe::faults(&page).await, [""; 0], "{name}");
        // That the browser is told 404 or 410 is an error to it, and right.
        page.console_errors().await;
    }
    // Two people look at the same free times; one is faster.
    page.go(&format!("{link}/times")).await;
    shows(&page, "Choose another time").await;
    let second = driver.open_small().await;
    second.go(&format!("{other}/times")).await;
    second.click("button.time").await;
    shows(&second, "We are holding it for you until").await;
    picture(&second, "visit-held-narrow").await;
    page.click("button.time").await;
    shows(&page, "that time is not free any more").await;
    picture(&page, "visit-gone").await;
    page.console_errors().await;
    // The front desk cancels while the page is open.
    page.go(&link).await;
    shows(&page, "Not confirmed yet").await;
    let cancel = format!("{}/api/v1/appointments/{id}/cancel", house.base);
    assert_eq!(house.client.post(cancel).bearer_auth(TOKEN).send().await.unwrap().status(), 200);
    page.click("button[value=confirm]").await;
    shows(&page, "This has changed since you opened the page").await;
    shows(&page, "By the front desk").await;
    picture(&page, "visit-stale").await;
    assert_eq!(axe::faults(&page).await, [""; 0]);
    second.close().await;
    page.close().await;
}

#[tokio::test]
async fn every_language_fits_a_telephone() {
    let Some(driver) = crate::driver() else { return };
    let house = house().await;
    let page = driver.open_small().await;
    for (at, language) in ["nl", "es", "hi"].into_iter().enumerate() {
        let phone = format!("+150055501{}", 50 + at);
        let contact = format!("{}/api/v1/contacts/%2B{}", house.base, &phone[1..]);
        let known = house.client.put(contact).bearer_auth(TOKEN).json(&json!({ "language": language }));
        assert_eq!(known.send().await.unwrap().status(), 200);
        let (_, link) = invited(&house, "Ana Lim", &phone, 50 + i64::try_from(at).unwrap()).await;
        page.go(&link).await;
        page.until("it is theirs", &format!("return document.documentElement.lang === '{language}'")).await;
        picture(&page, &format!("visit-{language}")).await;
        sound(&page, language).await;
        page.go(&format!("{link}/times")).await;
        picture(&page, &format!("visit-times-{language}")).await;
        sound(&page, language).await;
    }
    page.close().await;
}
