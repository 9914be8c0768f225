//! `jaunt hub token`: tokens come and go in the hub's file; a running hub takes notice by itself.

use super::FileError;
use crate::{args::Format, exit::Exit, output::Output, trouble::Report};
use clap::ValueEnum;
use jaunt_agreement::Side;
use jaunt_hub::{
    access::new_secret,
    config::{Process, Proof, Role, Token, add_token, folder_of, parse, remove_token},
};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// Make one, and print its secret, once
    Add {
        /// Its name, for people
        name: String,
        /// What it may do
        #[arg(long, value_enum)]
        role: RoleName,
        /// Whose data: may be given several times; `*` for all
        #[arg(long, value_name = "NAME")]
        customer: Vec<String>,
        /// For which side it may write maintenance, notes and consent; without it, it only reads
        #[arg(long, value_enum)]
        side: Option<SideName>,
        /// For how long it holds; for ever, if not given
        #[arg(long, value_name = "DURATION", value_parser = duration)]
        expires: Option<Duration>,
        /// Instead of a secret: the name in the client certificate that stands for it
        #[arg(long, value_name = "DNS-NAME")]
        cert: Option<String>,
    },
    /// Tell who may what, and until when
    List,
    /// Take one back
    Revoke {
        /// Its name
        name: String,
    },
}

/// A role, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum RoleName {
    /// Writes for its customers: an agent, or a collector
    Agent,
    /// Reads what is its customers'
    Reader,
    /// Reads all
    Operator,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Agent => Self::Agent,
            RoleName::Reader => Self::Reader,
            RoleName::Operator => Self::Operator,
        }
    }
}

/// A side of the agreement, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SideName {
    /// Who provides
    Provider,
    /// Whom it is provided to
    Customer,
}

