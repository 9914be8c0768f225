//! Who asks, and what they may: bearer tokens and client certificates.
//!
//! A token is recognised by the SHA-256 of its secret, compared with every token's in constant time
//! and without stopping at a match, so that an answer's time tells nothing.

use crate::config::{Proof, Role, Token};
use aws_lc_rs::{constant_time::verify_slices_are_equal, digest, hmac, rand};
use jaunt_agreement::Side;
use std::sync::{Arc, PoisonError, RwLock};

/// Secrets begin with this, so that scanners of repositories find them.
const PREFIX: &str = "jaunt_";
/// A longer secret is none of ours.
const LONGEST: usize = 256;

/// Who may come in; replaced whole when the file changes.
#[derive(Debug)]
pub struct Access {
    tokens: RwLock<Arc<[Token]>>,
    /// What the words are made with that forms repeat, anew at each start; `None` where the system
    /// gives no randomness: then no form is taken.
    guard: Option<hmac::Key>,
}

/// What someone may who came in.
#[derive(Clone, Debug)]
pub enum Grant {
    /// Everything: there are no tokens, and only this machine reaches the ports.
    Open,
    /// What this token may.
    Token(Arc<Token>),
}

/// Nobody is known by what was shown, or it has expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a token that holds is needed: `Authorization: Bearer …`")]
pub struct Denied;

/// What was shown at the door.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shown<'a> {
    /// The bearer's secret.
    pub secret: Option<&'a str>,
    /// Names in a client certificate that was verified.
    pub names: &'a [String],
}

impl Access {
    /// Those who show one of these may come in; where there is none, everybody.
    pub fn new(tokens: Vec<Token>) -> Self {
        let mut key = [0_u8; 32];
        let filled = rand::fill(&mut key).ok();
        Self {
            guard: filled.map(|()| hmac::Key::new(hmac::HMAC_SHA256, &key)),
            tokens: RwLock::new(tokens.into()),
        }
    }

    /// From now on these. A hub that had tokens keeps at least one: what is open stays as it began.
    pub fn replace(&self, tokens: Vec<Token>) {
        let mut held = self.tokens.write().unwrap_or_else(PoisonError::into_inner);
        if held.is_empty() == tokens.is_empty() {
            *held = tokens.into();
        }
    }

    /// The word that the forms of this one's pages repeat: no other site knows it. `None` for one who
    /// writes for no side.
    pub fn guard(&self, grant: &Grant) -> Option<String> {
        let Grant::Token(token) = grant else {
            return None;
        };
        token.side?;
        let shown = format!("{:?}\n{}", token.proof, token.name);
        let tag = hmac::sign(self.guard.as_ref()?, shown.as_bytes());
        Some(data_encoding::BASE64URL_NOPAD.encode(tag.as_ref()))
    }

    /// What someone may who shows this now (Unix seconds).
    ///
    /// # Errors
    /// Nobody is known by it, or not any more.
    pub fn check(&self, shown: Shown<'_>, now_s: i64) -> Result<Grant, Denied> {
        let tokens = Arc::clone(&self.tokens.read().unwrap_or_else(PoisonError::into_inner));
        if tokens.is_empty() {
            return Ok(Grant::Open);
        }
        let secret = shown.secret.filter(|secret| secret.len() <= LONGEST);
        let hash = secret.map(|secret| digest::digest(&digest::SHA256, secret.as_bytes()));
        let mut found = None;
        for token in tokens.iter() {
            let known = match &token.proof {
                Proof::Sha256(expected) => hash
                    .as_ref()
                    .is_some_and(|hash| verify_slices_are_equal(hash.as_ref(), expected).is_ok()),
                Proof::Certificate(name) => secret.is_none() && shown.names.contains(name),
            };
            let holds = token.expires_s.is_none_or(|expires| now_s < expires);
            if known && holds {
                found = Some(token);
            }
        }
        let token = found.ok_or(Denied)?.clone();
        Ok(Grant::Token(Arc::new(token)))
    }
}

impl Grant {
    /// Whether it may write at all.
    pub fn writes(&self) -> bool {
        match self {
            Self::Open => true,
            Self::Token(token) => token.role == Role::Agent,
        }
    }

