//! `kmtop macros` as text for people.

use std::fmt::Write as _;

use crate::{
    library::{Entry, Hotkey, Index, Lint, LintedFile, LintedMacro, Snapshot, variables_used},
    macros::{Mode, Profile, outline},
    util::text::sanitize,
};

/// Reasons for refusals that are shown.
const MOST_REASONS: usize = 12;
/// Types that are shown of each.
const MOST_TYPES: usize = 4;

/// One line for each macro: what becomes of it, its group, name and UUID; then what could not be read.
pub fn macro_list(snapshot: &Snapshot) -> String {
    let mut text = String::new();
    for entry in snapshot.files.iter().flat_map(|file| &file.entries) {
        let mode = snapshot.index.overall(&entry.uid).unwrap_or(entry.mode).word();
        let state = if entry.enabled { "" } else { "  (disabled)" };
        let _ = writeln!(text, "{mode:<8}  {}  {}{state}", entry.uid, titled(&entry.group, &entry.name));
    }
    let _ = write!(text, "{} macros in {} files", snapshot.index.macros.len(), snapshot.files.len());
    if !snapshot.index.duplicates.is_empty() {
        let _ = write!(text, "; {} more have the UUID of another and do not count", snapshot.index.duplicates.len());
    }
    for (path, error) in &snapshot.index.files_unreadable {
        let _ = write!(text, "\nunreadable: {}: {}", path.display(), sanitize(error));
    }
    for place in &snapshot.index.left_out {
        let _ = write!(text, "\nleft out: {}: {}: {}", place.file.display(), sanitize(&place.place), sanitize(&place.problem));
    }
    text
}

/// One macro with all that is known of it.
pub fn macro_whole(entry: &Entry, index: &Index, profile: &Profile) -> String {
    let mut text = sanitize_lines(&outline(&entry.definition));
    let hotkeys: Vec<String> = entry.definition.triggers.iter().filter_map(Hotkey::of).map(|hotkey| hotkey.name()).collect();
    named_list(&mut text, "hot keys", &hotkeys);
    named_list(&mut text, "variables", &variables_used(&entry.definition));
    let calls = index.calls(&entry.uid).into_iter().map(|call| match call.entry {
        Some(called) => titled(&called.group, &called.name),
        None => format!("{} (not among these macros)", call.uid),
    });
    named_list(&mut text, "calls", &calls.collect::<Vec<_>>());
    let callers = index.callers(&entry.uid).into_iter().map(|caller| titled(&caller.group, &caller.name));
    named_list(&mut text, "called by", &callers.collect::<Vec<_>>());
    let linted = LintedMacro::of(entry, index, profile);
    let _ = writeln!(text, "\n{}: what becomes of each action here", linted.mode.word());
    verdicts(&linted, &mut text, |_| true);
    text.truncate(text.trim_end().len());
    text
}

fn named_list(text: &mut String, name: &str, items: &[String]) {
    if !items.is_empty() {
        let _ = writeln!(text, "{name}: {}", sanitize(&items.join(", ")));
    }
}

fn verdicts(linted: &LintedMacro, text: &mut String, shown: impl Fn(Mode) -> bool) {
    for action in linted.actions.iter().filter(|action| shown(action.mode)) {
        let reason = if action.reason.is_empty() { String::new() } else { format!(": {}", action.reason) };
        let line = format!("{:<8}  {} {}{reason}", action.mode.word(), action.path, action.r#type);
        let _ = writeln!(text, "  {}", sanitize(&line));
    }
}

/// Every macro with what in it is not run, by file, and the sums with the most frequent reasons.
pub fn lint_text(lint: &Lint) -> String {
    let mut text = String::new();
    for file in &lint.files {
        linted_file(file, &mut text);
    }
    let totals = &lint.totals;
    let share = |count: usize, of: usize| if of == 0 { 0.0 } else { 100.0 * count as f64 / of as f64 };
    let _ = writeln!(text, "{} files, {} macros, {} actions", totals.files, totals.macros, totals.actions);
    for (mode, macros) in [(Mode::Run, totals.run), (Mode::Simulate, totals.simulate), (Mode::Refuse, totals.refuse)] {
        let actions = totals.actions_by_mode.get(mode.word()).copied().unwrap_or_default();
        let (of_macros, of_actions) = (share(macros, totals.macros), share(actions, totals.actions));
        let mode = mode.word();
        let _ = writeln!(text, "  {mode:<8} {macros:>6} macros {of_macros:>5.1}%  {actions:>7} actions {of_actions:>5.1}%");
    }
    let refusals = lint.refusals();
    if !refusals.is_empty() {
        text.push_str("refused most often:\n");
    }
    for (reason, types) in refusals.iter().take(MOST_REASONS) {
        let count: usize = types.iter().map(|(_, count)| count).sum();
        let listed = types.iter().take(MOST_TYPES).map(|(kind, count)| format!("{kind} {count}")).collect::<Vec<_>>().join(", ");
        let more = if types.len() > MOST_TYPES { ", …" } else { "" };
        let _ = writeln!(text, "  {count:>6}  {} ({}{more})", sanitize(reason), sanitize(&listed));
    }
    if totals.errors > 0 {
        let _ = writeln!(text, "{} of the files could not be read", totals.errors);
    }
    text.truncate(text.trim_end().len());
    text
}

fn linted_file(file: &LintedFile, text: &mut String) {
    let _ = writeln!(text, "{}", sanitize(&file.path));
    if let Some(error) = &file.error {
        let _ = writeln!(text, "  error: {}", sanitize(error));
    }
    for (place, problem) in &file.left_out {
        let _ = writeln!(text, "  left out: {}: {}", sanitize(place), sanitize(problem));
    }
    for linted in &file.macros {
        let not_run = linted.actions.iter().filter(|action| action.mode != Mode::Run).count();
        let of = if not_run == 0 { String::new() } else { format!(": {not_run} of {} actions", linted.actions.len()) };
        let _ = writeln!(text, "  {:<8}  {}{of}", linted.mode.word(), titled(&linted.group, &linted.name));
        let mut actions = String::new();
        verdicts(linted, &mut actions, |mode| mode != Mode::Run);
        actions.lines().for_each(|line| {
            let _ = writeln!(text, "  {line}");
        });
    }
}

/// Group and name on one line.
fn titled(group: &str, name: &str) -> String {
    let name = if name.is_empty() { "(no name)" } else { name };
    sanitize(&format!("{group} › {name}")).into_owned()
}

fn sanitize_lines(text: &str) -> String {
    text.lines().map(|line| sanitize(line).into_owned() + "\n").collect()
}
