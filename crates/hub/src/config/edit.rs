//! Adding and removing a `[[token]]` in the text of the file, which is otherwise left as it is.

use super::{Around, Config, Token, parse, token::Proof};
use std::{fmt::Write, path::Path};

/// Why the file is left alone.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// It is not sound before anything was changed.
    #[error("the file is not sound; `jaunt hub --config FILE --check` tells why")]
    Unsound,
    /// There is a token of this name.
    #[error("there is a token `{0}` already")]
    Taken(String),
    /// There is no token of this name.
    #[error("there is no token `{0}`")]
    Unknown(String),
    /// The file is written in a way that this cannot change without harm.
    #[error("the file's tokens are written in a form that only a person can change")]
    Form,
}

/// `text` with one token more.
///
/// # Errors
/// See [`EditError`]; what is returned is always sound.
pub fn add_token(
    text: &str,
    token: &Token,
    folder: &Path,
    around: &dyn Around,
) -> Result<String, EditError> {
    // A hub that others are to reach may lack its first token so far: only the result must be sound.
    let before = parse(text, folder, around).config;
    let taken = |config: &Config| config.tokens.iter().any(|other| other.name == token.name);
    if before.as_ref().is_some_and(taken) {
        return Err(EditError::Taken(token.name.clone()));
    }
    let between = if text.is_empty() || text.ends_with('\n') {
        "\n"
    } else {
        "\n\n"
    };
    let after = format!("{text}{between}{}", stanza(token));
    let config = parse(&after, folder, around).config;
    match config.filter(|config| config.tokens.last() == Some(token)) {
        Some(_) => Ok(after),
        None if before.is_some() => Err(EditError::Form),
        None => Err(EditError::Unsound),
    }
}

/// `text` without the token of this name.
///
/// # Errors
/// See [`EditError`]; what is returned is always sound, save that the last token's going may leave
/// a port open that then needs to be closed: that is refused as [`EditError::Form`].
pub fn remove_token(
    text: &str,
    name: &str,
    folder: &Path,
    around: &dyn Around,
) -> Result<String, EditError> {
    let before = parse(text, folder, around)
        .config
        .ok_or(EditError::Unsound)?;
    if !before.tokens.iter().any(|token| token.name == name) {
        return Err(EditError::Unknown(name.to_owned()));
    }
    let left: Vec<_> = before.tokens.iter().filter(|t| t.name != name).collect();
    // Each stanza is tried: the one without which exactly this token is missing is the right one.
    for (start, end) in stanzas(text) {
        let (Some(head), Some(tail)) = (text.get(..start), text.get(end..)) else {
            continue;
        };
        let after = format!("{}{tail}", head.trim_end_matches('\n').to_owned() + "\n");
        let config = parse(&after, folder, around).config;
        if config.is_some_and(|config| config.tokens.iter().eq(left.iter().copied())) {
            return Ok(after);
        }
    }
    Err(EditError::Form)
}

/// Where each `[[token]]` begins and ends: at the next header, or with the text.
fn stanzas(text: &str) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut open = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with('[') {
            found.extend(open.take().map(|start| (start, at)));
            if line.trim_start().starts_with("[[token]]") {
                open = Some(at);
            }
        }
        at += line.len();
    }
    found.extend(open.map(|start| (start, at)));
    found
}

fn stanza(token: &Token) -> String {
    let mut text = String::from("[[token]]\n");
    let mut line = |key: &str, value: &str| {
        let _ = writeln!(text, "{key} = {value}");
    };
    line("name", &quoted(&token.name));
    match &token.proof {
        Proof::Sha256(hash) => {
            let hex = data_encoding::HEXLOWER.encode(hash);
            line("hash", &quoted(&format!("sha256:{hex}")));
        }
        Proof::Certificate(name) => line("cert", &quoted(name)),
    }
    line("role", &quoted(token.role.as_str()));
    let customers: Vec<_> = token.customers.iter().map(|name| quoted(name)).collect();
    if !customers.is_empty() {
        line("customers", &format!("[{}]", customers.join(", ")));
    }
    if let Some(side) = token.side {
        line("side", &quoted(side.as_str()));
    }
    let expires = token
        .expires_s
        .and_then(|at| jiff::Timestamp::from_second(at).ok());
    if let Some(at) = expires {
        line("expires", &at.to_string());
    }
    text
}

fn quoted(text: &str) -> String {
    toml_string(text)
}

/// A TOML basic string: what JSON escapes, TOML reads alike, but for the control character 7F.
fn toml_string(text: &str) -> String {
    serde_json::Value::from(text)
        .to_string()
        .replace('\u{7f}', "\\u007F")
}
