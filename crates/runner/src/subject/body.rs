//! The body as text, JSON, HTML and XML, each read at most once.

use super::{Broken, bulk, charset};
use crate::{
    seen::Answer,
    value::{self, Node},
};
use jaunt_journey::{CssPath, JsonPath, XPath};
use serde_json::Value as Json;
use std::{
    borrow::Cow,
    cell::{OnceCell, RefCell},
};
use xee_xpath::{DocumentHandle, Documents, Queries, Query as _};

pub(super) struct Body<'a> {
    bytes: &'a [u8],
    content_type: &'a str,
    text: OnceCell<Result<Cow<'a, str>, Broken>>,
    json: OnceCell<Result<Json, Broken>>,
    html: OnceCell<Result<scraper::Html, Broken>>,
    xml: OnceCell<Result<(RefCell<Documents>, DocumentHandle), Broken>>,
}

impl<'a> Body<'a> {
    pub(super) fn new(answer: &'a Answer) -> Self {
        let (bytes, content_type) = match answer {
            Answer::Http(response) => {
                let named = response.headers.get(http::header::CONTENT_TYPE);
                let named = named.and_then(|value| value.to_str().ok());
                (&*response.body, named.unwrap_or_default())
            }
            Answer::Received(bytes) => (bytes.as_slice(), ""),
            Answer::Dns(_) | Answer::Done => (&[][..], ""),
        };
        Self {
            bytes,
            content_type,
            text: OnceCell::new(),
            json: OnceCell::new(),
            html: OnceCell::new(),
            xml: OnceCell::new(),
        }
    }

    pub(super) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    pub(super) fn sha256(&self) -> String {
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, self.bytes);
        data_encoding::HEXLOWER.encode(hash.as_ref())
    }

    pub(super) fn text(&self) -> Result<&str, Broken> {
        self.text
            .get_or_init(|| charset::decode(self.bytes, self.content_type))
            .as_deref()
            .map_err(Clone::clone)
    }

    /// As much of the text as an excerpt may need, whatever its charset; `None` of no bytes.
    pub(super) fn beginning(&self) -> Option<String> {
        if self.bytes.is_empty() {
            return None;
        }
        // An excerpt needs what lies behind its cut too, to know a secret there.
        const ENOUGH: usize = 512 * 1024;
        Some(match self.text() {
            Ok(text) => {
                let end = crate::bound::floor(text, ENOUGH);
                text.get(..end).unwrap_or(text).to_owned()
            }
            Err(_) => {
                let bytes = self.bytes.get(..ENOUGH).unwrap_or(self.bytes);
                String::from_utf8_lossy(bytes).into_owned()
            }
        })
    }

    pub(super) fn json(&self, path: &JsonPath) -> Result<Vec<Node>, Broken> {
        let json = self
            .json
            .get_or_init(|| {
                let text = self.text()?;
                if text.trim().is_empty() {
                    return Err(Broken::new("the body is not JSON: it is empty"));
                }
                value::parse(text)
                    .map_err(|error| Broken::new(format!("the body is not JSON: {error}")))
            })
            .as_ref()
            .map_err(Clone::clone)?;
        let nodes = path.path.query(json).all();
        if !bulk::json_fits(&nodes) {
            let why = format!("`{}` finds more than a million values", path.text);
            return Err(Broken::new(why));
        }
        Ok(nodes
            .into_iter()
            .map(|node| Node::Json(node.clone()))
            .collect())
    }

    pub(super) fn css(&self, path: &CssPath, attribute: Option<&str>) -> Result<Vec<Node>, Broken> {
        let html = self
            .html
            .get_or_init(|| {
                let text = self.text()?;
                match bulk::html_fits(text) {
                    true => Ok(scraper::Html::parse_document(text)),
                    false => Err(Broken::new(
                        "the body is nested too deep to be read as HTML",
                    )),
                }
            })
            .as_ref()
            .map_err(Clone::clone)?;
        let elements = html.select(&path.selector);
        Ok(match attribute {
            Some(name) => elements
                .filter_map(|element| element.attr(name))
                .map(Node::text)
                .collect(),
            None => elements
                .map(|element| Node::text(element.text().collect::<String>().trim()))
                .collect(),
        })
    }

    pub(super) fn xpath(&self, path: &XPath) -> Result<Vec<Node>, Broken> {
        if !bulk::xml_fits(self.text()?, &path.text) {
            return Err(Broken::new(format!(
                "the body has too many elements, or too deep ones, to look `{}` up in it",
                path.text
            )));
        }
        let (documents, handle) = self
            .xml
            .get_or_init(|| {
                let mut documents = Documents::new();
                let handle = documents
                    .add_string_without_uri(self.text()?)
                    .map_err(|error| Broken::new(format!("the body is not XML: {error}")))?;
                Ok((RefCell::new(documents), handle))
            })
            .as_ref()
            .map_err(Clone::clone)?;
        let failed = |error: xee_xpath::error::Error| {
            Broken::new(format!("`{}` cannot be evaluated: {error}", path.text))
        };
        let queries = Queries::default();
        let query = queries
            .many(&path.text, |documents: &mut Documents, item| {
                Ok(item.string_value(documents.xot())?)
            })
            .map_err(failed)?;
        let texts = query
            .execute(&mut documents.borrow_mut(), *handle)
            .map_err(failed)?;
        Ok(texts.into_iter().map(Node::text).collect())
    }
}
