//! Asking for a bundle, again and again.
//!
//! By the rules that hold for every host of the operator's: the system's resolver, the system's roots
//! or the source's own `ca`, no proxy, no redirects (they would let a server name another as the
//! source of what is measured: write the final URL). What the server called the last one it gave is
//! sent along (If-None-Match), so that an unchanged bundle costs one short answer, also where the last
//! one was refused.

use crate::{
    Clock, Depot,
    bundle::{LARGEST, Refused},
    config::{Origin, Source},
    depot::About,
};
use jaunt_otlp::{TlsError, TlsFiles, operators_client};
use rand::RngExt as _;
use reqwest::{Client, Response, StatusCode, header};
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::{task::spawn_blocking, time::Instant};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long one bundle may take, from first to last.
const WHOLE: Duration = Duration::from_secs(120);
/// A server that gave nothing is asked again after this, if `every` is longer.
const AGAIN: Duration = Duration::from_secs(60);

/// One source that is asked.
#[derive(Debug)]
pub struct Poll {
    number: usize,
    url: url::Url,
    ca: Option<PathBuf>,
    every: Duration,
    depot: Arc<Depot>,
    clock: Clock,
    /// Made anew after each failure: so names are resolved and roots read anew.
    client: Option<Client>,
    /// What the server calls the last one that it gave, whatever became of it.
    etag: Option<Vec<u8>>,
    next: Instant,
}

/// The server gave no bundle.
#[derive(Debug, thiserror::Error)]
enum PollError {
    /// Our side cannot be set up.
    #[error("the client cannot be set up: {}", chain(.0))]
    Client(#[from] TlsError),
    /// It cannot be reached, or broke off.
    #[error("the bundle cannot be fetched: {}", chain(.0))]
    Fetch(#[from] reqwest::Error),
    /// It leads elsewhere.
    #[error("the server answered {0}: redirects are not followed, write the final URL")]
    Redirect(StatusCode),
    /// It refuses.
    #[error("the server answered {0}")]
    Status(StatusCode),
    /// A part of us broke off.
    #[error("fetching broke off: a fault of jaunt")]
    Broken,
}

/// What the server says.
enum Answer {
    /// It is the one we have seen.
    Same,
    /// Another; `None`: one larger than any may be.
    Bundle {
        bytes: Option<Vec<u8>>,
        etag: Option<Vec<u8>>,
    },
}

impl PollError {
    /// The name by which it is counted.
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Client(_) | Self::Fetch(_) | Self::Broken => "bundle.unreachable",
            Self::Redirect(_) | Self::Status(_) => "bundle.status",
        }
    }
}

impl Poll {
    /// The one of a source; `None` where that is no bundle.
    pub fn of(number: usize, source: &Source, depot: &Arc<Depot>, clock: &Clock) -> Option<Self> {
        let Origin::Bundle { url, every, ca, .. } = &source.origin else {
            return None;
        };
        Some(Self {
            number,
            url: url.clone(),
            ca: ca.clone(),
            every: *every,
            depot: Arc::clone(depot),
            clock: clock.clone(),
            client: None,
            etag: depot.etag(number),
            next: Instant::now(),
        })
    }

    /// Asks, and waits, until there is something new: another bundle, a trouble, the end of one.
    pub async fn changed(&mut self) {
        loop {
            tokio::time::sleep_until(self.wake()).await;
            let mut changed = self.depot.age(self.number, self.now_s());
            if self.next <= Instant::now() {
                changed |= self.ask().await;
                changed |= self.depot.age(self.number, self.now_s());
                // What could not be unpacked is tried again at the same pace.
                changed |= self.depot.waits(self.number);
            }
            if changed {
                return;
            }
        }
    }

    /// When to ask again, or when the bundle in force expires.
    fn wake(&self) -> Instant {
        let Some(expires_s) = self.depot.expires_s(self.number) else {
            return self.next;
        };
        let left = expires_s.saturating_sub(self.now_s());
        let left = Duration::from_secs(u64::try_from(left).unwrap_or(0));
        Instant::now()
            .checked_add(left)
            .map_or(self.next, |expiry| expiry.min(self.next))
    }

