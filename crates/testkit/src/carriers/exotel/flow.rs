//! A flow as it is drawn in the dashboard: applets, and where each leads to.

use url::Url;

/// An applet's place in its flow. One that is not there is the end of the call.
pub type Next = usize;
/// Hangs up.
pub const END: Next = usize::MAX;

/// A flow; it begins with its first applet.
#[derive(Debug, Clone, Default)]
pub struct Flow(pub Vec<Applet>);

/// One applet.
#[derive(Debug, Clone)]
pub enum Applet {
    /// Speaks and listens: a fixed prompt, or whatever an address answers.
    Gather {
        /// What is said.
        prompt: Prompt,
        /// Once keys were pressed.
        keys: Next,
        /// Once none were.
        nothing: Next,
    },
    /// Speaks what an address answers.
    Greeting {
        /// Asked by HEAD, then by GET.
        url: Url,
        /// What comes then.
        next: Next,
    },
    /// Tells an address what is known of the call.
    Passthru {
        /// The address.
        url: Url,
        /// How it is told.
        sent: Sent,
        /// Whether the flow goes on without waiting for an answer.
        detached: bool,
        /// Where 200 leads to.
        a: Next,
        /// Where 302 leads to; everything else ends the call.
        b: Next,
    },
    /// A Passthru with a Switch Case behind it.
    Switch {
        /// The address.
        url: Url,
        /// Where each case leads to; a case that is none of them ends the call.
        cases: Vec<(String, Next)>,
    },
    /// Rings whoever an address names.
    Connect {
        /// The address.
        url: Url,
        /// Once they have talked.
        talked: Next,
        /// Once nobody picked up.
        nobody: Next,
        /// Where nobody was named.
        undialled: Next,
    },
    /// Joins with the socket that an address names.
    Voicebot {
        /// The address.
        url: Url,
        /// Once the socket is closed, or cannot be had.
        next: Next,
    },
}

/// What a Gather says.
#[derive(Debug, Clone)]
pub enum Prompt {
    /// Always the same.
    Fixed(String),
    /// What an address answers; it is asked a second time where the first answer cannot be used.
    Asked(Url),
}

/// How a Passthru sends its parameters: the vendor's pages tell of all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sent {
    /// In the query of a GET.
    #[default]
    Query,
    /// In the query of a HEAD: what a GET would be answered, without it.
    Head,
    /// As a form.
    Form,
    /// As `multipart/form-data`.
    Multipart,
    /// As JSON.
    Json,
}

impl Flow {
    /// A customer's own IVR: a question for each step, and a Passthru behind it.
    ///
    /// # Panics
    /// When an address cannot be made of `base` and a step.
    #[must_use]
    pub fn questions(base: &str, secret: &str, steps: &[&str], sent: Sent, detached: bool) -> Self {
        let mut applets = Vec::new();
        for step in steps {
            let after = applets.len() + 1;
            let prompt = Prompt::Fixed(format!("For {step}, press 1 or 2."));
            applets.push(Applet::Gather { prompt, keys: after, nothing: after });
            let url = Url::parse(&format!("{base}/{step}?secret={secret}")).expect("an address");
            applets.push(Applet::Passthru { url, sent, detached, a: after + 1, b: END });
        }
        Self(applets)
    }

    /// The flow that lets a gateway walk its own: questions, switches behind them, and what each case leads to.
    ///
    /// # Panics
    /// When an address cannot be made of `base`.
    #[must_use]
    pub fn walked(base: &str, secret: &str, rounds: usize) -> Self {
        let first = Prompt::Asked(address(base, secret, "gather"));
        let mut applets = vec![Applet::Gather { prompt: first, keys: 1, nothing: 1 }];
        walk(&mut applets, base, secret, rounds);
        Self(applets)
    }

    /// The same behind a media stream, for callers whom an appointment is known of.
    ///
    /// # Panics
    /// When an address cannot be made of `base`.
    #[must_use]
    pub fn streamed(base: &str, secret: &str, rounds: usize) -> Self {
        let url = |hook: &str| address(base, secret, hook);
        let ways = |ways: &[(&str, Next)]| ways.iter().map(|(case, next)| ((*case).to_owned(), *next)).collect();
        let gather = |hook: &str| Applet::Gather { prompt: Prompt::Asked(url(hook)), keys: 8, nothing: 8 };
        let over = ways(&[("ask", 5), ("connect", 3), ("say", 6), ("end", END), ("again", 2)]);
        let mut applets = vec![
            Applet::Switch {
                url: url("switch"),
                cases: ways(&[("stream", 1), ("ask", 7), ("end", END), ("again", 0)]),
            },
            Applet::Voicebot { url: url("voicebot"), next: 2 },
            Applet::Switch { url: url("switch/streamed"), cases: over },
            Applet::Greeting { url: url("greeting/streamed"), next: 4 },
            Applet::Connect { url: url("connect/streamed"), talked: END, nobody: 12, undialled: END },
            gather("gather/streamed"),
            Applet::Greeting { url: url("greeting/streamed"), next: END },
            gather("gather"),
        ];
        walk(&mut applets, base, secret, rounds);
        Self(applets)
    }

    /// The same without switches: questions only.
    ///
    /// # Panics
    /// When an address cannot be made of `base`.
    #[must_use]
    pub fn chain(base: &str, secret: &str, length: usize) -> Self {
        let url = |n: usize| {
            let moment = if n == 0 { String::new() } else { format!("/{n}") };
            address(base, secret, &format!("gather{moment}"))
        };
        let gather = |n| Applet::Gather { prompt: Prompt::Asked(url(n)), keys: n + 1, nothing: n + 1 };
        Self((0..length).map(gather).collect())
    }
}

fn address(base: &str, secret: &str, hook: &str) -> Url {
    Url::parse(&format!("{base}/{hook}?secret={secret}")).expect("an address")
}

/// Questions, each with a switch behind it, and what each case leads to.
fn walk(applets: &mut Vec<Applet>, base: &str, secret: &str, rounds: usize) {
    let url = |hook: &str| address(base, secret, hook);
    for round in 1..=rounds {
        let (at, after) = (applets.len(), format!("transfer/{round}"));
        let switch = |moment: &str, ways: [(&str, Next); 5]| Applet::Switch {
            url: url(&format!("switch/{moment}")),
            cases: ways.map(|(case, next)| (case.to_owned(), next)).to_vec(),
        };
        let greeting = |moment: &str, next| Applet::Greeting { url: url(&format!("greeting/{moment}")), next };
        let gather = |moment: &str| Applet::Gather {
            prompt: Prompt::Asked(url(&format!("gather/{moment}"))),
            keys: at + 8,
            nothing: at + 8,
        };
        let moment = round.to_string();
        let connect = url(&format!("connect/{round}"));
        applets.extend([
            switch(&moment, [("ask", at + 7), ("say", at + 1), ("connect", at + 2), ("end", END), ("again", at)]),
            greeting(&moment, END),
            greeting(&moment, at + 3),
            Applet::Connect { url: connect, talked: END, nobody: at + 4, undialled: END },
            switch(&after, [("ask", at + 6), ("say", at + 5), ("connect", at + 5), ("end", END), ("again", at + 4)]),
            greeting(&after, END),
            gather(&after),
            gather(&moment),
        ]);
    }
}
