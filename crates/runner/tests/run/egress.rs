//! Where a run may go: who named a forbidden address decides what it is.

use crate::{
    carry::{Carry, ending},
    server::{Server, json, reply},
};
use jaunt_probe::{Exception, Policy};

/// The public network and this one server.
fn only(server: &Server) -> Policy {
    let exception: Exception = server.address.to_string().parse().unwrap();
    Policy::public_and(vec![exception])
}

#[tokio::test]
async fn an_address_that_the_policy_forbids_is_whose_who_named_it() {
    let away = Server::json("{}").await;
    let next = format!("http://{}/", away.address);
    let home = Server::new(move |sent, _| match sent.target.as_str() {
        "/moved" => reply(302, &[&format!("Location: {next}")], ""),
        _ => json(&format!(r#"{{"next":"{next}"}}"#)),
    })
    .await;
    let url = format!("http://{}", home.address);
    let first = format!(
        "[[step]]\nid = \"first\"\nrequest = \"GET {url}/\"\nstatus = 200\n\
         capture.next = {{ json = \"$.next\" }}"
    );
    for (request, ends) in [
        (
            format!("GET http://{}/", away.address),
            "void: egress-denied",
        ),
        (
            "GET {{first.next}}".into(),
            "capture.not-public in resolve at go",
        ),
        (
            format!("GET {url}/moved"),
            "redirect.not-public in resolve at go",
        ),
    ] {
        let text = format!(
            "{first}\n[[step]]\nid = \"go\"\nrequest = \"{request}\"\nstatus = 200\nredirects = 3"
        );
        let record = Carry::new(&text).under(only(&home)).out().await;
        assert_eq!(ending(&record), ends, "{request}: {record:#?}");
        let party = record
            .failure
            .as_ref()
            .map(|failure| failure.party.as_str());
        assert_eq!(party, (!ends.starts_with("void")).then_some("service"));
    }
    assert_eq!(away.sent().len(), 0);
}
