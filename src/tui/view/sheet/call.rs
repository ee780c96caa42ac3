//! One call, with everything that is recorded of it; and the calls of one client.

use crate::{
    model::CallRecord,
    tui::{
        App,
        view::{calls, clock, detail},
        widget::{cut, left, piece, right},
    },
    util::units,
};

use super::{Line, head, pair, tool};

/// Calls of a client that are listed.
const LISTED: usize = 200;

pub(super) fn lines(app: &App, id: u64, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let Some(call) = app.data.calls().find(|call| call.id == id) else {
        pair(app, &mut lines, "call", "it is no longer kept; the audit log may have it", width);
        return lines;
    };
    let (mark, style) = calls::ending(app, call.ending);
    lines.push(vec![
        piece(left("result", super::NAMES, ""), app.theme.ui.dim),
        piece(format!("{mark} {}", call.ending.word()), style),
        piece(call.code.as_ref().map(|code| format!("  {code}")).unwrap_or_default(), style),
    ]);
    let mut say = |name: &str, text: &str| pair(app, &mut lines, name, text, width);
    say("tool", &call.tool);
    if let Some(subject) = &call.subject {
        say("about", subject);
    }
    say("ended", &clock(app, call.time_ms, "%Y-%m-%d %H:%M:%S%.3f"));
    let token = call.token.as_ref().map(|token| format!(", token {token}")).unwrap_or_default();
    say("client", &format!("{} over {}{token}", call.client, call.transport.word()));
    say("worker", &call.worker.map_or_else(|| "none was needed or reached".to_owned(), |slot| format!("{slot}")));
    if let Some(trace) = &call.trace {
        say("trace", &format!("{trace:?}"));
    }
    head(app, &mut lines, "Where the time went");
    let parts = [("queue wait", call.queued_us), ("at a worker", call.ran_us)];
    let known: u64 = parts.iter().filter_map(|(_, micros)| *micros).sum();
    let rest = call.total_us.saturating_sub(known);
    for (at, (name, micros)) in parts.into_iter().chain([("the rest", Some(rest))]).enumerate() {
        let micros = micros.unwrap_or_default();
        let share = micros as f64 / call.total_us.max(1) as f64;
        lines.push(detail::phase_line(app, (name, at), share, &units::span(micros), width));
    }
    let mut say = |name: &str, text: &str| pair(app, &mut lines, name, text, width);
    say("in all", &units::span(call.total_us));
    if let Some(own) = call.own_us {
        say("its own work", &format!("{} as the worker says; kmtop added the rest", units::span(own)));
    }
    let slow =
        app.data.state.pool.slow.iter().find(|slow| *slow.tool == *call.tool && slow.time_ms.abs_diff(call.time_ms) < 1_500);
    if let Some(slow) = slow {
        head(app, &mut lines, "Slow for its kind");
        let usual = slow.usual_ms.map_or_else(|| "not known".to_owned(), |millis| units::span(millis * 1_000));
        pair(
            app,
            &mut lines,
            "usual",
            &format!("{usual}; this one had the worker for {}", units::span(slow.ran_ms * 1_000)),
            width,
        );
        pair(app, &mut lines, "arguments", &format!("digest {}", slow.digest), width);
    }
    head(app, &mut lines, "Before and after, from the same client");
    let of_client: Vec<&CallRecord> = app.data.calls().filter(|other| other.client == call.client).collect();
    if let Some(at) = of_client.iter().position(|other| other.id == id) {
        let near = of_client.iter().skip(at.saturating_sub(3)).take(7);
        lines.extend(near.map(|near| line(app, near, width)));
    }
    lines
}

/// A call in one line.
pub(super) fn line(app: &App, call: &CallRecord, width: usize) -> Line {
    let ui = &app.theme.ui;
    let (mark, style) = calls::ending(app, call.ending);
    let room = width.saturating_sub(58);
    vec![
        piece(format!("{mark} "), style),
        piece(clock(app, call.time_ms, "%H:%M:%S "), ui.dim),
        piece(left(&format!("#{}", call.id), 8, ""), ui.dim),
        piece(left(&call.tool, 18, app.glyphs.ellipsis), ui.text),
        piece(right(&units::span(call.total_us), 7), ui.text),
        piece(format!("  {}", left(call.code.as_deref().unwrap_or(call.ending.word()), 14, app.glyphs.ellipsis)), style),
        piece(cut(call.subject.as_deref().unwrap_or_default(), room, app.glyphs.ellipsis), ui.text),
    ]
}

/// What one client called.
pub(super) fn of_client(app: &App, token: Option<&str>, name: &str, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let of_token = |other: Option<&str>| token.is_none() || other == token;
    let clients = &app.data.state.clients;
    let client = clients.iter().find(|client| *client.name == *name && of_token(client.token.as_deref()));
    if let Some(client) = client {
        let mut say = |name: &str, text: &str| pair(app, &mut lines, name, text, width);
        say("over", client.transport.word());
        say("calls", &format!("{}, {} failed, {} over its limits", client.calls, client.errors, client.limited));
        say("last seen", &clock(app, client.seen_ms, "%H:%M:%S"));
        if let Some(allowance) = &client.allowance {
            say("may call", &format!("{} more of {} in the next {} s", allowance.remaining, allowance.limit, allowance.reset));
        }
    }
    let calls: Vec<&CallRecord> =
        tool::in_window(app).filter(|call| *call.client == *name && of_token(call.token.as_deref())).collect();
    head(app, &mut lines, "By tool, in the window");
    lines.extend(tool::groups(app, &calls, |call| Some(&call.tool), width));
    head(app, &mut lines, "Its calls");
    lines.extend(calls.iter().take(LISTED).map(|call| line(app, call, width)));
    lines
}
