//! One macro: what of it would run here, and what became of running it.

use serde_json::Value;

use crate::tui::{
    App,
    widget::{left, piece},
};

use super::{Line, head, pair};

pub(super) fn lines(app: &App, uid: &str, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(listed) = app.open_listed() {
        let off = if listed.enabled { "" } else { ", switched off" };
        pair(app, &mut lines, "group", &format!("{}{off}", listed.group), width);
        pair(app, &mut lines, "here", &format!("{}, {} actions", meaning(&listed.mode), listed.actions), width);
    }
    pair(app, &mut lines, "uuid", uid, width);
    match &app.macros.ran {
        Some(Ok(ran)) => result(app, &mut lines, ran, width),
        Some(Err(why)) => pair(app, &mut lines, "last run", why, width),
        None => {}
    }
    let Some(shown) = &app.macros.shown else {
        pair(app, &mut lines, "", "waiting for the macro", width);
        return lines;
    };
    if let Some(error) = shown["error"].as_str() {
        pair(app, &mut lines, "error", error, width);
        return lines;
    }
    head(app, &mut lines, "What would run");
    for line in shown["outline"].as_str().unwrap_or_default().lines().skip(1) {
        let indent = line.len() - line.trim_start().len();
        for part in super::wrapped(line.trim(), width.saturating_sub(indent + 2).max(8)) {
            lines.push(vec![piece(format!("{}{part}", " ".repeat(indent + 2)), app.theme.ui.text)]);
        }
    }
    let verdicts = shown["verdicts"].as_array().into_iter().flatten();
    let unlike: Vec<&Value> = verdicts.filter(|verdict| verdict["mode"] != "run").collect();
    if !unlike.is_empty() {
        head(app, &mut lines, "What does not run as on a Mac");
        for verdict in unlike {
            let word = |key: &str| verdict[key].as_str().unwrap_or_default();
            let style = if word("mode") == "refuse" { app.theme.status.crit } else { app.theme.status.warn };
            lines.push(vec![
                piece(left(word("mode"), 10, ""), style),
                piece(left(word("path"), 28, app.glyphs.ellipsis), app.theme.ui.dim),
                piece(format!("{}  ", word("type")), app.theme.ui.text),
            ]);
            pair(app, &mut lines, "", word("reason"), width);
        }
    }
    for (name, key) in [("Variables", "variables"), ("Calls", "calls"), ("Called by", "called_by")] {
        let names: Vec<String> = shown[key].as_array().into_iter().flatten().map(name_of).collect();
        if !names.is_empty() {
            head(app, &mut lines, name);
            pair(app, &mut lines, "", &names.join(", "), width);
        }
    }
    lines
}

fn meaning(mode: &str) -> &str {
    match mode {
        "run" => "runs",
        "simulate" => "runs, with some of it simulated",
        "refuse" => "is refused",
        other => other,
    }
}

fn name_of(value: &Value) -> String {
    value.as_str().or_else(|| value["name"].as_str()).or_else(|| value["uid"].as_str()).unwrap_or_default().to_owned()
}

/// What a run gave back.
fn result(app: &App, lines: &mut Vec<Line>, ran: &Value, width: usize) {
    pair(app, lines, "last run", ran["status"].as_str().unwrap_or_default(), width);
    if let Some(result) = ran["result"].as_str().filter(|result| !result.is_empty()) {
        pair(app, lines, "result", result, width);
    }
    if let Some(sinks) = ran["sinks"].as_object() {
        for (name, value) in sinks.iter().filter(|(_, value)| value.as_array().is_none_or(|list| !list.is_empty())) {
            if !value.is_null() {
                pair(app, lines, name, &value.to_string(), width);
            }
        }
    }
}
