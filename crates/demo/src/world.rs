//! Everything that is there, and what is wrong with it now.

use crate::{
    Fault,
    authority::{Authority, CertificateError, Validity},
    door::{self, Behind, Gate},
    names::{self, Zone},
};
use jaunt_shop::{Config, Mood, Shop};
use rustls::ServerConfig;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::{TcpListener, UdpSocket},
    sync::watch,
    task::JoinSet,
};

const JOURNEY: &str = include_str!("../../../probes/demo/checkout.toml");
/// The ports that the journey's text names, and that are replaced by those that were free.
const SHOP_PORT: &str = ":8443";
const PAY_PORT: &str = ":9443";

/// How much longer a payment takes while payments are slow.
const SLOW_BY: Duration = Duration::from_secs(3);
/// How often a free port is looked for.
const TRIES: usize = 32;

/// Why the world could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A loopback address cannot be listened on.
    #[error(
        "cannot listen on `{0}`: the demo needs `127.0.0.11` to `127.0.0.13` (on macOS: `sudo ifconfig lo0 alias 127.0.0.11`, and so on)"
    )]
    Listen(Ipv4Addr, #[source] io::Error),
    /// No port is free at all regions' addresses.
    #[error("no port is free on `127.0.0.11` to `127.0.0.13`")]
    NoPort,
    /// The shop did not open.
    #[error(transparent)]
    Shop(#[from] jaunt_shop::Error),
    /// A certificate could not be made.
    #[error("cannot make the demo's certificates")]
    Certificate(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A file could not be written.
    #[error("cannot write `{}`", .0.display())]
    Write(PathBuf, #[source] io::Error),
}

impl From<CertificateError> for Error {
    fn from(error: CertificateError) -> Self {
        Self::Certificate(Box::new(error))
    }
}

/// A place from which the shop is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its name.
    pub name: &'static str,
    /// Its address on this machine.
    pub place: Ipv4Addr,
    /// How far the shop is: a round trip.
    pub distance: Duration,
    /// Its name server.
    pub resolver: SocketAddr,
}

/// The shop and its provider, a door and a name server for each region.
#[derive(Debug)]
pub struct World {
    regions: Vec<Region>,
    ports: (u16, u16),
    authority: String,
    password: String,
    shop: Shop,
    provider: Shop,
    servers: [Arc<ServerConfig>; 2],
    shown: watch::Sender<Arc<ServerConfig>>,
    zone: watch::Sender<Zone>,
    gates: Vec<watch::Sender<Gate>>,
    tasks: JoinSet<()>,
}

/// Name, last octet of its address, round trip in ms.
const REGIONS: [(&str, u8, u64); 3] = [("fra", 11, 4), ("iad", 12, 90), ("sin", 13, 160)];
/// The region that the script cuts off.
const CUT_OFF: &str = "sin";

impl World {
    /// Opens everything; all is well at first.
    ///
    /// # Errors
    /// The loopback addresses cannot be listened on, or no certificate can be made.
    pub async fn open() -> Result<Self, Error> {
        let authority = Authority::new()?;
        let config = Config::default();
        let password = config.password.clone();
        let local = SocketAddr::from(([127, 0, 0, 1], 0));
        let shop = Shop::start(local, config.clone()).await?;
        let provider = Shop::start(local, config).await?;
        let sound = authority.server(&["shop.demo.test"], Validity::Sound)?;
        let expired = authority.server(&["shop.demo.test"], Validity::Expired)?;
        let (shown, _) = watch::channel(Arc::clone(&sound));
        let (zone, _) = watch::channel(Zone::Known);
        let paying = authority.server(&["pay.demo.test"], Validity::Sound)?;
        let mut world = Self {
            regions: Vec::new(),
            ports: (0, 0),
            authority: authority.pem(),
            password,
            shop,
            provider,
            servers: [sound, expired],
            shown,
            zone,
            gates: Vec::new(),
            tasks: JoinSet::new(),
        };
        world.open_regions(&watch::channel(paying).0).await?;
        Ok(world)
    }

    async fn open_regions(
        &mut self,
        paying: &watch::Sender<Arc<ServerConfig>>,
    ) -> Result<(), Error> {
        let (shop_port, shops) = listeners().await?;
        let (pay_port, providers) = listeners().await?;
        self.ports = (shop_port, pay_port);
        for ((name, octet, ms), (shop, pay)) in
            REGIONS.into_iter().zip(shops.into_iter().zip(providers))
        {
            let place = Ipv4Addr::new(127, 0, 0, octet);
            let distance = Duration::from_millis(ms);
            let socket = UdpSocket::bind((place, 0)).await;
            let socket = socket.map_err(|error| Error::Listen(place, error))?;
            let resolver = socket
                .local_addr()
                .map_err(|error| Error::Listen(place, error))?;
            let (gate, through) = watch::channel(Gate::Open);
            let behind = |service: &Shop, server| Behind {
                service: service.addr(),
                distance,
                server,
            };
            let to_shop = behind(&self.shop, self.shown.subscribe());
            let to_provider = behind(&self.provider, paying.subscribe());
            self.tasks
                .spawn(names::answer(socket, place, self.zone.subscribe()));
            self.tasks
                .spawn(door::serve(shop, to_shop, through.clone()));
            self.tasks.spawn(door::serve(pay, to_provider, through));
            self.gates.push(gate);
            self.regions.push(Region {
                name,
                place,
                distance,
                resolver,
            });
        }
        Ok(())
    }

    /// From where the shop is seen.
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// Writes `journeys/checkout.toml`, the authority beside it, and `secrets/password`.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
        let journey = JOURNEY
            .replace(SHOP_PORT, &format!(":{}", self.ports.0))
            .replace(PAY_PORT, &format!(":{}", self.ports.1));
        for (name, text) in [
            ("journeys/checkout.toml", &journey),
            ("journeys/ca.pem", &self.authority),
            ("secrets/password", &self.password),
        ] {
            let path = folder.join(name);
            let written = match path.parent() {
                Some(parent) => std::fs::create_dir_all(parent),
                None => Ok(()),
            };
            written
                .and_then(|()| std::fs::write(&path, text))
                .map_err(|error| Error::Write(path.clone(), error))?;
        }
        Ok(())
    }

    /// From now on this is wrong, and nothing else.
    pub fn turn(&self, fault: Option<Fault>) {
        let is = |which| fault == Some(which);
        self.shop.turn(match fault {
            Some(Fault::WrongPrices) => Mood::WrongPrices,
            Some(Fault::Outage) => Mood::Closed,
            _ => Mood::Sound,
        });
        self.provider.turn(if is(Fault::SlowPayments) {
            Mood::SlowPayments(SLOW_BY)
        } else {
            Mood::Sound
        });
        let [sound, expired] = &self.servers;
        let server = if is(Fault::ExpiredCertificate) {
            expired
        } else {
            sound
        };
        self.shown.send_replace(Arc::clone(server));
        self.zone.send_replace(if is(Fault::NamesGone) {
            Zone::Gone
        } else {
            Zone::Known
        });
        for (region, gate) in self.regions.iter().zip(&self.gates) {
            let shut = is(Fault::RegionCutOff) && region.name == CUT_OFF;
            gate.send_replace(if shut { Gate::Shut } else { Gate::Open });
        }
    }

    /// The requests that reached the shop itself.
    pub fn visits(&self) -> Vec<jaunt_shop::Visit> {
        self.shop.visits()
    }
}

/// One port that is free at the addresses of all regions, and its listeners.
async fn listeners() -> Result<(u16, Vec<TcpListener>), Error> {
    for _ in 0..TRIES {
        let mut port = 0;
        let mut found = Vec::new();
        for (_, octet, _) in REGIONS {
            let place = Ipv4Addr::new(127, 0, 0, octet);
            match TcpListener::bind((place, port)).await {
                Ok(listener) => {
                    let bound = listener.local_addr();
                    port = bound.map_err(|error| Error::Listen(place, error))?.port();
                    found.push(listener);
                }
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => break,
                Err(error) => return Err(Error::Listen(place, error)),
            }
        }
        if found.len() == REGIONS.len() {
            return Ok((port, found));
        }
    }
    Err(Error::NoPort)
}
