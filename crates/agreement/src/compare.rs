//! An agreement held against the journeys: what is agreed must be what is measured.

use crate::{Agreed, Agreement, code};
use jaunt_journey::Journey;
use jaunt_text::{Diagnostic, Diagnostics, duration_text, nearest};

/// Every difference between the agreement of this `text` and its customer's journeys.
pub fn compare(agreement: &Agreement, text: &str, journeys: &[&Journey]) -> Vec<Diagnostic> {
    let mut found = Diagnostics::new(text);
    let own: Vec<&Journey> = journeys
        .iter()
        .copied()
        .filter(|journey| journey.customer == agreement.customer)
        .collect();
    for agreed in &agreement.slos {
        promised(agreed, &own, &mut found);
    }
    for journey in own {
        measured(agreement, journey, &mut found);
    }
    found.finish()
}

/// What is agreed on is in a journey, and the same there.
fn promised(agreed: &Agreed, journeys: &[&Journey], found: &mut Diagnostics<'_>) {
    let mut of = journeys
        .iter()
        .filter(|journey| agreed.is_of(&journey.name))
        .peekable();
    if of.peek().is_none() {
        let names = journeys.iter().map(|journey| journey.name.as_str());
        found
            .error(
                code::NO_SUCH_SLO,
                agreed.span.clone(),
                format!("the customer has no journey `{}`", agreed.journey),
            )
            .maybe_help(
                nearest(&agreed.journey, names).map(|near| format!("did you mean `{near}`?")),
            );
        return;
    }
    for journey in of {
        let slo = journey.slos.iter().find(|slo| slo.name == agreed.name);
        let Some(slo) = slo else {
            let names = journey.slos.iter().map(|slo| slo.name.as_str());
            found
                .error(
                    code::NO_SUCH_SLO,
                    agreed.span.clone(),
                    format!("journey `{}` has no SLO `{}`", journey.name, agreed.name),
                )
                .maybe_help(
                    nearest(&agreed.name, names).map(|near| format!("did you mean `{near}`?")),
                );
            continue;
        };
        if slo.objective.decimal() != agreed.objective.decimal() {
            found
                .error(
                    code::DIFFERS,
                    agreed.objective_span.clone(),
                    format!(
                        "agreed are {}, and journey `{}` judges `{}` by {}",
                        agreed.objective, journey.name, slo.name, slo.objective
                    ),
                )
                .help("change the one that is wrong; the agreement is then signed again");
        }
        if slo.window != agreed.window {
            found
                .error(
                    code::DIFFERS,
                    agreed.window_span.clone(),
                    format!(
                        "agreed is a window of {}, and journey `{}` judges `{}` over {}",
                        agreed.window, journey.name, slo.name, slo.window
                    ),
                )
                .help("change the one that is wrong; the agreement is then signed again");
        }
    }
}

/// What a journey says is agreed on.
fn measured(agreement: &Agreement, journey: &Journey, found: &mut Diagnostics<'_>) {
    for slo in &journey.slos {
        if agreement.slo(&journey.name, &slo.name).is_none() {
            found
                .warning(
                    code::NOT_AGREED,
                    0..0,
                    format!(
                        "SLO `{}` of journey `{}` is not agreed on",
                        slo.name, journey.name
                    ),
                )
                .help("it is reported all the same; name it here if both sides share it");
        }
    }
    let Some((policy, span)) = &agreement.maintenance else {
        return;
    };
    let theirs = journey.maintenance_policy;
    if !journey.slos.is_empty() && theirs != *policy {
        found
            .error(
                code::DIFFERS,
                span.clone(),
                format!(
                    "agreed are {} of notice and a cap of {}, and journey `{}` says {} and {}",
                    duration_text(policy.notice),
                    duration_text(policy.cap),
                    journey.name,
                    duration_text(theirs.notice),
                    duration_text(theirs.cap),
                ),
            )
            .help("write the same in the journey's `[maintenance_policy]`");
    }
}
