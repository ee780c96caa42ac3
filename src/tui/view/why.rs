//! Why the pool is as large as it is, and the word that approves advice.

use ratatui::layout::Rect;

use super::overlay::middle;
use crate::{
    model::{APPROVAL, SizeDecision},
    tui::{
        App,
        widget::{self, Canvas, cut, piece},
    },
    util::units,
};

const WIDTH: u16 = 96;
const HEIGHT: u16 = 20;

/// What the controller of the size is doing, and its newest decisions.
pub(crate) fn why(app: &App, canvas: &mut Canvas<'_>) {
    let ui = &app.theme.ui;
    let (pool, policy) = (&app.data.state.pool, app.data.state.policy);
    let sizing = &pool.sizing;
    let mut area = canvas.part(middle(canvas.area(), WIDTH, HEIGHT));
    area.clear(ui.background.patch(ui.text));
    let notes = [piece("m autopilot  S strategy  Esc closes", ui.dim)];
    let mut inner = widget::frame(&mut area, &app.glyphs, true, ui.border_focus, &[piece("Why this size", ui.title)], &notes);
    let width = usize::from(inner.width().saturating_sub(2));
    let mut lines = vec![
        (format!("target {}, {} to {}: {}", pool.target, pool.min, pool.max, pool.reason), ui.text),
        (
            format!(
                "autopilot {}, strategy {}, target {}, profile {}",
                policy.autopilot.word(),
                policy.strategy.word(),
                policy.target.word(),
                policy.profile.word()
            ),
            ui.text,
        ),
    ];
    lines.extend(sizing.room.map(|room| (format!("the machine has room for {room} workers"), ui.text)));
    lines.extend(super::trial::reasons(app).into_iter().map(|line| (line, ui.text)));
    if let Some(decision) = &sizing.proposal {
        lines.push((format!("would go {} -> {}: {}", decision.from, decision.to, decision.reason), ui.accent));
        lines.push((format!("  {}", inputs(decision)), ui.dim));
    }
    lines.push((String::new(), ui.text));
    if sizing.decisions.is_empty() {
        lines.push(("nothing was decided yet".to_owned(), ui.dim));
    }
    for decided in sizing.decisions.iter().rev() {
        let SizeDecision { from, to, reason, .. } = &decided.decision;
        let done = if decided.applied { "" } else { " (proposed)" };
        lines.push((format!("{:>6} s  {from} -> {to}{done}  {reason}", units::rate(decided.at_s)), ui.text));
        lines.push((format!("          {}", inputs(&decided.decision)), ui.dim));
    }
    for (y, (text, style)) in (0..inner.height()).zip(lines) {
        inner.text(1, y, &cut(&text, width, app.glyphs.ellipsis), style);
    }
}

fn inputs(decision: &SizeDecision) -> String {
    let inputs = &decision.inputs;
    format!(
        "{:.1}/s x {:.0} ms = {:.2} erlang, {} needed, limit {}, {} waiting, {} at work, {} starting",
        inputs.rate_per_s,
        inputs.service_s * 1_000.0,
        inputs.load(),
        inputs.needed,
        inputs.limit,
        inputs.queued,
        inputs.busy,
        inputs.starting
    )
}

/// Asks for the word that approves this advice.
pub(crate) fn approve(app: &App, canvas: &mut Canvas<'_>, id: Option<u64>) {
    let ui = &app.theme.ui;
    let advice = app.data.state.advice.iter().find(|advice| id.is_none_or(|id| advice.id == id));
    let area: Rect = middle(canvas.area(), 72, 8);
    let mut area = canvas.part(area);
    area.clear(ui.background.patch(ui.text));
    let mut inner = widget::frame(&mut area, &app.glyphs, true, ui.border_focus, &[piece("Approve", ui.title)], &[]);
    let width = usize::from(inner.width().saturating_sub(2));
    let Some(advice) = advice else {
        inner.text(1, 0, "this advice no longer stands; Esc closes", ui.dim);
        return;
    };
    let lines = [
        (format!("{} -> {}: {}", advice.current, advice.target, advice.issue), ui.text),
        (format!("risk: {}", advice.risk), ui.text),
        (format!("undo: {}", advice.undo), ui.dim),
        (String::new(), ui.text),
        (format!("type {APPROVAL} and Enter; Esc leaves it: {}_", app.typed), ui.accent),
    ];
    for (y, (text, style)) in (0..).zip(lines) {
        inner.text(1, y, &cut(&text, width, app.glyphs.ellipsis), style);
    }
}
