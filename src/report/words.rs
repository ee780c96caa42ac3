//! A report in words.

use super::{
    Capacity, ChangeEffect, Effect, Incident, PhaseShares, Report, Summary, ToolRow, TrendLine,
    document::{Clock, Part},
    trends::span,
};
use crate::{contracts::Outcome, model::Severity, util::units};

/// Rows of tools that are shown.
const TOOLS: usize = 30;

/// All sections, in order.
pub(super) fn parts(report: &Report, clock: &Clock) -> Vec<Part> {
    let mut parts = vec![Part::Text(range(report, clock))];
    summary(report, &mut parts);
    incidents(report, clock, &mut parts);
    changes(report, clock, &mut parts);
    contracts(report, &mut parts);
    tools(&report.tools, &mut parts);
    phases(report.phases, &mut parts);
    bottlenecks(report, clock, &mut parts);
    advice(report, &mut parts);
    trends(&report.trends, report.capacity.as_ref(), &mut parts);
    if !report.notes.is_empty() {
        parts.push(Part::Heading("What to know of these numbers"));
        parts.push(Part::List(report.notes.clone()));
    }
    parts
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

fn ms(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |ms| if ms < 10.0 { format!("{ms:.1}") } else { format!("{ms:.0}") })
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.2} %", share * 100.0))
}

fn range(report: &Report, clock: &Clock) -> String {
    format!(
        "From {} to {} ({}), kmtop {}. One step of the charts is {}.",
        clock.minute(report.from_ms),
        clock.minute(report.to_ms),
        clock.zone(report.to_ms),
        report.version,
        units::window(report.step_s)
    )
}

fn summary(report: &Report, parts: &mut Vec<Part>) {
    let Summary { calls, errors, total_ms, added_ms, .. } = &report.summary;
    let whole = &report.summary;
    let rate = |rate: Option<f64>| rate.map_or_else(|| "–".to_owned(), |rate| format!("{rate:.2}/s"));
    let three = |times: &[Option<f64>; 3]| times.map(ms).join(" / ");
    let broken = report.contracts.count(Outcome::Broken);
    parts.push(Part::Heading("Summary"));
    let rows = [
        ("recorded", span(whole.recorded_s / 3_600.0)),
        ("server starts", whole.starts.to_string()),
        ("calls", calls.to_string()),
        ("failed", format!("{errors} ({})", percent(whole.error_share))),
        ("rate, busiest step", format!("{}, {}", rate(whole.rate_per_s), rate(whole.peak_rate_per_s))),
        ("whole call, ms (p50 / p95 / p99)", three(total_ms)),
        ("what kmtop adds, ms (p50 / p95 / p99)", three(added_ms)),
        ("wait for a worker, ms (p95)", ms(whole.wait_p95_ms)),
        ("incidents", report.incidents.len().to_string()),
        ("promises broken", broken.to_string()),
        ("changes", report.changes.len().to_string()),
        ("score at the end", whole.score.map_or_else(|| "–".to_owned(), |score| format!("{score:.0}"))),
        ("memory of kmtop itself, most", whole.own_rss_bytes.map_or_else(|| "–".to_owned(), |bytes| units::bytes(bytes as f64))),
    ];
    parts.push(Part::Table(row(&["", ""]), rows.iter().map(|(name, value)| row(&[name, value])).collect()));
}

fn severity(incident: &Incident) -> &'static str {
    match incident.severity {
        Some(Severity::Critical) => "critical",
        Some(Severity::Warning) => "warning",
        _ => "info",
    }
}

