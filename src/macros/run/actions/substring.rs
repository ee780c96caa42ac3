//! Substring, Split Path.

use super::{
    super::{
        super::{
            data::Action,
            filters::split_path,
            place::Place,
            portability::{expression, refused, text, variable_refusal},
            profile::Profile,
            table::{ActionType, Mode, run},
        },
        Flow, Trouble,
        state::Runner,
    },
    fields::unknown_field,
    texts::{check_destination, source_refusal},
};

pub(super) const ACTIONS: &[ActionType] = &[
    run("Substring", "the first, the last, or a range of characters, kept or deleted", check, substring),
    run("SplitPath", "parent, name, base name and extension into variables", check_path, split),
];

/// The variables of Split Path, in the order of the path's parts.
const PARTS: [&[&str]; 4] = [
    &["ParentPathVariable", "ParentVariable", "ParentPath"],
    &["FileNameVariable", "NameVariable", "FileName"],
    &["BaseNameVariable", "BaseVariable", "BaseName"],
    &["ExtensionVariable", "PathExtensionVariable", "Extension"],
];

/// Which characters.
#[derive(Clone, Copy)]
enum Part {
    All,
    First,
    Last,
    Range,
}

fn part(action: &Action) -> Result<Part, String> {
    match action.word("StringRangeType").unwrap_or("Range") {
        "All" => Ok(Part::All),
        "First" => Ok(Part::First),
        "Last" => Ok(Part::Last),
        "Range" => Ok(Part::Range),
        other => Err(format!("it takes the characters “{other}”, which kmtop does not know")),
    }
}

fn check(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let numbers = || expression(action, "First", profile).or_else(|| expression(action, "Second", profile));
    let reason = part(action).err().or_else(numbers).or_else(|| source_refusal(action, profile));
    refused(reason).or_else(|| check_destination(action, profile))
}

fn substring(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let part = part(action).map_err(Trouble::Failed)?;
    let text = runner.source_text(action)?;
    let count = text.chars().count();
    let first = runner.position(action, "First")?;
    // Characters from one to before another, counted from 0.
    let (from, to) = match part {
        Part::All => (0, count),
        Part::First => (0, whole(first)),
        Part::Last => (count.saturating_sub(whole(first)), count),
        Part::Range => {
            let second = runner.position(action, "Second")?;
            (whole(from_end(first, count)).saturating_sub(1), whole(from_end(second, count)))
        }
    };
    let to = to.min(count);
    let from = from.min(to);
    let inside: String = text.chars().skip(from).take(to - from).collect();
    let text = match action.flag("Delete") {
        Some(true) => text.chars().take(from).chain(text.chars().skip(to)).collect(),
        _ => inside,
    };
    runner.put_result(action, text)?;
    Ok(Flow::Next)
}

/// A position from 1; negative ones count from the end.
fn from_end(position: f64, count: usize) -> f64 {
    if position < 0.0 { position + count as f64 + 1.0 } else { position }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates; what is beyond the text is cut off"
)]
fn whole(number: f64) -> usize {
    number.round() as usize
}

impl Runner<'_> {
    fn position(&mut self, action: &Action, key: &str) -> Result<f64, Trouble> {
        let expression = action.text(key).filter(|expression| !expression.trim().is_empty());
        let expression = expression.ok_or_else(|| Trouble::Failed(format!("it has no number of characters ({key})")))?;
        Ok(self.number(&expression)?)
    }
}

fn variables(action: &Action) -> [Option<&str>; 4] {
    PARTS.map(|keys| keys.iter().find_map(|key| action.word(key)).map(str::trim).filter(|name| !name.is_empty()))
}

/// Fields that are not known could name variables that then were never set.
fn unknown_key(action: &Action) -> Option<String> {
    let known: Vec<&str> = PARTS.iter().copied().flatten().copied().chain(["Path"]).collect();
    unknown_field(action, &known)
}

fn check_path(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let names = || variables(action).into_iter().flatten().find_map(|name| variable_refusal(name, profile));
    refused(unknown_key(action).or_else(|| text(action, "Path", profile)).or_else(names))
}

fn split(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let path = runner.expanded(action, "Path")?;
    let path = path.trim();
    if path.is_empty() {
        return Err(Trouble::Failed("it has no path to split".into()));
    }
    let parts = split_path(path);
    for (name, part) in variables(action).into_iter().zip([parts.parent, parts.name, parts.base, parts.extension]) {
        if let Some(name) = name {
            runner.set(name, part)?;
        }
    }
    Ok(Flow::Next)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::super::stage::{definition, done, give, host, run, set};

    fn cut(text: &str, range: &Value) -> Option<String> {
        let mut action = json!({"kind": "Substring", "Source": "Variable", "Variable": "T"});
        action.as_object_mut().expect("an object").append(range.clone().as_object_mut().expect("an object"));
        done(json!([set("T", text), action, give("%Variable%T%")]), &mut host()).result
    }

    #[test]
    fn characters_are_kept_or_deleted() {
        let cases = [
            (json!({"StringRangeType": "Range", "First": "2", "Second": "4"}), "bcd"),
            (json!({"StringRangeType": "Range", "First": "2", "Second": "4", "Delete": true}), "aeé"),
            (json!({"StringRangeType": "Range", "First": "-2", "Second": "-1"}), "eé"),
            (json!({"StringRangeType": "Range", "First": "0", "Second": "99"}), "abcdeé"),
            (json!({"StringRangeType": "Range", "First": "5", "Second": "2"}), ""),
            (json!({"StringRangeType": "First", "First": "1+1", "Second": "4"}), "ab"),
            (json!({"StringRangeType": "Last", "First": "1", "Second": "4"}), "é"),
            (json!({"StringRangeType": "Last", "First": "1", "Second": "4", "Delete": true}), "abcde"),
            (json!({"StringRangeType": "Last", "First": "99"}), "abcdeé"),
            (json!({"StringRangeType": "First", "First": 2}), "ab"),
            (json!({"StringRangeType": "All", "First": "1"}), "abcdeé"),
        ];
        for (range, expected) in cases {
            assert_eq!(cut("abcdeé", &range).as_deref(), Some(expected), "{range}");
        }
    }

    #[test]
    fn paths_go_into_variables() {
        let report = done(
            json!([
                set("P", "/a/b c.txt"),
                {"kind": "SplitPath", "Path": "%Variable%P%", "ParentPathVariable": "A", "FileNameVariable": "B",
                    "BaseNameVariable": "C", "ExtensionVariable": "D", "ActionUID": 1, "StopOnFailure": true},
                give("%Variable%A%|%Variable%B%|%Variable%C%|%Variable%D%"),
            ]),
            &mut host(),
        );
        assert_eq!(report.result.as_deref(), Some("/a|b c.txt|b c|txt"));
    }

    #[test]
    fn unknown_forms_are_refused() {
        let cases = [
            (json!({"kind": "Substring", "StringRangeType": "Middle", "First": "1"}), "Middle"),
            (json!({"kind": "Substring", "StringRangeType": "First", "First": "SCREENCOUNT"}), "SCREENCOUNT"),
            (json!({"kind": "SplitPath", "Path": "/a", "StemVariable": "X"}), "StemVariable"),
            (json!({"kind": "SplitPath", "Path": "/a", "FileNameVariable": "1x"}), "1x"),
        ];
        for (action, expected) in cases {
            let error = run(&definition("A", json!([action.clone()])), None, &mut host()).expect_err("it is refused");
            assert!(error.to_string().contains(expected), "{action}: {error}");
        }
    }
}
