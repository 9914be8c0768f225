//! Answers: JSON, and one page of HTML.

use crate::{Mood, store::CATALOGUE};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use serde_json::{Number, Value, json};

pub(crate) type Answer = Response<Full<Bytes>>;

/// A JSON answer.
pub(crate) fn json(status: StatusCode, value: &Value) -> Answer {
    answer(status, "application/json", value.to_string())
}

/// The first `limit` articles.
pub(crate) fn catalogue(limit: usize, mood: Mood) -> Value {
    let items: Vec<_> = CATALOGUE
        .iter()
        .take(limit)
        .map(|(id, name, cents)| {
            let cents = if mood == Mood::WrongPrices { 0 } else { *cents };
            json!({ "id": id, "name": name, "price": price(cents) })
        })
        .collect();
    json!({ "items": items, "total": CATALOGUE.len() })
}

/// The front page.
pub(crate) fn front() -> Answer {
    let rows: String = CATALOGUE
        .iter()
        .map(|(id, name, cents)| {
            format!(
                "<li data-id=\"{id}\">{name} <b>{}.{:02} €</b></li>\n",
                cents / 100,
                cents % 100
            )
        })
        .collect();
    let html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>The corner shop</title></head>\n\
         <body><h1>The corner shop</h1>\n<ul class=\"catalogue\">\n{rows}</ul></body></html>\n",
    );
    answer(StatusCode::OK, "text/html; charset=utf-8", html)
}

/// No body at all.
pub(crate) fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer
}

fn answer(status: StatusCode, kind: &'static str, text: String) -> Answer {
    let mut answer = empty(status);
    answer
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    *answer.body_mut() = Full::from(text);
    answer
}

/// A price as JSON's decimal, exact: 1290 cents are 12.9.
fn price(cents: u32) -> Value {
    Number::from_f64(f64::from(cents) / 100.0).map_or(Value::Null, Value::Number)
}
