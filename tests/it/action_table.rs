//! The table of action types: it knows every type that Keyboard Maestro is known to have, and the documentation shows it.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use kmtop::macros::{
    Mode,
    table::{TABLE, action_type},
};

use crate::harness::data;

const BEGINNING: &str = "<!-- From here on made from the table of action types: BLESS=1 cargo test --test it action_table -->\n";
const END: &str = "<!-- The end of what is made from the table. -->\n";

/// The names were gathered from public macro files and from the actions that Keyboard Maestro 11 offers.
#[test]
fn every_type_that_is_known_of_stands_in_the_table() {
    let list = fs::read_to_string(data("action-types.txt")).unwrap();
    assert!(list.lines().count() > 150);
    let missing: Vec<&str> = list.lines().filter(|name| action_type(name).is_none()).collect();
    assert_eq!(missing, Vec::<&str>::new(), "give each a line in a family of src/macros/run/actions");
}

#[test]
fn what_is_not_run_has_a_reason() {
    for known in TABLE.iter().filter(|known| known.mode != Mode::Run) {
        assert!(!known.reason.is_empty(), "{} says nothing", known.name);
        assert!(!known.reason.contains('|'), "{} would break the table in the documentation", known.name);
    }
}

/// `BLESS=1 cargo test` writes it anew; read the difference before you commit it.
#[test]
fn the_documentation_shows_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/macros.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGINNING).expect("docs/macros.md has the mark where the table begins");
    let (shown, after) = rest.split_once(END).expect("docs/macros.md has the mark where the table ends");
    let made = tables();
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, [before, BEGINNING, &made, END, after].concat()).unwrap();
    } else {
        assert!(shown == made, "the table in docs/macros.md is stale: BLESS=1 cargo test --test it action_table");
    }
}

/// The table as Markdown: types that are done or recorded one by one, the others by their reasons.
fn tables() -> String {
    let mut text = String::new();
    let count = |mode| TABLE.iter().filter(|known| known.mode == mode).count();
    let (run, simulate, refuse) = (count(Mode::Run), count(Mode::Simulate), count(Mode::Refuse));
    let _ = writeln!(
        text,
        "\n{run} types are run, {simulate} simulated, {refuse} refused. A type that is not here is refused too.\n"
    );
    for (mode, about) in [(Mode::Run, "What to know"), (Mode::Simulate, "What becomes of it")] {
        let _ = writeln!(text, "| {} | {about} |\n|---|---|", mode.word());
        for known in TABLE.iter().filter(|known| known.mode == mode) {
            let _ = writeln!(text, "| `{}` | {} |", known.name, known.reason);
        }
        text.push('\n');
    }
    let mut reasons: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for known in TABLE.iter().filter(|known| known.mode == Mode::Refuse) {
        reasons.entry(known.reason).or_default().push(format!("`{}`", known.name));
    }
    text.push_str("| refused because it … | types |\n|---|---|\n");
    for (reason, names) in reasons {
        let _ = writeln!(text, "| {reason} | {} |", names.join(" "));
    }
    text.push('\n');
    text
}
