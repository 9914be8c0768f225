//! How a report asks over HTTP: what the system trusts is trusted, and no token follows a redirect.

use std::time::Duration;
use url::Url;

/// Who says nothing for so long has gone.
const SILENCE: Duration = Duration::from_secs(60);

/// The URL of a server; `None` where it is none.
pub(super) fn base(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// A client, for one question after the other.
pub(super) fn client() -> reqwest::Result<reqwest::Client> {
    // Another provider that was installed before serves as well.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(SILENCE)
        .read_timeout(SILENCE)
        .build()
}
