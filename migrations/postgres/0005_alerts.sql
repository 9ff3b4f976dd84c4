-- What is kept of each alert rule: whether it fires, and how its counters stood lately. A change of it and the effects that
-- tell of it are written together.
create table alerts (
    rule text primary key,
    firing bigint not null,
    updated_at bigint not null,
    doc jsonb not null
);
