//! Who answers what: one request in, one answer out.

use crate::{
    Config, Mood,
    page::{self, Answer},
    store::{CATALOGUE, Purchase, Session, Store},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};
use serde::Deserialize;
use serde_json::json;
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The shop's memory, and how it behaves.
#[derive(Debug)]
pub(crate) struct Counter {
    config: Config,
    mood: Mutex<Mood>,
    store: Mutex<Store>,
}

impl Counter {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            config,
            mood: Mutex::default(),
            store: Mutex::default(),
        }
    }

    /// Answers one request, whose body was read.
    pub(crate) fn answer(&self, request: &Parts, body: &[u8], now: Instant) -> Answer {
        let path = request.uri.path();
        let mood = self.mood();
        if mood == Mood::Closed {
            return Refusal(StatusCode::SERVICE_UNAVAILABLE, "closed for now").page();
        }
        let answer = match (request.method.clone(), path) {
            (Method::GET | Method::HEAD, "/") => Ok(page::front()),
            (Method::POST, "/api/login") => self.login(body),
            (Method::GET, "/api/products") => products(request.uri.query(), mood),
            (Method::POST, "/api/checkout") => self.checkout(&request.headers, body, now),
            (Method::POST, "/charges") => self.charge(body),
            (Method::POST, "/api/logout") => self.logout(&request.headers),
            (Method::GET, path) if path.starts_with("/api/orders/") => self.order(request, now),
            (
                _,
                "/" | "/charges" | "/api/login" | "/api/products" | "/api/checkout" | "/api/logout",
            ) => Err(Refusal(
                StatusCode::METHOD_NOT_ALLOWED,
                "no such method here",
            )),
            _ => Err(Refusal(StatusCode::NOT_FOUND, "no such page")),
        };
        answer.unwrap_or_else(Refusal::page)
    }

    /// How long the shop takes over a request.
    pub(crate) fn think(&self, request: &Parts) -> Duration {
        let times = match request.uri.path() {
            "/api/login" => 3,
            "/api/checkout" => 5,
            _ => 1,
        };
        let more = match (self.mood(), request.uri.path()) {
            (Mood::SlowPayments(more), "/charges") => more,
            _ => Duration::ZERO,
        };
        self.config.think * times + more
    }

    /// From now on the shop is in this mood.
    pub(crate) fn turn(&self, mood: Mood) {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    fn mood(&self) -> Mood {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a card's money for an order: what a payment provider does.
    fn charge(&self, body: &[u8]) -> Reply {
        let charge: Charge = read(body, "order and card are needed")?;
        if charge.card.len() != 16 || !charge.card.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Refusal(StatusCode::UNPROCESSABLE_ENTITY, "no such card"));
        }
        let receipt = format!("R-{}", self.store().charge());
        let shown =
            json!({ "charge": { "id": receipt, "order": charge.order, "status": "captured" } });
        Ok(page::json(StatusCode::CREATED, &shown))
    }

    fn login(&self, body: &[u8]) -> Reply {
        let login: Login = read(body, "email and password are needed")?;
        if login.email != self.config.email || login.password != self.config.password {
            return Err(Refusal(StatusCode::UNAUTHORIZED, "no such account"));
        }
        let session = self.store().sign_in();
        let mut answer = page::json(StatusCode::OK, &json!({ "csrf": session.csrf }));
        set_cookie(
            &mut answer,
            &format!("sid={}; Path=/; HttpOnly; SameSite=Lax", session.sid),
        );
        Ok(answer)
    }

    fn checkout(&self, headers: &HeaderMap, body: &[u8], now: Instant) -> Reply {
        let session = trusted(self.signed_in(headers)?, headers)?;
        let wanted: Wanted = read(body, "product and qty are needed")?;
        if !CATALOGUE.iter().any(|(id, ..)| *id == wanted.product) {
            return Err(Refusal(StatusCode::UNPROCESSABLE_ENTITY, "no such product"));
        }
        if !(1..=10).contains(&wanted.qty) {
            return Err(Refusal(
                StatusCode::UNPROCESSABLE_ENTITY,
                "1 to 10 of a kind",
            ));
        }
        let key = text(headers, "idempotency-key").map(Into::into);
        let buy = Purchase {
            product: wanted.product,
            qty: wanted.qty,
            key,
        };
        let order = self.store().order(&session.sid, buy, now);
        let status = order.status(self.config.confirm_after, now);
        let shown = json!({ "order": { "id": order.id, "status": status } });
        let mut answer = page::json(StatusCode::CREATED, &shown);
        if let Ok(place) = HeaderValue::try_from(format!("/api/orders/{}", order.id)) {
            answer.headers_mut().insert(header::LOCATION, place);
        }
        Ok(answer)
    }

    fn order(&self, request: &Parts, now: Instant) -> Reply {
        let session = self.signed_in(&request.headers)?;
        let id = request.uri.path().trim_start_matches("/api/orders/");
        let store = self.store();
        let order = store
            .find(&session.sid, id)
            .ok_or(Refusal(StatusCode::NOT_FOUND, "no such order"))?;
        let status = order.status(self.config.confirm_after, now);
        let (id, product, qty) = (&order.id, &order.product, order.qty);
        let shown = json!({ "id": id, "product": product, "qty": qty, "status": status });
        Ok(page::json(StatusCode::OK, &shown))
    }

    fn logout(&self, headers: &HeaderMap) -> Reply {
        let session = trusted(self.signed_in(headers)?, headers)?;
        self.store().sign_out(&session.sid);
        let mut answer = page::empty(StatusCode::NO_CONTENT);
        set_cookie(
            &mut answer,
            "sid=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0",
        );
        Ok(answer)
    }

    fn signed_in(&self, headers: &HeaderMap) -> Result<Session, Refusal> {
        let session = cookie(headers, "sid").and_then(|sid| self.store().session(sid).cloned());
        session.ok_or(Refusal(StatusCode::UNAUTHORIZED, "sign in first"))
    }

    /// The store; no caller panics while it holds it, so a poisoned one is as good as any.
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Reply = Result<Answer, Refusal>;

