-- Who permits that their voice is cloned, and what it may be made of: references into a store of samples, as a JSON list.
create table consents (
    phone text primary key,
    given_by text not null,
    purpose text not null,
    given_at bigint not null,
    expires_at bigint not null,
    samples text not null
);
-- Voices that were made, or are being made, by the effect that makes them. `phone` is gone once the person was forgotten.
-- `deleted`: not to be spoken with any more; an effect deletes it at its vendor.
create table voices (
    effect uuid primary key,
    phone text,
    provider text not null,
    voice text,
    state text not null,
    made_at bigint,
    expires_at bigint,
    reuse_count bigint not null default 0,
    last_used_at bigint
);
-- A person has one voice at the most.
create unique index voices_of_person on voices (phone) where state <> 'deleted';
create index voices_live_by_end on voices (expires_at) where state = 'live';
