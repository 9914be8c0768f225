//! The real client path: a loopback peer that answers with given bytes, whatever it is asked.

use jaunt_probe::{Network, NetworkConfig, Policy, ResolverConfig};
use std::{
    cell::RefCell,
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::runtime::{Builder, Runtime};

/// How long an exchange with a peer may take: one that hangs past its deadline is a find.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

thread_local! {
    static RUNTIME: RefCell<Option<Runtime>> = const { RefCell::new(None) };
}

/// Runs `work` on this thread's runtime, and holds it to its deadline.
pub(crate) fn within_patience(work: impl Future<Output = ()>) {
    RUNTIME.with_borrow_mut(|runtime| {
        let runtime = runtime.get_or_insert_with(|| {
            let built = Builder::new_current_thread().enable_all().build();
            built.unwrap_or_else(|error| panic!("no runtime: {error}"))
        });
        let began = Instant::now();
        runtime.block_on(work);
        let took = began.elapsed();
        assert!(took < 2 * PATIENCE, "an exchange took {took:?}");
    });
}

/// A network without trust roots or name servers of the system's.
pub(crate) fn network(resolver: ResolverConfig) -> (Arc<Network>, Arc<Policy>) {
    let network = Network::new(NetworkConfig {
        resolver,
        ..NetworkConfig::default()
    });
    let network = network.unwrap_or_else(|error| panic!("no network: {error}"));
    (network, Arc::new(Policy::everything()))
}
