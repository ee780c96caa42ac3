//! The library: macros that are looked through and run, by the same tools that clients call.

use std::time::Instant;

use serde_json::{Value, json};

use super::{App, Confirm, Cursor, Effect, Overlay, Sheet, Subject, TYPED, confirm::Deed};
use crate::{link::Call, tui::keymap::Pane};

/// Macros that are asked for at once.
const PAGE: u64 = 1_000;

/// A macro as the list tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) uid: String,
    pub(crate) name: String,
    pub(crate) group: String,
    pub(crate) enabled: bool,
    pub(crate) actions: u64,
    /// What becomes of it here: `run`, `simulate` or `refuse`.
    pub(crate) mode: String,
}

/// What is known of the library.
#[derive(Debug, Default)]
pub(crate) struct Macros {
    pub(crate) listed: Vec<Listed>,
    pub(crate) cursor: Cursor<String>,
    /// Why there is no list.
    pub(crate) problem: Option<String>,
    /// The macro that is open: what it is, and what of it would run.
    pub(crate) shown: Option<Value>,
    /// What became of the last run.
    pub(crate) ran: Option<Result<Value, String>>,
    asked: bool,
    /// What the answer to a call is for.
    waits: Vec<(u64, Wish)>,
}

/// What a tool was called for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wish {
    List,
    Show,
    Run(String),
}

impl App {
    /// The macros that the filter leaves.
    pub(crate) fn macro_rows(&self) -> impl Iterator<Item = &Listed> {
        let shown = |listed: &&Listed| self.filters.shows(Pane::Library, &[&listed.name, &listed.group, &listed.uid]);
        self.macros.listed.iter().filter(shown)
    }

    pub(super) fn macro_keys(&self) -> Vec<String> {
        self.macro_rows().map(|listed| listed.uid.clone()).collect()
    }

    pub(crate) fn selected_macro(&self) -> Option<&Listed> {
        self.macro_rows().nth(self.macros.cursor.index())
    }

    /// Calls a tool as the owner.
    pub(super) fn call(&mut self, call: Call) -> Vec<Effect> {
        let wish = match &*call.tool {
            "km_list_macros" => Wish::List,
            "km_get_macro" => Wish::Show,
            _ => Wish::Run(call.arguments["macro"].as_str().unwrap_or_default().to_owned()),
        };
        let id = self.next_ask;
        self.next_ask += 1;
        self.macros.waits.push((id, wish));
        vec![Effect::Call { id, call }]
    }

    /// Asks for the list when somebody looks at it for the first time.
    pub(super) fn want_macros(&mut self) -> Vec<Effect> {
        let live = self.playback().is_none() && self.lost.is_none() && self.data.welcomed;
        if self.focus != Pane::Library || self.macros.asked || !live {
            return Vec::new();
        }
        self.macros.asked = true;
        self.call(Call { tool: "km_list_macros".into(), arguments: json!({ "limit": PAGE }) })
    }

    /// Asks for the list again at the next look.
    pub(super) fn forget_macros(&mut self) {
        self.macros.asked = false;
    }

    pub(super) fn open_macro(&mut self) -> Vec<Effect> {
        let Some(uid) = self.selected_macro().map(|listed| listed.uid.clone()) else { return Vec::new() };
        (self.macros.shown, self.macros.ran) = (None, None);
        self.sheet = Some(Sheet { subject: Subject::Macro(uid.clone()), offset: 0 });
        self.call(Call { tool: "km_get_macro".into(), arguments: json!({ "macro": uid }) })
    }

    /// The answer to a call of this console.
    pub(super) fn answered(&mut self, now: Instant, id: u64, result: Result<Value, String>) {
        let Some(at) = self.macros.waits.iter().position(|(other, _)| *other == id) else { return };
        let (_, wish) = self.macros.waits.swap_remove(at);
        match (wish, result) {
            (Wish::List, Ok(list)) => {
                self.macros.problem = None;
                self.macros.listed = list["macros"].as_array().into_iter().flatten().map(listed).collect();
            }
            (Wish::List, Err(why)) => {
                self.macros.problem = Some(why);
                self.macros.asked = false;
            }
            (Wish::Show, Ok(shown)) => self.macros.shown = Some(shown),
            (Wish::Show, Err(why)) => self.macros.shown = Some(json!({ "error": why })),
            (Wish::Run(name), result) => {
                let word = match &result {
                    Ok(ran) => ran["status"].as_str().unwrap_or("finished").to_owned(),
                    Err(why) => why.clone(),
                };
                let text = format!("{name}: {word}");
                if result.is_ok() {
                    self.say(now, text);
                } else {
                    self.complain(now, text);
                }
                self.macros.ran = Some(result);
            }
        }
    }

