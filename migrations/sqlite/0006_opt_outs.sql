-- Who asked not to be contacted any more, or to be contacted again: one line a change, never changed or taken away. `person` is
-- a hash of the number. Whoever is forgotten loses `phone` and `evidence`; that they refused stays, so that it goes on
-- holding and can be proved to whoever gives the number.
create table opt_outs (
    seq integer primary key,
    at integer not null,
    person text not null,
    phone text,
    channels text not null,
    closed integer not null,
    way text not null,
    evidence text
) strict;
create index opt_outs_by_person on opt_outs (person, seq);
