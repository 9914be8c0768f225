//! `[[token]]`: who may read and write.

use super::{
    code,
    key::{ROLES, SIDES, TOKEN},
};
use jaunt_agent::config::{Reader, is_name};
use jaunt_agreement::Side;
use jaunt_text::{Item, Table};

/// What someone who shows a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Writes for its customers: an agent, or a collector.
    Agent,
    /// Reads what is its customers'.
    Reader,
    /// Reads all.
    Operator,
}

impl Role {
    /// Its name in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Reader => "reader",
            Self::Operator => "operator",
        }
    }

    /// The role of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Agent, Self::Reader, Self::Operator]
            .into_iter()
            .find(|role| role.as_str() == name)
    }
}

/// Who may read or write. Of the secret only the hash is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its name, for people and logs.
    pub name: String,
    /// By what it is recognised.
    pub proof: Proof,
    /// What it may do.
    pub role: Role,
    /// Whose data; `*` for all.
    pub customers: Vec<String>,
    /// For which side of the agreement it may write; `None`: it reads, or is an agent's.
    pub side: Option<Side>,
    /// Until when it holds, Unix seconds; `None`: for ever.
    pub expires_s: Option<i64>,
}

/// By what a token is recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// SHA-256 of the secret that is shown as bearer. Secrets are 256 random bits, so that a slow
    /// hash would protect nothing that this one does not.
    Sha256([u8; 32]),
    /// A name in a client certificate that `tls.client_ca` signed.
    Certificate(String),
}

impl Token {
    /// Whether it gives access to what is `customer`'s.
    pub fn covers(&self, customer: &str) -> bool {
        self.role == Role::Operator || self.customers.iter().any(|c| c == "*" || c == customer)
    }
}

/// `[[token]]`.
pub(super) fn tokens(reader: &mut Reader<'_, '_, '_>, root: &Table<'_>) -> Vec<Token> {
    let Some(item) = root.item("token") else {
        return Vec::new();
    };
    let items = item.list("a list of tables: `[[token]]`", reader.found);
    let mut tokens: Vec<Token> = Vec::new();
    for item in items.into_iter().flatten() {
        let Some(table) = item.table(reader.found) else {
            continue;
        };
        let Some(token) = token(reader, &table.called(TOKEN.name)) else {
            continue;
        };
        if tokens.iter().any(|other| other.name == token.name) {
            let message = format!("there are two tokens `{}`", token.name);
            let twice = jaunt_agent::config::code::TWICE;
            let note = reader.found.error(twice, item.span(), message);
            note.help("a token that takes over from another has a name of its own");
        }
        tokens.push(token);
    }
    tokens
}

fn token(reader: &mut Reader<'_, '_, '_>, table: &Table<'_>) -> Option<Token> {
    table.only(&TOKEN.names(), &[], reader.found);
    table.required("name", reader.found);
    table.required("role", reader.found);
    let name = reader.text_at(table, "name");
    let role = table
        .item("role")
        .and_then(|item| reader.one_of(&item, ROLES))
        .and_then(Role::from_name);
    let proof = proof(reader, table);
    let customers = customers(reader, table, role);
    let side = side(reader, table, role);
    let expires_s = table
        .item("expires")
        .and_then(|item| instant(reader, &item));
    Some(Token {
        name: name?,
        proof: proof?,
        role: role?,
        customers,
        side,
        expires_s,
    })
}

fn proof(reader: &mut Reader<'_, '_, '_>, table: &Table<'_>) -> Option<Proof> {
    match (table.item("hash"), table.item("cert")) {
        (Some(item), None) => {
            let text = reader.text(&item)?;
            let hash = text.strip_prefix("sha256:").and_then(|hex| {
                let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(hex.as_bytes());
                <[u8; 32]>::try_from(bytes.ok()?).ok()
            });
            if hash.is_none() {
                // The text is not repeated: someone may have put the secret there.
                let message = "this is no hash of a token";
                let note = reader.found.error(code::BAD_TOKEN, item.span(), message);
                note.help("`jaunt hub token add` makes the whole `[[token]]`");
            }
            hash.map(Proof::Sha256)
        }
        (None, Some(item)) => {
            let name = reader.text(&item)?;
            if name.is_empty() || name.len() > 253 {
                let message = "this is no name that a certificate has";
                reader.found.error(code::BAD_TOKEN, item.span(), message);
                return None;
            }
            Some(Proof::Certificate(name))
        }
        _ => {
            let together = jaunt_agent::config::code::KEYS_TOGETHER;
            let message = "a token has either `hash` or `cert`";
            let note = reader.found.error(together, table.span(), message);
            note.help("`jaunt hub token add` makes the whole `[[token]]`");
            None
        }
    }
}

fn customers(
    reader: &mut Reader<'_, '_, '_>,
    table: &Table<'_>,
    role: Option<Role>,
) -> Vec<String> {
    match role {
        Some(Role::Agent | Role::Reader) => {
            table.required("customers", reader.found);
        }
        Some(Role::Operator) | None => {}
    }
    let mut customers = Vec::new();
    for (item, name) in reader.texts_at(table, "customers").unwrap_or_default() {
        if name != "*" && !is_name(&name) {
            let bad = jaunt_agent::config::code::BAD_NAME;
            let message = format!("`{name}` is no name for a customer");
            let note = reader.found.error(bad, item.span(), message);
            note.help("names are 1 to 63 of `a-z`, `0-9` and `-`; `*` is all of them");
        }
        customers.push(name);
    }
    customers
}

/// For which side it writes. An agent measures, and is of no side.
fn side(reader: &mut Reader<'_, '_, '_>, table: &Table<'_>, role: Option<Role>) -> Option<Side> {
    let item = table.item("side")?;
    let side = reader.one_of(&item, SIDES).and_then(Side::from_name);
    if role == Some(Role::Agent) {
        let together = jaunt_agent::config::code::KEYS_TOGETHER;
        let message = "an agent measures, and writes for no side";
        let note = reader.found.error(together, item.span(), message);
        note.help("give people a token of their own, with role `reader` or `operator`");
    }
    side
}

fn instant(reader: &mut Reader<'_, '_, '_>, item: &Item<'_>) -> Option<i64> {
    let text = item.instant(reader.found)?;
    let at = text.parse::<jiff::Timestamp>().ok();
    if at.is_none() {
        let bad = jaunt_agent::config::code::BAD_VALUE;
        let message = format!("`{text}` is no instant");
        reader.found.error(bad, item.span(), message);
    }
    at.map(jiff::Timestamp::as_second)
}
