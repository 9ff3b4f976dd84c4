-- Only SQLite has a redo log; PostgreSQL's own does what it does. Both folders have the same numbers.
select 1;
