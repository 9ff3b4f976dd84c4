-- Times that somebody has picked and not taken yet. `until`: from then on the row means nothing, and is swept away when
-- another one is written.
create table holds (
    appointment_id uuid primary key,
    business text not null,
    starts_at bigint not null,
    ends_at bigint not null,
    until bigint not null
);
create index holds_by_business on holds (business, starts_at);
-- What takes time at a business is looked for in each decision about a time there, and wherever free times are shown.
create index appointments_by_business on appointments (business, starts_at);
