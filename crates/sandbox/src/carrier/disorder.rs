//! The callee whose callbacks come twice and out of order: what a real carrier's network does on a bad day, on purpose.

use super::line::{Line, Next};
use crate::wire::What;
use frontdesk_core::event::EndCause;

/// Lives a call. Everything is told twice: "ringing" after "answered", and the end before the last key.
///
/// The end is reported here once; whoever lives a call reports it a second time.
pub(super) async fn live(line: &mut Line) -> EndCause {
    let cause = match line.ring().await {
        Ok(by) => match converse(line, What::Answered { by }).await {
            Some(cause) => cause,
            None => return EndCause::Completed,
        },
        Err(cause) => cause,
    };
    line.end(cause);
    line.report_end().await;
    cause
}

/// Talks until the call ends; `None` when its end was reported already.
async fn converse(line: &mut Line, answered: What) -> Option<EndCause> {
    let Ok(mut verbs) = line.steer(&answered, 0).await else {
        return Some(EndCause::Failed);
    };
    line.tell(&What::Ringing).await;
    line.tell(&answered).await;
    line.tell(&What::Ringing).await;
    let mut what = answered;
    loop {
        let (next, hold) = match line.obey(verbs, what).await {
            Ok(Next::Tell(next, hold)) => (next, hold),
            Ok(Next::End(cause)) | Err(cause) => return Some(cause),
        };
        if hold == 0 && matches!(next, What::Digits { .. }) {
            // The callee presses and hangs up; the news of the end overtakes the news of the key.
            line.end(EndCause::Completed);
            line.report_end().await;
            // What the gateway says to the key is heard by nobody any more; a failure is logged where it happens.
            if line.steer(&next, 0).await.is_ok() {
                line.tell(&next).await;
            }
            return None;
        }
        let Ok(more) = line.steer(&next, hold).await else {
            return Some(EndCause::Failed);
        };
        if hold == 0 {
            line.tell(&next).await;
        }
        (verbs, what) = (more, next);
    }
}
