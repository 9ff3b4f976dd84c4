//! Statements about voices, and who permits them.

use crate::statement::Statement;

statements! { voices;
    PUT_CONSENT = shared(
        "insert into consents (phone, given_by, purpose, given_at, expires_at, samples) values ($1, $2, $3, $4, $5, $6)
         on conflict (phone) do update set given_by = excluded.given_by, purpose = excluded.purpose,
             given_at = excluded.given_at, expires_at = excluded.expires_at, samples = excluded.samples",
    );
    CONSENT = shared("select given_by, purpose, given_at, expires_at, samples from consents where phone = $1");
    DROP_CONSENT = shared("delete from consents where phone = $1");
    VOICE = shared(
        "select effect, phone, provider, voice, state, made_at, expires_at, reuse_count, last_used_at from voices
         where effect = $1",
    );
    VOICE_OF = shared(
        "select effect, phone, provider, voice, state, made_at, expires_at, reuse_count, last_used_at from voices
         where phone = $1 and state <> 'deleted'",
    );
    NEW_VOICE = shared(
        "insert into voices (effect, phone, provider, state, reuse_count) values ($1, $2, $3, 'making', 0)",
    );
    /// Binds: effect, its vendor's name for it, now, its end.
    LIVE_VOICE = shared(
        "update voices set state = 'live', voice = $2, made_at = $3, last_used_at = $3, expires_at = $4 where effect = $1",
    );
    /// Binds: effect, its vendor's name for it.
    UNWANTED_VOICE = shared("update voices set state = 'deleted', voice = $2 where effect = $1");
    DROP_VOICE = shared("delete from voices where effect = $1 and state = 'making'");
    /// Binds: person, now.
    USE_VOICE = shared(
        "update voices set reuse_count = reuse_count + 1, last_used_at = $2
         where phone = $1 and state = 'live' and expires_at > $2 returning voice",
    );
    /// A person's voice is not spoken with any more.
    END_VOICE = shared(
        "update voices set state = 'deleted' where phone = $1 and state = 'live' returning provider, voice",
    );
    /// Bind: now.
    END_VOICES = shared(
        "update voices set state = 'deleted' where state = 'live' and expires_at <= $1 returning provider, voice",
    );
    FORGET_VOICES = shared("update voices set phone = null where phone = $1");
    /// What is being made by a permission that does not hold any more is nobody's.
    ORPHAN_VOICES = shared("update voices set phone = null where phone = $1 and state = 'making'");
    /// Whatever had it made is over, and has not made it.
    DROP_ABANDONED = shared(
        "delete from voices where effect = $1 and state = 'making' and exists
             (select 1 from effects where effects.id = $1 and effects.state in ('done', 'skipped', 'failed'))",
    );
}
