//! A browser without a window, driven by the W3C WebDriver protocol.

use base64::Engine;
use frontdesk_testkit::servers::free_port;
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// The key under which WebDriver names an element (W3C WebDriver, section 12).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Nothing on these pages takes longer; the limit only keeps a broken test from hanging.
const PATIENCE: Duration = Duration::from_secs(30);

/// Chromium's driver, as a process.
pub(crate) struct Driver {
    process: Child,
    base: String,
    client: reqwest::Client,
}

impl Driver {
    /// Starts the driver on a port of its own.
    ///
    /// # Errors
    /// What is missing: the driver, or the browser.
    pub(crate) fn start(client: reqwest::Client) -> Result<Self, String> {
        for program in ["chromium", "chromedriver"] {
            let version = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
            version.map_err(|error| format!("{program}: {error}"))?;
        }
        // Left to itself it draws one of IPv4 and wants it of IPv6 as well, where somebody may have it.
        let port = free_port();
        let mut process = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("chromedriver: {error}"))?;
        let mut lines = BufReader::new(process.stdout.take().expect("its output is piped")).lines();
        let ready = format!("on port {port}.");
        if !lines.by_ref().map_while(Result::ok).any(|line| line.ends_with(&ready)) {
            return Err("chromedriver ended before it listened".to_owned());
        }
        // Read on, so that the driver never blocks on a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { process, base: format!("http://127.0.0.1:{port}/session"), client })
    }

    /// A fresh browser on a desk, in light or dark.
    pub(crate) async fn open(&self, dark: bool) -> Page<'_> {
        self.session(json!({}), dark, &[]).await
    }

    /// A fresh browser on a small telephone.
    pub(crate) async fn open_small(&self) -> Page<'_> {
        // A window is never narrower than 500 pixels; a telephone is.
        let screen = json!({ "width": 375, "height": 667, "pixelRatio": 2.0, "touch": true });
        self.session(json!({ "deviceMetrics": screen }), false, &[]).await
    }

    /// A fresh browser in the dark, with a microphone that hears a file again and again, and that every page may use.
    pub(crate) async fn open_speaking(&self, file: &Path) -> Page<'_> {
        let heard = format!("--use-file-for-fake-audio-capture={}", file.display());
        let more = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", &heard];
        self.session(json!({}), true, &more).await
    }

    async fn session(&self, emulation: Value, dark: bool, more: &[&str]) -> Page<'_> {
        let mut args = vec![
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--lang=en-US".to_owned(),
            "--window-size=1280,1000".to_owned(),
        ];
        if dark {
            args.push("--blink-settings=preferredColorScheme=0".to_owned());
        }
        args.extend(more.iter().map(|arg| (*arg).to_owned()));
        let mut options = json!({ "args": args });
        if emulation.get("deviceMetrics").is_some() {
            options["mobileEmulation"] = emulation;
        }
        let body = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL" },
        } } });
        let answer = self.client.post(&self.base).json(&body).send().await.unwrap().json::<Value>().await.unwrap();
        let id = answer["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {answer}"));
        Page { driver: self, session: format!("{}/{id}", self.base) }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Already gone is as good.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// A browser with one page.
pub(crate) struct Page<'a> {
    driver: &'a Driver,
    session: String,
}

