//! A caller talks to an assistant at the browser phone: with a microphone, and without one.

use crate::{
    assistant::Assistant,
    axe,
    driver::Page,
    house::{ACCOUNT_TOKEN, House, TOKEN},
    picture,
};
use frontdesk_core::talk::TalkEnd;
use serde_json::{Value, json};
use std::path::Path;

/// Rings the business from the browser phone, and has the call connected with the assistant.
async fn connected(house: &House, page: &Page<'_>) -> Assistant {
    page.go(&format!("{}/sign-in?token={TOKEN}&next=/sandbox", house.base)).await;
    page.until("the phone is ready", "return document.querySelector('#phone').dataset.state === 'idle'").await;
    page.click("#green").await;
    page.until("somebody answers", "return document.querySelector('#phone').dataset.state === 'talking'").await;
    let calls = house.client.get(format!("{}/sandbox/api/calls?active=true", house.base)).bearer_auth(TOKEN).send();
    let calls: Value = calls.await.unwrap().json().await.unwrap();
    let assistant = Assistant::open().await;
    let stream = json!({ "verb": "stream", "url": assistant.url, "parameters": [["token", "once"]] });
    let verbs = json!({ "verbs": [stream, { "verb": "hangup" }] });
    let steer = format!("{}/sandbox/carrier/v1/calls/{}/steer", house.base, calls[0]["id"].as_str().unwrap());
    let steered = house.client.post(steer).bearer_auth(ACCOUNT_TOKEN).json(&verbs).send().await.unwrap();
    assert_eq!(steered.status(), 200);
    let words = "return document.querySelector('#word').innerText === 'Talking to the assistant'";
    page.until("the page says whom the caller talks to", words).await;
    assistant
}

async fn reads(page: &Page<'_>, words: &str) {
    let script = format!("return document.querySelector('#captions').innerText.includes({words:?})");
    page.until(&format!("the captions say {words:?}"), &script).await;
}

async fn hints(page: &Page<'_>, words: &str) {
    let script = format!("return document.querySelector('#hint').innerText.includes({words:?})");
    page.until(&format!("the hint says {words:?}"), &script).await;
}

async fn over(page: &Page<'_>) {
    page.until("the call is over", "return document.querySelector('#phone').dataset.state === 'ended'").await;
    assert_eq!(page.run("return document.querySelector('#voice').checkVisibility()").await, false);
    assert_eq!(page.console_errors().await, [""; 0]);
}

/// Somebody who says something for a second, and then listens for three: a file that the browser takes for a microphone.
fn voice(file: &Path) {
    const RATE: u32 = 48_000;
    let spoken = (0..RATE * 4).map(|n| {
        let at = f64::from(n) / f64::from(RATE);
        // Syllables with overtones: a plain tone is taken for noise, and suppressed.
        let syllable = (at * 4.0 * std::f64::consts::PI).sin().abs();
        let pitch = 140.0 + 30.0 * (at * 9.0).sin();
        let voice: f64 =
            (1..12).map(|n| (at * pitch * f64::from(n) * std::f64::consts::TAU).sin() / f64::from(n)).sum();
        if at < 1.0 { (voice * syllable * 9_000.0) as i16 } else { 0 }
    });
    let data: Vec<u8> = spoken.flat_map(i16::to_le_bytes).collect();
    let size = u32::try_from(data.len()).unwrap();
    let mut wav = b"RIFF".to_vec();
    wav.extend((size + 36).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16_u32.to_le_bytes());
    // PCM, one channel.
    wav.extend([1, 0, 1, 0]);
    wav.extend(RATE.to_le_bytes());
    wav.extend((RATE * 2).to_le_bytes());
    wav.extend([2, 0, 16, 0]);
    wav.extend(b"data");
    wav.extend(size.to_le_bytes());
    wav.extend(data);
    std::fs::write(file, wav).unwrap();
}

