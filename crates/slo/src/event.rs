//! One run as a line of JSON tells it.
//!
//! Both forms are read: the compact one (`start_ns`, `duration_ms`, `verdict` …) and the lines that
//! `jaunt run --format json` prints, which carry `failure` as an object and `steps` as a list.

mod decimal;
mod line;

use jaunt_record::{StepVerdict, Verdict};

/// One run, as far as SLOs ask.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// By which copies are known, where there is one.
    pub id: Option<String>,
    /// The tenant, where the line says.
    pub customer: Option<String>,
    /// The journey.
    pub journey: String,
    /// Where it ran.
    pub region: String,
    /// Who ran it.
    pub agent: String,
    /// The slot's nominal time, Unix seconds.
    pub slot: Option<i64>,
    /// When it started, Unix ns.
    pub start_ns: i64,
    /// What the user waited for, ns.
    pub duration_ns: u64,
    /// When it ended, Unix ns.
    pub end_ns: i64,
    /// What became of it.
    pub verdict: Verdict,
    /// Why it ran.
    pub kind: Kind,
    /// Where the first failure on the path struck.
    pub cause: Cause,
    /// The steps that the line names: id, verdict (`None`: one this version does not know), ns.
    pub steps: Vec<(String, Option<StepVerdict>, u64)>,
    /// How long each phase of a step took, as far as the line carries it: step, phase, ns.
    pub phases: Vec<(String, String, u64)>,
    /// When the line was sent, by the agent's clock, Unix ns.
    pub sent_ns: Option<i64>,
    /// When it was received, by the receiver's clock, Unix ns.
    pub recv_ns: Option<i64>,
}

/// Why a run took place.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Its slot was due: the only one that enters an SLI by itself.
    #[default]
    Scheduled,
    /// Someone asked for it.
    Manual,
    /// Another, carried through.
    Other(String),
}

