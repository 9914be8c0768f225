//! The shop that jaunt brings along.

use jaunt_shop::{Config, Visit};

/// An open shop, with a runtime of its own.
pub(crate) struct Shop {
    shop: Option<jaunt_shop::Shop>,
    runtime: tokio::runtime::Runtime,
}

impl Shop {
    /// Opens a shop that behaves so.
    pub(crate) fn open(config: Config) -> Self {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).enable_all().build().unwrap();
        let addr = super::place::address();
        let shop = runtime
            .block_on(jaunt_shop::Shop::start(addr, config))
            .unwrap();
        Self {
            shop: Some(shop),
            runtime,
        }
    }

    /// Its base URL.
    pub(crate) fn url(&self) -> String {
        self.shop.as_ref().unwrap().url()
    }

    /// What it answered: its own word.
    pub(crate) fn visits(&self) -> Vec<Visit> {
        self.shop.as_ref().unwrap().visits()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        if let Some(shop) = self.shop.take() {
            self.runtime.block_on(shop.stop());
        }
    }
}
