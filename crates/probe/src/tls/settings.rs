//! The settings that were prepared, each once.

use super::{TlsConfig, TlsError, setup::Prepared};
use crate::Network;
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError, Weak},
};

/// The settings of a network that somebody still holds.
#[derive(Default)]
pub(crate) struct Settings(Mutex<Known>);

#[derive(Default)]
struct Known {
    by_config: HashMap<TlsConfig, Weak<Prepared>>,
    /// At so many, those that nobody holds any more are looked for.
    full: usize,
}

/// So many are kept before any is looked at again.
const FEW: usize = 64;

impl Settings {
    /// What `config` comes to: prepared before, or now.
    ///
    /// It is prepared under the lock, so that twins never are; this is done while loading, by one
    /// thread, and in no run.
    pub(super) fn prepared(
        &self,
        network: &Network,
        config: TlsConfig,
    ) -> Result<Arc<Prepared>, TlsError> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(prepared) = known.by_config.get(&config).and_then(Weak::upgrade) {
            return Ok(prepared);
        }
        let prepared = Arc::new(Prepared::new(network, &config)?);
        known.make_room();
        known.by_config.insert(config, Arc::downgrade(&prepared));
        Ok(prepared)
    }
}

impl fmt::Debug for Settings {
    /// Without what they say: there are keys among it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Settings")
    }
}

impl Known {
    /// Forgets what nobody holds, each time the number has doubled.
    fn make_room(&mut self) {
        if self.by_config.len() < self.full.max(FEW) {
            return;
        }
        self.by_config
            .retain(|_, prepared| prepared.strong_count() > 0);
        self.full = self.by_config.len() * 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NetworkConfig, TlsSetup, Verify};

    fn config(certificate: &[u8]) -> TlsConfig {
        TlsConfig {
            roots: Some(certificate.to_vec()),
            ..TlsConfig::default()
        }
    }

    fn root(name: &str) -> Vec<u8> {
        let key = rcgen::KeyPair::generate().unwrap();
        let root = rcgen::CertificateParams::new([name.to_owned()]).unwrap();
        root.self_signed(&key).unwrap().pem().into_bytes()
    }

    #[test]
    fn equal_settings_are_prepared_once_and_others_apart() {
        let network = Network::new(NetworkConfig::default()).unwrap();
        let (one, other) = (config(&root("one")), config(&root("other")));
        let open = TlsConfig {
            verify: Verify::Nothing,
            ..one.clone()
        };
        let first = TlsSetup::new(&network, one.clone()).unwrap();
        assert!(first.is(&TlsSetup::new(&network, one).unwrap()));
        assert!(!first.is(&TlsSetup::new(&network, other).unwrap()));
        assert!(!first.is(&TlsSetup::new(&network, open).unwrap()));
    }

    #[test]
    fn what_nobody_holds_is_forgotten() {
        let network = Network::new(NetworkConfig::default()).unwrap();
        let kept = TlsSetup::new(&network, TlsConfig::default()).unwrap();
        for number in 0..2 * FEW {
            drop(TlsSetup::new(&network, config(&root(&number.to_string()))).unwrap());
        }
        let left = network.settings().0.lock().unwrap().by_config.len();
        assert!(left <= FEW + 1, "{left} settings are left");
        assert!(kept.is(&TlsSetup::new(&network, TlsConfig::default()).unwrap()));
    }

    #[test]
    fn a_broken_setting_is_told_every_time() {
        let network = Network::new(NetworkConfig::default()).unwrap();
        for _ in 0..2 {
            assert!(TlsSetup::new(&network, config(b"no certificate")).is_err());
        }
    }
}
