//! Each Alertmanager hears what fires, whatever becomes of the others.
//!
//! There is no queue: each has the latest of what is to be told, and a try that failed is followed
//! by one with what holds then. An alert is told again each minute and ends four minutes after it
//! was told last, so that a hub that is gone pages for nothing that it cannot see.

use super::{Burning, burning};
use crate::{
    client::{self, ClientError},
    view::Desk,
};
use jaunt_agent::Clock;
use reqwest::Client;
use serde_json::{Value, json};
use std::{error::Error as _, sync::Arc, time::Duration};
use tokio::{sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;
use url::Url;

/// How often it is looked what fires.
const LOOK: Duration = Duration::from_secs(5);
/// How often the same is told again.
const AGAIN: Duration = Duration::from_secs(60);
/// For so long it holds that something fires, once told; Prometheus's own is four rounds too.
const HOLDS: Duration = Duration::from_secs(4 * 60);
/// The first pause after a try that failed; each one doubles it, up to [`AGAIN`].
const PAUSE: Duration = Duration::from_secs(1);
/// So long one request may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Alerts of one request.
const BATCH: usize = 64;
/// What is told of a refusal, bytes.
const SAID: usize = 512;

/// Why an Alertmanager did not take what it was told.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("it cannot be reached")]
    Transport(#[source] reqwest::Error),
    #[error("it answered {0}: {1}")]
    Answer(u16, String),
}

type Told = Arc<Vec<Burning>>;

/// Those who are told what fires.
#[derive(Debug)]
pub(crate) struct Managers(Vec<Manager>);

#[derive(Debug)]
struct Manager {
    client: Client,
    url: Url,
    /// Its host and port: a URL may hold a password.
    name: String,
}

impl Managers {
    pub(crate) fn new(urls: &[Url]) -> Result<Self, ClientError> {
        if urls.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let client = client::asking(PATIENCE)?;
        let managers = urls.iter().map(|url| Manager::new(client.clone(), url));
        Ok(Self(managers.collect()))
    }

    /// Tells them until `stop`; `url` is what links begin with.
    pub(crate) fn start(
        self,
        tasks: &mut JoinSet<()>,
        (desk, url): (Desk, Arc<str>),
        stop: &CancellationToken,
    ) {
        if self.0.is_empty() {
            return;
        }
        let (told, hears) = watch::channel(Told::default());
        for manager in self.0 {
            tasks.spawn(manager.tell(hears.clone(), desk.clock.clone(), stop.clone()));
        }
        tasks.spawn(look((desk, url), told, stop.clone()));
    }
}

/// Looks what fires, and says so where it is news.
async fn look((desk, url): (Desk, Arc<str>), told: watch::Sender<Told>, stop: CancellationToken) {
    loop {
        let (desk, url) = (desk.clone(), Arc::clone(&url));
        let looking = tokio::task::spawn_blocking(move || burning(&desk, &url));
        if let Ok(now) = looking.await {
            told.send_if_modified(|before| {
                let news = tell_apart(before, &now);
                *before = Arc::new(now);
                news
            });
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Whether there is news, which is logged.
fn tell_apart(before: &[Burning], now: &[Burning]) -> bool {
    let mut news = false;
    for alert in now {
        if before.iter().any(|known| known.is_no_news(alert)) {
            continue;
        }
        news = true;
        let labels = format!("{:?}", alert.labels);
        match alert.to_ns {
            None => tracing::warn!(labels, from_ns = alert.from_ns, "an alert fires"),
            Some(to_ns) => tracing::info!(labels, to_ns, "an alert is over"),
        }
    }
    news
}

impl Manager {
    fn new(client: Client, base: &Url) -> Self {
        let mut url = base.clone();
        let path = format!("{}/api/v2/alerts", base.path().trim_end_matches('/'));
        url.set_path(&path);
        let host = base.host_str().unwrap_or_default();
        let port = base.port_or_known_default().unwrap_or_default();
        let name = format!("{host}:{port}");
        Self { client, url, name }
    }

    async fn tell(self, mut hears: watch::Receiver<Told>, clock: Clock, stop: CancellationToken) {
        let mut failed: u32 = 0;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                changed = hears.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(pause(failed)) => {}
            }
            let alerts = Arc::clone(&hears.borrow_and_update());
            if alerts.is_empty() {
                continue;
            }
            let posting = self.post_all(&alerts, clock.now().wall_ns);
            let posted = tokio::select! {
                () = stop.cancelled() => return,
                posted = posting => posted,
            };
            failed = self.note(posted, failed, alerts.len());
        }
    }

    /// How many tries in a row have failed now; the first and the last of them are logged.
    fn note(&self, posted: Result<(), Refusal>, failed: u32, alerts: usize) -> u32 {
        let alertmanager = &self.name;
        match posted {
            Ok(()) if failed > 0 => {
                tracing::info!(alertmanager, alerts, tries = failed, "takes alerts again");
                0
            }
            Ok(()) => 0,
            Err(error) => {
                let cause = error.source().map(ToString::to_string);
                if failed == 0 {
                    tracing::error!(alertmanager, alerts, %error, cause, "alerts are not taken; it is tried on");
                }
                failed.saturating_add(1)
            }
        }
    }

    /// All of them, also where some are refused; the last refusal is what is told.
    async fn post_all(&self, alerts: &[Burning], now_ns: i64) -> Result<(), Refusal> {
        let mut outcome = Ok(());
        for batch in alerts.chunks(BATCH) {
            let batch = batch.iter().map(|alert| body(alert, now_ns)).collect();
            match self.post(&Value::Array(batch)).await {
                Ok(()) => {}
                // The next batch would wait as long as this one did.
                Err(Refusal::Transport(error)) => return Err(Refusal::Transport(error)),
                Err(refusal) => outcome = Err(refusal),
            }
        }
        outcome
    }

    async fn post(&self, batch: &Value) -> Result<(), Refusal> {
        let transport = |error: reqwest::Error| Refusal::Transport(error.without_url());
        let request = self.client.post(self.url.clone());
        let request = request
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(batch.to_string());
        let mut answer = request.send().await.map_err(transport)?;
        if answer.status().is_success() {
            return Ok(());
        }
        let said = answer.chunk().await.map_err(transport)?.unwrap_or_default();
        let said = said.get(..SAID).unwrap_or(&said);
        let said = String::from_utf8_lossy(said).trim().to_owned();
        Err(Refusal::Answer(answer.status().as_u16(), said))
    }
}

/// How long it is waited until the same is told again.
fn pause(failed: u32) -> Duration {
    match failed.checked_sub(1) {
        None => AGAIN,
        Some(before) => PAUSE.saturating_mul(1 << before.min(6)).min(AGAIN),
    }
}

/// An alert as Alertmanager's API (v2, `postableAlert`) wants it.
fn body(alert: &Burning, now_ns: i64) -> Value {
    let holds_ns = i64::try_from(HOLDS.as_nanos()).unwrap_or(i64::MAX);
    let ends_ns = alert.to_ns.unwrap_or(now_ns.saturating_add(holds_ns));
    json!({
        "labels": alert.labels,
        "annotations": alert.annotations,
        "startsAt": instant(alert.from_ns),
        "endsAt": instant(ends_ns),
        "generatorURL": alert.page,
    })
}

/// RFC 3339; what no calendar holds is its beginning.
fn instant(ns: i64) -> String {
    let instant = jiff::Timestamp::from_nanosecond(ns.into());
    instant.unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn pauses_double_up_to_a_minute() {
        let pauses: Vec<_> = (0..9).map(|failed| pause(failed).as_secs()).collect();
        assert_eq!(pauses, [60, 1, 2, 4, 8, 16, 32, 60, 60]);
    }

    #[test]
    fn what_fires_ends_unless_it_is_told_again_and_what_is_over_ended_then() {
        let mut alert = Burning {
            labels: BTreeMap::from([("alertname", "A".to_owned())]),
            annotations: BTreeMap::new(),
            page: "http://hub/".into(),
            from_ns: 0,
            to_ns: None,
        };
        let ends = |alert: &Burning| body(alert, 60_000_000_000)["endsAt"].clone();
        assert_eq!(ends(&alert), "1970-01-01T00:05:00Z");
        alert.to_ns = Some(30_000_000_000);
        assert_eq!(ends(&alert), "1970-01-01T00:00:30Z");
    }

    #[test]
    fn a_password_in_the_url_is_in_no_log_and_a_prefix_stays() {
        let url = "http://me:hunter2@am.example/prefix/".parse().unwrap();
        let manager = Manager::new(client::asking(PATIENCE).unwrap(), &url);
        assert_eq!(manager.name, "am.example:80");
        assert_eq!(manager.url.path(), "/prefix/api/v2/alerts");
    }
}
