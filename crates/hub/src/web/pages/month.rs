//! The report of a month, which a customer can be sent.

use super::Asked;
use crate::{
    view::View,
    web::page::{Reader, Trouble, month_of, page},
};
use axum::{
    extract::{Path, Query},
    response::Response,
};
use jaunt_pages::{MonthView, ObjectiveView, month};
use jaunt_slo::Report;
use jiff::{ToSpan, civil::Date, tz::TimeZone};
use std::sync::Arc;

pub(super) async fn show(
    Reader(view): Reader,
    Path(customer): Path<String>,
    Query(asked): Asked,
) -> Response {
    page(view, move |view, frame| {
        let now_ns = view.now_ns();
        let period = asked.get("period");
        let period = period.cloned().unwrap_or_else(|| month_of(now_ns));
        let asked = Month::parse(&period).ok_or(Trouble::Month(period))?;
        if !view.customers()?.contains(&customer) || asked.start_ns > now_ns {
            return Err(Trouble::NotFound);
        }
        let at_ns = asked.end_ns.min(now_ns);
        let kept = reports(view, &customer, &asked, now_ns)?;
        let reports: Vec<&Report> = kept.iter().flat_map(|of| of.iter()).collect();
        let beside: Vec<_> = reports
            .iter()
            .map(|report| (view.agreed(report), view.felt(report)))
            .collect();
        let slos = reports.iter().zip(&beside);
        let shown = MonthView {
            customer: &customer,
            period: &asked.name,
            beside: (
                asked.before.clone(),
                (asked.end_ns <= now_ns).then(|| asked.after.clone()),
            ),
            slos: slos
                .map(|(report, (agreed, felt))| ObjectiveView {
                    report,
                    agreed,
                    felt,
                })
                .collect(),
        };
        Ok(month(&jaunt_pages::Frame { at_ns, ..frame }, &shown))
    })
    .await
}

/// The reports of a customer: as of now in the month that goes on, else as of its end.
fn reports(
    view: &View,
    customer: &str,
    month: &Month,
    now_ns: i64,
) -> Result<Vec<Arc<Vec<Report>>>, Trouble> {
    let journeys = view.journeys().into_iter();
    let own = journeys.filter(|(of, _)| of == customer);
    own.map(|(of, journey)| {
        Ok(match month.end_ns > now_ns {
            // A report that leaves out journeys is none.
            true => {
                let judged = view.reports_in_time(&of, &journey)?;
                judged.ok_or(Trouble::Judging)?
            }
            false => view.reports_at(&of, &journey, month.end_ns)?,
        })
    })
    .collect()
}

/// A month in UTC.
struct Month {
    /// `2026-11`.
    name: String,
    before: String,
    after: String,
    start_ns: i64,
    end_ns: i64,
}

impl Month {
    fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if year.len() != 4 || month.len() != 2 || !digits(year) || !digits(month) {
            return None;
        }
        let first = Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()?;
        let before = first.checked_sub(1.month()).ok()?;
        let after = first.checked_add(1.month()).ok()?;
        let name = |date: Date| date.strftime("%Y-%m").to_string();
        let begins = |date: Date| {
            let at = date.to_zoned(TimeZone::UTC).ok()?.timestamp();
            i64::try_from(at.as_nanosecond()).ok()
        };
        Some(Self {
            name: name(first),
            before: name(before),
            after: name(after),
            start_ns: begins(first)?,
            end_ns: begins(after)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_four_digits_and_two() {
        let month = Month::parse("2026-12").unwrap();
        assert_eq!(
            (month.before.as_str(), month.after.as_str()),
            ("2026-11", "2027-01")
        );
        assert_eq!(month.end_ns - month.start_ns, 31 * 86_400 * 1_000_000_000);
        for text in [
            "", "2026", "2026-13", "2026-1", "-026-01", "2026-+1", "99999-01", "2026-00",
        ] {
            assert!(Month::parse(text).is_none(), "{text}");
        }
    }
}
