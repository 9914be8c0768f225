//! AWS Signature Version 4, as published (*Signing AWS requests*), held against its own vectors.

use aws_lc_rs::{digest, hmac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What RFC 3986 does not reserve stays as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Who signs, and for what.
pub(crate) struct Signer<'a> {
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
    pub(crate) key: &'a str,
    pub(crate) secret: &'a str,
}

/// What is signed.
pub(crate) struct Signed<'a> {
    pub(crate) method: &'a str,
    pub(crate) url: &'a url::Url,
    /// Headers that are signed: names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// SHA-256 of the body in hex.
    pub(crate) body: String,
    /// `20150830T123600Z`
    pub(crate) time: &'a str,
}

/// The Authorization header.
pub(crate) fn authorization(signer: &Signer<'_>, signed: &Signed<'_>) -> String {
    let date = signed.time.get(..8).unwrap_or(signed.time);
    let scope = format!("{date}/{}/{}/aws4_request", signer.region, signer.service);
    let (canonical, names) = canonical(signer, signed);
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{}\n{scope}\n{}",
        signed.time,
        sha256(canonical.as_bytes())
    );
    let mut key = format!("AWS4{}", signer.secret).into_bytes();
    for piece in [date, signer.region, signer.service, "aws4_request"] {
        key = mac(&key, piece);
    }
    let signature = data_encoding::HEXLOWER.encode(&mac(&key, &to_sign));
    format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
        signer.key
    )
}

/// SHA-256 in hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
}

/// The canonical request, and the names of the headers in it.
fn canonical(signer: &Signer<'_>, signed: &Signed<'_>) -> (String, String) {
    let mut headers: Vec<(String, String)> = signed
        .headers
        .iter()
        .map(|(name, value)| {
            let words: Vec<&str> = value.split_whitespace().collect();
            (name.to_lowercase(), words.join(" "))
        })
        .collect();
    headers.sort();
    let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    let names = names.join(";");
    let lines: String = headers
        .iter()
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect();
    let canonical = format!(
        "{}\n{}\n{}\n{lines}\n{names}\n{}",
        signed.method,
        path(signer, signed.url),
        query(signed.url),
        signed.body
    );
    (canonical, names)
}

/// The path, each segment encoded: twice for all services but S3, which takes it as it was sent.
fn path(signer: &Signer<'_>, url: &url::Url) -> String {
    let path = url.path();
    if path.is_empty() {
        return "/".into();
    }
    if signer.service == "s3" {
        return path.to_owned();
    }
    let segments: Vec<String> = path
        .split('/')
        .map(|segment| utf8_percent_encode(segment, ENCODED).to_string())
        .collect();
    segments.join("/")
}

fn query(url: &url::Url) -> String {
    let text = url.query().unwrap_or_default();
    let mut pairs: Vec<(String, String)> = text
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (encoded(name), encoded(value))
        })
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

/// A piece of a query as sent (form-encoded), in the one form that is signed.
fn encoded(piece: &str) -> String {
    let spaced = piece.replace('+', " ");
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(&spaced).collect();
    percent_encoding::percent_encode(&bytes, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn sign(
        service: &str,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> String {
        let signer = Signer {
            region: "us-east-1",
            service,
            key: "AKIDEXAMPLE",
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        };
        let url = url::Url::parse(url).unwrap();
        let mut all = vec![
            ("host".to_owned(), url.host_str().unwrap().to_owned()),
            ("x-amz-date".to_owned(), "20150830T123600Z".to_owned()),
        ];
        all.extend(
            headers
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned())),
        );
        let authorization = authorization(
            &signer,
            &Signed {
                method,
                url: &url,
                headers: all,
                body: sha256(body.as_bytes()),
                time: "20150830T123600Z",
            },
        );
        authorization.rsplit_once('=').unwrap().1.to_owned()
    }

    #[test]
    fn the_published_vectors_hold() {
        let form = ("content-type", "application/x-www-form-urlencoded");
        let form_utf8 = (
            "content-type",
            "application/x-www-form-urlencoded; charset=utf-8",
        );
        for (name, service, method, url, headers, body, expected) in [
            (
                "get-vanilla",
                "service",
                "GET",
                "https://example.amazonaws.com/",
                &[][..],
                "",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "get-vanilla-query-order-key-case",
                "service",
                "GET",
                "https://example.amazonaws.com/?Param2=value2&Param1=value1",
                &[],
                "",
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ),
            (
                "post-vanilla",
                "service",
                "POST",
                "https://example.amazonaws.com/",
                &[],
                "",
                "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            ),
            (
                "post-x-www-form-urlencoded",
                "service",
                "POST",
                "https://example.amazonaws.com/",
                &[form],
                "Param1=value1",
                "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            ),
            (
                "the ListUsers example",
                "iam",
                "GET",
                "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
                &[form_utf8],
                "",
                "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
            ),
        ] {
            assert_eq!(
                sign(service, method, url, headers, body),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn the_published_s3_example_holds() {
        let url = url::Url::parse("https://examplebucket.s3.amazonaws.com/test.txt").unwrap();
        let headers = [
            ("host", "examplebucket.s3.amazonaws.com"),
            ("range", "bytes=0-9"),
            ("x-amz-content-sha256", EMPTY),
            ("x-amz-date", "20130524T000000Z"),
        ];
        let authorization = authorization(
            &Signer {
                region: "us-east-1",
                service: "s3",
                key: "AKIAIOSFODNN7EXAMPLE",
                secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            },
            &Signed {
                method: "GET",
                url: &url,
                headers: headers.map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec(),
                body: EMPTY.into(),
                time: "20130524T000000Z",
            },
        );
        assert_eq!(
            authorization,
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
             SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, \
             Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        );
    }
}
