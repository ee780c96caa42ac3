//! One line of the alerts, with all that it rests on.

use crate::{
    model::{Advice, Alert},
    tui::{
        App,
        app::{Item, ItemKey, items},
        view::{alerts, clock, trial},
        widget::piece,
    },
};

use super::{Line, head, pair, wrapped};

pub(super) fn lines(app: &App, key: ItemKey, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let items = items(&app.data);
    let Some((_, item)) = items.iter().find(|(other, _)| *other == key) else {
        pair(app, &mut lines, "this", "is over, or no longer kept", width);
        return lines;
    };
    let (mark, style) = alerts::mark(app, item);
    for (at, part) in wrapped(&alerts::text(item), width.saturating_sub(2)).into_iter().enumerate() {
        lines.push(vec![
            piece(if at == 0 { format!("{mark} ") } else { "  ".to_owned() }, style),
            piece(part, app.theme.ui.title),
        ]);
    }
    lines.push(Line::new());
    if let Some(time) = item.time_ms() {
        pair(app, &mut lines, "since", &clock(app, time, "%Y-%m-%d %H:%M:%S"), width);
    }
    match item {
        Item::Alert(alert) => evidence(app, &mut lines, alert, width),
        Item::Advice(advice) => advised(app, &mut lines, advice, width),
        Item::Change(change) => {
            pair(app, &mut lines, "change", &format!("{}  by {}", change.id, change.by), width);
            let back = if change.undone { "it was taken back" } else { "u takes the newest change back" };
            pair(app, &mut lines, "undo", back, width);
        }
        Item::Trial(trial) => {
            for (name, text) in trial::lines(trial) {
                pair(app, &mut lines, name, &text, width);
            }
        }
        Item::Event(_) => {}
    }
    lines
}

fn evidence(app: &App, lines: &mut Vec<Line>, alert: &Alert, width: usize) {
    for (name, text) in alerts::alert_lines(alert).into_iter().filter(|(name, _)| *name != "evidence") {
        pair(app, lines, name, &text, width);
    }
    head(app, lines, "What it rests on");
    for line in &alert.evidence {
        pair(app, lines, "", line, width);
    }
    let same: Vec<&Advice> = app.data.state.advice.iter().filter(|advice| advice.issue.contains(&alert.subject)).collect();
    if !same.is_empty() {
        head(app, lines, "What would help");
        for advice in same {
            pair(app, lines, &advice.category, &format!("{} -> {}: {}", advice.current, advice.target, advice.issue), width);
        }
    }
    let past: Vec<_> = items(&app.data);
    let earlier = past.iter().filter_map(|(_, item)| if let Item::Event(event) = item { Some(*event) } else { None });
    let earlier: Vec<_> = earlier.filter(|event| event.text.contains(&alert.subject)).take(20).collect();
    if !earlier.is_empty() {
        head(app, lines, "What happened about it");
        for event in earlier {
            pair(app, lines, &clock(app, event.time_ms, "%H:%M:%S"), &event.text, width);
        }
    }
}

fn advised(app: &App, lines: &mut Vec<Line>, advice: &Advice, width: usize) {
    for (name, text) in alerts::advice_lines(advice) {
        pair(app, lines, name, &text, width);
    }
}
