//! The port's own laws, as every store keeps them, held against both databases.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "store/database.rs"]
#[expect(dead_code, reason = "shared with the store's own laws, which look behind its back")]
mod database;

use frontdesk_core::ports::IvrStore;
use frontdesk_testkit::suite::{ivr_store, voice_store};
use std::sync::Arc;

macro_rules! laws {
    ($($law:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $law() {
                crate::database::on_sqlite(crate::$law).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $law() {
                crate::database::on_postgres(crate::$law).await;
            })+
        }
        $(async fn $law(database: Arc<database::Database>) {
            let store: Arc<dyn IvrStore> = Arc::new(database.store().await);
            ivr_store::$law(store).await;
        })+
    };
}

laws! {
    repeat_decides_nothing_and_replies_alike,
    panic_in_decide_writes_nothing,
    withdrawal_stops_what_waits_and_asks_and_nothing_else,
    the_effect_at_hand_stays_as_decided,
    an_effect_decided_twice_is_one,
    concurrent_decisions_are_serialised,
    the_same_external_id_is_one_appointment,
    a_call_leads_to_everything_about_it,
    the_ledger_shows_what_reached_a_person_lately,
    counters_step_once_with_their_decision,
    lines_are_numbered_in_order,
    a_forgotten_person_is_nowhere,
    a_call_without_a_name_is_found_by_who_is_rung,
    a_call_that_cannot_be_the_one_that_rings_is_not_found,
    a_name_that_is_known_outranks_who_is_rung,
    who_is_to_be_rung_is_shown_with_every_live_call,
    who_is_to_be_texted_about_a_missed_call_is_shown_with_every_live_call,
    a_call_that_was_put_off_is_not_live,
    of_many_calls_to_one_person_at_once_one_begins,
    of_many_names_at_once_a_call_takes_one,
    what_a_forgotten_persons_call_was_to_be_told_is_gone,
    pages_tell_everything_once_in_order,
    filters_keep_what_they_name,
    calls_are_found_by_what_is_asked_of_them,
    what_went_wrong_is_one_list,
    counters_are_told_day_by_day_or_summed,
    a_time_is_shown_with_what_takes_it,
    a_held_time_is_shown_until_it_runs_out,
    two_people_never_get_the_same_slot,
    a_new_one_is_shown_with_what_its_person_has_and_what_takes_its_time,
    of_many_conversations_about_one_time_one_takes_it,
    many_conversations_of_one_person_about_one_time_are_one_appointment,
    a_bad_cursor_is_refused,
    every_change_of_an_opt_out_is_a_line,
    what_decides_nothing_adds_no_line,
    pages_of_opt_outs_hold_every_line_once,
    a_forgotten_persons_refusal_still_holds,
}

macro_rules! voice_laws {
    ($($law:ident),+ $(,)?) => {
        mod voices {
            mod sqlite {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $law() {
                    crate::database::on_sqlite(super::$law).await;
                })+
            }
            mod postgres {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $law() {
                    crate::database::on_postgres(super::$law).await;
                })+
            }
            $(async fn $law(database: std::sync::Arc<crate::database::Database>) {
                let store = database.store().await;
                crate::voice_store::$law(&store).await;
            })+
        }
    };
}

voice_laws! {
    a_permission_is_read_as_it_was_given,
    of_many_who_ask_at_once_one_has_it_made,
    whoever_asks_again_is_told_that_it_is_theirs,
    a_live_voice_is_given_and_counted_as_used,
    without_a_permission_that_holds_nothing_is_made,
    what_has_expired_is_deleted,
    a_withdrawn_permission_deletes_the_voice,
    what_is_done_after_the_permission_was_withdrawn_is_deleted,
    a_forgotten_persons_voice_is_deleted,
    another_permission_deletes_what_the_one_before_permitted,
    what_was_surely_not_made_is_free_again,
    a_voice_told_twice_is_one,
    what_is_being_made_goes_with_its_permission,
    whoever_gave_up_stands_in_nobodys_way,
}
