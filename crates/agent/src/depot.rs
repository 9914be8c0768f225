//! The depot of bundles: what was accepted, kept on disk, and unpacked for the loader.
//!
//! Below `data_dir/bundles` each source has a folder: `last.jaunt`, the last good bundle as it came,
//! `last.etag`, what its server calls it, and `files`, where it lies unpacked. The bundle itself is
//! the truth: at every start it is verified anew and unpacked anew, so that neither a crash half way
//! nor a hand that strayed into `files` changes what is measured.
//!
//! Who polls puts bundles and troubles in, the loader takes them out: it unpacks within its own scan,
//! so that no scan sees half of a bundle.
//!
//! A bundle that expires while in force stays in force, aloud. Expiry is there so that nobody can
//! hold an agent at an old version unseen; an agent that stopped measuring with it would turn an
//! outage of the server of bundles into one of all that is watched.

use crate::{
    bundle::{Bundle, LARGEST, PublicKey, Refused, Wanted},
    config::{Origin, Source},
    load::Trouble,
};
use aws_lc_rs::digest;
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The depot. See the module's documentation.
#[derive(Debug, Default)]
pub struct Depot {
    shelves: BTreeMap<usize, Shelf>,
}

/// What there is of one source.
#[derive(Debug)]
struct Shelf {
    folder: PathBuf,
    /// What messages call the source.
    shown: PathBuf,
    customer: Option<String>,
    keys: Vec<PublicKey>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The last that was accepted.
    accepted: Option<Accepted>,
    /// Its files, until they are unpacked.
    arrived: Option<BTreeMap<String, Vec<u8>>>,
    /// Whether one was unpacked in this process.
    unpacked: bool,
    etag: Option<Vec<u8>>,
    troubles: BTreeMap<About, Trouble>,
}

#[derive(Clone, Debug)]
struct Accepted {
    sequence: u64,
    expires_s: i64,
    sum: Vec<u8>,
}

/// What a trouble with a bundle is about: of each there is one at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum About {
    /// The last one that came is refused.
    Content,
    /// The one in force has expired.
    Age,
    /// The server does not give any.
    Server,
    /// It cannot be written to our disk.
    Disk,
}