impl Kind {
    fn from_name(name: &str) -> Self {
        match name {
            "scheduled" => Self::Scheduled,
            "manual" => Self::Manual,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// Where a failure struck, in the words of the line.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cause {
    /// The step's id.
    pub step: Option<String>,
    /// The phase.
    pub phase: Option<String>,
    /// The kind of failure: `http.5xx`.
    pub kind: Option<String>,
    /// The party it was put down to already.
    pub party: Option<String>,
}

impl Cause {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Why a line is no event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not JSON, a field missing, or of the wrong type.
    #[error("{0}")]
    Json(String),
    /// A number that cannot be: negative, or beyond what 64 bits hold.
    #[error("`{0}` is negative or out of range")]
    Range(&'static str),
    /// An unknown verdict.
    #[error("`{0}` is none of pass, slow, fail, void, missed")]
    Verdict(String),
}

impl Event {
    /// The event of this line; `None` for a blank one.
    ///
    /// # Errors
    /// The line is not JSON, misses a field, or holds one of the wrong type or range.
    pub fn parse(line: &[u8]) -> Result<Option<Self>, Malformed> {
        if line.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        let line: line::Line<'_> = serde_json::from_slice(line.trim_ascii_end())
            .map_err(|error| Malformed::Json(error.to_string()))?;
        line.event().map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = r#""journey":"checkout","region":"fra","agent":"fra-1""#;

    fn parse(rest: &str) -> Result<Option<Event>, Malformed> {
        Event::parse(format!("{{{BASE},{rest}}}").as_bytes())
    }

    #[test]
    fn a_line_needs_six_fields_and_its_end_follows_from_them() {
        let event = parse(r#""start_ns":1000,"duration_ms":812.5,"verdict":"pass""#)
            .unwrap()
            .unwrap();
        assert_eq!(event.duration_ns, 812_500_000);
        assert_eq!(event.end_ns, 812_501_000);
        assert_eq!(event.kind, Kind::Scheduled);
        assert!(event.cause.is_empty());
        assert_eq!(Event::parse(b"  \r\n"), Ok(None));
    }

    #[test]
    fn what_is_missing_negative_or_of_the_wrong_type_is_malformed() {
        for rest in [
            r#""start_ns":1000,"duration_ms":5"#,
            r#""start_ns":1.5,"duration_ms":5,"verdict":"pass""#,
            r#""start_ns":"1000","duration_ms":5,"verdict":"pass""#,
            r#""start_ns":true,"duration_ms":5,"verdict":"pass""#,
            r#""start_ns":-1,"duration_ms":5,"verdict":"pass""#,
            r#""start_ns":1000,"duration_ms":-5,"verdict":"pass""#,
            r#""start_ns":1000,"duration_ms":"5","verdict":"pass""#,
            r#""start_ns":1000,"duration_ms":1e400,"verdict":"pass""#,
            r#""start_ns":9223372036854775807,"duration_ms":5,"verdict":"pass""#,
            r#""start_ns":9223372036854775808,"duration_ms":5,"verdict":"pass""#,
            r#""start_ns":1000,"duration_ms":5,"verdict":"sunny""#,
            r#""start_ns":1000,"duration_ms":5,"verdict":"pass","id":7"#,
            r#""start_ns":1000,"duration_ms":5,"verdict":"pass","recv_ns":-4"#,
            r#""start_ns":1000,"end_ns":999,"duration_ms":5,"verdict":"pass""#,
            r#""start_ns":1000,"duration_ms":5,"verdict":"pass","steps":7"#,
        ] {
            assert!(parse(rest).is_err(), "{rest}");
        }
        for line in ["{not json", "[]", "7", "{}", "\u{0}", "{\"journey\":null}"] {
            assert!(Event::parse(line.as_bytes()).is_err(), "{line}");
        }
        assert!(Event::parse(b"{\"journey\":\"\xff\"}").is_err());
    }

    #[test]
    fn what_this_version_does_not_know_is_carried_through() {
        let event = parse(
            r#""start_ns":1,"duration_ms":5,"verdict":"fail","kind":"retry","phase":"render",
               "extra":{"a":[1.5]},"steps":{"pay":["odd",3],"x":["skipped",null]},"slot":null"#,
        )
        .unwrap()
        .unwrap();
        assert_eq!(event.kind, Kind::Other("retry".into()));
        assert_eq!(event.cause.phase.as_deref(), Some("render"));
        assert_eq!(event.steps[0], ("pay".into(), None, 3_000_000));
        assert_eq!(event.steps[1].1, Some(StepVerdict::Skipped));
    }

    #[test]
    fn the_lines_that_run_prints_are_read_too() {
        let event = parse(
            r#""run_id":"abc","kind":"manual","slot":null,"started_at":"2026-01-05T00:00:00Z",
               "start_ns":5,"end_ns":900,"duration_ms":0.0005,"verdict":"fail","warnings":[],
               "failure":{"step":"pay","phase":"wait","kind":"http.5xx","party":"service","message":"x"},
               "void":null,"steps":[{"id":"pay","verb":"request","verdict":"fail","offset_ms":0,
               "duration_ms":1.25,"attempts":1,"exchanges":[]}]"#,
        )
        .unwrap()
        .unwrap();
        assert_eq!(event.id.as_deref(), Some("abc"));
        assert_eq!(event.kind, Kind::Manual);
        assert_eq!(event.end_ns, 900);
        assert_eq!(event.cause.kind.as_deref(), Some("http.5xx"));
        assert_eq!(
            event.steps,
            [("pay".into(), Some(StepVerdict::Fail), 1_250_000)]
        );
    }

    #[test]
    fn phases_come_from_exchanges_and_from_the_third_place_of_a_step() {
        let phases = |steps: &str| {
            let line = format!(r#""start_ns":1,"duration_ms":5,"verdict":"slow","steps":{steps}"#);
            parse(&line).unwrap().unwrap().phases
        };
        let pay = |phase: &str, ns| ("pay".to_owned(), phase.to_owned(), ns);
        let twice = r#"[{"id":"pay","verdict":"slow","exchanges":[
            {"phases_ms":{"wait":1.5,"receive":0.25}},{"phases_ms":{"wait":2}}]},
            {"id":"out","verdict":"pass","always":true,"exchanges":[{"phases_ms":{"wait":9}}]}]"#;
        let both = [pay("receive", 250_000), pay("wait", 3_500_000)];
        assert_eq!(phases(twice), both);
        let compact = r#"{"pay":["slow",4,{"wait":3.5,"receive":0.25}]}"#;
        assert_eq!(phases(compact), both);
        assert_eq!(phases(r#"{"pay":["slow",4,"odd",7]}"#), []);
    }
}
