//! The desk behind which a month has passed: what the demo shows is what a browser makes of it.

use crate::{desk::sound, house::client};
use frontdesk_testkit::servers::free_port;
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

/// `gateway demo --data month`, until it is dropped.
struct Demo {
    gateway: Child,
    base: String,
    link: String,
}

impl Demo {
    fn open() -> Self {
        let free = format!("127.0.0.1:{}", free_port());
        let mut gateway = Command::new(env!("CARGO_BIN_EXE_gateway"))
            .args(["demo", "--data", "month"])
            .env("FRONTDESK_LISTEN", free)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(gateway.stdout.take().unwrap()).lines();
        let link =
            lines.map(|line| line.unwrap()).find_map(|line| Some(line.strip_prefix("Sign in")?.trim().to_owned()));
        let link = link.unwrap();
        let base = link.split("/sign-in").next().unwrap().to_owned();
        Self { gateway, base, link }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Gone already is fine.
        let _ = self.gateway.kill();
        let _ = self.gateway.wait();
    }
}

#[tokio::test]
async fn a_month_reads_well_in_light_in_dark_and_on_a_telephone() {
    let Some(driver) = crate::driver() else { return };
    let demo = Demo::open();
    let looks =
        [("light", driver.open(false).await), ("dark", driver.open(true).await), ("narrow", driver.open_small().await)];
    for (look, page) in looks {
        page.go(&demo.link).await;
        let pages = [
            "/",
            "/appointments",
            "/calls",
            "/effects",
            "/ivr",
            "/ivr?flow=confirm",
            "/ivr?business=machines",
            "/ivr/calls/1",
        ];
        for path in pages {
            page.go(&format!("{}{path}", demo.base)).await;
            page.until("the page is live", "return document.querySelector('#live')?.dataset.live === 'live'").await;
            let name = path.replace(['/', '?', '='], "-");
            crate::picture(&page, &format!("month{name}-{look}")).await;
            sound(&page, path).await;
        }
        page.close().await;
    }
}

#[tokio::test]
async fn what_is_pressed_is_drawn_listed_and_downloaded() {
    let Some(driver) = crate::driver() else { return };
    let demo = Demo::open();
    let page = driver.open(false).await;
    page.go(&demo.link).await;
    page.go(&format!("{}/ivr", demo.base)).await;
    let has = |words: &str| format!("return document.querySelector('#main').innerText.includes({words:?})");
    for words in ["Hindi", "Rajasthan", "Buy an old machine", "Kolkata time", "Answered everything"] {
        page.until(&format!("the page says {words:?}"), &has(words)).await;
    }
    let drawn = "return ['#part-funnel', '#part-days', '#part-paths', '#part-heat'].map((it) => \
                 document.querySelector(it).innerText.trim().length > 40)";
    assert_eq!(page.run(drawn).await, serde_json::json!([true, true, true, true]));

    // The file holds every call of the span, and the columns its users know.
    let href = page.run("return document.querySelector('#part-calls a[download]').getAttribute('href')").await;
    let token = demo.link.split("token=").nth(1).unwrap();
    let file =
        client().get(format!("{}{}", demo.base, href.as_str().unwrap())).bearer_auth(token).send().await.unwrap();
    assert_eq!(file.status(), 200);
    let file = file.text().await.unwrap();
    let said = "return [...document.querySelectorAll('#part-tiles div')]\
                .find((tile) => tile.innerText.includes('calls picked up')).querySelector('dd').textContent";
    let said = page.run(said).await;
    let calls: String = said.as_str().unwrap().chars().filter(char::is_ascii_digit).collect();
    assert_eq!(file.lines().count() - 1, calls.parse::<usize>().unwrap(), "{said:?}");
    assert!(file.starts_with("id,call_sid,from_number,to_number,language_choice"), "{}", &file[..80]);

    // A call leads to what was pressed in it, and its number is shown to whoever asks.
    page.click("#part-calls tbody th a").await;
    page.until("the call opens", "return location.pathname.startsWith('/ivr/calls/')").await;
    page.until("it says what was pressed", &has("What was pressed")).await;
    assert_eq!(page.run("return /09[0-9]{9}/.test(document.body.innerText)").await, false);
    page.click("dl a[href*='show=contact']").await;
    page.until("the number is shown", "return /098[0-9]{8}/.test(document.body.innerText)").await;
    assert_eq!(page.console_errors().await, [""; 0]);
    page.close().await;
}
