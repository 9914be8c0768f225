//! Where runs come from, and what each source can tell of them.

use super::{
    ReportError, Wanted,
    agreed::Agreements,
    events,
    from_hub::{Held, Hub, HubError},
    http,
    readings::Readings,
    restated,
};
use crate::trouble;
use jaunt_agreement::{Agreement, Terms};
use jaunt_hub::prometheus::Counters;
use jaunt_slo::{Intake, Question, Report, Runs, Slo, Subject, counted::UNKNOWN};
use std::{path::PathBuf, str::FromStr};

/// Where the runs are.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    Events(PathBuf),
    Hub(url::Url),
    Prometheus(url::Url),
}

/// What is to be judged.
pub(super) struct Asked<'a> {
    pub(super) wanted: &'a Wanted,
    pub(super) subjects: &'a [Subject],
    /// The same as they were known before what is restated.
    pub(super) before: &'a [Subject],
    /// The instant of the judgement, Unix ns.
    pub(super) at_ns: i64,
    pub(super) agreements: &'a Agreements,
}

/// What a source gave, judged.
pub(super) struct Read {
    /// By subject, then by its SLOs.
    pub(super) verdicts: Vec<Vec<Verdict>>,
    pub(super) event_set: String,
    pub(super) lines: u64,
    pub(super) malformed: Option<(u64, String)>,
    /// What the source cannot tell, in sentences.
    pub(super) unknown: &'static [&'static str],
}

/// One SLO as it is judged, and what changed since it was known before.
type Verdict = (Report, Option<restated::Restatement>);

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let base = |url: &str, example: &str| {
            http::base(url).ok_or_else(|| format!("`{url}` is no URL, such as `{example}`"))
        };
        match text.split_once(':') {
            Some(("events", path)) if !path.is_empty() => Ok(Self::Events(path.into())),
            Some(("hub", url)) => base(url, "https://slo.example.net").map(Self::Hub),
            Some(("prometheus", url)) => base(url, "http://prometheus:9090").map(Self::Prometheus),
            _ => Err("runs come from `events:FILE`, `hub:URL` or `prometheus:URL`".to_owned()),
        }
    }
}

impl Origin {
    /// What the source holds beside runs: what both sides wrote and agreed.
    pub(super) fn held(&self, customer: Option<&str>) -> Result<Held, HubError> {
        match self {
            Self::Hub(url) => Hub::new(url)?.held(customer),
            Self::Events(_) | Self::Prometheus(_) => Ok(Held::default()),
        }
    }

    /// Reads what is needed, and judges it.
    pub(super) fn judge(&self, asked: &Asked<'_>) -> Result<Read, trouble::Report> {
        match self {
            Self::Events(path) => {
                let read = events::read(path, asked.subjects, asked.intake())?;
                Ok(asked.of_events(read))
            }
            Self::Hub(url) => {
                let customer = asked.wanted.customer.as_deref();
                let (subjects, intake) = (asked.subjects, asked.intake());
                let read = Hub::new(url)?.events(customer, asked.at_ns, subjects, intake)?;
                Ok(asked.of_events(read))
            }
            Self::Prometheus(url) => asked.of_counters(url),
        }
    }
}

impl Asked<'_> {
    fn intake(&self) -> Intake {
        Intake {
            as_of_ns: self.wanted.as_of,
            runs: if self.wanted.manual {
                Runs::ScheduledAndManual
            } else {
                Runs::Scheduled
            },
            restates_ns: Some(self.wanted.before_ns(self.at_ns)),
        }
    }

    /// The agreement that speaks of an SLO.
    fn agreement(&self, subject: &Subject, slo: &Slo) -> Option<&Agreement> {
        let slo = (&*subject.customer, &*subject.journey, &*slo.name);
        let agreed = self.agreements.on(slo, self.at_ns)?;
        Some(&agreed.agreement)
    }

    fn of_events(&self, read: events::Events) -> Read {
        let known = self.wanted.as_of.or(read.ingested.latest_recv_ns);
        let known_until_ns = known.unwrap_or(self.at_ns);
        let restating = restated::Restating {
            ingested: &read.ingested,
            before_ns: self.wanted.before_ns(self.at_ns),
            at_ns: self.at_ns,
        };
        let subjects = self.subjects.iter().zip(self.before);
        let journeys = subjects.zip(&read.ingested.journeys);
        let verdicts = journeys
            .enumerate()
            .map(|(index, ((subject, before), taken))| {
                let slos = subject.slos.iter();
                slos.map(|slo| {
                    let agreement = self.agreement(subject, slo);
                    let terms = Terms::of(agreement, subject);
                    let question = Question {
                        at_ns: self.at_ns,
                        known_until_ns,
                        parties: &terms.parties,
                    };
                    let report = jaunt_slo::judge(&terms.subject, slo, taken, question);
                    let before = Terms::of(agreement, before);
                    let restated = restating.of(index, (&before, &terms), slo, &report);
                    (report, restated)
                })
                .collect()
            });
        Read {
            verdicts: verdicts.collect(),
            event_set: read.event_set,
            lines: read.lines,
            malformed: read.ingested.first_malformed,
            unknown: &[],
        }
    }

    fn of_counters(&self, url: &url::Url) -> Result<Read, trouble::Report> {
        self.only_counts()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(ReportError::Runtime)?;
        let client = http::client().map_err(ReportError::Client)?;
        let store = Counters::new(url, self.wanted.names.into(), client);
        let mut readings = Readings::default();
        let mut verdicts = Vec::new();
        for subject in self.subjects {
            let mut told = Vec::new();
            for slo in &subject.slos {
                let agreement = self.agreement(subject, slo);
                let mut each = |series: &_| readings.note(series);
                let judging = store.judge((subject, slo), agreement, self.at_ns, &mut each);
                told.push((runtime.block_on(judging)?, None));
            }
            verdicts.push(told);
        }
        let (lines, event_set) = readings.sum();
        Ok(Read {
            verdicts,
            event_set,
            lines,
            malformed: None,
            unknown: &UNKNOWN,
        })
    }

    /// Counters cannot answer what asks about single runs.
    fn only_counts(&self) -> Result<(), ReportError> {
        let wanted = self.wanted;
        for (asked, flag) in [
            (wanted.as_of.is_some(), "--as-of"),
            (wanted.restates.is_some(), "--restates"),
            (wanted.manual, "--manual"),
        ] {
            if asked {
                return Err(ReportError::NotOfCounters(flag));
            }
        }
        Ok(())
    }
}
