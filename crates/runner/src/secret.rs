//! Secrets: where they are read, and that they are shown nowhere.

use crate::{redact::Redactor, totp};
use jaunt_journey::{Journey, Secret, SecretSource};
use std::{
    collections::BTreeMap,
    io::Read as _,
    path::{Component, Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// A secret shorter than this cannot be redacted without redacting half the text around it.
pub(crate) const SHORTEST: usize = 6;
/// No secret is longer: a file beyond it is some other file.
const LONGEST: u64 = 64 * 1024;

/// What a journey may read.
#[derive(Clone, Debug)]
pub enum SecretAccess {
    /// Whatever this user may: one's own machine. Relative files start at the folder.
    Own(PathBuf),
    /// What an agent's configuration gives the customer.
    Customer {
        /// Variables of this prefix, which journeys leave out.
        env: Option<String>,
        /// Files of this folder, by bare names.
        dir: Option<PathBuf>,
    },
}

/// The secrets of one journey, read: a value or a sentence why there is none.
///
/// Nothing that it prints holds a value.
#[derive(Clone, Default)]
pub struct Secrets {
    values: BTreeMap<String, Result<Held, String>>,
    redactor: Arc<Redactor>,
}

/// A secret's value, and what it stands for.
#[derive(Clone)]
struct Held {
    text: String,
    /// Of a one-time password: the decoded seed.
    seed: Option<Vec<u8>>,
}

impl Secrets {
    /// Reads what `journey` names, as far as `access` allows.
    pub fn read(journey: &Journey, access: &SecretAccess) -> Self {
        Self::of(
            journey
                .secrets
                .iter()
                .map(|(name, secret)| (name.clone(), hold(secret, access))),
        )
    }

    fn of(secrets: impl Iterator<Item = (String, Result<Held, String>)>) -> Self {
        let values: BTreeMap<_, _> = secrets.collect();
        let mut redactor = Redactor::default();
        for held in values.values().flatten() {
            redactor.hide(&held.text);
        }
        Self {
            values,
            redactor: Arc::new(redactor),
        }
    }

    /// Why secrets are missing that were named: a sentence each, in the order of their names.
    pub fn missing(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().filter_map(|(name, value)| {
            let why = value.as_ref().err()?;
            Some((name.as_str(), why.as_str()))
        })
    }

    /// The text that `name` stands for: its value, or the one-time password of `now` (since the
    /// Unix epoch); `None` where it is missing.
    pub(crate) fn expose(&self, name: &str, now: Duration) -> Option<String> {
        let held = self.values.get(name)?.as_ref().ok()?;
        Some(match &held.seed {
            None => held.text.clone(),
            Some(seed) => totp::code(seed, now),
        })
    }

    /// What hides these secrets.
    pub(crate) fn redactor(&self) -> &Arc<Redactor> {
        &self.redactor
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

fn hold(secret: &Secret, access: &SecretAccess) -> Result<Held, String> {
    let mut text = match &secret.source {
        SecretSource::Env(name) => variable(name, access)?,
        SecretSource::File(name) => file(name, access)?,
    };
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    if text.len() < SHORTEST {
        return Err(format!(
            "it is shorter than {SHORTEST} bytes, too short to be kept out of what is reported"
        ));
    }
    let seed = match secret.totp {
        false => None,
        true => Some(totp::seed(&text).ok_or("it is to be a base32 seed, and is none")?),
    };
    Ok(Held { text, seed })
}

fn variable(name: &str, access: &SecretAccess) -> Result<String, String> {
    let full = match access {
        SecretAccess::Own(_) => name.to_owned(),
        SecretAccess::Customer { env: None, .. } => {
            return Err("this customer may read no environment variables".into());
        }
        SecretAccess::Customer { env: Some(env), .. } => format!("{env}{name}"),
    };
    if full.is_empty() || full.contains(['=', '\0']) {
        return Err(format!("`{name}` is no name of a variable"));
    }
    match std::env::var(&full) {
        Ok(text) => Ok(text),
        Err(std::env::VarError::NotPresent) => {
            Err(format!("the environment has no variable `{full}`"))
        }
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(format!("the variable `{full}` is not valid UTF-8"))
        }
    }
}

fn file(name: &str, access: &SecretAccess) -> Result<String, String> {
    let path = match access {
        SecretAccess::Own(folder) => folder.join(name),
        SecretAccess::Customer { dir: None, .. } => {
            return Err("this customer may read no files".into());
        }
        SecretAccess::Customer { dir: Some(dir), .. } => inside(dir, name)?,
    };
    let unread = |error: std::io::Error| format!("the file `{name}` cannot be read: {error}");
    let meta = std::fs::metadata(&path).map_err(unread)?;
    if !meta.is_file() {
        return Err(format!("`{name}` is not a file"));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(&path)
        .and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes))
        .map_err(unread)?;
    if bytes.len() as u64 > LONGEST {
        return Err(format!("the file `{name}` is longer than 64 KiB"));
    }
    String::from_utf8(bytes).map_err(|_| format!("the file `{name}` is not valid UTF-8"))
}

/// The file `name` in `dir`, links resolved; a sentence if it is not a bare name or leads out.
fn inside(dir: &Path, name: &str) -> Result<PathBuf, String> {
    let mut parts = Path::new(name).components();
    let bare = matches!(
        (parts.next(), parts.next()),
        (Some(Component::Normal(_)), None)
    );
    if !bare || name.contains(['/', '\\', '\0']) {
        return Err(format!(
            "`{name}` is not the bare name of a file in the customer's folder"
        ));
    }
    let unread = |error: std::io::Error| format!("the file `{name}` cannot be read: {error}");
    let dir = dir.canonicalize().map_err(unread)?;
    let path = dir.join(name).canonicalize().map_err(unread)?;
    if path.starts_with(&dir) {
        Ok(path)
    } else {
        Err(format!("`{name}` leads out of the customer's folder"))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Secrets of these names and values.
    pub(crate) fn secrets<const N: usize>(of: [(&str, &str); N]) -> Secrets {
        Secrets::of(of.into_iter().map(|(name, text)| {
            let text = text.to_owned();
            (name.to_owned(), Ok(Held { text, seed: None }))
        }))
    }

    fn read(name: &str, access: &SecretAccess) -> Result<String, String> {
        let text = file(name, access)?;
        Ok(text)
    }

    #[test]
    fn a_customer_reads_bare_names_in_its_own_folder_and_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("acme");
        std::fs::create_dir(&dir).unwrap();
        std::fs::write(dir.join("token"), "abcdef123\n").unwrap();
        std::fs::write(home.path().join("other"), "not-for-acme").unwrap();
        std::os::unix::fs::symlink(home.path().join("other"), dir.join("link")).unwrap();
        std::os::unix::fs::symlink(dir.join("token"), dir.join("inner")).unwrap();
        let access = SecretAccess::Customer {
            env: None,
            dir: Some(dir.clone()),
        };
        assert_eq!(read("token", &access).unwrap(), "abcdef123\n");
        assert_eq!(read("inner", &access).unwrap(), "abcdef123\n");
        let absolute = home.path().join("other").display().to_string();
        for name in [
            "link", "../other", "..", ".", "./token", "", "none", "a/b", &absolute,
        ] {
            let why = read(name, &access).unwrap_err();
            assert!(!why.contains("not-for-acme"), "{name}: {why}");
        }
        let closed = SecretAccess::Customer {
            env: None,
            dir: None,
        };
        assert!(read("token", &closed).is_err());
        assert!(variable("PATH", &closed).is_err());
    }

    #[test]
    fn a_customers_variables_lie_behind_its_prefix() {
        let access = SecretAccess::Customer {
            env: Some("PA".into()),
            dir: None,
        };
        assert!(variable("TH", &access).is_ok(), "PATH is always set");
        let why = variable("PATH", &access).unwrap_err();
        assert!(why.contains("`PAPATH`"), "{why}");
    }

    #[test]
    fn the_values_are_never_printed() {
        let secrets = secrets([("password", "hunter2hunter2")]);
        assert!(!format!("{secrets:?} {secrets:#?}").contains("hunter2"));
        assert_eq!(
            secrets.expose("password", Duration::ZERO).as_deref(),
            Some("hunter2hunter2")
        );
    }
}