fn incidents(report: &Report, clock: &Clock, parts: &mut Vec<Part>) {
    parts.push(Part::Heading("Incidents"));
    if report.incidents.is_empty() {
        parts.push(Part::Text("None.".to_owned()));
    }
    for (place, incident) in report.incidents.iter().enumerate() {
        let names = if incident.rules.is_empty() { "alert".to_owned() } else { incident.rules.join(", ") };
        parts.push(Part::Under(format!("{}. {} ({})", place + 1, names, severity(incident))));
        let mut lines = vec![incident.text.clone()];
        let lasted = match incident.ended_ms {
            Some(ended_ms) => format!(
                "over at {}, after {}",
                clock.second(ended_ms),
                units::long_span(ended_ms.saturating_sub(incident.began_ms) / 1_000)
            ),
            None => "it goes on at the end of this report".to_owned(),
        };
        lines.push(format!("Began at {}; {lasted}.", clock.second(incident.began_ms)));
        if !incident.subjects.is_empty() {
            lines.push(format!("About: {}.", incident.subjects.join(", ")));
        }
        if let Some(bottleneck) = &incident.bottleneck {
            lines.push(format!("Held back by: {bottleneck}."));
        }
        for change in incident.changes.iter().filter_map(|place| report.changes.get(*place)) {
            lines.push(format!(
                "Changed at {}: {}. {}: {}.",
                clock.second(change.time_ms),
                change.text,
                effect(change),
                change.words
            ));
        }
        if incident.changes.is_empty() {
            lines.push(
                if incident.ended_ms.is_some() { "Nothing was changed: it was over by itself." } else { "Nothing was changed." }
                    .to_owned(),
            );
        }
        lines.extend(incident.evidence.iter().map(|line| format!("Seen: {line}")));
        parts.push(Part::List(lines));
    }
}

/// Whether a change helped, in words.
fn effect(change: &ChangeEffect) -> &'static str {
    match change.effect {
        Effect::Helped => "It helped",
        Effect::Harmed => "It did harm",
        Effect::Mixed => "It helped in part, and did harm in part",
        Effect::NoDifference => "It made no difference",
        Effect::TooFewCalls => "Whether it helped is not known",
    }
}

fn changes(report: &Report, clock: &Clock, parts: &mut Vec<Part>) {
    parts.push(Part::Heading("Changes, and whether they helped"));
    if report.changes.is_empty() {
        parts.push(Part::Text("None.".to_owned()));
        return;
    }
    let rows = report.changes.iter().map(|change| {
        let undone = if change.undone { " (taken back)" } else { "" };
        let predicted = change.predicted.as_ref().map_or_else(String::new, |predicted| {
            let hit = match change.hit {
                Some(true) => ", as it came",
                Some(false) => ", and it came otherwise",
                None => "",
            };
            format!("{:.0} to {:.0}{hit}", predicted.low, predicted.high)
        });
        vec![
            clock.second(change.time_ms),
            format!("{}{undone}", change.text),
            effect(change).to_owned(),
            change.words.clone(),
            predicted,
        ]
    });
    parts.push(Part::Table(row(&["when", "what", "did it help", "by which numbers", "predicted"]), rows.collect()));
    parts.push(Part::Text(
        "Up to ten minutes before a change and after it are compared, without its first ten seconds. Whatever else changed at that time is in it."
            .to_owned(),
    ));
}

