//! What is written, verb by verb.

use crate::common::alone;
use frontdesk_core::{
    call::CallRef,
    event::Event,
    ports::CallProvider,
    reply::{Reply, Verb},
    speech::Language,
};
use frontdesk_testkit::{phone, suite::call_provider::live_call};
use frontdesk_twilio::{Twilio, media_url};
use rstest::rstest;

const CALL: &str = "call=";

fn body(verb: Verb) -> String {
    let call = live_call("twilio");
    alone().render(&Reply(vec![verb]), Some(&call)).body.replace(&call.id.to_string(), "ID")
}

fn response(inner: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>{inner}</Response>")
}

fn hook(rest: &str) -> String {
    format!("https://desk.example/webhooks/twilio/{rest}#rc=2&amp;rp=ct,rt,5xx")
}

fn ask(digits: u8, speech: bool) -> Verb {
    let (step, prompt) = ("menu".to_owned(), "Press 1.".to_owned());
    Verb::Ask { step, turn: 2, prompt, language: Language::En, digits, timeout_seconds: 6, speech }
}

#[test]
fn nothing_to_say_is_an_empty_document() {
    let rendered = alone().render(&Reply::default(), None);
    assert_eq!((rendered.status, rendered.content_type), (200, "text/xml"));
    assert_eq!(rendered.body, response(""));
}

#[rstest]
#[case::say(
    Verb::Say { text: "Hello <you> & me".to_owned(), language: Language::En },
    "<Say language=\"en-US\" voice=\"Polly.Joanna-Neural\">Hello &lt;you&gt; &amp; me</Say>"
)]
#[case::play(Verb::Play { url: "https://x.example/a?b=1&c=2".to_owned() }, "<Play>https://x.example/a?b=1&amp;c=2</Play>")]
#[case::pause(Verb::Pause { seconds: 2 }, "<Pause length=\"2\"/>")]
#[case::no_pause_at_all(Verb::Pause { seconds: 0 }, "")]
#[case::hang_up(Verb::Hangup, "<Hangup/>")]
fn a_verb_is_written(#[case] verb: Verb, #[case] want: &str) {
    assert_eq!(body(verb), response(want));
}

#[test]
fn a_transfer_comes_back_when_the_other_telephone_is_done_with() {
    let verb = Verb::Transfer { to: phone("+15005550001"), from: phone("+15005550000") };
    let action = hook("transfer?call=ID");
    let dial = format!("<Dial callerId=\"+15005550000\" answerOnBridge=\"true\" method=\"POST\" action=\"{action}\">");
    assert_eq!(body(verb), response(&format!("{dial}<Number>+15005550001</Number></Dial>")));
}

#[test]
fn a_question_of_one_key_takes_any_key_and_always_comes_back() {
    let action = hook("voice?call=ID&amp;step=menu&amp;turn=2");
    let silence = hook("voice?call=ID&amp;resume=silence&amp;step=menu&amp;turn=2&amp;hold=0");
    let want = format!(
        "<Gather input=\"dtmf\" numDigits=\"1\" timeout=\"6\" finishOnKey=\"\" actionOnEmptyResult=\"true\" \
         method=\"POST\" action=\"{action}\"><Say language=\"en-US\" voice=\"Polly.Joanna-Neural\">Press 1.</Say>\
         </Gather><Redirect method=\"POST\">{silence}</Redirect>"
    );
    assert_eq!(body(ask(1, false)), response(&want));
}

#[test]
fn every_language_is_spoken_by_a_voice_of_its_own() {
    let voices = [
        (Language::En, "en-US", "Polly.Joanna-Neural"),
        (Language::Es, "es-ES", "Polly.Lucia-Neural"),
        (Language::Hi, "hi-IN", "Polly.Aditi"),
        (Language::Nl, "nl-NL", "Polly.Laura-Neural"),
    ];
    assert_eq!(voices.map(|(language, ..)| language), Language::ALL);
    for (language, tag, voice) in voices {
        let said = body(Verb::Say { text: "1".to_owned(), language });
        assert!(said.contains(&format!("<Say language=\"{tag}\" voice=\"{voice}\">")), "{said}");
    }
}

#[test]
fn a_longer_answer_is_ended_by_the_hash() {
    assert!(body(ask(4, false)).contains("numDigits=\"4\" timeout=\"6\" finishOnKey=\"#\""));
}

