//! Tables of answers and what they mean.

use super::*;

/// Every one of `answers`, separated by `|`, has this meaning.
fn table(language: Language, meaning: Option<Meaning>, answers: &str) {
    for answer in answers.split('|') {
        let understood = understand(answer, language);
        assert_eq!(understood, meaning, "{answer:?} in {language}");
    }
}

#[test]
fn digits_answer_in_every_language_and_script() {
    for language in Language::ALL {
        for (meaning, answers) in [
            (Meaning::Yes, "1 | 1. | 1! | १ | १। | １ | 1\u{fe0f}\u{20e3} | (1)"),
            (Meaning::No, "0 | 0. | \"0\" | ० | ０ | 0\u{fe0f}\u{20e3} | #0"),
            (Meaning::OtherTime, "2 | 2, | '2' | २ | ２ | 2\u{fe0f}\u{20e3} | 2 ..."),
        ] {
            table(language, Some(meaning), answers);
        }
        table(language, None, "3 | 10 | 12 | 1 2 | 1 0 | 11 | 100 | 2:30 | 20 | 01");
    }
}

#[test]
fn a_digit_counts_with_words_that_agree_and_not_with_others() {
    table(Language::En, Some(Meaning::Yes), "1 please | Option 1 | Yes, 1 | 1 - thank you | 1 👍");
    table(Language::En, Some(Meaning::No), "0 sorry | no 0");
    table(Language::En, Some(Meaning::OtherTime), "2 thanks | 2 pm?");
    table(Language::En, None, "1 no | 0 yes | 1 person | 1 pm | yes at 2 pm | 2 children | yes 4:30");
}

#[test]
fn yes_is_understood() {
    table(
        Language::En,
        Some(Meaning::Yes),
        "yes | YES!! | Yes please | y | Yep | ok | OK, thank you | Confirmed. |
         I confirm my appointment | sounds good | That works for me | no problem |
         Not a problem, see you tomorrow | I'll be there | I’ll be there tomorrow | 👍 | 👍🏽👍🏽 |
         ✅ thanks | Good morning, yes | sure, see you Tuesday! | Yes Anna |
         Ok, see you later | Can't wait! | I'm coming 😀🚗",
    );
    table(
        Language::Es,
        Some(Meaning::Yes),
        "sí | Si | SÍ, gracias | si\u{301} | Vale | Claro que sí | confirmo la cita |
         De acuerdo, allí estaré | Buenos días, sí confirmo | no hay problema | yes | 👌 |
         Perfecto, hasta mañana",
    );
    table(
        Language::Hi,
        Some(Meaning::Yes),
        "हाँ | हां जी | जी हाँ। | ठीक है | ज़रूर | ज\u{93c}रूर | मैं आऊँगा | haan | Theek hai |
         ji | OK | yes sir | कोई बात नहीं | 🙏 हाँ",
    );
    table(
        Language::Nl,
        Some(Meaning::Yes),
        "ja | Ja hoor! | Oké, tot dan | prima | Is goed, dank u wel | ik kom | geen probleem |
         Akkoord | yes | ja tot morgen | Goedemorgen, ja graag",
    );
}

#[test]
fn no_is_understood() {
    table(
        Language::En,
        Some(Meaning::No),
        "no | No. | nope | no thanks | I can't come | can’t make it | cant make it on Tuesday |
         Sorry, I won't be able to come | please cancel my appointment | cancel it please |
         cancel my appointment for Tuesday at 3 | 👎 | ❌ | No, I cannot |
         Unfortunately I have to cancel | I need to cancel, I'm sick | can't make it tomorrow, sick",
    );
    table(
        Language::Es,
        Some(Meaning::No),
        "no | No, gracias | no puedo | No puedo ir el martes | lo siento, no podré | tengo que cancelar |
         cancelar la cita por favor | anular",
    );
    table(Language::Hi, Some(Meaning::No), "नहीं | जी नहीं | मैं नहीं आ सकता | रद्द करें | nahi | nahi aa sakta | कैंसिल कर दो");
    table(
        Language::Nl,
        Some(Meaning::No),
        "nee | Nee, bedankt | ik kan niet | Helaas kan ik niet komen | afzeggen aub | ik moet helaas afzeggen |
         ben verhinderd | dat lukt niet",
    );
}