/// What became of a bundle that came.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Declined {
    /// It is not what is wanted.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It is, and cannot be kept.
    #[error("the bundle cannot be kept in `{}`: {source}", folder.display())]
    Unkept {
        /// Where.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Our disk refuses a bundle: the lasting name of that trouble.
const UNWRITABLE: &str = "bundle.unwritable";
/// The last good bundle.
const LAST: &str = "last.jaunt";
/// What its server calls it.
const ETAG: &str = "last.etag";
/// Where it lies unpacked.
const FILES: &str = "files";

impl Depot {
    /// The one of `sources` below `data_dir`, with the last good bundles that were kept; `now_ns` is
    /// Unix time.
    pub fn open(sources: &[Source], data_dir: &Path, now_ns: i64) -> Self {
        let root = data_dir.join("bundles");
        let mut shelves = BTreeMap::new();
        for (number, source) in sources.iter().enumerate() {
            if let Some(shelf) = Shelf::of(source, &root) {
                shelf.reopen();
                shelves.insert(number, shelf);
            }
        }
        let depot = Self { shelves };
        for number in depot.shelves.keys() {
            depot.age(*number, now_ns.div_euclid(1_000_000_000));
        }
        depot
    }

    /// Where the last good bundle of a source lies unpacked: the newest, if it can be written.
    /// Blocks on the disk.
    pub fn unpacked(&self, number: usize) -> Option<PathBuf> {
        let shelf = self.shelves.get(&number)?;
        let arrived = shelf.state().arrived.take();
        if let Some(files) = arrived {
            let written = unpack(&shelf.folder, &files);
            let mut state = shelf.state();
            match written {
                Ok(()) => {
                    state.unpacked = true;
                    state.troubles.remove(&About::Disk);
                }
                Err(error) => {
                    let folder = shelf.folder.display();
                    let text = format!("the bundle cannot be unpacked in `{folder}`: {error}");
                    let trouble = shelf.trouble(UNWRITABLE, text);
                    state.troubles.insert(About::Disk, trouble);
                    // One that came meanwhile is newer.
                    state.arrived.get_or_insert(files);
                }
            }
        }
        let there = shelf.state().unpacked;
        there.then(|| shelf.folder.join(FILES))
    }

    /// What is wrong with a source's bundles now.
    pub fn troubles(&self, number: usize) -> Vec<Trouble> {
        let shelf = self.shelves.get(&number);
        shelf.map_or_else(Vec::new, |shelf| {
            shelf.state().troubles.values().cloned().collect()
        })
    }

    /// Whether what is in force is older than what should be.
    pub(crate) fn is_behind(&self, number: usize) -> bool {
        let behind = [About::Content, About::Age, About::Disk];
        let shelf = self.shelves.get(&number);
        shelf.is_some_and(|shelf| {
            let state = shelf.state();
            behind
                .iter()
                .any(|about| state.troubles.contains_key(about))
        })
    }

    /// Whether something still waits to be unpacked.
    pub(crate) fn waits(&self, number: usize) -> bool {
        let shelf = self.shelves.get(&number);
        shelf.is_some_and(|shelf| shelf.state().arrived.is_some())
    }

    /// What the server calls the last good bundle.
    pub(crate) fn etag(&self, number: usize) -> Option<Vec<u8>> {
        self.shelves.get(&number)?.state().etag.clone()
    }

    /// When the bundle in force expires, Unix seconds; `None` where none is, or it was told already.
    pub(crate) fn expires_s(&self, number: usize) -> Option<i64> {
        let state = self.shelves.get(&number)?.state();
        let told = state.troubles.contains_key(&About::Age);
        state
            .accepted
            .as_ref()
            .filter(|_| !told)
            .map(|at| at.expires_s)
    }

    /// Notes what is wrong, or with `None` that nothing is; gives back whether that is new.
    pub(crate) fn note(
        &self,
        number: usize,
        about: About,
        trouble: Option<(&'static str, String)>,
    ) -> bool {
        let Some(shelf) = self.shelves.get(&number) else {
            return false;
        };
        let mut state = shelf.state();
        match trouble {
            Some((kind, text)) => {
                let trouble = shelf.trouble(kind, text);
                let before = state.troubles.insert(about, trouble.clone());
                before.as_ref() != Some(&trouble)
            }
            None => state.troubles.remove(&about).is_some(),
        }
    }

    /// Notes whether the bundle in force has expired by `now_s`; gives back whether that is new.
    pub(crate) fn age(&self, number: usize, now_s: i64) -> bool {
        let accepted = self
            .shelves
            .get(&number)
            .and_then(|shelf| shelf.state().accepted.clone());
        let expired = accepted
            .filter(|accepted| accepted.expires_s <= now_s)
            .map(|accepted| {
                let refused = Refused::expired(accepted.expires_s);
                let text = format!("{refused}: it goes on until a newer one comes");
                (refused.as_str(), text)
            });
        self.note(number, About::Age, expired)
    }

    /// Holds a bundle that came against what is wanted, and keeps it if it is; gives back whether it
    /// is another one than is in force. Blocks on processor and disk.
    pub(crate) fn accept(
        &self,
        number: usize,
        bytes: &[u8],
        etag: Option<&[u8]>,
        now_s: i64,
    ) -> Result<bool, Declined> {
        let Some(shelf) = self.shelves.get(&number) else {
            return Ok(false);
        };
        let before = shelf.state().accepted.clone();
        let same = before
            .as_ref()
            .is_some_and(|before| before.sum == sum(bytes));
        if !same {
            let least = before.map_or(0, |before| before.sequence);
            let bundle = shelf.read(bytes, least, now_s)?;
            shelf.keep(LAST, bytes)?;
            shelf.put(bytes, bundle);
        }
        // Only once the bundle is: a name without what it names would never be asked for again.
        shelf.keep(ETAG, etag.unwrap_or_default())?;
        shelf.state().etag = etag.map(<[u8]>::to_vec);
        Ok(!same)
    }
}

impl Shelf {
    fn of(source: &Source, root: &Path) -> Option<Self> {
        let Origin::Bundle { url, keys, .. } = &source.origin else {
            return None;
        };
        let customer = source.customer.clone().unwrap_or_default();
        let place = crate::stable_hash(&[&customer, url.as_str()]);
        Some(Self {
            folder: root.join(format!("{customer}-{place:016x}")),
            shown: shown(url),
            customer: source.customer.clone(),
            keys: keys.clone(),
            state: Mutex::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn trouble(&self, kind: &'static str, text: String) -> Trouble {
        Trouble {
            path: self.shown.clone(),
            customer: self.customer.clone(),
            kind,
            text,
        }
    }

    fn read(&self, bytes: &[u8], least_sequence: u64, now_s: i64) -> Result<Bundle, Refused> {
        let wanted = Wanted {
            keys: &self.keys,
            customer: self.customer.as_deref(),
            least_sequence,
            now_s,
        };
        Bundle::read(bytes, wanted)
    }

    fn put(&self, bytes: &[u8], bundle: Bundle) {
        let mut state = self.state();
        state.accepted = Some(Accepted {
            sequence: bundle.about.sequence,
            expires_s: bundle.about.expires,
            sum: sum(bytes),
        });
        state.arrived = Some(bundle.files);
    }

    /// Takes up the copy that an earlier process kept; however old it is, it was in force.
    fn reopen(&self) {
        let path = self.folder.join(LAST);
        let bytes = match read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => {
                let text = format!("the copy in `{}` cannot be read: {error}", path.display());
                let trouble = self.trouble(crate::load::UNREADABLE, text);
                self.state().troubles.insert(About::Content, trouble);
                return;
            }
        };
        match self.read(&bytes, 0, i64::MIN) {
            Ok(bundle) => {
                self.put(&bytes, bundle);
                let etag = read(&self.folder.join(ETAG)).ok();
                self.state().etag = etag.filter(|etag| !etag.is_empty());
            }
            Err(refused) => {
                let text = format!("the copy in `{}`: {refused}", path.display());
                let trouble = self.trouble(refused.as_str(), text);
                self.state().troubles.insert(About::Content, trouble);
            }
        }
    }

    /// Writes a file whole or not at all, and on the platter.
    fn keep(&self, name: &str, bytes: &[u8]) -> Result<(), Declined> {
        let write = || {
            fs::create_dir_all(&self.folder)?;
            let new = self.folder.join(format!("{name}.new"));
            let mut file = File::create(&new)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&new, self.folder.join(name))?;
            File::open(&self.folder)?.sync_all()
        };
        write().map_err(|source| Declined::Unkept {
            folder: self.folder.clone(),
            source,
        })
    }
}

impl Declined {
    /// What it is about, and the lasting name by which it is counted.
    pub(crate) const fn kind(&self) -> (About, &'static str) {
        match self {
            Self::Refused(refused) => (About::Content, refused.as_str()),
            Self::Unkept { .. } => (About::Disk, UNWRITABLE),
        }
    }
}

/// Puts `files` in the place of what was unpacked before.
fn unpack(folder: &Path, files: &BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    let (new, place) = (folder.join("new"), folder.join(FILES));
    remove(&new)?;
    fs::create_dir_all(&new)?;
    for (path, bytes) in files {
        let path = new.join(path);
        if let Some(above) = path.parent() {
            fs::create_dir_all(above)?;
        }
        fs::write(path, bytes)?;
    }
    remove(&place)?;
    fs::rename(new, place)
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One byte more than is allowed, so that too large a file is seen to be.
    let most = (LARGEST as u64).saturating_add(1);
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Where a bundle is, without what may be secret in its URL.
fn shown(url: &url::Url) -> PathBuf {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}"));
    let port = port.unwrap_or_default();
    format!("{}://{host}{port}{}", url.scheme(), url.path()).into()
}

fn sum(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}
