//! Bookings of a voice agent, with a calendar server, a mail server and a carrier of text messages that survive the
//! gateway: each booking that was answered is one event, at most one text message and one mail, and none is forgotten.

use crate::{
    blow::{self, Dice},
    carrier::Carrier,
    database::Database,
    house::{House, kills},
};
use frontdesk_gateway::wire;
use frontdesk_testkit::servers::{
    radicale::{self, CALENDAR, Radicale},
    smtp,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

const SECRET: &str = "crash-test-booking-secret";
const CLIENTS: usize = 4;
/// How long the last messages may take once nobody is killed any more.
const PATIENCE: Duration = Duration::from_secs(120);
/// What an effect does not stay.
const OPEN: [&str; 2] = ["waiting", "started"];
/// What a booking sets off, besides timers and the call of its day.
const TOLD: [&str; 3] = ["calendar", "sms", "email"];

/// Everybody who books, by number; each has a mailbox of their own.
fn caller(client: usize, n: usize) -> (String, String) {
    (format!("+1415{}{n:06}", client + 2), format!("caller-{client}-{n}@example.com"))
}

/// A time of their own for each: nobody gets one that another has.
fn time(client: usize, n: usize) -> String {
    let nth = i64::try_from(n * CLIENTS + client).unwrap();
    let first: chrono::DateTime<chrono::Utc> = "2099-01-05T10:00:00Z".parse().unwrap();
    (first + chrono::Duration::minutes(30 * nth)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// Books until answered; `false` when the load ends first.
async fn book(http: &reqwest::Client, url: &str, who: (&str, &str, &str), stop: &AtomicBool) -> bool {
    let (phone, email, at) = who;
    let body = json!({
        "caller": phone, "customer_name": "Crash Test", "callback_time": at, "email": email,
        "summary": "A check-up", "intent": "appointment",
    });
    while !stop.load(Ordering::Relaxed) {
        let sent = http.post(url).header("X-Webhook-Secret", SECRET).json(&body).send().await;
        let Ok(answer) = sent else {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        let status = answer.status();
        // Whoever hears nothing of it, or that it did not work, asks again.
        let Ok(answer) = answer.json::<Value>().await else { continue };
        if status.is_success() {
            assert_eq!(answer["status"], "success", "{answer}");
            return true;
        }
        assert!(status.is_server_error(), "a booking was refused with {status}: {answer}");
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_bookings_arrive_each_is_one_event_and_nobody_is_told_twice() {
    let (Some(calendar), Some(mail)) =
        (Radicale::start(wire::http_client().unwrap()).await, smtp::Server::start(smtp::Line::StartTls))
    else {
        return;
    };
    let carrier = Carrier::twilio().await;
    let more = format!(
        "[twilio.messages]\nfrom = \"+14155550100\"\nper_minute = 0\n[elevenlabs]\nshared_secret = \"{SECRET}\"\n[caldav]\nurl = \"{}\"\nusername = \"{}\"\npassword = \"{}\"\n\
         [email]\nfrom = \"{}\"\nusername = \"{}\"\npassword = \"{}\"\nserver = \"localhost\"\nport = {}\n\
         root_certificates = \"ca.pem\"\n",
        calendar.calendar(CALENDAR),
        radicale::USER,
        radicale::PASSWORD,
        smtp::FROM,
        smtp::USERNAME,
        smtp::PASSWORD,
        mail.port(),
    );
    let mut house = House::build_with(Database::sqlite(), carrier.clone(), &more);
    house.write("ca.pem", mail.root());
    house.open().await;

    let (stop, answers) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (stop, answers, desk) = (Arc::clone(&stop), Arc::clone(&answers), house.desk());
            tokio::spawn(async move {
                let (url, mut booked) = (format!("{}/webhook", desk.base), Vec::new());
                for n in 0.. {
                    let (phone, email) = caller(client, n);
                    if !book(&desk.client, &url, (&phone, &email, &time(client, n)), &stop).await {
                        return booked;
                    }
                    booked.push((phone, email));
                    answers.fetch_add(1, Ordering::Relaxed);
                }
                booked
            })
        })
        .collect();
    let (kills, mut dice) = (kills(), Dice::new());
    for _ in 0..kills {
        blow::after_some(&mut house, &answers, &mut dice).await;
    }
    stop.store(true, Ordering::Relaxed);
    let mut answered = Vec::new();
    for client in clients {
        answered.extend(client.await.unwrap());
    }
    let effects = told(&house).await;
    judge(&house, kills, &answered, &effects, &calendar, &mail).await;
    house.close().await;
}

/// Every effect that tells somebody of a booking, once each has come to its end.
async fn told(house: &House) -> Vec<Value> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut effects = house.effect_rows().await;
        effects.retain(|effect| TOLD.contains(&effect["kind"].as_str().unwrap()));
        let open = effects.iter().filter(|effect| OPEN.contains(&effect["state"].as_str().unwrap())).count();
        if open == 0 {
            return effects;
        }
        assert!(Instant::now() < deadline, "{open} effects never came to an end: {effects:#?}");
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

async fn judge(
    house: &House,
    kills: u64,
    answered: &[(String, String)],
    effects: &[Value],
    calendar: &Radicale,
    mail: &smtp::Server,
) {
    let appointments = house.desk().rows("/api/v1/appointments?limit=500").await;
    let of = |phone: &str| appointments.iter().filter(|it| it["customer"]["phone"] == phone).collect::<Vec<_>>();
    for (phone, _) in answered {
        assert_eq!(of(phone).len(), 1, "a booking that was answered is in the book once: {phone}");
    }
    let (objects, mails) = (calendar.objects(CALENDAR), mail.all());
    let sent = house.carrier().ledger().unwrap().sent();
    let (mut events, mut doubts) = (BTreeMap::<&str, usize>::new(), BTreeMap::<String, usize>::new());
    for appointment in &appointments {
        let (id, customer) = (appointment["id"].as_str().unwrap(), &appointment["customer"]);
        let (phone, email) = (customer["phone"].as_str().unwrap(), customer["email"].as_str().unwrap());
        let own = |kind: &str| {
            let mut own = effects.iter().filter(|it| it["appointment_id"] == id && it["kind"] == kind);
            let first = own.next().unwrap_or_else(|| panic!("nobody ever meant to tell by {kind}: {appointment}"));
            assert!(own.next().is_none(), "told by {kind} of two reasons: {appointment}");
            (first["state"].as_str().unwrap(), first["reason"].as_str().unwrap_or_default())
        };
        assert_eq!(own("calendar").0, "done", "an entry was given up: {appointment}");
        let there = objects.iter().filter(|object| object.contains(&format!("UID:{id}"))).count();
        assert_eq!(there, 1, "an appointment is one event: {appointment}");
        *events.entry(id).or_default() += there;
        let texts = sent.iter().filter(|it| it.to.reveal() == phone).count();
        let letters = mails.iter().filter(|it| it.told["to"].to_string().contains(email)).count();
        for (kind, reached) in [("sms", texts), ("email", letters)] {
            assert!(reached <= 1, "{phone} was told by {kind} {reached} times");
            match own(kind) {
                ("done", _) => assert_eq!(reached, 1, "{phone} counts as told by {kind}, and was not"),
                ("uncertain", _) => *doubts.entry(format!("{kind}, which {reached} reached")).or_default() += 1,
                (state, why) => panic!("{phone} is not told by {kind}, which is {state}: {why}"),
            }
        }
    }
    assert_eq!(objects.len(), events.len(), "an event that no row explains");
    println!(
        "bookings on SQLite: killed {kills} times at random; {} answered, {} in the book, none lost; {} events, one each; \
         {} text messages and {} mails, none twice; in doubt and left to a person: {doubts:?}",
        answered.len(),
        appointments.len(),
        objects.len(),
        sent.len(),
        mails.len(),
    );
}
