//! One mail over one line (RFC 5321).

use crate::{
    compose::{Mail, ascii},
    judge::{Fault, Stage},
    line::{Progress, reach},
};
use lettre::transport::smtp::{
    client::AsyncSmtpConnection,
    commands::{Data, Mail as From, Rcpt},
    extension::{Extension, MailBodyParameter, MailParameter},
    response::Response,
};

/// Hands a mail over. Nothing has been taken by the server before the whole of it was said, and its yes to that is the
/// only one that counts.
pub(crate) async fn send(line: &mut AsyncSmtpConnection, mail: &Mail, progress: &Progress) -> Result<(), Fault> {
    let mut parameters = Vec::new();
    // Our own address is ASCII, and so is everything in a mail but addresses.
    if !ascii(&mail.to) {
        if !line.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(Fault::ForeignLetters);
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !mail.content.is_ascii() && line.server_info().supports_feature(Extension::EightBitMime) {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    reach(progress, Stage::Sender);
    let answer = line.command(From::new(Some(mail.from.clone()), parameters)).await;
    expect(Stage::Sender, answer, &[250])?;
    reach(progress, Stage::Recipient);
    let answer = line.command(Rcpt::new(mail.to.clone(), Vec::new())).await;
    expect(Stage::Recipient, answer, &[250, 251])?;
    reach(progress, Stage::Data);
    expect(Stage::Data, line.command(Data).await, &[354])?;
    reach(progress, Stage::Content);
    expect(Stage::Content, line.message(&mail.content).await, &[250])
}

/// The answer that this question has; any other one belongs to another question.
fn expect(stage: Stage, answer: Result<Response, lettre::transport::smtp::Error>, codes: &[u16]) -> Result<(), Fault> {
    let answer = answer.map_err(|error| Fault::of(stage, &error))?;
    if codes.iter().any(|code| answer.has_code(*code)) { Ok(()) } else { Err(Fault::OutOfStep(stage)) }
}
