//! A run's cookies: one jar, empty at its start, by RFC 6265, and where browsers have become
//! stricter, as they are.

use cookie_store::{Cookie, CookieStore, RawCookie, StoreAction};
use http::{HeaderMap, header};
use url::{Host, Url};

/// A run's cookies.
#[derive(Debug, Default)]
pub(crate) struct Jar {
    store: CookieStore,
    /// Which cookies there are, in the order in which each was first set.
    order: Vec<Key>,
}

/// What makes a cookie the one that it is (RFC 6265 §5.3 step 11): name, domain, path.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key(String, cookie_store::CookieDomain, String);

impl Key {
    fn of(cookie: &Cookie<'_>) -> Self {
        Self(
            cookie.name().to_owned(),
            cookie.domain.clone(),
            cookie.path.to_string(),
        )
    }
}

impl Jar {
    /// The Cookie header of a request to `url`; `None` where no cookie goes there.
    pub(crate) fn header(&self, url: &Url) -> Option<String> {
        let mut cookies = self.store.matches(url);
        // Longer paths first, and of equal ones the cookie that was there first (RFC 6265 §5.4).
        cookies.sort_by_cached_key(|cookie| {
            let key = Key::of(cookie);
            let age = self.order.iter().position(|known| *known == key);
            (std::cmp::Reverse(cookie.path.len()), age)
        });
        let pairs: Vec<String> = cookies
            .iter()
            .map(|cookie| format!("{}={}", cookie.name(), cookie.value()))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Keeps what a response from `url` sets. What is broken or not for it to set is left out, as a
    /// browser does.
    pub(crate) fn keep(&mut self, headers: &HeaderMap, url: &Url) {
        for value in headers.get_all(header::SET_COOKIE) {
            let cookie = value.to_str().ok().and_then(|text| {
                let cookie = RawCookie::parse(text.to_owned()).ok()?;
                admit(cookie, url)
            });
            if let Some(cookie) = cookie {
                self.keep_one(&cookie, url);
            }
        }
    }

    /// What cannot be kept (another domain's, say) is not. One that replaces another takes its
    /// place, also in the order.
    fn keep_one(&mut self, cookie: &RawCookie<'_>, url: &Url) {
        let Ok(cookie) = Cookie::try_from_raw_cookie(cookie, url) else {
            return;
        };
        let key = Key::of(&cookie);
        match self.store.insert(cookie.into_owned(), url) {
            // What has expired is in the store still, and would be said to be updated.
            Ok(StoreAction::Inserted | StoreAction::UpdatedExisting) => {
                if !self.order.contains(&key) {
                    self.order.push(key);
                }
            }
            Ok(StoreAction::ExpiredExisting) => self.order.retain(|known| *known != key),
            Err(_) => {}
        }
    }
}

/// What may be kept of what `url` sets.
///
/// Without TLS no secure cookie is set, as in every browser (RFC 6265bis §5.7 step 14).
///
/// RFC 6265 §5.3 step 5: a cookie for a public suffix is none, unless the host is that suffix: then
/// it is for the host alone.
fn admit<'a>(mut cookie: RawCookie<'a>, url: &Url) -> Option<RawCookie<'a>> {
    if cookie.secure() == Some(true) && !is_secure(url) {
        return None;
    }
    let Some(domain) = cookie.domain().map(|domain| domain.trim_start_matches('.')) else {
        return Some(cookie);
    };
    let domain = domain.to_ascii_lowercase();
    let public =
        psl::suffix(domain.as_bytes()).is_some_and(|suffix| suffix.as_bytes() == domain.as_bytes());
    if !public {
        return Some(cookie);
    }
    match url.host()? {
        Host::Domain(host) if host == domain => {
            cookie.unset_domain();
            Some(cookie)
        }
        Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_) => None,
    }
}

