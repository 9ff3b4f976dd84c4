-- Which generation of the redo log beside the file is committed. A database begins anywhere, so that a log left behind by
-- another one of the same name is not taken for its own.
create table redo (
    id integer primary key check (id = 1),
    generation integer not null
) strict;
insert into redo (id, generation) values (1, abs(random() % 1000000000000));
