//! A region's name server: it knows where the shop is, as seen from there.

use hickory_proto::{
    op::{Message, MessageType, ResponseCode},
    rr::{RData, Record, RecordType, rdata::A},
};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
};
use tokio::{net::UdpSocket, sync::watch};

/// The zone that it answers for.
pub(crate) const ZONE: &str = "demo.test.";
/// A name of another zone, by which the resolver itself is known to work.
pub(crate) const CONTROL: &str = "control.test.";

const TTL: u32 = 30;

/// Whether the zone answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Zone {
    #[default]
    Known,
    Gone,
}

/// Answers until it is dropped.
pub(crate) async fn answer(socket: UdpSocket, place: Ipv4Addr, zone: watch::Receiver<Zone>) {
    let mut packet = [0; 1_232];
    loop {
        // A peer that is gone says so on a socket without connection; the next one is served.
        let Ok((length, peer)) = socket.recv_from(&mut packet).await else {
            continue;
        };
        let asked = packet.get(..length).unwrap_or_default();
        let now = *zone.borrow();
        if let Some(reply) = reply(asked, place, now) {
            let _: io::Result<usize> = send(&socket, &reply, peer).await;
        }
    }
}

async fn send(socket: &UdpSocket, reply: &[u8], peer: SocketAddr) -> io::Result<usize> {
    socket.send_to(reply, peer).await
}

/// The answer to one message; none to what is no question.
fn reply(asked: &[u8], place: Ipv4Addr, zone: Zone) -> Option<Vec<u8>> {
    let question = Message::from_vec(asked).ok()?;
    let query = question.queries.first()?.clone();
    let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
    answer.metadata.message_type = MessageType::Response;
    answer.metadata.recursion_desired = question.metadata.recursion_desired;
    answer.metadata.recursion_available = true;
    let name = query.name().to_ascii().to_ascii_lowercase();
    let address = if name == CONTROL {
        Some(Ipv4Addr::LOCALHOST)
    } else if name.ends_with(ZONE) {
        Some(place)
    } else {
        None
    };
    answer.metadata.response_code = match address {
        None => ResponseCode::NXDomain,
        Some(_) if name != CONTROL && zone == Zone::Gone => ResponseCode::ServFail,
        Some(address) => {
            if query.query_type() == RecordType::A {
                let data = RData::A(A(address));
                answer.add_answer(Record::from_rdata(query.name().clone(), TTL, data));
            }
            ResponseCode::NoError
        }
    };
    answer.add_query(query);
    answer.to_vec().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_proto::{
        op::{OpCode, Query},
        rr::Name,
    };

    fn ask(name: &str, kind: RecordType, zone: Zone) -> Message {
        let mut message = Message::new(7, MessageType::Query, OpCode::Query);
        message.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
        let reply = reply(
            &message.to_vec().unwrap(),
            Ipv4Addr::new(127, 0, 0, 12),
            zone,
        );
        Message::from_vec(&reply.unwrap()).unwrap()
    }

    #[test]
    fn the_zone_can_be_gone_while_the_resolver_works() {
        let known = ask("shop.demo.test.", RecordType::A, Zone::Known);
        assert_eq!(known.answers.len(), 1);
        let gone = ask("shop.demo.test.", RecordType::A, Zone::Gone);
        assert_eq!(gone.metadata.response_code, ResponseCode::ServFail);
        let control = ask("control.test.", RecordType::A, Zone::Gone);
        assert_eq!(control.metadata.response_code, ResponseCode::NoError);
        let other = ask("example.com.", RecordType::A, Zone::Known);
        assert_eq!(other.metadata.response_code, ResponseCode::NXDomain);
        let six = ask("shop.demo.test.", RecordType::AAAA, Zone::Known);
        assert_eq!(
            (six.answers.len(), six.metadata.response_code),
            (0, ResponseCode::NoError)
        );
    }

    #[test]
    fn what_is_no_question_gets_no_answer() {
        assert_eq!(reply(b"nonsense", Ipv4Addr::LOCALHOST, Zone::Known), None);
    }
}