/// Whether what comes from here can be trusted: by TLS, or from this very machine, as in browsers.
fn is_secure(url: &Url) -> bool {
    url.scheme() == "https"
        || url.host().is_some_and(|host| match host {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jar(url: &str, cookies: &[&str]) -> Jar {
        let mut jar = Jar::default();
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(header::SET_COOKIE, cookie.parse().unwrap());
        }
        jar.keep(&headers, &Url::parse(url).unwrap());
        jar
    }

    fn sent(jar: &Jar, url: &str) -> String {
        jar.header(&Url::parse(url).unwrap()).unwrap_or_default()
    }

    #[test]
    fn domain_path_expiry_and_secure_are_obeyed() {
        let jar = jar(
            "https://shop.example.net/a/b",
            &[
                "host=1",
                "domain=2; Domain=example.net; Path=/",
                "deep=3; Path=/a/b",
                "secure=4; Secure; Path=/",
                "old=5; Max-Age=0; Path=/",
                "past=6; Expires=Thu, 01 Jan 2015 00:00:00 GMT; Path=/",
                "other=7; Domain=example.org; Path=/",
            ],
        );
        assert_eq!(sent(&jar, "https://other.example.net/"), "domain=2");
        assert_eq!(sent(&jar, "http://shop.example.net/"), "domain=2");
        let mut all: Vec<String> = sent(&jar, "https://shop.example.net/a/b/c")
            .split("; ")
            .map(Into::into)
            .collect();
        assert_eq!(
            all.first().map(String::as_str),
            Some("deep=3"),
            "longest path first"
        );
        all.sort();
        assert_eq!(all, ["deep=3", "domain=2", "host=1", "secure=4"]);
        assert_eq!(sent(&jar, "https://example.org/"), "");
    }

    #[test]
    fn a_secure_cookie_is_set_by_tls_or_this_machine_alone() {
        for (origin, kept) in [
            ("https://shop.example.net/", true),
            ("http://127.0.0.1:8080/", true),
            ("http://localhost/", true),
            ("http://shop.example.net/", false),
        ] {
            let jar = jar(origin, &["a=1; Secure", "b=2"]);
            let is_kept = sent(&jar, origin).contains("a=1");
            assert_eq!(is_kept, kept, "{origin}");
        }
    }

    #[test]
    fn of_equal_paths_the_cookie_that_was_there_first_goes_first() {
        let url = "https://shop.example/";
        let mut jar = jar(url, &["b=1; Path=/", "c=2; Path=/", "a=3; Path=/"]);
        let mut then = |cookies: &[&str]| {
            let mut headers = HeaderMap::new();
            for cookie in cookies {
                headers.append(header::SET_COOKIE, cookie.parse().unwrap());
            }
            jar.keep(&headers, &Url::parse(url).unwrap());
            sent(&jar, url)
        };
        assert_eq!(then(&[]), "b=1; c=2; a=3");
        assert_eq!(then(&["b=4; Path=/"]), "b=4; c=2; a=3", "replaced in place");
        let again = ["b=; Path=/; Max-Age=0", "b=5; Path=/"];
        assert_eq!(then(&again), "c=2; a=3; b=5", "gone, and set anew");
    }

    #[test]
    fn nobody_sets_cookies_for_a_public_suffix() {
        let jar = jar(
            "https://shop.co.uk/",
            &[
                "a=1; Domain=co.uk; Path=/",
                "b=2; Domain=shop.co.uk; Path=/",
            ],
        );
        assert_eq!(sent(&jar, "https://shop.co.uk/"), "b=2");
        assert_eq!(sent(&jar, "https://evil.co.uk/"), "");
    }

    #[test]
    fn an_address_gets_its_own_cookies_back() {
        let jar = jar("http://127.0.0.1:8080/", &["sid=1; Path=/; HttpOnly"]);
        assert_eq!(sent(&jar, "http://127.0.0.1:8080/x"), "sid=1");
        assert_eq!(sent(&jar, "http://127.0.0.2:8080/x"), "");
    }
}
