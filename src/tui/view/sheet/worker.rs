//! One worker: what it does, what it holds, why it is being replaced, and what it did.

use crate::{
    model::CallRecord,
    tui::{
        App,
        view::{clock, pool},
        widget::{left, piece},
    },
    util::units,
};

use super::{Line, call, head, pair};

/// Calls and events that are listed.
const LISTED: usize = 40;

pub(super) fn lines(app: &App, slot: u16, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let pool = &app.data.state.pool;
    let Some(worker) = pool.workers.iter().chain(&pool.reserve).find(|worker| worker.slot == slot) else {
        pair(app, &mut lines, "worker", "there is none in this place now", width);
        return lines;
    };
    let state = format!("{} {}", app.glyphs.worker(worker.state), worker.state.word());
    lines.push(vec![piece(left("state", super::NAMES, ""), app.theme.ui.dim), piece(state, pool::style(app, worker.state))]);
    let known = |text: Option<String>| text.unwrap_or_else(|| "not known".to_owned());
    let bytes = |bytes: Option<u64>| known(bytes.map(|bytes| units::bytes(bytes as f64)));
    let mut say = |name: &str, text: &str| pair(app, &mut lines, name, text, width);
    if let Some(tool) = &worker.tool {
        let about = worker.subject.as_ref().map(|subject| format!(" on \"{subject}\"")).unwrap_or_default();
        let since = worker.busy_ms.map(|millis| format!(", for {}", units::span(millis * 1_000))).unwrap_or_default();
        say("at work", &format!("{tool}{about}{since}"));
    }
    if let Some(last) = &worker.last {
        say("last job", last);
    }
    say(
        "process",
        &known(worker.pid.map(|pid| format!("{pid}, {} old, {} jobs", units::long_span(worker.age_ms / 1_000), worker.served))),
    );
    say("busy", &known(worker.utilisation.map(|share| format!("{}% of the last second", units::percent(share)))));
    say("memory", &format!("{} now, {} at most", bytes(worker.rss_bytes), bytes(worker.peak_rss_bytes)));
    say("processor", &known(worker.cpu_percent.map(|percent| format!("{percent:.0}% of one"))));
    say("died here", &format!("{} workers in this place, by themselves or before they were ready", worker.crashes));
    let recycle = worker.recycle.as_ref().map_or_else(|| "it is not".to_owned(), |reason| reason.word().to_owned());
    say("replaced", &recycle);
    let reasons: Vec<String> = pool.recycled_by.iter().map(|(reason, count)| format!("{} {count}", reason.word())).collect();
    if !reasons.is_empty() {
        say("pool so far", &reasons.join(", "));
    }
    let name = format!("worker {slot}");
    let intervals: Vec<_> = app.data.window.intervals().collect();
    let events = intervals.iter().rev().flat_map(|interval| interval.events.iter().rev());
    let about_it: Vec<_> = events.filter(|event| names(&event.text, &name)).take(LISTED).collect();
    if !about_it.is_empty() {
        head(app, &mut lines, "What happened to it");
        for event in about_it {
            pair(app, &mut lines, &clock(app, event.time_ms, "%H:%M:%S"), &event.text, width);
        }
    }
    head(app, &mut lines, "What it did");
    let calls: Vec<&CallRecord> = app.data.calls().filter(|call| call.worker == Some(slot)).take(LISTED).collect();
    lines.extend(calls.iter().map(|call| call::line(app, call, width)));
    lines
}

/// Whether the text names this worker, and not one whose number only begins so.
fn names(text: &str, worker: &str) -> bool {
    text.match_indices(worker).any(|(at, _)| !text[at + worker.len()..].starts_with(|next: char| next.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn worker_one_is_not_worker_eleven() {
        assert!(super::names("worker 1 recycled", "worker 1") && super::names("on worker 1", "worker 1"));
        assert!(!super::names("worker 11 recycled", "worker 1"));
    }
}