#[test]
fn another_time_is_understood() {
    table(
        Language::En,
        Some(Meaning::OtherTime),
        "can we do Tuesday | Can we do Tuesday? | How about 4 pm? | another time please |
         reschedule | No, I need another day | I can't make it, can we do Friday? |
         yes, can we move it | could it be later? | Thursday instead | a different time | I need to reschedule |
         Do you have anything on Monday?",
    );
    table(
        Language::Es,
        Some(Meaning::OtherTime),
        "otra hora | ¿Puede ser el martes? | quiero cambiar la cita | no puedo, mejor el jueves |
         ¿tienen algo a las 5?",
    );
    table(
        Language::Hi,
        Some(Meaning::OtherTime),
        "दूसरा समय | क्या मंगलवार को हो सकता है | समय बदलना है | बाद में | dusra time |
         kya kal ho sakta hai?",
    );
    table(
        Language::Nl,
        Some(Meaning::OtherTime),
        "ander tijdstip | Kunnen we dinsdag doen? | kan het om 4 uur | afspraak verzetten |
         liever vrijdag | nee, een andere dag graag",
    );
}

#[test]
fn doubt_is_never_taken_for_an_answer() {
    table(
        Language::En,
        None,
        "|     | ? | yes? | yes no | yes but | Yes but I am sick | maybe | I'm not sure |
         not ok | yes if my car starts | if I can't come I will reschedule | Tuesday |
         ok Friday then | yes, Friday at 4 | don't cancel | please do not cancel it |
         I don't want to reschedule | No idea who this is | wrong number | Who is this? |
         I will stop by at the desk | thanks | 🤔 | 👍👎 | hello | no Friday |
         yes the neighbour broke his leg badly | running late | I'm on the bus | Call me |
         I can't talk now | I won't forget | No change needed | I'm feeling better |
         please stop by earlier | yes tomorrow | I'll come Tuesday | cannot confirm | Yes I have to check | ok I am sick",
    );
    table(
        Language::Es,
        None,
        "quizás | sí pero | no sé | no sé si puedo | si puedo ir les aviso | el martes |
         no cancelar | gracias | sí, el viernes | no quiero cambiar",
    );
    table(
        Language::Hi,
        None,
        "शायद | पता नहीं | हाँ लेकिन | अगर हाँ | मंगलवार | ठीक नहीं है | रद्द मत करो | धन्यवाद |
         हाँ नहीं",
    );
    table(
        Language::Nl,
        None,
        "misschien | ja maar | ja als ik kan | dinsdag | niet annuleren | weet ik niet |
         bedankt | ja vrijdag | ja nee",
    );
}

#[test]
fn carrier_keywords_mean_what_the_carrier_does() {
    for language in Language::ALL {
        for word in CARRIER_STOP_WORDS {
            let spellings = format!("{word} | {}! | \"{word}\".", word.to_lowercase());
            table(language, Some(Meaning::Stop), &spellings);
        }
        table(language, Some(Meaning::Start), "START | start! | Unstop");
        table(language, Some(Meaning::Help), "HELP | help? | Info");
    }
    table(Language::Es, Some(Meaning::Stop), "BAJA");
    table(Language::Es, Some(Meaning::Help), "ayuda");
    table(Language::Hi, Some(Meaning::Stop), "बंद");
    table(Language::Hi, Some(Meaning::Help), "मदद");
    table(Language::Nl, Some(Meaning::Stop), "afmelden");
    table(Language::Nl, Some(Meaning::Start), "Aanmelden");
}

#[test]
fn whoever_wants_no_more_messages_is_believed_whatever_else_they_write() {
    table(
        Language::En,
        Some(Meaning::Stop),
        "stop texting me | Please stop! | Yes, and don't call me again |
         remove me from your list | Stop it. I said no. | Stop. I am not your patient | STOP STOP |
         STOP\n\nSent from my phone",
    );
    table(Language::Es, Some(Meaning::Stop), "No me llamen más | quiero darme de baja");
    table(Language::Hi, Some(Meaning::Stop), "मैसेज मत भेजो | call mat karo | please stop");
    table(Language::Nl, Some(Meaning::Stop), "niet meer bellen aub | stop met bellen");
}

#[test]
fn a_no_or_another_time_beside_a_yes_is_never_a_yes() {
    for language in Language::ALL {
        let heard = |sense| words::samples(language).filter(move |(is, _)| *is == sense).map(|(_, phrase)| phrase);
        for yes in heard(Sense::Yes).chain(heard(Sense::Attend)) {
            for against in [Sense::No, Sense::Decline, Sense::Other, Sense::Doubt, Sense::Obstacle, Sense::Condition] {
                for phrase in heard(against) {
                    for answer in [format!("{yes}. {phrase}"), format!("{phrase}, {yes}")] {
                        assert_ne!(understand(&answer, language), Some(Meaning::Yes), "{answer:?} in {language}");
                    }
                }
            }
        }
    }
}

#[test]
fn any_text_at_all_can_be_read() {
    let long = "yes ".repeat(5_000);
    for text in ["\0", "\u{202e}sey", "🏳️‍🌈", "ﷺ", "a\u{301}\u{301}", "{}%s", long.as_str()] {
        for language in Language::ALL {
            let _meaning = understand(text, language);
        }
    }
}
