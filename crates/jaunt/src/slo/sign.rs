//! `jaunt slo sign`: one side's signature under an agreement.

use crate::{agreement::File, args::Format, exit::Exit, output::Output, trouble::Report};
use clap::ValueEnum;
use jaunt_agreement::{Side, SignError, SigningKey, parse, sign};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Its arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jaunt bundle keygen provider
  jaunt slo sign --party provider --key provider.key --by \"A. Lead\" agreement.toml
")]
pub(crate) struct Args {
    /// The agreement; the signature goes to its end, all else stays as it is
    file: PathBuf,

    /// Which side signs
    #[arg(long, value_enum)]
    party: Party,

    /// The secret key, as `jaunt bundle keygen` makes it
    #[arg(long, value_name = "NAME.key")]
    key: PathBuf,

    /// Which person signs; by default the one who is logged in
    #[arg(long, value_name = "NAME", env = "USER")]
    by: String,
}

/// The two that sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Party {
    /// Who provides
    Provider,
    /// Whom it is provided to
    Customer,
}

/// What could not be signed.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("cannot read `{}`", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write `{}`", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("`{}` is no secret key of `jaunt bundle keygen`", .0.display())]
    Key(PathBuf),
    #[error("cannot sign `{}`", path.display())]
    Sign { path: PathBuf, source: SignError },
}

pub(super) fn run(args: &Args, output: &mut Output) -> Result<Exit, Report> {
    let file = File::open(&args.file)?;
    if file.is_refused() {
        file.tell(Format::Human, output);
        return Ok(Exit::Unjudged);
    }
    let key = key(&args.key)?;
    let side = match args.party {
        Party::Provider => Side::Provider,
        Party::Customer => Side::Customer,
    };
    // A signature tells its time to the second.
    let now = crate::report::instant::now() / 1_000_000_000;
    let now = jiff::Timestamp::from_second(now).unwrap_or(jiff::Timestamp::MAX);
    let signed = sign(&file.text, side, &args.by, now, &key).map_err(|source| Error::Sign {
        path: args.file.clone(),
        source,
    })?;
    replace(&args.file, &signed)?;
    if let Some(agreement) = parse(&signed).agreement {
        output.result(&format!("{}: {}\n", file.name, agreement.standing()))?;
    }
    Ok(Exit::Fine)
}

fn key(path: &Path) -> Result<SigningKey, Error> {
    let text = fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    SigningKey::parse(&text).ok_or_else(|| Error::Key(path.to_owned()))
}

/// Replaces the file whole, keeping its rights, so that nobody ever meets half an agreement.
fn replace(path: &Path, text: &str) -> Result<(), Error> {
    let failed = |source| Error::Write {
        path: path.to_owned(),
        source,
    };
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let rights = fs::metadata(path).map_err(failed)?.permissions();
    fs::write(&beside, text).map_err(failed)?;
    fs::set_permissions(&beside, rights).map_err(failed)?;
    fs::rename(&beside, path).map_err(failed)
}