impl From<SideName> for Side {
    fn from(name: SideName) -> Self {
        match name {
            SideName::Provider => Self::Provider,
            SideName::Customer => Self::Customer,
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum TokenError {
    #[error("the system gives no randomness for a secret")]
    Randomness,
    #[error("an agent or a reader needs `--customer`, or `--customer '*'` for all")]
    Customers,
    #[error("an agent writes for no side: `--side` is for a reader or an operator")]
    Side,
    #[error("the file is not sound; `jaunt hub --config FILE --check` tells why")]
    Unsound,
}

/// Does what is asked with the file's tokens.
pub(super) fn run(
    action: &Action,
    file: &Path,
    format: Format,
    output: &mut Output,
) -> Result<Exit, Report> {
    let failed = |source| FileError::Read {
        path: file.to_owned(),
        source,
    };
    let text = fs::read_to_string(file).map_err(failed)?;
    let folder = folder_of(file).map_err(failed)?;
    match action {
        Action::Add { .. } => add(action, &text, &folder, file, format, output),
        Action::List => {
            let config = parse(&text, &folder, &Process).config;
            list(&config.ok_or(TokenError::Unsound)?.tokens, format, output)
        }
        Action::Revoke { name } => {
            replace(file, &remove_token(&text, name, &folder, &Process)?)?;
            Ok(Exit::Fine)
        }
    }
}

fn add(
    action: &Action,
    text: &str,
    folder: &Path,
    file: &Path,
    format: Format,
    output: &mut Output,
) -> Result<Exit, Report> {
    let Action::Add {
        name,
        role,
        customer,
        side,
        expires,
        cert,
    } = action
    else {
        return Ok(Exit::Unjudged);
    };
    let role = Role::from(*role);
    if role != Role::Operator && customer.is_empty() {
        return Err(TokenError::Customers.into());
    }
    if role == Role::Agent && side.is_some() {
        return Err(TokenError::Side.into());
    }
    let (secret, proof) = match cert {
        Some(name) => (None, Proof::Certificate(name.clone())),
        None => {
            let (secret, proof) = new_secret().ok_or(TokenError::Randomness)?;
            (Some(secret), proof)
        }
    };
    let now_s = jaunt_agent::Moment::now().wall_ns.div_euclid(1_000_000_000);
    let ends =
        |lasts: &Duration| now_s.saturating_add(i64::try_from(lasts.as_secs()).unwrap_or(i64::MAX));
    let token = Token {
        name: name.clone(),
        proof,
        role,
        customers: customer.clone(),
        side: side.map(Side::from),
        expires_s: expires.as_ref().map(ends),
    };
    replace(file, &add_token(text, &token, folder, &Process)?)?;
    if format == Format::Human && secret.is_some() {
        output.diagnostic("the secret is shown this once; the file holds its hash\n");
    }
    output.result(&match (format, secret) {
        (Format::Human, Some(secret)) => format!("{secret}\n"),
        (Format::Human, None) => String::new(),
        (Format::Json, secret) => format!("{}\n", json!({ "name": name, "secret": secret })),
    })?;
    Ok(Exit::Fine)
}

fn list(tokens: &[Token], format: Format, output: &mut Output) -> Result<Exit, Report> {
    for token in tokens {
        let expires = token.expires_s.map(instant);
        let customers = token.customers.join(", ");
        output.result(&match format {
            Format::Human => format!(
                "{}  {}  {}  {}{}\n",
                token.name,
                token.role.as_str(),
                if customers.is_empty() {
                    "*"
                } else {
                    &customers
                },
                expires.map_or_else(|| "for ever".to_owned(), |at| format!("until {at}")),
                token
                    .side
                    .map_or_else(String::new, |side| format!("  writes for the {side}")),
            ),
            Format::Json => format!(
                "{}\n",
                json!({
                    "name": token.name, "role": token.role.as_str(),
                    "customers": token.customers,
                    "side": token.side.map(Side::as_str), "expires": expires,
                })
            ),
        })?;
    }
    Ok(Exit::Fine)
}

fn instant(at_s: i64) -> String {
    jiff::Timestamp::from_second(at_s).map_or_else(|_| at_s.to_string(), |at| at.to_string())
}

/// Replaces the file whole, with the rights that it had, so that a hub never reads half of it.
fn replace(file: &Path, text: &str) -> Result<(), FileError> {
    let failed = |source| FileError::Write {
        path: file.to_owned(),
        source,
    };
    let mut beside = file.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let rights = fs::metadata(file).map_err(failed)?.permissions();
    fs::write(&beside, text).map_err(failed)?;
    fs::set_permissions(&beside, rights).map_err(failed)?;
    fs::rename(&beside, file).map_err(failed)
}

fn duration(text: &str) -> Result<Duration, String> {
    jaunt_text::parse_duration(text).map_err(|_| "a duration such as `90d`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jaunt_hub::config;

    const FILE: &str = "# the hub\ndata_dir = \"d\"\nweb = \"0.0.0.0:8417\"\ntls = { cert = \"c\", key = \"k\" }\n";

    #[derive(Debug)]
    struct Desk;

    impl config::Around for Desk {
        fn variable(&self, _: &str) -> Option<String> {
            None
        }
        fn file(&self, _: &Path) -> std::io::Result<String> {
            Ok(String::new())
        }
        fn host(&self) -> String {
            String::new()
        }
    }

    #[test]
    fn a_token_comes_and_goes_and_the_rest_of_the_file_stays() {
        let token = |name: &str| Token {
            name: name.into(),
            proof: Proof::Sha256([7; 32]),
            role: Role::Reader,
            customers: vec!["acme".into()],
            side: Some(Side::Customer),
            expires_s: Some(1_800_000_000),
        };
        let folder = Path::new("/etc");
        // The first one is what lets this file be sound at all.
        assert!(parse(FILE, folder, &Desk).config.is_none());
        let one = add_token(FILE, &token("a \"b\""), folder, &Desk).unwrap();
        let two = add_token(&one, &token("c"), folder, &Desk).unwrap();
        assert!(add_token(&two, &token("c"), folder, &Desk).is_err());
        let with_more = format!("{two}\n[keep]\nruns = \"3d\"\n");
        let left = remove_token(&with_more, "a \"b\"", folder, &Desk).unwrap();
        let tokens = parse(&left, folder, &Desk).config.unwrap().tokens;
        assert_eq!(tokens, [token("c")]);
        assert!(left.starts_with("# the hub\n") && left.ends_with("runs = \"3d\"\n"));
        // Without its last token the port would be open.
        assert!(remove_token(&left, "c", folder, &Desk).is_err());
        assert!(remove_token(&left, "nobody", folder, &Desk).is_err());
    }
}
