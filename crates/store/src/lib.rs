//! The gateway's rows and jobs on SQLite and PostgreSQL.
//!
//! [`Store`] keeps what [`frontdesk_core::ports::IvrStore`] promises. Every decision goes through a writer that takes
//! all requests waiting, loads what they are about with a handful of selects, lets them decide one after the
//! other in memory, writes what changed table by table, and commits once for all of them; on SQLite and under load once
//! for many batches, which a redo log makes durable meanwhile. [`Jobs`] runs the effects that were written, when they
//! are due, after a crash too.

#![warn(missing_docs)]

#[macro_use]
mod statement;

mod alerts;
mod batch;
mod captured;
mod captures;
mod checkpoint;
mod cursors;
mod db;
mod epoch;
mod forget;
mod gather;
mod health;
mod jobs;
mod keys;
mod later;
mod lend;
mod lists;
mod memo;
mod migrations;
mod native;
mod open;
mod opt_outs;
mod overlay;
mod owned;
mod pools;
mod read;
mod record;
mod recovery;
mod redo;
mod request;
mod rows;
mod seed;
mod slots;
mod sql;
mod voices;
mod write;
mod writer;

pub use jobs::{JobOptions, Jobs};
pub use migrations::migration_names;
pub use open::{OpenOptions, Store};
pub use seed::{SeedFile, SeedPress};
pub use sql::statements;
pub use statement::Statement;
