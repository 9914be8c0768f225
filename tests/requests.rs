//! Requests on the wire, redirects and bodies: what a target sees of a journey, and what a journey
//! makes of what comes back.

mod received;
mod redirects;
mod sent;
mod wire;

/// A journey of one step.
fn one(step: &str) -> String {
    format!("journey = \"t\"\n[[step]]\n{step}\n")
}

/// A journey of one `GET`.
fn get(url: &str, rest: &str) -> String {
    one(&format!("request = \"GET {url}\"\n{rest}"))
}