    /// Whether it may write for this customer.
    pub fn may_write(&self, customer: &str) -> bool {
        self.writes() && self.covers(customer)
    }

    /// Whether it may read at all.
    pub fn reads(&self) -> bool {
        match self {
            Self::Open => true,
            Self::Token(token) => matches!(token.role, Role::Reader | Role::Operator),
        }
    }

    /// Whether it may read what is this customer's.
    pub fn may_read(&self, customer: &str) -> bool {
        self.reads() && self.covers(customer)
    }

    /// The side for which it may write of what this customer reads; `None`: for none. Where no tokens
    /// are asked for, nobody can tell who agrees to whose proposal, so that nobody writes.
    pub fn side(&self, customer: &str) -> Option<Side> {
        match self {
            Self::Open => None,
            Self::Token(token) => token.side.filter(|_| self.may_read(customer)),
        }
    }

    /// How the token is named; `None` where none is asked for.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Open => None,
            Self::Token(token) => Some(&token.name),
        }
    }

    /// Its customers; `*` for all.
    pub fn scope(&self) -> Vec<String> {
        match self {
            Self::Open => vec!["*".to_owned()],
            Self::Token(token) => token.customers.clone(),
        }
    }

    fn covers(&self, customer: &str) -> bool {
        match self {
            Self::Open => true,
            Self::Token(token) => token.covers(customer),
        }
    }
}

/// A new secret, and what is kept of it. `None` where the system gives no randomness.
pub fn new_secret() -> Option<(String, Proof)> {
    let mut bytes = [0_u8; 32];
    rand::fill(&mut bytes).ok()?;
    let secret = format!("{PREFIX}{}", data_encoding::BASE64URL_NOPAD.encode(&bytes));
    let proof = proof_of(&secret);
    Some((secret, proof))
}

/// What is kept of a secret.
pub fn proof_of(secret: &str) -> Proof {
    let hash = digest::digest(&digest::SHA256, secret.as_bytes());
    let mut kept = [0; 32];
    kept.iter_mut()
        .zip(hash.as_ref())
        .for_each(|(to, from)| *to = *from);
    Proof::Sha256(kept)
}

/// The secret of an `Authorization` header.
pub fn bearer(headers: &http::HeaderMap) -> Option<&str> {
    let text = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(name: &str, role: Role, proof: Proof) -> Token {
        Token {
            name: name.into(),
            proof,
            role,
            customers: vec!["acme".into()],
            side: None,
            expires_s: Some(1_000),
        }
    }

    #[test]
    fn a_token_opens_what_it_names_until_it_expires() {
        let (secret, proof) = new_secret().unwrap();
        let access = Access::new(vec![token("fra", Role::Agent, proof)]);
        let shown = Shown {
            secret: Some(&secret),
            names: &[],
        };
        let grant = access.check(shown, 999).unwrap();
        assert!(grant.may_write("acme") && !grant.may_write("globex") && !grant.may_read("acme"));
        assert_eq!(access.check(shown, 1_000).unwrap_err(), Denied);
        for secret in ["", "jaunt_", "x", &secret[1..], &"x".repeat(1_000)] {
            let shown = Shown {
                secret: Some(secret),
                names: &[],
            };
            assert!(access.check(shown, 0).is_err(), "{secret}");
        }
        assert!(access.check(Shown::default(), 0).is_err());
    }

    #[test]
    fn a_certificate_stands_for_its_token_and_a_wrong_secret_is_not_helped_by_it() {
        let proof = Proof::Certificate("fra.agents.example".into());
        let access = Access::new(vec![token("fra", Role::Agent, proof)]);
        let names = ["fra.agents.example".to_owned()];
        let shown = Shown {
            secret: None,
            names: &names,
        };
        assert!(access.check(shown, 0).unwrap().may_write("acme"));
        let shown = Shown {
            secret: Some("wrong"),
            ..shown
        };
        assert!(access.check(shown, 0).is_err());
    }

    #[test]
    fn a_hub_with_tokens_never_becomes_open() {
        let (_, proof) = new_secret().unwrap();
        let access = Access::new(vec![token("fra", Role::Operator, proof)]);
        access.replace(Vec::new());
        assert!(access.check(Shown::default(), 0).is_err());
    }
}
