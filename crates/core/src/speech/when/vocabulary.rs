//! The words that times are made of, by language. Written as they are folded: lower case, no accents, no apostrophes, no
//! nukta. Of the phrases that begin at a word the longest counts, and among equals the one of the person's own language.

use super::{
    super::Language,
    clock::Part::{self, Afternoon, Am, Evening, Morning, Night, Pm},
};
use chrono::Weekday::{self, Fri, Mon, Sat, Sun, Thu, Tue, Wed};

/// What a word or phrase says about a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    /// So many days from today.
    Ahead(u64),
    /// So many days from today, at this part of the day.
    AheadAt(u64, Part),
    On(Weekday),
    /// "Next": the coming one, or the one of next week.
    Next,
    /// "Coming", "this": the first one from now.
    Coming,
    /// The week after this one.
    NextWeek,
    Month(u32),
    At,
    Of(Part),
    Number(u32),
    /// The number before it is an hour.
    Hour,
    /// Twelve in the day.
    Noon,
    /// Half an hour after the hour that follows.
    HalfPast,
    /// Half an hour before the hour that follows.
    HalfBefore,
    QuarterPast,
    QuarterTo,
    /// Half an hour after the hour before it.
    AndHalf,
    AndQuarter,
    LessQuarter,
    /// This very time, in either half of the day.
    Exactly(u32, u32),
    /// Says only roughly when.
    Vague,
    /// Says nothing about the time.
    Filler,
}

use Sense::{
    Ahead, AheadAt, AndHalf, AndQuarter, At, Coming, Exactly, Filler, HalfBefore, HalfPast, Hour, LessQuarter, Month,
    Next, NextWeek, Noon, Number, Of, On, QuarterPast, QuarterTo, Vague,
};

type Phrases = &'static [(Sense, &'static str)];

/// The longest phrase at the beginning of `words`, and how many words it takes.
pub(super) fn longest(words: &[&str], language: Language) -> Option<(Sense, usize)> {
    let own = of(language).iter();
    let english = EN.iter().filter(|_| language != Language::En);
    let mut best: Option<(Sense, usize)> = None;
    for (sense, list) in own.chain(english) {
        for phrase in list.split(", ") {
            let length = phrase.split(' ').count();
            let fits = words.len() >= length && phrase.split(' ').zip(words).all(|(one, other)| one == *other);
            if fits && best.is_none_or(|(_, longest)| length > longest) {
                best = Some((*sense, length));
            }
        }
    }
    best
}

fn of(language: Language) -> Phrases {
    match language {
        Language::En => EN,
        Language::Es => ES,
        Language::Hi => HI,
        Language::Nl => NL,
    }
}

const EN: Phrases = &[
    (Ahead(0), "today"),
    (AheadAt(0, Morning), "this morning"),
    (AheadAt(0, Afternoon), "this afternoon"),
    (AheadAt(0, Evening), "this evening, tonight"),
    (Ahead(1), "tomorrow"),
    (Ahead(2), "day after tomorrow, the day after tomorrow"),
    (On(Mon), "monday, mon"),
    (On(Tue), "tuesday, tue, tues"),
    (On(Wed), "wednesday, wed"),
    (On(Thu), "thursday, thu, thurs"),
    (On(Fri), "friday, fri"),
    (On(Sat), "saturday, sat"),
    (On(Sun), "sunday, sun"),
    (Next, "next"),
    (Coming, "coming, this, this coming"),
    (NextWeek, "next week, of next week"),
    (Month(1), "january, jan"),
    (Month(2), "february, feb"),
    (Month(3), "march, mar"),
    (Month(4), "april, apr"),
    (Month(5), "may"),
    (Month(6), "june, jun"),
    (Month(7), "july, jul"),
    (Month(8), "august, aug"),
    (Month(9), "september, sep, sept"),
    (Month(10), "october, oct"),
    (Month(11), "november, nov"),
    (Month(12), "december, dec"),
    (At, "at"),
    (Of(Am), "am"),
    (Of(Pm), "pm"),
    (Of(Morning), "in the morning, morning"),
    (Of(Afternoon), "in the afternoon, afternoon"),
    (Of(Evening), "in the evening, evening"),
    (Of(Night), "at night, night"),
    (Number(1), "one"),
    (Number(2), "two"),
    (Number(3), "three"),
    (Number(4), "four"),
    (Number(5), "five"),
    (Number(6), "six"),
    (Number(7), "seven"),
    (Number(8), "eight"),
    (Number(9), "nine"),
    (Number(10), "ten"),
    (Number(11), "eleven"),
    (Number(12), "twelve"),
    (Number(15), "fifteen"),
    (Number(20), "twenty"),
    (Number(30), "thirty"),
    (Number(45), "forty five"),
    (Hour, "oclock, hours, h, hrs"),
    (Noon, "noon, midday, at noon"),
    (HalfPast, "half past"),
    (QuarterPast, "quarter past, a quarter past"),
    (QuarterTo, "quarter to, a quarter to"),
    (
        Vague,
        "around, about, approximately, maybe, between, after, before, or, until, later, soon, sometime, week, month, \
         weekend, any, anytime, early, late, midnight, every",
    ),
    (Filler, "on, the, of, for, st, nd, rd, th, please, sharp, exactly, and"),
];

