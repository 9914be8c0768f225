//! `jaunt run --shop`: the shop that jaunt brings along, and its journey.

use super::carry::Carrier;
use crate::{sources::File, trouble::Report};
use jaunt_journey::Options;
use jaunt_shop::{Config, Shop};
use std::{io, path::PathBuf};

const JOURNEY: &str = include_str!("../../../../probes/shop.toml");

/// A shop on a loopback port, and the folder with its password.
pub(crate) struct Open {
    shop: Shop,
    folder: PathBuf,
}

#[derive(Debug, thiserror::Error)]
enum ShopError {
    #[error("cannot open the shop on a loopback port")]
    Start(#[source] jaunt_shop::Error),
    #[error("cannot put the shop's password in `{path}`")]
    Password {
        path: String,
        #[source]
        source: io::Error,
    },
}

impl Open {
    /// Opens the shop. Its password, which is no secret, is put where the journey reads it.
    pub(crate) fn start(carrier: &Carrier) -> Result<Self, Report> {
        let config = Config::default();
        let folder = std::env::temp_dir().join(format!("jaunt-shop-{}", std::process::id()));
        std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(folder.join(PASSWORD), &config.password))
            .map_err(|source| ShopError::Password {
                path: folder.display().to_string(),
                source,
            })?;
        let shop = Shop::start(([127, 0, 0, 1], 0).into(), config);
        let shop = carrier.runtime().block_on(shop).map_err(ShopError::Start)?;
        Ok(Self { shop, folder })
    }

    /// The shipped journey, told where the shop is and where its password lies.
    pub(crate) fn file(&self) -> File {
        let text = JOURNEY.replace("env:SHOP_PASSWORD", &format!("file:{PASSWORD}"));
        let vars = [("base".to_owned(), self.shop.url())].into();
        let options = Options {
            vars,
            customer: None,
        };
        let name = "probes/shop.toml".to_owned();
        File::of(name, self.folder.clone(), text.as_bytes(), &options)
    }

    /// Closes it.
    pub(crate) fn close(self, carrier: &Carrier) {
        carrier.runtime().block_on(self.shop.stop());
        // What is left behind in the folder for temporary files is ten bytes.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

const PASSWORD: &str = "shop-password";
