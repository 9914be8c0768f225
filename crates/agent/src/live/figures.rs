//! The agent's own health, put together: the board, the journal, the process.

use super::{StartError, board::Board};
use crate::{
    carry::Shared,
    config::Config,
    health::{CursorStatus, Health, Shown, Status},
    log::LogState,
};
use jaunt_otlp::{
    Number, Own,
    names::{attribute as a, metric},
};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::task::JoinSet;

/// How often the journal is looked at for what is shown of it.
const LOOK: Duration = Duration::from_secs(5);

/// Serves health where the configuration says, and feeds what it shows, on tasks of `followers`.
pub(super) async fn serve(
    config: &Config,
    shared: &Arc<Shared>,
    followers: &mut JoinSet<()>,
) -> Result<SocketAddr, StartError> {
    let journal: Arc<Mutex<LogState>> = Arc::default();
    let status = {
        let (shared, journal) = (Arc::clone(shared), Arc::clone(&journal));
        let region = config.region.clone();
        move || status(&shared, &region, &held(&journal))
    };
    let (own, board) = (shared.own.clone(), Arc::clone(&shared.board));
    let alive = Arc::clone(&shared.board);
    let shown = Shown {
        alive: Arc::new(move || alive.is_alive()),
        status: Arc::new(status),
        figures: Arc::new(move || figures(&own, &board)),
    };
    let health = Health::listen(config.listen, shown).await?;
    let at = health.address().unwrap_or(config.listen);
    followers.spawn(health.serve());
    shared.own.refresh_by(process);
    followers.spawn(look(Arc::clone(shared), journal));
    Ok(at)
}

fn figures(own: &Own, board: &Board) -> Vec<jaunt_otlp::Figure> {
    let mut figures = own.figures();
    figures.extend(board.figures());
    // An exposition has all series of a metric together.
    figures.sort_by(|one, other| one.metric.name.cmp(other.metric.name));
    figures
}

fn held(journal: &Mutex<LogState>) -> LogState {
    journal
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

fn status(shared: &Shared, region: &str, journal: &LogState) -> Status {
    let standing = shared.references.standing();
    let cursors = journal.unread.iter().map(|unread| CursorStatus {
        cursor: unread.cursor.as_str().to_owned(),
        records: unread.records,
    });
    Status {
        state: shared.board.state(),
        version: env!("CARGO_PKG_VERSION"),
        region: region.to_owned(),
        instance: shared.instance.clone(),
        runs: shared.board.runs(),
        isolated: standing.cut_off,
        resolver_fails: standing.unresolved,
        journal_bytes: journal.size_bytes,
        dropped: journal.dropped.iter().map(|(.., records)| records).sum(),
        cursors: cursors.collect(),
        troubles: shared.board.troubles(),
        journeys: shared.board.journeys(),
    }
}

/// Looks at the journal now and then; ends with it.
async fn look(shared: Arc<Shared>, journal: Arc<Mutex<LogState>>) {
    while let Ok(state) = shared.log.state().await {
        let now = shared.clock.now().wall_ns;
        let whole = |count: u64| Number::Whole(i64::try_from(count).unwrap_or(i64::MAX));
        shared
            .own
            .set(&metric::JOURNAL_SIZE, &[], whole(state.size_bytes));
        for unread in &state.unread {
            let labels = [(a::CURSOR, unread.cursor.as_str())];
            let own = &shared.own;
            own.set(&metric::JOURNAL_RECORDS, &labels, whole(unread.records));
            let waited_ns = unread.since_ns.map_or(0, |since| now.saturating_sub(since));
            let waited = Duration::from_nanos(u64::try_from(waited_ns).unwrap_or(0));
            let waited = Number::Real(waited.as_secs_f64());
            own.set(&metric::JOURNAL_AGE, &labels, waited);
        }
        *journal.lock().unwrap_or_else(PoisonError::into_inner) = state;
        tokio::time::sleep(LOOK).await;
    }
}

/// What the kernel says of this process; where it says nothing, nothing is said.
fn process(own: &Own) {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/self/{name}")).ok();
    // proc_pid_stat(5): behind the name's bracket, utime and stime are the 12th and 13th, in ticks
    // of 1/100 s (USER_HZ, the same on every Linux that Rust knows).
    let stat = read("stat");
    let fields = stat.as_deref().and_then(|stat| stat.rsplit_once(')'));
    let fields: Vec<&str> =
        fields.map_or_else(Vec::new, |(_, rest)| rest.split_whitespace().collect());
    for (field, mode) in [(11, "user"), (12, "system")] {
        if let Some(ticks) = fields.get(field).and_then(|text| text.parse::<u32>().ok()) {
            let seconds = Number::Real(f64::from(ticks) / 100.0);
            own.set(&metric::CPU_TIME, &[(a::CPU_MODE, mode)], seconds);
        }
    }
    let resident = read("status").and_then(|status| {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().strip_suffix("kB")?.trim().parse::<i64>().ok()
    });
    if let Some(kib) = resident {
        own.set(
            &metric::MEMORY,
            &[],
            Number::Whole(kib.saturating_mul(1024)),
        );
    }
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        let count = i64::try_from(open.count()).unwrap_or(i64::MAX);
        own.set(&metric::DESCRIPTORS, &[], Number::Whole(count));
    }
}