/// Why something is not done, as a status and a sentence.
#[derive(Debug)]
pub(crate) struct Refusal(pub(crate) StatusCode, pub(crate) &'static str);

impl Refusal {
    /// As an answer.
    pub(crate) fn page(self) -> Answer {
        page::json(self.0, &json!({ "error": self.1 }))
    }
}

#[derive(Deserialize)]
struct Login {
    email: String,
    password: String,
}

#[derive(Deserialize)]
struct Charge {
    order: String,
    card: String,
}

#[derive(Deserialize)]
struct Wanted {
    product: String,
    qty: u64,
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8], needed: &'static str) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal(StatusCode::BAD_REQUEST, needed))
}

fn products(query: Option<&str>, mood: Mood) -> Reply {
    let limit = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .find(|(name, _)| name == "limit")
        .map_or(Ok(CATALOGUE.len()), |(_, value)| value.parse());
    let limit = limit.map_err(|_| Refusal(StatusCode::BAD_REQUEST, "limit is a whole number"))?;
    Ok(page::json(StatusCode::OK, &page::catalogue(limit, mood)))
}

/// A change needs the token that signing in gave, so that no other site's page can ask for it.
fn trusted(session: Session, headers: &HeaderMap) -> Result<Session, Refusal> {
    if text(headers, "x-csrf-token") == Some(session.csrf.as_str()) {
        return Ok(session);
    }
    Err(Refusal(
        StatusCode::FORBIDDEN,
        "x-csrf-token is not this session's",
    ))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

fn set_cookie(answer: &mut Answer, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        answer.headers_mut().insert(header::SET_COOKIE, value);
    }
}
