//! Reading: a connection is lent once the database holds all that was answered.

use crate::{
    Store,
    db::{Arg, Conn, Row, refused},
    open::{Readers, lost},
    rows::Rows,
    statement::Statement,
    writer::Work,
};
use frontdesk_core::ports::PortResult;
use std::sync::atomic::Ordering;
use tokio::sync::oneshot;

impl Store {
    /// Every row of a reading statement.
    pub(crate) async fn read<R: Row>(&self, statement: &'static Statement, args: Vec<Arg>) -> PortResult<Vec<R>> {
        self.lend(async |mut conn| conn.all(statement, args).await).await
    }

    /// Every row of a statement about what no batch writes; it needs not wait for the writer.
    pub(crate) async fn peek<R: Row>(&self, statement: &'static Statement, args: Vec<Arg>) -> PortResult<Vec<R>> {
        self.lend_at_once(async |mut conn| conn.all(statement, args).await).await
    }

    /// What a reading statement yields for each of these rows.
    pub(crate) async fn read_each<R: Row>(&self, statement: &'static Statement, rows: Rows) -> PortResult<Vec<R>> {
        self.lend(async |mut conn| conn.each(statement, rows).await).await
    }

    /// Every row of a text built for this call.
    pub(crate) async fn read_built<R: Row>(&self, text: String, args: Vec<Arg>) -> PortResult<Vec<R>> {
        self.lend(async |mut conn| conn.built(text, args).await).await
    }

    /// Waits until whoever reads the database finds all that was answered before. Every reading method does that; on
    /// its own it is for those who read the file with something else.
    ///
    /// # Errors
    /// [`frontdesk_core::ports::Trouble::Unavailable`] when it cannot be written; what was answered is in the redo log then, and not lost.
    pub async fn settle(&self) -> PortResult<()> {
        if !self.inner.ahead.load(Ordering::Acquire) {
            return Ok(());
        }
        let (answer, done) = oneshot::channel();
        self.submit(0, Work::Fold(answer)).await?;
        done.await.map_err(|_| lost())?
    }

    pub(crate) async fn lend<T>(&self, read: impl AsyncFnOnce(Conn<'_>) -> sqlx::Result<T>) -> PortResult<T> {
        self.settle().await?;
        self.lend_at_once(read).await
    }

    async fn lend_at_once<T>(&self, read: impl AsyncFnOnce(Conn<'_>) -> sqlx::Result<T>) -> PortResult<T> {
        match &self.inner.readers {
            Readers::Sqlite(pool) => read(Conn::Sqlite(&mut *pool.acquire().await.map_err(refused)?)).await,
            Readers::Postgres(pool) => read(Conn::Postgres(&mut *pool.acquire().await.map_err(refused)?)).await,
        }
        .map_err(refused)
    }
}
