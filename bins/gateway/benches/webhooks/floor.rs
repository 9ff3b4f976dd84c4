//! What the machine can do at all: no work, and the least durable work there is.

use axum::{Router, body::Bytes, extract::State, routing::post};
use sqlx::{
    Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use std::{net::SocketAddr, path::Path};
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
};

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
    address
}

/// A handler that reads the body and answers.
pub(crate) async fn bare() -> SocketAddr {
    serve(Router::new().route("/", post(async |body: Bytes| body.len().to_string()))).await
}

type Row = (String, oneshot::Sender<()>);

/// A handler that answers when its row is on the disk; whoever waits shares a commit.
pub(crate) async fn durable(folder: &Path) -> SocketAddr {
    let options = SqliteConnectOptions::new()
        .filename(folder.join("floor.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut connection = SqliteConnection::connect_with(&options).await.expect("a database");
    sqlx::query("create table floor (id integer primary key, body text not null)")
        .execute(&mut connection)
        .await
        .expect("a table");
    let (sender, mut waiting) = mpsc::channel::<Row>(1024);
    tokio::spawn(async move {
        let mut batch = Vec::new();
        while waiting.recv_many(&mut batch, 256).await > 0 {
            let rows = serde_json::to_string(&batch.iter().map(|(body, _)| body).collect::<Vec<_>>()).expect("strings");
            sqlx::query("insert into floor (body) select value from json_each($1)")
                .bind(rows)
                .execute(&mut connection)
                .await
                .expect("the row is written");
            for (_, answer) in batch.drain(..) {
                // A client that went away needs no answer.
                let _ = answer.send(());
            }
        }
    });
    let handler = async |State(sender): State<mpsc::Sender<Row>>, body: Bytes| {
        let (answer, done) = oneshot::channel();
        sender.send((String::from_utf8_lossy(&body).into_owned(), answer)).await.expect("the writer lives");
        done.await.expect("the writer answers");
        "ok"
    };
    serve(Router::new().route("/", post(handler)).with_state(sender)).await
}
