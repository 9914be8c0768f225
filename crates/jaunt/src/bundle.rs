//! `jaunt bundle`: journeys of one customer, signed, for agents far away.

use crate::{args::Format, exit::Exit, output::Output, trouble::Report};
use clap::Subcommand;
use jaunt_agent::{
    Moment,
    bundle::{self, Bundle, Keys, LARGEST, Refused, SecretKey, Wanted, public_key},
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

/// What `jaunt bundle` was called with.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
    /// For people or for programs
    #[arg(long, global = true, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a pair of keys: NAME.key, which signs, and NAME.pub, which agents are given
    Keygen {
        /// What the files are called
        name: PathBuf,
    },
    /// Make a bundle of all files below a folder; hidden ones are left out
    Build {
        /// The folder
        dir: PathBuf,
        /// Where the bundle goes
        #[arg(short, long, value_name = "NAME.jaunt")]
        output: PathBuf,
        /// Whose journeys they are
        #[arg(long)]
        customer: String,
        /// The key that signs; without one the bundle is signed later
        #[arg(long, value_name = "NAME.key")]
        key: Option<PathBuf>,
        /// Grows from bundle to bundle; by default the Unix time
        #[arg(long)]
        sequence: Option<u64>,
        /// For how long it holds
        #[arg(long, default_value = "90d", value_parser = duration)]
        expires: Duration,
    },
    /// Sign a bundle, in place
    Sign {
        /// The bundle
        file: PathBuf,
        /// The key that signs
        #[arg(long, value_name = "NAME.key")]
        key: PathBuf,
    },
    /// Say whether an agent would take a bundle
    Verify {
        /// The bundle
        file: PathBuf,
        /// A key that may have signed it; may be given several times
        #[arg(long, value_name = "NAME.pub", required = true)]
        key: Vec<PathBuf>,
        /// Whose it must be
        #[arg(long)]
        customer: Option<String>,
    },
}

const EXAMPLES: &str = "\
Examples:
  jaunt bundle keygen acme
  jaunt bundle build journeys --customer acme --key acme.key -o acme.jaunt
  jaunt bundle verify acme.jaunt --key acme.pub
";

/// What `jaunt bundle` could not do.
#[derive(Debug, thiserror::Error)]
enum BundleError {
    #[error("cannot read `{}`", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write `{}`", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("`{}` is a link; a bundle holds regular files only", .0.display())]
    Link(PathBuf),
    #[error("the name of `{}` is not UTF-8", .0.display())]
    Name(PathBuf),
    #[error("`{}` is no secret key of `jaunt bundle keygen`", .0.display())]
    SecretKey(PathBuf),
    #[error("`{}` is no public key of `jaunt bundle keygen`", .0.display())]
    PublicKey(PathBuf),
    #[error("the system gives no randomness for a key")]
    Randomness,
    #[error("there is no file below `{}`", .0.display())]
    Empty(PathBuf),
    #[error("the files below `{}` are more than the {LARGEST} bytes that a bundle may hold", .0.display())]
    TooLarge(PathBuf),
}

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<Exit, Report> {
    match &args.action {
        Action::Keygen { name } => keygen(name, args.format, output),
        Action::Build {
            dir,
            output: to,
            customer,
            key,
            sequence,
            expires,
        } => {
            let now = Moment::now().wall_ns.div_euclid(1_000_000_000);
            let ends = now.saturating_add(i64::try_from(expires.as_secs()).unwrap_or(i64::MAX));
            let sequence = sequence.unwrap_or_else(|| u64::try_from(now).unwrap_or(0));
            let key = key.as_deref().map(secret_key).transpose()?;
            let bundle = Bundle::new(customer, sequence, now, ends, files(dir)?)?;
            replace(to, &bundle.write(key.as_ref())?)?;
            let signed = if key.is_some() {
                "signed"
            } else {
                "not signed yet"
            };
            let text = format!("{}, {signed}\n", summary(&bundle));
            told(args.format, &bundle, &text, output)
        }
        Action::Sign { file, key } => {
            let signed = bundle::sign(&read(file)?, &secret_key(key)?)?;
            replace(file, &signed)?;
            Ok(Exit::Fine)
        }
        Action::Verify {
            file,
            key,
            customer,
        } => verify(file, key, customer.as_deref(), args.format, output),
    }
}

fn keygen(name: &Path, format: Format, output: &mut Output) -> Result<Exit, Report> {
    let keys = Keys::generate().ok_or(BundleError::Randomness)?;
    let (secret, public) = (with_ending(name, "key"), with_ending(name, "pub"));
    create(&secret, &keys.secret, 0o600)?;
    create(&public, &keys.public, 0o644)?;
    let (secret, public) = (secret.display(), public.display());
    output.result(&match format {
        Format::Human => format!("{secret} signs and stays with you; {public} is for the agents\n"),
        Format::Json => format!(
            "{}\n",
            json!({ "secret": secret.to_string(), "public": public.to_string() })
        ),
    })?;
    Ok(Exit::Fine)
}

