//! Prometheus's query API.

use jaunt_slo::counted::Reading;
use serde::Deserialize;
use std::collections::BTreeMap;
use url::Url;

/// The variable that holds a token for the store, where it wants one.
const TOKEN: &str = "JAUNT_PROMETHEUS_TOKEN";
/// The variable that names the tenant whose series are asked for, in a store that has several.
const TENANT: &str = "JAUNT_PROMETHEUS_TENANT";
/// Where Mimir, Cortex and Thanos look for it.
const TENANT_HEADER: &str = "X-Scope-OrgID";
/// An answer is some 30 bytes a reading; what is longer than this is none to us.
const MOST_BYTES: usize = 256 << 20;

/// What a store cannot be asked for.
#[derive(Debug, thiserror::Error)]
pub enum PrometheusError {
    /// It does not know us.
    #[error("`{0}` wants a token that holds; put one into `{TOKEN}`")]
    Token(String),
    /// It cannot be reached, or breaks off.
    #[error("cannot ask `{url}` for `{query}`")]
    Ask {
        /// Where it is.
        url: String,
        /// What was asked.
        query: String,
        /// Why not.
        #[source]
        cause: reqwest::Error,
    },
    /// It is there and does not answer this.
    #[error("`{url}` does not answer `{query}`: {said}")]
    Refused {
        /// Where it is.
        url: String,
        /// What was asked.
        query: String,
        /// What it says instead.
        said: String,
    },
}

/// A series and what was read of it, by time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Its labels, without its name.
    pub labels: BTreeMap<String, String>,
    /// What was read.
    pub readings: Vec<Reading>,
}

impl Series {
    /// What was read at an instant (Unix ns) and later.
    pub(super) fn since(&self, ns: i64) -> Self {
        let first = self.readings.partition_point(|reading| reading.at_ns < ns);
        Self {
            labels: self.labels.clone(),
            readings: self.readings.get(first..).unwrap_or_default().to_vec(),
        }
    }

    /// Adds what was read later; both have the reading at the border.
    pub(super) fn join(&mut self, later: Self) {
        let last = self
            .readings
            .last()
            .map_or(i64::MIN, |reading| reading.at_ns);
        let new = later
            .readings
            .into_iter()
            .filter(|reading| reading.at_ns > last);
        self.readings.extend(new);
    }
}

/// A store that is asked.
#[derive(Debug)]
pub(super) struct Client {
    url: Url,
    http: reqwest::Client,
}

impl Client {
    pub(super) fn new(base: &Url, http: reqwest::Client) -> Self {
        let mut url = base.clone();
        let path = format!("{}/api/v1/query", base.path().trim_end_matches('/'));
        url.set_path(&path);
        url.set_query(None);
        Self { url, http }
    }

    /// All readings of `selector` between two instants, Unix seconds.
    pub(super) async fn readings(
        &self,
        selector: &str,
        since: i64,
        until: i64,
    ) -> Result<Vec<Series>, PrometheusError> {
        let query = format!("{selector}[{}s]", until - since);
        let asked = self.ask(&query, until).await;
        let (status, body) = asked.map_err(|cause| PrometheusError::Ask {
            url: self.shown(),
            query: query.clone(),
            cause: cause.without_url(),
        })?;
        if matches!(status, 401 | 403) {
            return Err(PrometheusError::Token(self.shown()));
        }
        series(&body, status).map_err(|said| PrometheusError::Refused {
            url: self.shown(),
            query,
            said,
        })
    }

    async fn ask(&self, query: &str, at: i64) -> Result<(u16, Vec<u8>), reqwest::Error> {
        let mut url = self.url.clone();
        url.query_pairs_mut()
            .append_pair("query", query)
            .append_pair("time", &at.to_string());
        let mut request = self.http.get(url);
        if let Ok(token) = std::env::var(TOKEN) {
            request = request.bearer_auth(token);
        }
        if let Ok(tenant) = std::env::var(TENANT) {
            request = request.header(TENANT_HEADER, tenant);
        }
        let mut answer = request.send().await?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > MOST_BYTES {
                break;
            }
        }
        Ok((answer.status().as_u16(), body))
    }

    /// The address without what is secret in it.
    fn shown(&self) -> String {
        let mut url = self.url.clone();
        // Only an address that cannot have a password refuses to have none.
        let _ = url.set_password(None);
        url.into()
    }
}

/// An answer of the API: data, or an error. No tagged enum, which would read numbers by way of a
/// buffer, and buffered numbers are none where serde_json keeps their digits.
#[derive(Deserialize)]
struct Answer {
    data: Option<Data>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Data {
    result: Vec<Matrix>,
}

#[derive(Deserialize)]
struct Matrix {
    metric: BTreeMap<String, String>,
    #[serde(default)]
    values: Vec<(f64, String)>,
}

/// The series of an answer, or what the store says instead.
fn series(body: &[u8], status: u16) -> Result<Vec<Series>, String> {
    if body.len() > MOST_BYTES {
        return Err("the answer has more than 256 MiB".to_owned());
    }
    match serde_json::from_slice(body) {
        Ok(Answer {
            error: Some(error), ..
        }) => Err(error),
        Ok(Answer {
            data: Some(data), ..
        }) => Ok(data.result.into_iter().map(Series::from).collect()),
        Ok(Answer { .. }) | Err(_) => Err(format!(
            "it answers {status} with something that is none of Prometheus's"
        )),
    }
}

impl From<Matrix> for Series {
    fn from(matrix: Matrix) -> Self {
        let mut labels = matrix.metric;
        labels.remove("__name__");
        Self {
            labels,
            readings: matrix.values.iter().filter_map(reading).collect(),
        }
    }
}

/// `None` for what no count is: a NaN, an infinity, less than nothing.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "both are finite, and within a range that is checked"
)]
fn reading((seconds, value): &(f64, String)) -> Option<Reading> {
    let total: f64 = value.parse().ok()?;
    let sound = (0.0..9e15).contains(&total) && (0.0..9e9).contains(seconds);
    // Prometheus keeps milliseconds.
    sound.then(|| Reading {
        at_ns: (seconds * 1e3).round() as i64 * 1_000_000,
        total: total.round() as u64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_readings_or_a_sentence() {
        let body = br#"{"status":"success","data":{"resultType":"matrix","result":[
            {"metric":{"__name__":"x","a":"b"},"values":[[1.5,"3"],[2,"NaN"],[3,"4"]]}]}}"#;
        let series = super::series(body, 200).unwrap();
        let readings: Vec<_> = series[0]
            .readings
            .iter()
            .map(|r| (r.at_ns, r.total))
            .collect();
        assert_eq!(readings, [(1_500_000_000, 3), (3_000_000_000, 4)]);
        assert_eq!(series[0].labels.len(), 1);
        let error = br#"{"status":"error","errorType":"bad_data","error":"parse error"}"#;
        assert_eq!(super::series(error, 400).unwrap_err(), "parse error");
        assert!(super::series(b"<html>", 502).unwrap_err().contains("502"));
    }

    #[test]
    fn an_address_keeps_its_path_and_shows_no_password() {
        let base = Url::parse("http://me:hush@store.test/prometheus/?a=b").unwrap();
        let http = crate::client::asking(std::time::Duration::from_secs(1)).unwrap();
        let client = Client::new(&base, http);
        assert_eq!(client.url.path(), "/prometheus/api/v1/query");
        assert_eq!(client.url.query(), None);
        assert!(!client.shown().contains("hush"));
    }
}
