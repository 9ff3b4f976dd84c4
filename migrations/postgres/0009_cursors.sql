-- How far each business's calendar was read for changes made by hand: what the calendar calls it, and what else its reader has
-- to know. Without a row the near past and future are read once more, but what was taken out meanwhile is not missed: whoever
-- wants to begin anew deletes the row.
create table cursors (
    business text not null,
    calendar text not null,
    cursor text not null,
    updated_at bigint not null,
    primary key (business, calendar)
);
