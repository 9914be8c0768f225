//! `void: resolver`: the same servers fail a control name too, or refuse the port.

use crate::{
    carry::{Agent, ending, get},
    server::Server,
};
use tokio::net::UdpSocket;

const SHOP: &str = "http://shop.example/";

/// A server that does not answer for the shop, by this response code or with silence (`None`), and
/// gives control names an address only where it is `sound`.
async fn server(rcode: Option<u8>, sound: Sound) -> Server {
    Server::new(move |heard| {
        let is_control = heard.name.ends_with("example.org");
        match (is_control, sound, rcode) {
            (true, Sound::Yes, _) => {
                vec![heard.reply(0, &heard.records(&["192.0.2.7".parse().unwrap()]))]
            }
            (_, _, Some(rcode)) => vec![heard.reply(rcode, &[])],
            (_, _, None) => Vec::new(),
        }
    })
    .await
}

#[derive(Clone, Copy)]
enum Sound {
    Yes,
    No,
}

fn agent(server: &Server) -> Agent {
    Agent {
        servers: vec![server.address],
        names: vec!["example.org", "www.example.org"],
        ..Agent::bare()
    }
}

#[tokio::test]
async fn a_server_that_fails_control_names_too_is_ours_and_one_that_does_not_is_the_services() {
    for (rcode, kind) in [
        (Some(3), "resolve.nxdomain"),
        (Some(2), "resolve.servfail"),
        (Some(5), "resolve.refused"),
        (None, "timeout.resolve"),
    ] {
        let broken = server(rcode, Sound::No).await;
        let record = agent(&broken).runs(&get(SHOP)).await;
        assert_eq!(ending(&record), "void: resolver", "{kind}: {record:#?}");
        let told = record.void.unwrap().message;
        assert!(
            told.contains("shop.example") && told.contains("www.example.org"),
            "{told}"
        );
        let sound = server(rcode, Sound::Yes).await;
        assert_eq!(
            agent(&sound).ends(&get(SHOP)).await,
            format!("fail: {kind}")
        );
    }
}

#[tokio::test]
async fn without_control_names_it_stays_a_failure() {
    let broken = server(Some(2), Sound::No).await;
    let bare = Agent {
        names: Vec::new(),
        ..agent(&broken)
    };
    assert_eq!(bare.ends(&get(SHOP)).await, "fail: resolve.servfail");
}

#[tokio::test]
async fn a_name_without_an_address_is_the_services_whatever_control_names_say() {
    let empty = server(Some(0), Sound::No).await;
    assert_eq!(agent(&empty).ends(&get(SHOP)).await, "fail: resolve.nodata");
}

#[tokio::test]
async fn a_refused_port_needs_no_control_name() {
    let port = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let agent = Agent {
        servers: vec![port.local_addr().unwrap()],
        ..Agent::bare()
    };
    drop(port);
    assert_eq!(agent.ends(&get(SHOP)).await, "void: resolver");
}

/// A server that the journey names is the journey's own: ours may be as broken as it likes.
#[tokio::test]
async fn a_server_that_the_journey_names_fails_by_itself() {
    let ours = server(Some(2), Sound::No).await;
    let theirs = server(None, Sound::No).await;
    for transport in ["", "tcp://"] {
        let step = format!(
            "resolve = \"A shop.example\"\nserver = \"{transport}{}\"",
            theirs.address
        );
        let ended = agent(&ours).ends(&step).await;
        assert_eq!(ended, "fail: timeout.resolve", "{transport}");
    }
    let step = "resolve = \"A shop.example\"";
    let silent = server(None, Sound::No).await;
    assert_eq!(agent(&silent).ends(step).await, "void: resolver");
}