#[test]
fn words_are_listened_for_with_the_hints_of_the_business() {
    let mut config = crate::common::unmet("https://desk.example");
    config.hints = vec!["yes".to_owned(), "another time".to_owned()];
    let twilio = Twilio::new(config, crate::common::http()).unwrap();
    let body = twilio.render(&Reply(vec![ask(1, true)]), None).body;
    for part in ["input=\"dtmf speech\"", "language=\"en-US\"", "speechTimeout=\"auto\"", "hints=\"yes,another time\""]
    {
        assert!(body.contains(part), "{part}: {body}");
    }
}

#[test]
fn a_message_is_taken_and_told_by_both_ways() {
    let (step, prompt) = ("message".to_owned(), "Speak.".to_owned());
    let language = Language::Es;
    let record = Verb::Record { step, turn: 3, prompt, language, beep: false, max_seconds: 60, silence_seconds: 4 };
    let body = body(record);
    let action = hook("voice?call=ID&amp;step=message&amp;turn=3");
    let told = hook("recording?call=ID&amp;step=message&amp;turn=3");
    for part in [
        ">Speak.</Say><Record maxLength=\"60\" timeout=\"4\" playBeep=\"false\" method=\"POST\"".to_owned(),
        format!("action=\"{action}\""),
        format!("recordingStatusCallback=\"{told}\""),
        "resume=silence&amp;step=message&amp;turn=3".to_owned(),
    ] {
        assert!(body.contains(&part), "{part}: {body}");
    }
}

#[rstest]
#[case::wanted(true, Language::En, true)]
#[case::not_wanted(false, Language::En, false)]
#[case::a_language_it_does_not_know(true, Language::Es, false)]
fn a_message_is_written_down_where_that_is_wanted_and_can_be(
    #[case] wanted: bool,
    #[case] language: Language,
    #[case] written: bool,
) {
    let mut config = crate::common::unmet("https://desk.example");
    config.transcribe = wanted;
    let twilio = Twilio::new(config, crate::common::http()).unwrap();
    let (step, prompt) = ("message".to_owned(), "Speak.".to_owned());
    let record = Verb::Record { step, turn: 3, prompt, language, beep: true, max_seconds: 60, silence_seconds: 4 };
    let body = twilio.render(&Reply(vec![record]), None).body;
    let asked = format!("transcribe=\"true\" transcribeCallback=\"{}\"", hook("transcription"));
    assert_eq!(body.contains(&asked), written, "{body}");
    assert_eq!(body.contains("transcribe"), written, "{body}");
}

#[test]
fn a_stream_goes_to_wss_without_a_query_and_what_follows_it_is_kept() {
    let url = "https://desk.example/media?token=1".to_owned();
    let long = "x".repeat(500);
    let parameters =
        vec![("token".to_owned(), "a&b".to_owned()), ("name".to_owned(), "Ana".to_owned()), ("long".to_owned(), long)];
    let say = Verb::Say { text: "Bye.".to_owned(), language: Language::En };
    let body = alone().render(&Reply(vec![Verb::Stream { url, parameters }, say, Verb::Hangup]), None).body;
    let told = hook("stream");
    let want = format!(
        "<Connect><Stream url=\"wss://desk.example/media\" statusCallback=\"{told}\" statusCallbackMethod=\"POST\">\
         <Parameter name=\"token\" value=\"a&amp;b\"/><Parameter name=\"name\" value=\"Ana\"/></Stream></Connect>\
         <Say language=\"en-US\" voice=\"Polly.Joanna-Neural\">Bye.</Say><Hangup/>"
    );
    assert_eq!(body, response(&want));
}

#[test]
fn where_nothing_stands_after_a_stream_we_are_asked_what_comes_next() {
    let url = "wss://desk.example/media".to_owned();
    let body = alone().render(&Reply(vec![Verb::Stream { url, parameters: Vec::new() }]), None).body;
    let (told, action) = (hook("stream"), hook("streamed"));
    let want = format!(
        "<Connect method=\"POST\" action=\"{action}\"><Stream url=\"wss://desk.example/media\" \
         statusCallback=\"{told}\" statusCallbackMethod=\"POST\"></Stream></Connect>"
    );
    assert_eq!(body, response(&want));
}

