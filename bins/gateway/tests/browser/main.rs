//! The browser phone and the pages, in a real browser: the phone rings, a key is pressed, and everything says so.
//!
//! `FRONTDESK_TEST_PICTURES=<folder>` keeps pictures of what was seen, to be looked at.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod assistant;
mod axe;
mod desk;
mod driver;
mod house;
mod month;
mod talk;
mod using;
mod visit;

use driver::{Driver, Page};
use house::{House, TOKEN, client};
use serde_json::{Value, json};
use std::path::PathBuf;

const ENTER: &str = "\u{e007}";

#[expect(clippy::disallowed_methods, reason = "where pictures go is told by the environment")]
fn pictures() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var("FRONTDESK_TEST_PICTURES").ok()?);
    std::fs::create_dir_all(&folder).unwrap();
    Some(folder)
}

async fn picture(page: &Page<'_>, name: &str) {
    if let Some(folder) = pictures() {
        page.picture(&folder.join(format!("{name}.png"))).await;
    }
}

fn driver() -> Option<Driver> {
    frontdesk_testkit::Skip::from_env().unless("chromium", Driver::start(client()))
}

/// Signs in by the link and books a call to this phone; it rings.
async fn ring(house: &House, page: &Page<'_>, name: &str) {
    page.go(&format!("{}/sign-in?token={TOKEN}&next=/sandbox", house.base)).await;
    page.until("the phone is ready", "return document.querySelector('#phone').dataset.state === 'idle'").await;
    picture(page, &format!("{name}-idle")).await;
    page.fill("#ring-name", "Ana Lim").await;
    page.click("#ring button[type=submit]").await;
    page.until("the phone rings", "return document.querySelector('#phone').dataset.state === 'ringing'").await;
    picture(page, &format!("{name}-ringing")).await;
}

async fn asked(page: &Page<'_>) {
    page.until("somebody speaks", "return document.querySelector('#phone').dataset.state === 'talking'").await;
    page.until("the question is heard", "return document.querySelector('#captions').innerText.includes('press 1')")
        .await;
}

async fn told(page: &Page<'_>, words: &str) {
    let script = format!("return document.querySelector('#booking-status').innerText.includes({words:?})");
    page.until(&format!("the page says {words:?}"), &script).await;
}

/// The page and the API agree, and the console is clean.
async fn settled(house: &House, page: &Page<'_>, status: &str, name: &str) {
    page.until("the call is over", "return document.querySelector('#phone').dataset.state !== 'talking'").await;
    picture(page, &format!("{name}-over")).await;
    let appointments = house.list("appointments").await;
    assert_eq!(appointments.len(), 1);
    assert_eq!(appointments[0]["status"], status);
    let calls = house.list("calls").await;
    assert_eq!(calls.len(), 1, "one call was placed");
    assert_eq!(calls[0]["answered_by"], "human");
    let id = appointments[0]["id"].as_str().unwrap();
    for (path, shot) in [(String::new(), "desk"), (format!("appointments/{id}"), "detail")] {
        page.go(&format!("{}/{path}", house.base)).await;
        let script = format!(
            "return document.body.innerText.toLowerCase().includes({status:?}) && document.body.innerText.includes('Ana Lim')"
        );
        page.until(&format!("/{path} says {status}"), &script).await;
        picture(page, &format!("{name}-{shot}")).await;
    }
    assert_eq!(page.console_errors().await, [""; 0]);
}

#[tokio::test]
async fn the_phone_rings_one_is_pressed_and_everything_says_confirmed() {
    let Some(driver) = driver() else { return };
    let house = House::open().await;
    let page = driver.open(false).await;
    ring(&house, &page, "light").await;
    page.click("#green").await;
    asked(&page).await;
    assert_eq!(page.nameless_controls().await, [""; 0]);
    picture(&page, "light-talking").await;
    page.click("#keypad [data-key='1']").await;
    told(&page, "Confirmed by phone").await;
    settled(&house, &page, "confirmed", "light").await;
    page.close().await;
}

#[tokio::test]
async fn by_keyboard_alone_a_call_is_answered_and_the_appointment_cancelled() {
    let Some(driver) = driver() else { return };
    let house = House::open().await;
    let page = driver.open(true).await;
    ring(&house, &page, "dark").await;
    page.run("document.activeElement.blur()").await;
    page.press(ENTER).await;
    asked(&page).await;
    page.press("5").await;
    page.until(
        "the wrong key is told",
        "return document.querySelector('#captions').innerText.includes('not one of the choices')",
    )
    .await;
    picture(&page, "dark-talking").await;
    page.press("0").await;
    told(&page, "Cancelled by phone").await;
    settled(&house, &page, "cancelled", "dark").await;
    page.close().await;
}

#[tokio::test]
async fn on_a_telephones_screen_nothing_is_cut_off() {
    let Some(driver) = driver() else { return };
    let house = House::open().await;
    let page = driver.open_small().await;
    ring(&house, &page, "narrow").await;
    page.click("#green").await;
    asked(&page).await;
    picture(&page, "narrow-talking").await;
    page.click("#keypad [data-key='2']").await;
    told(&page, "Asked for another time").await;
    for path in ["sandbox", ""] {
        page.go(&format!("{}/{path}", house.base)).await;
        page.until("the page is there", "return document.readyState === 'complete'").await;
        let wide =
            page.run("return document.documentElement.scrollWidth > document.documentElement.clientWidth + 1").await;
        assert_eq!(wide, Value::Bool(false), "/{path} scrolls sideways");
        picture(&page, &format!("narrow-{}", if path.is_empty() { "desk" } else { path })).await;
    }
    assert_eq!(page.console_errors().await, [""; 0]);
    page.close().await;
}

#[tokio::test]
async fn who_is_not_signed_in_is_led_to_the_sign_in_page_and_back() {
    let Some(driver) = driver() else { return };
    let house = House::open().await;
    let page = driver.open(false).await;
    page.go(&format!("{}/sandbox", house.base)).await;
    page.until("the sign-in page", "return document.querySelector('input[name=token]') !== null").await;
    picture(&page, "sign-in").await;
    page.fill("input[name=token]", TOKEN).await;
    page.click("form button[type=submit], form button:not([type])").await;
    page.until("the phone", "return document.querySelector('#phone') !== null").await;
    page.close().await;
}

#[tokio::test]
async fn the_desk_sees_what_happens_without_loading_the_page_again() {
    let Some(driver) = driver() else { return };
    let house = House::open().await;
    let page = driver.open(false).await;
    page.go(&format!("{}/sign-in?token={TOKEN}&next=/", house.base)).await;
    page.until("the page is live", "return document.body.innerText.includes('live')").await;
    page.run("window.neverLoadedAgain = true").await;
    // Presses 1, as scripted.
    let body = json!({
        "customer": { "name": "Ana Lim", "phone": "+15005550101" },
        "starts_at": page.run("return new Date(Date.now() + 86400000).toISOString()").await,
        "confirm": "now",
    });
    let booked = house.client.post(format!("{}/api/v1/appointments", house.base)).bearer_auth(TOKEN).json(&body).send();
    assert_eq!(booked.await.unwrap().status(), 201);
    let both = "return document.body.innerText.includes('Ana Lim') && document.body.innerText.includes('Confirmed')";
    page.until("the desk reads that Ana is confirmed", both).await;
    assert_eq!(page.run("return window.neverLoadedAgain === true").await, Value::Bool(true));
    assert_eq!(page.nameless_controls().await, [""; 0]);
    assert_eq!(page.console_errors().await, [""; 0]);
    page.close().await;
}
