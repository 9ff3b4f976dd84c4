//! The laws of the store, each held against both databases.

#[cfg(test)]
mod alerts;
#[cfg(test)]
mod captures;
#[cfg(test)]
mod cursors;
#[cfg(test)]
mod database;
#[cfg(test)]
mod forget;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod make;
#[cfg(test)]
mod outage;
#[cfg(test)]
mod replicas;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod withdrawal;

/// Runs each law on a fresh SQLite file and on a fresh PostgreSQL database.
macro_rules! on_both {
    ($($law:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $law() {
                $crate::database::on_sqlite(super::$law).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $law() {
                $crate::database::on_postgres(super::$law).await;
            })+
        }
    };
}
pub(crate) use on_both;