    /// Begins to run the macro that is open: its parameter is typed first.
    pub(super) fn run_shown_macro(&mut self, now: Instant) -> Vec<Effect> {
        if !matches!(self.sheet, Some(Sheet { subject: Subject::Macro(_), .. })) {
            return Vec::new();
        }
        if let Some(reason) = self.refusal() {
            self.complain(now, format!("run: {reason}"));
        } else if self.open_listed().is_some_and(|listed| listed.mode == "refuse") {
            self.complain(now, "this macro cannot run here: the lines marked with refuse say why");
        } else {
            self.typed.clear();
            self.overlay = Some(Overlay::Parameter);
        }
        Vec::new()
    }

    /// The macro that is open, as the list tells of it.
    pub(crate) fn open_listed(&self) -> Option<&Listed> {
        let Some(Sheet { subject: Subject::Macro(uid), .. }) = &self.sheet else { return None };
        self.macros.listed.iter().find(|listed| listed.uid == *uid)
    }

    pub(super) fn parameter_key(&mut self, key: crossterm::event::KeyEvent) -> Vec<Effect> {
        use crossterm::event::KeyCode;
        match key.code {
            KeyCode::Esc => self.overlay = None,
            KeyCode::Backspace => _ = self.typed.pop(),
            KeyCode::Char(letter) if self.typed.len() < 4 * TYPED => self.typed.push(letter),
            KeyCode::Enter => {
                self.overlay = None;
                let Some(listed) = self.open_listed().cloned() else { return Vec::new() };
                let mut arguments = json!({ "macro": listed.uid });
                if !self.typed.is_empty() {
                    arguments["parameter"] = json!(self.typed);
                }
                let call = Call { tool: "km_run_macro".into(), arguments };
                return self.run_or_ask(&listed, call);
            }
            _ => {}
        }
        Vec::new()
    }

    /// A macro that writes is run only after its verb was typed.
    fn run_or_ask(&mut self, listed: &Listed, call: Call) -> Vec<Effect> {
        let writes: Vec<String> = self.macros.shown.as_ref().map(writes).unwrap_or_default();
        if writes.is_empty() {
            return self.call(call);
        }
        let mut lines = vec![format!("\"{}\" changes something:", listed.name)];
        lines.extend(writes.iter().take(6).map(|line| format!("  {line}")));
        lines.extend((writes.len() > 6).then(|| format!("  and {} more", writes.len() - 6)));
        self.confirm(Confirm {
            title: "Run a macro that writes".to_owned(),
            lines,
            verb: "run",
            typed: true,
            yes: false,
            deed: Deed::Call(call),
        });
        Vec::new()
    }
}

fn listed(value: &Value) -> Listed {
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    Listed {
        uid: text("uid"),
        name: text("name"),
        group: text("group"),
        enabled: value["enabled"].as_bool().unwrap_or(true),
        actions: value["actions"].as_u64().unwrap_or_default(),
        mode: text("portability"),
    }
}

/// Types of actions that leave everything as it is, whatever they hold.
const HARMLESS: [&str; 16] = [
    "Comment",
    "IfThenElse",
    "Switch",
    "For",
    "While",
    "Until",
    "Repeat",
    "Group",
    "TryCatch",
    "Return",
    "Pause",
    "PauseUntil",
    "CancelThisMacro",
    "BreakFromLoop",
    "ContinueLoop",
    "Log",
];

/// The lines of an outline that may change something: whatever is not known to leave all as it is.
fn writes(shown: &Value) -> Vec<String> {
    let outline = shown["outline"].as_str().unwrap_or_default();
    // The first line is the macro's name; those without a number name branches.
    let actions = outline.lines().skip(1).map(str::trim).filter(|line| line.starts_with(|first: char| first.is_ascii_digit()));
    actions.filter(|line| !is_harmless(line)).map(str::to_owned).collect()
}

fn is_harmless(line: &str) -> bool {
    let action = line.split_once(". ").map_or(line, |(_, action)| action);
    let (kind, rest) = action.split_once(':').unwrap_or((action, ""));
    let of_the_run = ["Local", "Instance"].iter().any(|scope| rest.trim_start().starts_with(scope));
    HARMLESS.contains(&kind.trim()) || (kind.starts_with("SetVariable") && of_the_run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_change_something_is_told_from_what_does_not() {
        let outline = "Greet [Sample] 5A\n1. Comment: a word\n2. SetVariableToText: Local__Name = x\n3. IfThenElse\n Then:\n  \
                       1. SetVariableToText: Kept = y\n  2. ExecuteShellScript: rm -r /tmp/x\n4. Return: done\n";
        let found = writes(&json!({ "outline": outline }));
        assert_eq!(found, ["1. SetVariableToText: Kept = y", "2. ExecuteShellScript: rm -r /tmp/x"]);
    }
}
