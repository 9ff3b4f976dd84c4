-- Before anybody is rung the calls that are live with them are looked at; of those that are over they may have many.
create index calls_live_by_party on calls (party) where state <> 'ended';