#[tokio::test]
async fn a_caller_says_yes_to_the_assistant_and_is_booked() {
    let Some(driver) = crate::driver() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("voice.wav");
    voice(&file);
    let house = House::open().await;
    let page = driver.open_speaking(&file).await;
    let assistant = connected(&house, &page).await;
    reads(&page, "Hello Ana Lim, this is Harbour Clinic.").await;
    assert_eq!(page.nameless_controls().await, [""; 0]);
    assert_eq!(axe::faults(&page).await, [""; 0]);
    picture(&page, "talk-offered").await;
    reads(&page, "Shall I book it?").await;
    page.click("#mic").await;
    hints(&page, "The assistant hears you.").await;
    page.until("the caller is heard", "return document.querySelector('#level').dataset.level !== '0'").await;
    picture(&page, "talk-speaking").await;
    reads(&page, "You said Yes.").await;
    reads(&page, "booked for Monday, December 2nd. Thank you. Goodbye.").await;
    picture(&page, "talk-booked").await;
    assert_eq!(assistant.asked("book"), [json!({ "starts_at": "2030-12-02T09:00:00Z" })]);
    over(&page).await;
    assert_eq!(assistant.ended().await, TalkEnd::AgentDone);
    page.close().await;
}

#[tokio::test]
async fn without_a_microphone_keys_answer_the_assistant() {
    let Some(driver) = crate::driver() else { return };
    let house = House::open().await;
    let page = driver.open_small().await;
    let assistant = connected(&house, &page).await;
    reads(&page, "Shall I book it?").await;
    hints(&page, "Press Speak and talk, or press keys.").await;
    // Nobody is there to say yes to a browser without a window, and it has no microphone.
    page.click("#mic").await;
    page.until("the trouble is told", "return document.querySelector('#hint').classList.contains('wrong')").await;
    picture(&page, "talk-without-microphone").await;
    let wide = "return document.documentElement.scrollWidth > document.documentElement.clientWidth + 1";
    assert_eq!(page.run(wide).await, Value::Bool(false), "it scrolls sideways");
    page.click("#keypad [data-key='0']").await;
    reads(&page, "December 2nd at 10 AM").await;
    page.click("#keypad [data-key='1']").await;
    over(&page).await;
    assert_eq!(assistant.asked("book"), [json!({ "starts_at": "2030-12-02T10:00:00Z" })]);
    page.close().await;
}

#[tokio::test]
async fn a_muted_caller_is_not_heard_and_hanging_up_gives_the_microphone_back() {
    let Some(driver) = crate::driver() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("voice.wav");
    voice(&file);
    let house = House::open().await;
    let page = driver.open_speaking(&file).await;
    let assistant = connected(&house, &page).await;
    // Keeps a hand on the microphone, to see that it is let go of.
    let watch = "const media = navigator.mediaDevices; const get = media.getUserMedia.bind(media);
        media.getUserMedia = async (wanted) => (window.heldByTest = await get(wanted));";
    page.run(watch).await;
    page.click("#mic").await;
    hints(&page, "The assistant hears you.").await;
    page.click("#mic").await;
    hints(&page, "The assistant does not hear you.").await;
    let silent = "return document.querySelector('#level').dataset.level === '0'";
    assert_eq!(page.run(silent).await, Value::Bool(true));
    picture(&page, "talk-muted").await;
    page.click("#red").await;
    over(&page).await;
    let free = "return window.heldByTest.getTracks().every((track) => track.readyState === 'ended')";
    assert_eq!(page.run(free).await, Value::Bool(true));
    assert_eq!(assistant.ended().await, TalkEnd::CallerGone);
    page.close().await;
}

#[tokio::test]
async fn a_caller_is_booked_by_voice_and_the_appointment_is_in_the_book() {
    let Some(driver) = crate::driver() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("voice.wav");
    voice(&file);
    let house = House::with("inbound = \"stream\"\n").await;
    let page = driver.open_speaking(&file).await;
    page.go(&format!("{}/sign-in?token={TOKEN}&next=/sandbox", house.base)).await;
    page.until("the phone is ready", "return document.querySelector('#phone').dataset.state === 'idle'").await;
    page.click("#green").await;
    reads(&page, "Shall I book it?").await;
    page.click("#mic").await;
    reads(&page, "You said Yes.").await;
    house.until("appointments", |all| all.len() == 1).await;
    over(&page).await;
    page.close().await;
}
