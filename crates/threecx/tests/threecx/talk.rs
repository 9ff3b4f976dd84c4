//! Callers at the route point speak with a voice agent of ours.

use crate::{
    common::soon,
    house::{House, say},
};
use async_trait::async_trait;
use frontdesk_core::{
    ports::{Exchange, FromLine, Happened, LineStart, LiveLine, Performed, PortError, PortResult, Trouble},
    reply::Verb,
    sound::AudioFormat,
};
use frontdesk_testkit::{BUSINESS_PHONE, phone};
use std::{
    future::poll_fn,
    sync::{Arc, atomic::AtomicBool, atomic::Ordering},
};
use tokio::sync::mpsc;

/// Whoever runs conversations: the test.
struct Pretended {
    refuses: AtomicBool,
    joined: mpsc::UnboundedSender<(LineStart, Box<dyn LiveLine>)>,
}

#[async_trait]
impl Exchange for Pretended {
    async fn put_through(&self, provider: &str, start: LineStart, line: Box<dyn LiveLine>) -> PortResult<()> {
        assert_eq!(provider, "threecx");
        if self.refuses.load(Ordering::SeqCst) {
            return Err(PortError::new("bridge", Happened::No, Trouble::Unavailable, "as the test said"));
        }
        self.joined.send((start, line)).unwrap();
        Ok(())
    }
}

struct Bench {
    house: House,
    exchange: Arc<Pretended>,
    joined: mpsc::UnboundedReceiver<(LineStart, Box<dyn LiveLine>)>,
    callid: u64,
    name: String,
}

impl Bench {
    /// Somebody at the route point, who hears the greeting.
    async fn open() -> Self {
        let mut house = House::with(|config| config.control.as_mut().unwrap().agent_destination = None).await;
        let (joined, joins) = mpsc::unbounded_channel();
        let exchange = Arc::new(Pretended { refuses: AtomicBool::new(false), joined });
        house.adapter.put_through_by(Arc::clone(&exchange) as _);
        house.relay().await;
        let callid = house.pbx.ring("0612345678", "", "ivrapp");
        let name = house.name().await;
        house.steer(&name, vec![say()]).await.unwrap();
        soon(house.pbx.until(|pbx| pbx.heard(callid).len() >= 400 * 16)).await;
        Self { house, exchange, joined: joins, callid, name }
    }

    async fn put_through(&mut self) -> (LineStart, Box<dyn LiveLine>) {
        assert_eq!(self.house.steer(&self.name, vec![stream()]).await.unwrap(), Performed::Done);
        soon(self.joined.recv()).await.unwrap()
    }

    fn heard(&self) -> Vec<u8> {
        self.house.pbx.heard(self.callid)
    }

    /// Waits until the caller has heard this many of these.
    async fn hears(&self, byte: u8, many: usize) {
        let count = |raw: &[u8]| raw.iter().filter(|it| **it == byte).count();
        soon(self.house.pbx.until(|pbx| count(&pbx.heard(self.callid)) >= many)).await;
    }
}

fn stream() -> Verb {
    let parameters = vec![("token".to_owned(), "t".to_owned())];
    Verb::Stream { url: "exchange:threecx".to_owned(), parameters }
}

async fn told(line: &mut Box<dyn LiveLine>) -> Option<FromLine> {
    soon(poll_fn(|cx| line.poll_told(cx))).await
}

async fn says(line: &mut Box<dyn LiveLine>, raw: Vec<u8>) {
    assert!(soon(poll_fn(|cx| line.poll_ready(cx))).await);
    assert!(line.send(raw));
}

/// What comes after all sound that comes.
async fn after_sound(line: &mut Box<dyn LiveLine>) -> Option<FromLine> {
    loop {
        match told(line).await {
            Some(FromLine::Sound(_)) => {}
            other => return other,
        }
    }
}

#[tokio::test]
async fn a_caller_hears_music_until_the_agents_first_word_and_nothing_else_after_it() {
    let mut bench = Bench::open().await;
    let (start, mut line) = bench.put_through().await;
    assert_eq!((start.provider_call_id.as_str(), start.format), (bench.name.as_str(), AudioFormat::Pcm16(8_000)));
    assert_eq!(start.parameters["token"], "t");
    let music = bench.heard().len();
    soon(bench.house.pbx.until(|pbx| pbx.heard(bench.callid).len() > music)).await;
    assert!(!bench.heard().contains(&9), "the music goes on");
    says(&mut line, vec![9; 3_200]).await;
    says(&mut line, vec![8; 3_200]).await;
    bench.hears(8, 3_200).await;
    let heard = bench.heard();
    let first = heard.iter().position(|byte| *byte == 9).unwrap();
    assert_eq!(heard[first..], [vec![9; 3_200], vec![8; 3_200]].concat());
    assert_eq!(bench.house.pbx.led(), [], "led nowhere");
}

