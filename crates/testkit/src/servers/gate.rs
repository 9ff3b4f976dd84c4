//! What stands before a server, so that it can be away and come back under the same address.

use std::net::SocketAddr;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// A door on a port of its own, which leads to a server while it is open. While it is shut, whoever knocks is sent away,
/// and whoever was in is put out.
#[derive(Debug)]
pub struct Gate {
    open: watch::Sender<bool>,
    port: u16,
}

impl Gate {
    /// An open one before the server on this port of loopback.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn before(port: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let own = listener.local_addr()?.port();
        let (open, seen) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((visitor, _)) = listener.accept().await {
                tokio::spawn(lead(visitor, SocketAddr::from(([127, 0, 0, 1], port)), seen.clone()));
            }
        });
        Ok(Self { open, port: own })
    }

    /// Its own port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Opens it, or shuts it.
    pub fn open(&self, yes: bool) {
        self.open.send_replace(yes);
    }
}

async fn lead(mut visitor: TcpStream, to: SocketAddr, mut open: watch::Receiver<bool>) {
    if !*open.borrow_and_update() {
        return;
    }
    let Ok(mut server) = TcpStream::connect(to).await else { return };
    tokio::select! {
        // Either of them went away, as they may.
        _ = copy_bidirectional(&mut visitor, &mut server) => {}
        _ = open.wait_for(|open| !open) => {}
    }
}
