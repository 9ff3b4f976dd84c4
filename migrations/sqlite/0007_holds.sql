-- Times that somebody has picked and not taken yet. `until`: from then on the row means nothing, and is swept away when
-- another one is written.
create table holds (
    appointment_id blob primary key,
    business text not null,
    starts_at integer not null,
    ends_at integer not null,
    until integer not null
) strict;
create index holds_by_business on holds (business, starts_at);
-- What takes time at a business is looked for in each decision about a time there, and wherever free times are shown.
create index appointments_by_business on appointments (business, starts_at);