    fn now_s(&self) -> i64 {
        self.clock.now().wall_ns.div_euclid(1_000_000_000)
    }

    /// Asks once; gives back whether there is something new.
    async fn ask(&mut self) -> bool {
        let (server, changed, pause) = match self.fetch().await {
            Ok(answer) => (None, self.take(answer).await, self.every),
            Err(error) => {
                self.client = None;
                let told = (error.as_str(), error.to_string());
                (Some(told), false, self.every.min(AGAIN))
            }
        };
        // Agents that were started together do not stay together.
        let share = rand::rng().random_range(0.9..1.1);
        self.next = Instant::now() + pause.mul_f64(share);
        changed | self.depot.note(self.number, About::Server, server)
    }

    async fn fetch(&mut self) -> Result<Answer, PollError> {
        let client = self.client().await?;
        let mut request = client.get(self.url.clone());
        if let Some(etag) = &self.etag {
            request = request.header(header::IF_NONE_MATCH, etag.as_slice());
        }
        let answer = request.send().await.map_err(reqwest::Error::without_url)?;
        match answer.status() {
            StatusCode::OK => body(answer).await,
            StatusCode::NOT_MODIFIED if self.etag.is_some() => Ok(Answer::Same),
            status if status.is_redirection() => Err(PollError::Redirect(status)),
            status => Err(PollError::Status(status)),
        }
    }

    async fn client(&mut self) -> Result<Client, PollError> {
        if let Some(client) = &self.client {
            return Ok(client.clone());
        }
        let files = TlsFiles {
            ca: self.ca.clone(),
            ..TlsFiles::default()
        };
        // The system's roots are some hundred certificates: not beside runs.
        let begun = spawn_blocking(move || operators_client(&files)).await;
        let client = begun
            .map_err(|_| PollError::Broken)??
            .user_agent(concat!("jaunt/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .build()?;
        self.client = Some(client.clone());
        Ok(client)
    }

    /// Takes what the server gave, or says why not; gives back whether there is something new.
    async fn take(&mut self, answer: Answer) -> bool {
        let (bytes, etag) = match answer {
            Answer::Same => return false,
            Answer::Bundle { bytes, etag } => (bytes, etag),
        };
        let Some(bytes) = bytes else {
            self.etag = etag;
            let refused = Refused::TooLarge(format!("more than {LARGEST} bytes"));
            let told = (refused.as_str(), refused.to_string());
            return self.depot.note(self.number, About::Content, Some(told));
        };
        let (depot, number, now_s) = (Arc::clone(&self.depot), self.number, self.now_s());
        let named = etag.clone();
        let accepted =
            spawn_blocking(move || depot.accept(number, &bytes, named.as_deref(), now_s)).await;
        let Ok(accepted) = accepted else {
            return false;
        };
        match accepted {
            Ok(new) => {
                self.etag = etag;
                let mended =
                    [About::Content, About::Disk].map(|about| self.depot.note(number, about, None));
                new | mended.contains(&true)
            }
            Err(declined) => {
                let (about, kind) = declined.kind();
                // What our disk did not take must come again, so it is not named.
                self.etag = etag.filter(|_| about == About::Content);
                let told = (kind, declined.to_string());
                self.depot.note(number, about, Some(told))
            }
        }
    }
}

/// The answer's body, bounded.
async fn body(mut answer: Response) -> Result<Answer, PollError> {
    let etag = answer.headers().get(header::ETAG);
    let etag = etag.map(|etag| etag.as_bytes().to_vec());
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
        if bytes.len().saturating_add(chunk.len()) > LARGEST {
            return Ok(Answer::Bundle { bytes: None, etag });
        }
        bytes.extend_from_slice(&chunk);
    }
    let bytes = Some(bytes);
    Ok(Answer::Bundle { bytes, etag })
}

/// An error with its causes, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |line, cause| format!("{line}: {cause}"))
}