fn contracts(report: &Report, parts: &mut Vec<Part>) {
    let verdict = &report.contracts;
    parts.push(Part::Heading("Contracts"));
    let [kept, broken, unmeasured] = [Outcome::Kept, Outcome::Broken, Outcome::NotMeasured].map(|outcome| verdict.count(outcome));
    parts.push(Part::Text(format!("{kept} kept, {broken} broken, {unmeasured} could not be measured.")));
    let mut lines: Vec<_> = verdict.lines.iter().filter(|line| line.outcome != Outcome::NotMeasured || line.set).collect();
    lines.sort_by_key(|line| line.outcome != Outcome::Broken);
    let rows = lines.iter().map(|line| {
        let measured = line.measured.map_or_else(|| "–".to_owned(), |value| format!("{value:.1}"));
        vec![
            line.subject.clone(),
            line.measure.to_owned(),
            line.outcome.words().to_owned(),
            measured,
            format!("{} {}", line.limit, line.unit),
            line.calls.to_string(),
        ]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    if !rows.is_empty() {
        parts.push(Part::Table(row(&["of", "promise", "", "measured", "promised", "calls"]), rows));
    }
}

fn tools(tools: &[ToolRow], parts: &mut Vec<Part>) {
    parts.push(Part::Heading("Tools"));
    if tools.is_empty() {
        parts.push(Part::Text("None was called.".to_owned()));
        return;
    }
    let rows = tools.iter().take(TOOLS).map(|tool| {
        vec![
            tool.tool.clone(),
            tool.calls.to_string(),
            percent((tool.calls > 0).then(|| tool.errors as f64 / tool.calls as f64)),
            tool.total_ms.map(ms).join(" / "),
            ms(tool.added_p95_ms),
            ms(tool.wait_p95_ms),
            tool.drift.map_or_else(|| "–".to_owned(), |drift| format!("{:+.0} %", (drift - 1.0) * 100.0)),
        ]
    });
    let head = ["tool", "calls", "failed", "ms p50 / p95 / p99", "added p95", "wait p95", "later half"];
    parts.push(Part::Table(row(&head), rows.collect()));
    parts.push(Part::Text("Later half: the median of the later half of this time beside that of the earlier.".to_owned()));
}

fn phases(phases: Option<PhaseShares>, parts: &mut Vec<Part>) {
    parts.push(Part::Heading("Where the time goes"));
    let Some(PhaseShares { queue, start, run, own, reply }) = phases else {
        parts.push(Part::Text("Not known.".to_owned()));
        return;
    };
    let rows = [
        ("queue: all workers were busy", queue),
        ("start: a worker was on its way up", start),
        ("run: the way to the worker and back", run),
        ("own: the macro itself", own),
        ("reply: all the rest", reply),
    ];
    let rows = rows.iter().map(|(name, share)| row(&[name, &format!("{:.1} %", share * 100.0)]));
    parts.push(Part::Table(row(&["phase", "share of the calls' time"]), rows.collect()));
}

fn bottlenecks(report: &Report, clock: &Clock, parts: &mut Vec<Part>) {
    parts.push(Part::Heading("Bottlenecks"));
    if report.bottlenecks.is_empty() {
        parts.push(Part::Text("None was named.".to_owned()));
        return;
    }
    let rows = report.bottlenecks.iter().map(|blamed| {
        vec![
            blamed.bottleneck.clone(),
            blamed.looks.to_string(),
            format!("{:.1} %", blamed.share * 100.0),
            clock.minute(blamed.first_ms),
            clock.minute(blamed.last_ms),
        ]
    });
    parts.push(Part::Table(row(&["bottleneck", "looks", "of all looks", "first", "last"]), rows.collect()));
}

fn advice(report: &Report, parts: &mut Vec<Part>) {
    parts.push(Part::Heading("Advice that is still open"));
    let items = report
        .advice
        .iter()
        .map(|advice| format!("{}: {} ({} → {})", advice.category, advice.issue, advice.current, advice.target));
    let items: Vec<String> = items.collect();
    parts.push(if items.is_empty() { Part::Text("None.".to_owned()) } else { Part::List(items) });
}

fn trends(trends: &[TrendLine], capacity: Option<&Capacity>, parts: &mut Vec<Part>) {
    parts.push(Part::Heading("Trends and forecast"));
    if trends.is_empty() {
        parts.push(Part::Text("Too few steps of this time have numbers.".to_owned()));
    } else {
        let rows = trends.iter().map(|line| {
            let forecast = match (line.reaches_in_h, line.limit) {
                (Some((hours, soonest, latest)), Some(limit)) => {
                    let latest = latest.map_or_else(|| "never".to_owned(), span);
                    format!("meets {limit} {} in {} ({} to {latest})", line.unit, span(hours), span(soonest))
                }
                _ if line.rises => "rises".to_owned(),
                _ => "no rise beyond doubt".to_owned(),
            };
            vec![
                line.name.to_owned(),
                format!("{:.2} → {:.2} {}", line.start, line.end, line.unit),
                format!("{:+.2}", line.per_day),
                forecast,
            ]
        });
        parts.push(Part::Table(row(&["number", "from → to", "a day", "forecast"]), rows.collect()));
    }
    parts.push(Part::Heading("Capacity"));
    let words = capacity.map_or_else(
        || "The pool's largest size is not known.".to_owned(),
        |capacity| format!("{}.", capitalised(&capacity.words)),
    );
    parts.push(Part::Text(words));
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