impl Page<'_> {
    async fn post(&self, path: &str, body: Value) -> Result<Value, Value> {
        let request = self.driver.client.post(format!("{}/{path}", self.session)).json(&body);
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let answer: Value = answer.json().await.unwrap();
        if status.is_success() { Ok(answer["value"].clone()) } else { Err(answer) }
    }

    pub(crate) async fn go(&self, url: &str) {
        self.post("url", json!({ "url": url })).await.unwrap();
    }

    /// Clicks what this CSS selector finds, as a person would: it must be visible and not covered.
    pub(crate) async fn click(&self, selector: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let element = self.find(selector).await;
            match self.post(&format!("element/{element}/click"), json!({})).await {
                Ok(_) => return,
                // The page was drawn anew between a look and a click: a person looks again.
                Err(error) if error["value"]["error"] == "stale element reference" => {
                    assert!(Instant::now() < deadline, "{selector} never stands still: {error}");
                }
                Err(error) => panic!("{selector} cannot be clicked: {error}"),
            }
        }
    }

    /// Empties a field and types into it.
    pub(crate) async fn fill(&self, selector: &str, text: &str) {
        let element = self.find(selector).await;
        self.post(&format!("element/{element}/clear"), json!({})).await.unwrap();
        self.post(&format!("element/{element}/value"), json!({ "text": text })).await.unwrap();
    }

    /// Presses a key of the keyboard, wherever the focus is.
    pub(crate) async fn press(&self, key: &str) {
        let actions = json!([{ "type": "keyDown", "value": key }, { "type": "keyUp", "value": key }]);
        let body = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] });
        self.post("actions", body).await.unwrap();
    }

    async fn find(&self, selector: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.post("element", json!({ "using": "css selector", "value": selector })).await {
                Ok(found) => return found[ELEMENT].as_str().unwrap().to_owned(),
                Err(error) => assert!(Instant::now() < deadline, "there is no {selector}: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Controls without a name that a screen reader could say, as their markup.
    pub(crate) async fn nameless_controls(&self) -> Vec<String> {
        let controls = "button, a[href], input:not([type=hidden]), textarea, select, [tabindex='0']";
        let visible = format!(
            "return [...document.querySelectorAll({controls:?})].filter((control) => control.checkVisibility())"
        );
        let found = self.run(&visible).await;
        let mut nameless = Vec::new();
        for element in found.as_array().unwrap() {
            let url = format!("{}/element/{}/computedlabel", self.session, element[ELEMENT].as_str().unwrap());
            let label: Value = self.driver.client.get(url).send().await.unwrap().json().await.unwrap();
            // The page was drawn anew meanwhile: what is gone has no name, and needs none.
            if label["value"]["error"] == "stale element reference" {
                continue;
            }
            if label["value"].as_str().is_none_or(|label| label.trim().is_empty()) {
                let script = json!({ "script": "return arguments[0].outerHTML", "args": [element] });
                let markup = self.post("execute/sync", script).await.unwrap();
                nameless.push(markup.as_str().unwrap_or_default().to_owned());
            }
        }
        nameless
    }

    /// What a script gives.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.post("execute/sync", json!({ "script": script, "args": [] })).await.unwrap()
    }

    /// Waits until a script gives true.
    pub(crate) async fn until(&self, what: &str, script: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.run(script).await != Value::Bool(true) {
            if Instant::now() >= deadline {
                let seen = self.run("return document.body.innerText").await;
                panic!("{what}: it never came. The page says: {seen}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Errors that the page left in the console: scripts that broke, requests that failed, rules of the CSP.
    pub(crate) async fn console_errors(&self) -> Vec<String> {
        let log = self.post("se/log", json!({ "type": "browser" })).await.unwrap();
        let lines = log.as_array().cloned().unwrap_or_default();
        let severe = lines.iter().filter(|line| line["level"] == "SEVERE");
        severe.map(|line| line["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// A command of the browser's own protocol.
    async fn command(&self, name: &str, parameters: Value) -> Value {
        self.post("goog/cdp/execute", json!({ "cmd": name, "params": parameters })).await.unwrap()
    }

    /// Keeps a picture of the whole page, what lies below the window included.
    pub(crate) async fn picture(&self, file: &Path) {
        let shot = self.command("Page.captureScreenshot", json!({ "captureBeyondViewport": true })).await;
        let png = base64::engine::general_purpose::STANDARD.decode(shot["data"].as_str().unwrap()).unwrap();
        std::fs::write(file, png).unwrap();
    }

    pub(crate) async fn close(self) {
        self.driver.client.delete(&self.session).send().await.unwrap();
    }
}
