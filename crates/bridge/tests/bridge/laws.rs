//! What is true of every stream, whatever happens in it.

use crate::{
    agent::Line,
    carrier::{Carrier, frame},
    house::House,
    line::call_of,
};
use frontdesk_core::ports::{FromAgent, ToolCall, Trouble};
use futures_util::SinkExt;
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};
use tokio_tungstenite::tungstenite::Message;

/// What happens in a stream, in the order in which the test does it.
#[derive(Debug, Clone, Copy)]
enum Step {
    CallerSpeaks,
    CallerPresses,
    CallerBabbles,
    CallerBeginsAgain,
    CallerMarks,
    CallerStops,
    CallerDrops,
    CallerCloses,
    AgentSpeaks,
    AgentIsInterrupted,
    AgentWants(&'static str),
    AgentHangsUp,
    AgentEnds,
    AgentBreaks(Trouble),
    AgentPanics,
}

fn step() -> impl Strategy<Value = Step> {
    use Step::*;
    select(vec![
        CallerSpeaks,
        CallerSpeaks,
        CallerPresses,
        CallerBabbles,
        CallerBeginsAgain,
        CallerMarks,
        CallerStops,
        CallerDrops,
        CallerCloses,
        AgentSpeaks,
        AgentSpeaks,
        AgentSpeaks,
        AgentIsInterrupted,
        AgentWants("book"),
        AgentWants("never"),
        AgentWants("transfer"),
        AgentWants("panic"),
        AgentHangsUp,
        AgentEnds,
        AgentBreaks(Trouble::Unavailable),
        AgentBreaks(Trouble::Broken),
        AgentPanics,
    ])
}

async fn live(house: &mut House, token: &str, steps: &[Step]) {
    let (carrier, talker) = house.call(token).await;
    let mut carrier: Option<Carrier> = Some(carrier);
    for (n, step) in steps.iter().enumerate() {
        let Some(line) = &mut carrier else { break };
        let send = match step {
            Step::CallerSpeaks => Some(crate::carrier::media(&frame(n))),
            Step::CallerPresses => Some(r#"{"event":"dtmf","dtmf":{"digit":"1"}}"#.to_owned()),
            Step::CallerBabbles => Some("}{".to_owned()),
            Step::CallerBeginsAgain => {
                Some(r#"{"event":"start","start":{"streamSid":"MZ2","callSid":"CA2"}}"#.to_owned())
            }
            Step::CallerMarks => Some(r#"{"event":"mark","mark":{"name":"0:1"}}"#.to_owned()),
            Step::CallerStops => Some(r#"{"event":"stop"}"#.to_owned()),
            Step::CallerDrops => {
                carrier = None;
                None
            }
            Step::CallerCloses => {
                let _ = line.socket.close(None).await;
                None
            }
            Step::AgentSpeaks => {
                talker.speaks(&frame(n));
                None
            }
            Step::AgentIsInterrupted => {
                talker.says(FromAgent::Interrupted);
                None
            }
            Step::AgentWants(tool) => {
                let wish = ToolCall { id: n.to_string(), tool: (*tool).to_owned(), parameters: json!({}) };
                talker.says(FromAgent::Wants(wish));
                None
            }
            Step::AgentHangsUp => {
                talker.says(FromAgent::HungUp);
                None
            }
            Step::AgentEnds => {
                talker.does(Line::Ends);
                None
            }
            Step::AgentBreaks(trouble) => {
                talker.does(Line::Breaks(*trouble));
                None
            }
            Step::AgentPanics => {
                talker.does(Line::Panics);
                None
            }
        };
        if let (Some(text), Some(line)) = (send, &mut carrier) {
            // The other side may have gone already.
            let _ = line.socket.send(Message::text(text)).await;
        }
        tokio::task::yield_now().await;
    }
    drop(carrier);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn every_stream_ends_in_exactly_one_over_and_leaves_nothing(streams in vec(vec(step(), 0..12), 1..6)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let mut house = House::set(|settings| {
                settings.farewell_within = Duration::from_millis(50);
                settings.farewell_pause = Duration::from_millis(20);
                settings.heard_within = Duration::from_millis(20);
                settings.tool_within = Duration::from_millis(100);
                settings.close_within = Duration::from_millis(100);
            })
            .await;
            let mut expected = BTreeSet::new();
            for (n, steps) in streams.iter().enumerate() {
                let token = format!("t{n}");
                live(&mut house, &token, steps).await;
                expected.insert(call_of(&token));
            }
            // A second conversation that an agent was had for is nothing that is left.
            let overs = house.end_with_spares().await;
            assert_eq!(overs.len(), expected.len(), "{overs:?}");
            assert_eq!(overs.into_iter().map(|(call, _)| call).collect::<BTreeSet<_>>(), expected);
        });
    }
}
