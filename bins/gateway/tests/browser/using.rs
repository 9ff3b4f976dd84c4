//! The pages of the desk in use: lists asked for what is wanted, problems looked after, and nothing moved under the reader.

use crate::{
    desk::{given_up, house, sign_in},
    driver::Page,
    house::House,
};
use serde_json::{Value, json};

const LIVE: &str = "return document.querySelector('#live').dataset.live === 'live'";

async fn text(page: &Page<'_>, script: &str) -> String {
    page.run(script).await.as_str().unwrap_or_default().to_owned()
}

async fn shows(page: &Page<'_>, words: &str) {
    let script = format!("return document.querySelector('#main').innerText.includes({words:?})");
    page.until(&format!("the page says {words:?}"), &script).await;
}

/// Everybody of the clinic has answered, or not.
async fn settled(house: &House, people: usize) {
    let over = |all: &[Value]| all.len() == people && all.iter().all(|one| one["status"] != "confirming");
    house.until("appointments", over).await;
}

#[tokio::test]
async fn what_a_form_asks_for_stands_in_the_address_and_is_all_that_is_listed() {
    let Some(driver) = crate::driver() else { return };
    let house = House::open().await;
    house.book("clinic", "Ana Lim", "+15005550101", 26, "Check-up").await;
    house.book("clinic", "Bram de Vries", "+15005550100", 27, "Root canal").await;
    settled(&house, 2).await;
    let page = driver.open(false).await;
    sign_in(&house, &page, "/calls").await;
    shows(&page, "Bram de Vries").await;
    page.click("#f-outcome option[value=confirmed]").await;
    page.fill("#f-q", "0101").await;
    page.click(".filters button").await;
    page.until("the address has it", "return location.search.includes('outcome=confirmed')").await;
    shows(&page, "Ana Lim").await;
    assert_eq!(page.run("return document.querySelectorAll('.list tbody tr').length").await, 1);
    assert_eq!(page.run("return document.querySelector('#f-q').value").await, "0101");
    page.go(&format!("{}/appointments?q=root", house.base)).await;
    shows(&page, "Bram de Vries").await;
    assert_eq!(page.run("return document.querySelectorAll('.list tbody tr').length").await, 1);
    page.click(".list tbody th a").await;
    page.until("the appointment opens", "return location.pathname.length > '/appointments/'.length").await;
    page.click("#part-tables .list tbody th a").await;
    page.until("its call opens", "return location.pathname.startsWith('/calls/')").await;
    shows(&page, "Pressed 0").await;
    assert_eq!(page.console_errors().await, [""; 0]);
    page.close().await;
}

#[tokio::test]
async fn a_call_nobody_knows_of_is_looked_up_at_once_and_repeated_only_by_whoever_is_sure() {
    let Some(driver) = crate::driver() else { return };
    let house = house().await;
    house.book("salon", "Kavya Nair", "+15005550112", 31, "Colour and cut").await;
    given_up(&house).await;
    let page = driver.open(false).await;
    sign_in(&house, &page, "/effects?state=uncertain").await;
    shows(&page, "Nobody knows what became of the call").await;
    page.click(".remedies form[action$='/retry'] button").await;
    page.until("the list is back", "return location.pathname + location.search === '/effects?state=uncertain'").await;
    page.click(".trouble a").await;
    shows(&page, "The desk wants its fate looked up again").await;
    page.go(&format!("{}/effects", house.base)).await;
    assert_eq!(house.list("calls").await.len(), 1, "asking is not calling");
    page.click("form[action$='/call'] button").await;
    shows(&page, "Call Kavya Nair again?").await;
    assert_eq!(house.list("calls").await.len(), 1, "a question is not a call");
    page.click("form[method=post][action$='/call'] button").await;
    house.until("calls", |calls| calls.len() == 2).await;
    page.until("the list is back", "return location.pathname === '/effects'").await;
    assert_eq!(page.console_errors().await, [""; 0]);
    page.close().await;
}

#[tokio::test]
async fn what_is_new_appears_beside_what_is_read_and_typed_and_not_while_paused() {
    let Some(driver) = crate::driver() else { return };
    let house = House::open().await;
    house.book("clinic", "Ana Lim", "+15005550101", 26, "Check-up").await;
    settled(&house, 1).await;
    let page = driver.open_small().await;
    sign_in(&house, &page, "/calls").await;
    page.until("the page is live", LIVE).await;
    page.fill("#f-q", "99").await;
    page.run("document.querySelector('.list tbody th a').focus(); window.neverLoadedAgain = true").await;
    let focused = text(&page, "return document.activeElement.getAttribute('href')").await;
    let scrolled = page.run("scrollTo(0, 60); return scrollY").await;

    house.book("clinic", "Bram de Vries", "+15005550100", 27, "Root canal").await;
    shows(&page, "Bram de Vries").await;
    assert_eq!(text(&page, "return document.activeElement.getAttribute('href')").await, focused);
    assert_eq!(
        page.run("return [document.querySelector('#f-q').value, scrollY, window.neverLoadedAgain]").await,
        json!(["99", scrolled, true])
    );

    settled(&house, 2).await;
    page.click("#pause").await;
    page.until("it says so", "return document.querySelector('#live-word').innerText === 'paused'").await;
    house.book("clinic", "Carmen Ortiz", "+15005550102", 28, "Cleaning").await;
    settled(&house, 3).await;
    page.go(&format!("{}/appointments", house.base)).await;
    page.until("it stays paused", "return document.querySelector('#live').dataset.live === 'paused'").await;
    shows(&page, "Carmen Ortiz").await;
    house.book("clinic", "Deepak Sharma", "+15005550105", 29, "Crown").await;
    settled(&house, 4).await;
    let names = "return document.querySelector('#main').innerText.includes('Deepak Sharma')";
    assert_eq!(page.run(names).await, Value::Bool(false), "nothing changes while paused");
    page.click("#pause").await;
    shows(&page, "Deepak Sharma").await;
    page.until("the page is live", LIVE).await;
    assert_eq!(page.console_errors().await, [""; 0]);
    page.close().await;
}
