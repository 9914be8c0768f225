//! Each fault of the script is really there, and gone again after it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so"
)]

use hickory_proto::{
    op::{Message, MessageType, OpCode, Query, ResponseCode},
    rr::{Name, RecordType},
};
use jaunt_demo::{Fault, Region, World};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::{
    io,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UdpSocket},
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// A visitor of the world who trusts its authority.
struct Visitor {
    client: TlsConnector,
    shop_port: u16,
    pay_port: u16,
}

impl Visitor {
    fn new(folder: &Path) -> Self {
        let mut roots = RootCertStore::empty();
        let authority = CertificateDer::from_pem_file(folder.join("journeys/ca.pem")).unwrap();
        roots.add(authority).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let journey = std::fs::read_to_string(folder.join("journeys/checkout.toml")).unwrap();
        let port = |host: &str| {
            let (_, rest) = journey.split_once(&format!("{host}:")).unwrap();
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().unwrap()
        };
        Self {
            client: TlsConnector::from(Arc::new(client)),
            shop_port: port("shop.demo.test"),
            pay_port: port("pay.demo.test"),
        }
    }

    async fn ask(&self, region: &Region, host: &str, request: &str) -> io::Result<String> {
        let port = if host.starts_with("pay") {
            self.pay_port
        } else {
            self.shop_port
        };
        let visit = async {
            let stream = TcpStream::connect((region.place, port)).await?;
            let name = ServerName::try_from(host.to_owned()).unwrap();
            let mut stream = self.client.connect(name, stream).await?;
            stream.write_all(request.as_bytes()).await?;
            let mut answer = Vec::new();
            let read = stream.read_to_end(&mut answer).await;
            // A door that shuts without close_notify has still answered.
            match read {
                Err(error) if answer.is_empty() => Err(error),
                _ => Ok(String::from_utf8_lossy(&answer).into_owned()),
            }
        };
        timeout(Duration::from_secs(20), visit)
            .await
            .expect("an answer in time")
    }

    async fn products(&self, region: &Region) -> io::Result<String> {
        let get = "GET /api/products HTTP/1.1\r\nhost: shop.demo.test\r\nconnection: close\r\n\r\n";
        self.ask(region, "shop.demo.test", get).await
    }

    /// Asks again until it is so: a door is shut and opened by a task of its own, a moment later.
    async fn until(
        &self,
        region: &Region,
        is_so: impl Fn(&io::Result<String>) -> bool,
    ) -> io::Result<String> {
        let asking = async {
            loop {
                let answer = self.products(region).await;
                if is_so(&answer) {
                    return answer;
                }
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(20), asking)
            .await
            .expect("it became so")
    }

    async fn charge(&self, region: &Region) -> String {
        let body = r#"{"order":"O-1","card":"4242424242424242"}"#;
        let post = format!(
            "POST /charges HTTP/1.1\r\nhost: pay.demo.test\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.ask(region, "pay.demo.test", &post).await.unwrap()
    }
}

async fn resolve(region: &Region) -> ResponseCode {
    let socket = UdpSocket::bind((region.place, 0)).await.unwrap();
    let mut question = Message::new(9, MessageType::Query, OpCode::Query);
    let name = Name::from_ascii("shop.demo.test.").unwrap();
    question.add_query(Query::query(name, RecordType::A));
    let asked = question.to_vec().unwrap();
    socket.send_to(&asked, region.resolver).await.unwrap();
    let mut packet = [0; 512];
    let received = socket.recv_from(&mut packet);
    let (length, _) = timeout(Duration::from_secs(20), received)
        .await
        .unwrap()
        .unwrap();
    Message::from_vec(&packet[..length])
        .unwrap()
        .metadata
        .response_code
}

#[tokio::test]
async fn each_fault_is_really_there_and_gone_after_it() {
    let world = World::open().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    world.write(folder.path()).unwrap();
    let visitor = Visitor::new(folder.path());
    let [fra, _, sin] = world.regions() else {
        panic!("three regions");
    };

    for fault in Fault::ALL {
        world.turn(Some(fault));
        match fault {
            Fault::SlowPayments => {
                let began = Instant::now();
                assert!(visitor.charge(fra).await.contains("captured"));
                assert!(began.elapsed() >= Duration::from_secs(3));
            }
            Fault::RegionCutOff => {
                let refused = |answer: &io::Result<String>| {
                    let kind = answer.as_ref().map_err(io::Error::kind);
                    kind == Err(io::ErrorKind::ConnectionRefused)
                };
                let cut = visitor.until(sin, refused).await;
                assert!(cut.is_err());
                assert!(visitor.products(fra).await.is_ok());
            }
            Fault::ExpiredCertificate => {
                let refused = visitor.products(fra).await.unwrap_err().to_string();
                assert!(refused.to_lowercase().contains("expired"), "{refused}");
            }
            Fault::WrongPrices => {
                let answer = visitor.products(fra).await.unwrap();
                assert!(answer.contains(r#""price":0"#), "{answer}");
            }
            Fault::NamesGone => assert_eq!(resolve(fra).await, ResponseCode::ServFail),
            Fault::Outage => {
                let answer = visitor.products(fra).await.unwrap();
                assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
            }
        }
    }

    world.turn(None);
    assert_eq!(resolve(fra).await, ResponseCode::NoError);
    let answer = visitor.until(sin, io::Result::is_ok).await;
    assert!(answer.unwrap().contains(r#""price":24.5"#));
}

#[tokio::test]
async fn a_region_is_as_far_away_as_it_says() {
    let world = World::open().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    world.write(folder.path()).unwrap();
    let visitor = Visitor::new(folder.path());
    for region in world.regions() {
        let began = Instant::now();
        visitor.products(region).await.unwrap();
        // A handshake and a request: two round trips at least.
        assert!(began.elapsed() >= 2 * region.distance, "{}", region.name);
    }
}