#[tokio::test]
async fn what_a_caller_says_comes_in_whole_samples_and_their_keys_come_along() {
    let mut bench = Bench::open().await;
    let (_, mut line) = bench.put_through().await;
    for odd in [1, 3, 4] {
        bench.house.pbx.speak(bench.callid, &vec![5; odd]);
    }
    let mut said = Vec::new();
    while said.len() < 16_008 {
        match told(&mut line).await {
            Some(FromLine::Sound(sound)) => {
                assert_eq!(sound.raw_len() % 2, 0, "half a sample");
                said.extend(sound.decode().unwrap());
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(said, [vec![7; 16_000], vec![5; 8]].concat());
    bench.house.pbx.press(bench.callid, "4#");
    assert_eq!(told(&mut line).await, Some(FromLine::Digit('4')));
    assert_eq!(told(&mut line).await, Some(FromLine::Digit('#')));
}

#[tokio::test]
async fn who_hangs_up_is_gone_for_the_conversation_whether_the_pbx_is_heard_or_not() {
    for deaf in [false, true] {
        let mut bench = Bench::open().await;
        let (_, mut line) = bench.put_through().await;
        says(&mut line, vec![9; 1_600]).await;
        bench.hears(9, 1_600).await;
        if deaf {
            bench.house.pbx.go_deaf();
        }
        bench.house.pbx.hang_up(bench.callid);
        assert_eq!(after_sound(&mut line).await, Some(FromLine::Ended), "{deaf}");
    }
}

#[tokio::test]
async fn a_way_that_breaks_while_the_caller_is_there_is_no_end_of_theirs() {
    let mut bench = Bench::open().await;
    let (_, mut line) = bench.put_through().await;
    bench.house.pbx.cut_off(bench.callid);
    assert_eq!(after_sound(&mut line).await, None);
    assert_eq!(bench.house.pbx.parts("ivrapp").len(), 1);
}

#[tokio::test]
async fn whoever_is_not_put_through_goes_on_hearing_music_and_surely_speaks_with_nobody() {
    let bench = Bench::open().await;
    bench.exchange.refuses.store(true, Ordering::SeqCst);
    let error = bench.house.steer(&bench.name, vec![stream()]).await.unwrap_err();
    assert_eq!(error.happened, Happened::No);
    let before = bench.heard().len();
    soon(bench.house.pbx.until(|pbx| pbx.heard(bench.callid).len() > before)).await;
}

#[tokio::test]
async fn a_conversation_is_over_for_a_caller_who_is_led_elsewhere() {
    let mut bench = Bench::open().await;
    let (_, mut line) = bench.put_through().await;
    says(&mut line, vec![9; 1_600]).await;
    let transfer = Verb::Transfer { to: phone("+31207654321"), from: phone(BUSINESS_PHONE) };
    assert_eq!(bench.house.steer(&bench.name, vec![transfer]).await.unwrap(), Performed::Done);
    assert_eq!(after_sound(&mut line).await, Some(FromLine::Ended));
    assert_eq!(bench.house.pbx.led()[0].to, "+31207654321");
}

#[tokio::test]
async fn what_the_agent_has_said_is_heard_to_its_end_though_it_goes() {
    let mut bench = Bench::open().await;
    let (_, mut line) = bench.put_through().await;
    for _ in 0..4 {
        says(&mut line, vec![9; 3_200]).await;
    }
    drop(line);
    bench.hears(9, 4 * 3_200).await;
    assert_eq!(bench.house.pbx.parts("ivrapp").len(), 1, "the caller is still there");
}

#[tokio::test]
async fn nobody_speaks_with_a_caller_who_has_gone_already() {
    let mut bench = Bench::open().await;
    bench.house.pbx.hang_up(bench.callid);
    assert_eq!(bench.house.steer(&bench.name, vec![stream()]).await.unwrap(), Performed::Over);
    assert!(bench.joined.try_recv().is_err());
}