#[test]
fn who_is_asked_to_wait_comes_back_with_the_same_event_and_the_name_of_the_call() {
    let call = live_call("twilio").id;
    let event = Event::Digits { step: "a b".to_owned(), turn: 7, digits: "*1#".to_owned() };
    let resume = Verb::Resume { event: Box::new(event), hold: 2, call: Some(CallRef::Ours(call)) };
    let body = alone().render(&Reply(vec![resume]), None).body;
    let carried = format!("{CALL}{call}&amp;resume=digits&amp;step=a%20b&amp;turn=7&amp;digits=%2A1%23&amp;hold=2");
    assert_eq!(body, response(&format!("<Redirect method=\"POST\">{}</Redirect>", hook(&format!("voice?{carried}")))));
}

#[test]
fn a_recording_is_put_off_by_its_name_and_not_by_its_link() {
    let link = "https://api.twilio.com/2010-04-01/Accounts/AC0/Recordings/RE0123456789abcdef0123456789abcdef";
    let event = Event::Recorded { step: "message".to_owned(), turn: 2, url: link.to_owned(), seconds: Some(4) };
    let resume = |event| Verb::Resume { event: Box::new(event), hold: 1, call: None };
    let put_off = alone().render(&Reply(vec![resume(event)]), None).body;
    let carried = "resume=recorded&amp;step=message&amp;turn=2&amp;recording=RE0123456789abcdef0123456789abcdef&amp;\
                   seconds=4&amp;hold=1";
    assert!(put_off.contains(carried) && !put_off.contains("api.twilio.com"), "{put_off}");

    let odd = "https://media.example/of/+15551234567/message.wav?for=Ana".to_owned();
    let event = Event::Recorded { step: "message".to_owned(), turn: 2, url: odd, seconds: None };
    let put_off = alone().render(&Reply(vec![resume(event)]), None).body;
    assert!(put_off.contains("turn=2&amp;hold=1"), "what has no name is not written down: {put_off}");
}

#[rstest]
#[case::how_it_goes_on("status")]
#[case::by_the_seeds_names("call-status")]
#[case::by_the_seeds_other_name("twilio/status")]
#[case::a_machine("amd")]
#[case::a_recording("recording")]
#[case::a_stream("stream")]
fn news_of_a_call_are_answered_as_the_seed_answers_them(#[case] hook: &str) {
    let answer = alone().acknowledge(hook, &Event::Ringing, None);
    let said = (answer.status, answer.content_type, answer.body.as_str());
    assert_eq!(said, (200, "application/json", r#"{"status":"received"}"#));
}

#[test]
fn whoever_writes_is_answered_with_nothing_in_twiml() {
    let answer = alone().acknowledge("message", &Event::Ringing, None);
    assert_eq!((answer.content_type, answer.body), ("text/xml", response("")));
}

#[test]
fn nothing_is_written_after_what_leaves_the_document() {
    let both = alone().render(&Reply(vec![Verb::Hangup, ask(1, false)]), None).body;
    assert_eq!(both, response("<Hangup/>"));
}

#[test]
fn a_document_stays_within_what_twilio_takes_whatever_is_to_be_said() {
    let say = |language| Verb::Say { text: "नमस्ते <&> ".repeat(9_000), language };
    let body = alone().render(&Reply(vec![say(Language::Hi), say(Language::En), ask(1, false)]), None).body;
    assert!(body.len() < 64 * 1024 && body.contains("<Gather"), "{} bytes", body.len());
}

#[rstest]
#[case("https://desk.example.com", "media", "wss://desk.example.com/media")]
#[case("http://desk.example.com/", "/media", "wss://desk.example.com/media")]
#[case("desk.example.com", "/api/v1/voice/media-stream", "wss://desk.example.com/api/v1/voice/media-stream")]
#[case("wss://desk.example.com/front/", "media/", "wss://desk.example.com/front/media/")]
#[case("ws://127.0.0.1:8080", "media?token=x", "wss://127.0.0.1:8080/media")]
#[case(" https://desk.example.com?x=1#y ", "", "wss://desk.example.com")]
fn a_streams_address_is_made_of_any_form_of_base(#[case] base: &str, #[case] path: &str, #[case] want: &str) {
    assert_eq!(media_url(base, path), want);
}
