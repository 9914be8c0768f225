//! A way through an HTTP proxy by CONNECT (RFC 9110 §9.3.6), for `https` and plain `http` alike: so
//! what is measured behind it is the same, and a proxy cannot answer in the origin's place.
//!
//! The tunnel is the connection: reaching the proxy, TLS with it where its URL is `https`, and its
//! answer to CONNECT are all in phase `connect`.

use crate::{
    Proxy, Request, Target, Visitor,
    dial::{Origin, admit, dial, literal},
    exchange::Trouble,
    lookup::is_localhost,
    stream::Stream,
    tls,
    track::Track,
};
use data_encoding::BASE64;
use jaunt_record::FailureKind;
use std::{
    io,
    net::{IpAddr, Ipv6Addr, SocketAddr},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The longest answer to CONNECT that is read, bytes.
const LONGEST: usize = 16 * 1024;

/// A connection to `target` through `proxy`.
pub(super) async fn tunnel(
    visitor: &mut Visitor,
    request: &Request,
    proxy: &Proxy,
    target: &Target,
    track: &mut Track,
) -> Result<Stream, Trouble> {
    // The proxy resolves names, and so its answers are its own affair; what the text spells out is ours.
    let spelt = literal(&target.host).or_else(|| loopback(&target.host));
    if let Some(address) = spelt {
        let address = SocketAddr::new(address, target.port);
        admit(visitor, address, Origin::Literal(target.named), track)?;
    }
    let host = proxy.url.host_str().unwrap_or_default();
    let way = Target {
        host: host.trim_matches(['[', ']']).into(),
        port: proxy.url.port_or_known_default().unwrap_or(80),
        named: proxy.named,
        family: target.family,
    };
    let mut stream: Stream = dial(visitor, &way, track).await?.into();
    if proxy.url.scheme() == "https" {
        stream = secured(visitor, request, stream, &way, track).await?;
    }
    let written = stream.write_all(ask(proxy, target).as_bytes()).await;
    let answer = match written {
        Ok(()) => answer(&mut stream).await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(answer) => judged(&answer, &way, track).map(|()| stream),
        Err(error) => Err(refused(&way, &format!("broke off: {error}"), track)),
    }
}

/// What `localhost` is, to us and to the proxy: its own machine is as little to be reached by us.
fn loopback(host: &str) -> Option<IpAddr> {
    is_localhost(host).then_some(Ipv6Addr::LOCALHOST.into())
}

async fn secured(
    visitor: &mut Visitor,
    request: &Request,
    stream: Stream,
    way: &Target,
    track: &Track,
) -> Result<Stream, Trouble> {
    let wanted = tls::Wanted {
        setup: &request.tls,
        name: &way.host,
        alpn: &[b"http/1.1"],
        session: tls::Session::Cold,
    };
    let shaken = tls::shake(visitor, stream, wanted).await;
    shaken
        .outcome
        .map_err(|(_, why)| refused(way, &format!("cannot be spoken to by TLS: {why}"), track))
}

fn ask(proxy: &Proxy, target: &Target) -> String {
    let host = match literal(&target.host) {
        Some(std::net::IpAddr::V6(address)) => format!("[{address}]"),
        _ => target.host.clone(),
    };
    let authority = format!("{host}:{}", target.port);
    let authorization = match credentials(&proxy.url) {
        Some(credentials) => format!("Proxy-Authorization: Basic {credentials}\r\n"),
        None => String::new(),
    };
    format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n{authorization}\r\n")
}

/// User and password of the URL as Basic wants them; they stand percent-encoded in it.
fn credentials(url: &url::Url) -> Option<String> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let mut pair = percent_decoded(url.username());
    pair.push(b':');
    pair.extend(percent_decoded(url.password().unwrap_or_default()));
    Some(BASE64.encode(&pair))
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let mut rest = text.as_bytes();
    let mut decoded = Vec::with_capacity(rest.len());
    while let [first, after @ ..] = rest {
        let coded = after.split_at_checked(2).filter(|_| *first == b'%');
        let byte = coded.and_then(|(hex, _)| data_encoding::HEXUPPER_PERMISSIVE.decode(hex).ok());
        match (byte.as_deref(), coded) {
            (Some([byte]), Some((_, after))) => {
                decoded.push(*byte);
                rest = after;
            }
            _ => {
                decoded.push(*first);
                rest = after;
            }
        }
    }
    decoded
}

/// The head of the proxy's answer. It is read to its blank line and no further: what comes after is
/// the origin's.
async fn answer(stream: &mut Stream) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(256);
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= LONGEST {
            return Err(io::Error::other("its answer has no end"));
        }
        head.push(stream.read_u8().await?);
    }
    Ok(head)
}

fn judged(answer: &[u8], way: &Target, track: &Track) -> Result<(), Trouble> {
    let text = String::from_utf8_lossy(answer);
    let line = text.lines().next().unwrap_or_default();
    let mut words = line.split(' ');
    let version = words.next().unwrap_or_default();
    let status: Option<u16> = words.next().and_then(|word| word.parse().ok());
    match status {
        Some(200..=299) if version.starts_with("HTTP/1.") => Ok(()),
        Some(_) if version.starts_with("HTTP/1.") => {
            let said: String = line.chars().skip(version.len() + 1).take(80).collect();
            Err(refused(
                way,
                &format!("refused to connect us: {said}"),
                track,
            ))
        }
        _ => Err(refused(way, "does not answer as an HTTP proxy", track)),
    }
}

fn refused(way: &Target, what: &str, track: &Track) -> Trouble {
    track.fault(
        FailureKind::ConnectProxy,
        format!("the proxy `{}:{}` {what}", way.host, way.port),
    )
}
