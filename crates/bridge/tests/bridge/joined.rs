//! Calls whose carrier opens no socket: their adapter brings the sound, and everything else is as ever.

use crate::{
    house::{House, settings},
    line::call_of,
};
use frontdesk_bridge::Settings;
use frontdesk_core::{
    ports::{FromAgent, FromLine, Happened, LineStart, LiveLine, Pieces, PortResult, TalkEnd, ToAgent, Trouble},
    sound::{AudioFormat, Sound},
};
use std::{
    collections::BTreeMap,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};

const LINE: AudioFormat = AudioFormat::Pcm16(8_000);
const PIECES: Pieces = Pieces { least: 320, most: 3_200, step: 2, ahead: Some(200) };

/// The adapter's ends.
struct Ends {
    tells: mpsc::UnboundedSender<FromLine>,
    heard: mpsc::UnboundedReceiver<Vec<u8>>,
}

struct Line {
    tells: mpsc::UnboundedReceiver<FromLine>,
    heard: mpsc::UnboundedSender<Vec<u8>>,
}

impl LiveLine for Line {
    fn pieces(&self) -> Pieces {
        PIECES
    }

    fn poll_told(&mut self, cx: &mut Context<'_>) -> Poll<Option<FromLine>> {
        self.tells.poll_recv(cx)
    }

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<bool> {
        Poll::Ready(!self.heard.is_closed())
    }

    fn send(&mut self, raw: Vec<u8>) -> bool {
        self.heard.send(raw).is_ok()
    }
}

impl Ends {
    async fn hears(&mut self) -> Option<Vec<u8>> {
        timeout(Duration::from_secs(20), self.heard.recv()).await.expect("it hears something, or is left")
    }
}

async fn house(settings: Settings) -> House {
    House::with(settings, PIECES, LINE, LINE).await
}

async fn join(house: &House, token: &str) -> PortResult<Ends> {
    let ((tells, told), (hears, heard)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
    let start = LineStart {
        stream: "line".to_owned(),
        provider_call_id: "CA1".to_owned(),
        parameters: BTreeMap::from([("token".to_owned(), token.to_owned())]),
        format: LINE,
    };
    let line = Box::new(Line { tells: told, heard: hears });
    house.bridge.exchange().put_through("pretended", start, line).await?;
    Ok(Ends { tells, heard })
}

#[tokio::test]
async fn sound_and_keys_pass_both_ways_and_the_last_word_is_heard_before_the_line_is_left() {
    let mut house = house(settings()).await;
    house.expect("t");
    let mut ends = join(&house, "t").await.unwrap();
    let mut talker = house.talker().await;
    assert_eq!((talker.start.call_id, talker.start.line), (call_of("t"), LINE));
    ends.tells.send(FromLine::Sound(Sound::encode(&[5; 320]))).unwrap();
    ends.tells.send(FromLine::Digit('7')).unwrap();
    let told = [talker.hears().await.unwrap(), talker.hears().await.unwrap()];
    assert!(told.contains(&ToAgent::Digit('7')) && told.contains(&ToAgent::Sound(Sound::encode(&[5; 320]))));
    talker.speaks(&[9; 4_000]);
    talker.says(FromAgent::HungUp);
    let mut heard = Vec::new();
    while let Some(raw) = ends.hears().await {
        heard.extend(raw);
    }
    assert_eq!((&heard[..4_000], heard.len() % 2), (&[9; 4_000][..], 0));
    assert_eq!(house.over().await.1.end, TalkEnd::AgentDone);
    assert_eq!(house.end().await.len(), 0, "told twice");
}

#[tokio::test]
async fn no_more_is_sent_ahead_than_a_line_takes_and_nothing_old_after_an_interruption() {
    let mut house = house(settings()).await;
    house.expect("t");
    let mut ends = join(&house, "t").await.unwrap();
    let talker = house.talker().await;
    let began = Instant::now();
    talker.speaks(&[9; 48_000]);
    ends.hears().await.unwrap();
    talker.says(FromAgent::Interrupted);
    talker.speaks(&[8; 1_600]);
    let mut old = 1_600;
    loop {
        let raw = ends.hears().await.unwrap();
        if raw[0] == 8 {
            break;
        }
        old += raw.len();
    }
    let most = began.elapsed() + Duration::from_millis(200);
    assert!(Duration::from_millis(old as u64 / 16) <= most, "{old} bytes, and {most:?} may be");
    ends.tells.send(FromLine::Ended).unwrap();
    assert_eq!(house.over().await.1.interruptions, 1);
    house.end().await;
}

#[tokio::test]
async fn a_caller_who_is_gone_leaves_the_agent_alone_at_once_and_a_line_that_breaks_is_no_such_end() {
    for (way, end) in [("ended", TalkEnd::CallerGone), ("broken", TalkEnd::AgentLost)] {
        let mut house = house(settings()).await;
        house.expect("t");
        let ends = join(&house, "t").await.unwrap();
        let talker = house.talker().await;
        if way == "ended" {
            ends.tells.send(FromLine::Ended).unwrap();
        } else {
            drop(ends.tells);
        }
        talker.until_left().await;
        assert_eq!(house.over().await.1.end, end, "{way}");
        assert_eq!(house.end().await.len(), 0, "{way}: told twice");
    }
}

#[tokio::test]
async fn nobody_is_put_through_twice_above_the_limit_or_while_the_gateway_stops() {
    let mut house = house(Settings { streams: 1, ..settings() }).await;
    house.expect("t");
    let ends = join(&house, "t").await.unwrap();
    house.expect("u");
    let full = join(&house, "u").await.err().unwrap();
    assert_eq!((full.happened, full.trouble), (Happened::No, Trouble::Unavailable), "{full}");
    ends.tells.send(FromLine::Ended).unwrap();
    house.talker().await.until_left().await;
    house.over().await;
    while house.bridge.live() > 0 {
        tokio::task::yield_now().await;
    }
    let again = join(&house, "t").await.err().unwrap();
    assert_eq!((again.happened, again.trouble), (Happened::No, Trouble::Broken), "{again}");
    house.stopping.cancel();
    assert_eq!(join(&house, "u").await.err().unwrap().trouble, Trouble::Unavailable);
    house.end().await;
}
