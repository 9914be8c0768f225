//! Bodies of requests, each with the Content-Type that it implies.

use crate::{
    Plan,
    known::{Known, Unset},
    value,
};
use bytes::Bytes;
use jaunt_journey::{Body, BodyContent, MultipartContent, MultipartPart, Value};
use serde_json::{Map, Value as Json};

/// The bytes that are sent, and their Content-Type.
pub(super) fn build(body: &Body, known: &Known, plan: &Plan) -> Result<(Bytes, String), Unset> {
    let (bytes, implied): (Bytes, String) = match &body.content {
        BodyContent::Json(value) => (json(&known.value(value)?), "application/json".into()),
        BodyContent::Text(text) => {
            let text = known.text(text)?;
            (text.into(), "text/plain; charset=utf-8".into())
        }
        BodyContent::Form(pairs) => {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            for (name, text) in texts(pairs, known)? {
                form.append_pair(&name, &text);
            }
            let implied = "application/x-www-form-urlencoded";
            (form.finish().into(), implied.into())
        }
        BodyContent::File(path) => (plan.file(path), "application/octet-stream".into()),
        BodyContent::Graphql {
            query,
            variables,
            operation,
        } => {
            let mut members = Map::new();
            members.insert("query".into(), known.text(query)?.into());
            if let Some(variables) = variables {
                members.insert("variables".into(), known.value(variables)?);
            }
            if let Some(operation) = operation {
                members.insert("operationName".into(), known.text(operation)?.into());
            }
            (json(&Json::Object(members)), "application/json".into())
        }
        BodyContent::Multipart(parts) => {
            // Unlike any text of a part: 122 random bits.
            let boundary = format!("jaunt-{}", uuid::Uuid::new_v4().simple());
            let bytes = multipart(parts, &boundary, known, plan)?;
            (bytes, format!("multipart/form-data; boundary={boundary}"))
        }
    };
    let content_type = match &body.content_type {
        Some(own) => known.text(own)?,
        None => implied,
    };
    Ok((bytes, content_type))
}

/// Names and texts of a form or query; a list gives several of one name.
pub(super) fn texts(
    pairs: &[(String, Value)],
    known: &Known,
) -> Result<Vec<(String, String)>, Unset> {
    let mut texts = Vec::with_capacity(pairs.len());
    for (name, value) in pairs {
        match known.value(value)? {
            Json::Array(items) => {
                texts.extend(items.iter().map(|item| (name.clone(), value::bare(item))));
            }
            other => texts.push((name.clone(), value::bare(&other))),
        }
    }
    Ok(texts)
}

fn json(value: &Json) -> Bytes {
    value.to_string().into()
}

fn multipart(
    parts: &[MultipartPart],
    boundary: &str,
    known: &Known,
    plan: &Plan,
) -> Result<Bytes, Unset> {
    let mut bytes = Vec::new();
    for part in parts {
        let (content, implied): (Bytes, Option<&str>) = match &part.content {
            MultipartContent::Text(text) => (known.text(text)?.into(), None),
            MultipartContent::Json(value) => (json(&known.value(value)?), Some("application/json")),
            MultipartContent::File(path) => (plan.file(path), Some("application/octet-stream")),
        };
        let filename = match (&part.filename, &part.content) {
            (Some(filename), _) => Some(known.text(filename)?),
            (None, MultipartContent::File(path)) => Some(base_name(path).to_owned()),
            (None, MultipartContent::Text(_) | MultipartContent::Json(_)) => None,
        };
        let own = part.content_type.as_ref().map(|own| known.text(own));
        let content_type = own.transpose()?.or(implied.map(Into::into));
        bytes.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        let mut head = format!(
            "Content-Disposition: form-data; name=\"{}\"",
            quoted(&part.name)
        );
        if let Some(filename) = filename {
            head.push_str(&format!("; filename=\"{}\"", quoted(&filename)));
        }
        if let Some(content_type) = content_type {
            head.push_str(&format!("\r\nContent-Type: {}", line(&content_type)));
        }
        bytes.extend_from_slice(head.as_bytes());
        bytes.extend_from_slice(b"\r\n\r\n");
        bytes.extend_from_slice(&content);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok(bytes.into())
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A parameter's text, as the HTML standard escapes it (*multipart/form-data encoding algorithm*).
fn quoted(text: &str) -> String {
    text.replace('\n', "%0A")
        .replace('\r', "%0D")
        .replace('"', "%22")
}

/// A text that stays on its line.
fn line(text: &str) -> String {
    text.replace(['\r', '\n'], " ")
}
