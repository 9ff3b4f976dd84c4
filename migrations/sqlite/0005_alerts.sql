-- What is kept of each alert rule: whether it fires, and how its counters stood lately. A change of it and the effects that
-- tell of it are written together.
create table alerts (
    rule text primary key,
    firing integer not null,
    updated_at integer not null,
    doc text not null
) strict;
