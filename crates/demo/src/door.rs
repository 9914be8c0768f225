//! Where a region's users come in: TLS, at that region's distance, and on to the shop.

use rustls::ServerConfig;
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

/// How long a visit may last: longer than any journey's deadline here.
const VISIT: Duration = Duration::from_secs(30);
/// How many are served at once.
const VISITORS: usize = 256;
/// How long a door that could not be opened rests before the next try.
const REST: Duration = Duration::from_millis(100);

/// Whether anybody gets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    Open,
    Shut,
}

/// What is behind a door and how far it is.
#[derive(Clone)]
pub(crate) struct Behind {
    /// Where the service listens in clear text.
    pub(crate) service: SocketAddr,
    /// A round trip from this region.
    pub(crate) distance: Duration,
    /// The certificate that is shown.
    pub(crate) server: watch::Receiver<Arc<ServerConfig>>,
}

/// Serves until it is dropped. While the gate is shut, nobody listens: connections are refused.
pub(crate) async fn serve(listener: TcpListener, behind: Behind, mut gate: watch::Receiver<Gate>) {
    let Ok(place) = listener.local_addr() else {
        return;
    };
    let mut listener = Some(listener);
    loop {
        if *gate.borrow_and_update() == Gate::Shut {
            drop(listener.take());
            if gate.wait_for(|gate| *gate == Gate::Open).await.is_err() {
                return;
            }
        }
        let open = match listener.take() {
            Some(open) => open,
            None => match TcpListener::bind(place).await {
                Ok(open) => open,
                Err(_) => {
                    sleep(REST).await;
                    continue;
                }
            },
        };
        admit(&open, &behind, &mut gate).await;
        listener = Some(open);
    }
}

/// Lets people in until the gate changes; who is in then is put out, as a cut line does.
async fn admit(listener: &TcpListener, behind: &Behind, gate: &mut watch::Receiver<Gate>) {
    let mut visits = JoinSet::new();
    loop {
        tokio::select! {
            _ = gate.changed() => return,
            Some(_) = visits.join_next() => {}
            accepted = listener.accept(), if visits.len() < VISITORS => match accepted {
                Ok((stream, _)) => {
                    // Whoever leaves in the middle is no concern of the door's.
                    visits.spawn(timeout(VISIT, visit(stream, behind.clone())));
                }
                Err(_) => sleep(REST).await,
            },
        }
    }
}

async fn visit(stream: TcpStream, behind: Behind) -> io::Result<()> {
    let _ = stream.set_nodelay(true);
    let (near, far) = tokio::io::duplex(64 * 1024);
    let server = Arc::clone(&behind.server.borrow());
    let travel = travel(stream, near, behind.distance / 2);
    let inside = async {
        let mut encrypted = TlsAcceptor::from(server).accept(far).await?;
        let mut service = TcpStream::connect(behind.service).await?;
        let _ = service.set_nodelay(true);
        copy_bidirectional(&mut encrypted, &mut service).await
    };
    tokio::try_join!(travel, inside).map(|_| ())
}

/// Carries bytes both ways, each later by half a round trip.
async fn travel(
    stream: TcpStream,
    near: tokio::io::DuplexStream,
    half: Duration,
) -> io::Result<()> {
    let (mut from_user, mut to_user) = stream.into_split();
    let (mut from_service, mut to_service) = tokio::io::split(near);
    tokio::try_join!(
        carry(&mut from_user, &mut to_service, half),
        carry(&mut from_service, &mut to_user, half),
    )
    .map(|_| ())
}

async fn carry<R, W>(from: &mut R, to: &mut W, half: Duration) -> io::Result<()>
where
    R: AsyncReadExt + Unpin,
    W: AsyncWriteExt + Unpin,
{
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let length = from.read(&mut bytes).await?;
        sleep(half).await;
        match bytes.get(..length) {
            Some(read) if !read.is_empty() => to.write_all(read).await?,
            _ => return to.shutdown().await,
        }
    }
}