const ES: Phrases = &[
    (Ahead(0), "hoy"),
    (AheadAt(0, Morning), "esta manana"),
    (AheadAt(0, Afternoon), "esta tarde"),
    (AheadAt(0, Evening), "esta noche"),
    (Ahead(1), "manana"),
    (Ahead(2), "pasado manana"),
    (On(Mon), "lunes"),
    (On(Tue), "martes"),
    (On(Wed), "miercoles"),
    (On(Thu), "jueves"),
    (On(Fri), "viernes"),
    (On(Sat), "sabado"),
    (On(Sun), "domingo"),
    (Next, "proximo, que viene, siguiente"),
    (Coming, "este"),
    (NextWeek, "la semana que viene, de la semana que viene, la proxima semana, de la proxima semana"),
    (Month(1), "enero"),
    (Month(2), "febrero"),
    (Month(3), "marzo"),
    (Month(4), "abril"),
    (Month(5), "mayo"),
    (Month(6), "junio"),
    (Month(7), "julio"),
    (Month(8), "agosto"),
    (Month(9), "septiembre, setiembre"),
    (Month(10), "octubre"),
    (Month(11), "noviembre"),
    (Month(12), "diciembre"),
    (At, "a las, a la, las"),
    (Of(Morning), "de la manana, por la manana, en la manana"),
    (Of(Afternoon), "de la tarde, por la tarde, en la tarde, tarde"),
    (Of(Evening), "de la noche, por la noche, en la noche, noche"),
    (Number(1), "una, uno"),
    (Number(2), "dos"),
    (Number(3), "tres"),
    (Number(4), "cuatro"),
    (Number(5), "cinco"),
    (Number(6), "seis"),
    (Number(7), "siete"),
    (Number(8), "ocho"),
    (Number(9), "nueve"),
    (Number(10), "diez"),
    (Number(11), "once"),
    (Number(12), "doce"),
    (Number(20), "veinte"),
    (Number(30), "treinta"),
    (Hour, "horas, hora, h, hrs, en punto"),
    (Noon, "mediodia, al mediodia, a mediodia"),
    (AndHalf, "y media"),
    (AndQuarter, "y cuarto"),
    (LessQuarter, "menos cuarto"),
    (
        Vague,
        "sobre, hacia, alrededor, aproximadamente, quizas, entre, despues, antes, o, hasta, pronto, semana, mes, \
         medianoche, temprano, cada",
    ),
    (Filler, "el, la, de, del, en, por favor, para, dia, y"),
];