fn verify(
    file: &Path,
    keys: &[PathBuf],
    customer: Option<&str>,
    format: Format,
    output: &mut Output,
) -> Result<Exit, Report> {
    let key = |path: &PathBuf| -> Result<_, BundleError> {
        let text = String::from_utf8_lossy(&read(path)?).into_owned();
        public_key(&text).ok_or_else(|| BundleError::PublicKey(path.clone()))
    };
    let keys = keys.iter().map(key).collect::<Result<Vec<_>, _>>()?;
    let now_s = Moment::now().wall_ns.div_euclid(1_000_000_000);
    let wanted = Wanted {
        keys: &keys,
        customer,
        least_sequence: 0,
        now_s,
    };
    match Bundle::read(&read(file)?, wanted) {
        Ok(bundle) => told(
            format,
            &bundle,
            &format!("{}, signed\n", summary(&bundle)),
            output,
        ),
        Err(refused) => {
            let (code, message): (_, &Refused) = (refused.as_str(), &refused);
            output.result(&match format {
                Format::Human => format!("refused [{code}]: {message}\n"),
                Format::Json => format!(
                    "{}\n",
                    json!({ "refused": code, "message": message.to_string() })
                ),
            })?;
            Ok(Exit::Bad)
        }
    }
}

fn told(format: Format, bundle: &Bundle, text: &str, output: &mut Output) -> Result<Exit, Report> {
    output.result(&match format {
        Format::Human => text.to_owned(),
        Format::Json => format!("{}\n", json!(bundle.about)),
    })?;
    Ok(Exit::Fine)
}

fn summary(bundle: &Bundle) -> String {
    let about = &bundle.about;
    let expires = jiff::Timestamp::from_second(about.expires)
        .map_or_else(|_| about.expires.to_string(), |at| at.to_string());
    let (count, customer, sequence) = (about.files.len(), &about.customer, about.sequence);
    format!("{count} files of `{customer}`, sequence {sequence}, until {expires}")
}

/// All regular files below `dir`, by their paths.
fn files(dir: &Path) -> Result<BTreeMap<String, Vec<u8>>, BundleError> {
    let mut files = BTreeMap::new();
    let mut folders = vec![(dir.to_owned(), String::new())];
    let mut total = 0;
    while let Some((folder, prefix)) = folders.pop() {
        let failed = |source| BundleError::Read {
            path: folder.clone(),
            source,
        };
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let (path, kind) = (entry.path(), entry.file_type().map_err(failed)?);
            let name = entry
                .file_name()
                .into_string()
                .map_err(|_| BundleError::Name(path.clone()))?;
            if name.starts_with('.') {
                continue;
            }
            if kind.is_dir() {
                folders.push((path, format!("{prefix}{name}/")));
            } else if kind.is_file() {
                let bytes = read(&path)?;
                total += bytes.len();
                if total > LARGEST {
                    return Err(BundleError::TooLarge(dir.to_owned()));
                }
                files.insert(format!("{prefix}{name}"), bytes);
            } else {
                return Err(BundleError::Link(path));
            }
        }
    }
    if files.is_empty() {
        Err(BundleError::Empty(dir.to_owned()))
    } else {
        Ok(files)
    }
}

/// A file's bytes, as far as any bundle may reach.
fn read(path: &Path) -> Result<Vec<u8>, BundleError> {
    let failed = |source| BundleError::Read {
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(failed)?;
    file.take(LARGEST as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    Ok(bytes)
}

fn secret_key(path: &Path) -> Result<SecretKey, BundleError> {
    let text = String::from_utf8_lossy(&read(path)?).into_owned();
    SecretKey::parse(&text).ok_or_else(|| BundleError::SecretKey(path.to_owned()))
}

/// Replaces a file whole, so that an agent that fetches it never meets half a bundle.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), BundleError> {
    let failed = |source| BundleError::Write {
        path: path.to_owned(),
        source,
    };
    let beside = with_ending(path, "new");
    fs::write(&beside, bytes).map_err(failed)?;
    fs::rename(&beside, path).map_err(failed)
}

/// Makes a file that must not be there yet: a key is never overwritten.
fn create(path: &Path, line: &str, mode: u32) -> Result<(), BundleError> {
    let failed = |source| BundleError::Write {
        path: path.to_owned(),
        source,
    };
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .map_err(failed)?;
    writeln!(file, "{line}").map_err(failed)
}

/// `NAME.ENDING`, whatever dots the name holds.
fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{ending}"));
    PathBuf::from(name)
}

fn duration(text: &str) -> Result<Duration, String> {
    jaunt_text::parse_duration(text).map_err(|_| "a duration such as `90d`".to_owned())
}