const HI: Phrases = &[
    (Ahead(0), "आज, aaj"),
    // Yesterday has the same name; nobody books it.
    (Ahead(1), "कल, kal"),
    (Ahead(2), "परसों, parson, parso"),
    (On(Mon), "सोमवार, somvar, somwar"),
    (On(Tue), "मंगलवार, mangalvar, mangalwar"),
    (On(Wed), "बुधवार, budhvar, budhwar"),
    (On(Thu), "गुरुवार, बृहस्पतिवार, guruvar, guruwar"),
    (On(Fri), "शुक्रवार, shukravar, shukrawar"),
    (On(Sat), "शनिवार, shanivar, shaniwar"),
    (On(Sun), "रविवार, इतवार, ravivar, raviwar, itvar"),
    (Next, "अगले, अगला, agle, agla"),
    (Coming, "इस, आने वाले"),
    (NextWeek, "अगले हफ्ते, अगले सप्ताह, agle hafte"),
    (Month(1), "जनवरी"),
    (Month(2), "फरवरी"),
    (Month(3), "मार्च"),
    (Month(4), "अप्रैल"),
    (Month(5), "मई"),
    (Month(6), "जून"),
    (Month(7), "जुलाई"),
    (Month(8), "अगस्त"),
    (Month(9), "सितंबर, सितम्बर"),
    (Month(10), "अक्टूबर"),
    (Month(11), "नवंबर, नवम्बर"),
    (Month(12), "दिसंबर, दिसम्बर"),
    (Of(Morning), "सुबह, सवेरे, subah"),
    (Of(Afternoon), "दोपहर, dopahar, dopaher"),
    (Of(Evening), "शाम, sham, shaam"),
    (Of(Night), "रात, raat"),
    (Number(1), "एक, ek"),
    (Number(2), "दो, do"),
    (Number(3), "तीन, teen"),
    (Number(4), "चार, char, chaar"),
    (Number(5), "पांच, paanch"),
    (Number(6), "छह, छः, छे, chhah"),
    (Number(7), "सात, saat"),
    (Number(8), "आठ, aath"),
    (Number(9), "नौ, nau"),
    (Number(10), "दस, das"),
    (Number(11), "ग्यारह, gyarah"),
    (Number(12), "बारह, barah"),
    (Hour, "बजे, बजकर, baje"),
    (HalfPast, "साढे, saadhe, sadhe"),
    (QuarterPast, "सवा, sava"),
    (QuarterTo, "पौने, paune"),
    (Exactly(1, 30), "डेढ, dedh"),
    (Exactly(2, 30), "ढाई, dhai"),
    (Vague, "करीब, लगभग, शायद, बाद, पहले, तक, या, हफ्ते, हफ्ता, सप्ताह, महीने, आधी"),
    (Filler, "को, के, में, पर, ko, ke, par, mein"),
];

const NL: Phrases = &[
    (Ahead(0), "vandaag"),
    (AheadAt(0, Morning), "vanochtend, vanmorgen"),
    (AheadAt(0, Afternoon), "vanmiddag"),
    (AheadAt(0, Evening), "vanavond"),
    (Ahead(1), "morgen"),
    (AheadAt(1, Morning), "morgenochtend, morgen vroeg"),
    (AheadAt(1, Afternoon), "morgenmiddag"),
    (AheadAt(1, Evening), "morgenavond"),
    (Ahead(2), "overmorgen"),
    (On(Mon), "maandag"),
    (On(Tue), "dinsdag"),
    (On(Wed), "woensdag"),
    (On(Thu), "donderdag"),
    (On(Fri), "vrijdag"),
    (On(Sat), "zaterdag"),
    (On(Sun), "zondag"),
    (Next, "volgende"),
    (Coming, "aanstaande, komende, deze, eerstvolgende"),
    (NextWeek, "volgende week"),
    (Month(1), "januari"),
    (Month(2), "februari"),
    (Month(3), "maart"),
    (Month(4), "april"),
    (Month(5), "mei"),
    (Month(6), "juni"),
    (Month(7), "juli"),
    (Month(8), "augustus"),
    (Month(9), "september"),
    (Month(10), "oktober"),
    (Month(11), "november"),
    (Month(12), "december"),
    (At, "om"),
    (Of(Morning), "s ochtends, sochtends, s morgens, smorgens, ochtend, in de ochtend"),
    (Of(Afternoon), "s middags, smiddags, middag, in de middag"),
    (Of(Evening), "s avonds, savonds, avond, in de avond"),
    (Of(Night), "s nachts, snachts, nacht"),
    (Number(1), "een"),
    (Number(2), "twee"),
    (Number(3), "drie"),
    (Number(4), "vier"),
    (Number(5), "vijf"),
    (Number(6), "zes"),
    (Number(7), "zeven"),
    (Number(8), "acht"),
    (Number(9), "negen"),
    (Number(10), "tien"),
    (Number(11), "elf"),
    (Number(12), "twaalf"),
    (Hour, "uur, u"),
    (HalfBefore, "half"),
    (QuarterPast, "kwart over"),
    (QuarterTo, "kwart voor"),
    (Vague, "rond, ongeveer, misschien, tussen, na, voor, of, tot, straks, week, maand, weekend, vroeg, laat, elke"),
    (Filler, "op, de, het, van, in, graag, precies, en"),
];
