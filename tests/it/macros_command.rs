//! `kmtop macros`: files in, verdicts out, for people and for programs.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::harness::Home;

fn sample() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample.kmmacros").display().to_string()
}

fn file(folder: &Path, name: &str, macros: &[(&str, &str, &str)]) -> String {
    let one = |(uid, name, actions): &(&str, &str, &str)| {
        format!(
            "<dict><key>Name</key><string>{name}</string><key>UID</key><string>{uid}</string><key>Actions</key><array>{actions}</array></dict>"
        )
    };
    let macros: String = macros.iter().map(one).collect();
    let path = folder.join(name);
    let text = format!(
        "<plist><array><dict><key>Name</key><string>G</string><key>Macros</key><array>{macros}</array></dict></array></plist>"
    );
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn action(kind: &str, more: &str) -> String {
    format!("<dict><key>MacroActionType</key><string>{kind}</string>{more}</dict>")
}

fn calls(uid: &str) -> String {
    action("ExecuteMacro", &format!("<key>MacroUID</key><string>{uid}</string>"))
}

#[test]
fn lint_follows_calls_from_file_to_file() {
    let home = Home::new();
    let folder = tempfile::tempdir().unwrap();
    let near = file(folder.path(), "a.kmmacros", &[("A", "Calls", &calls("B")), ("L", "Lost", &calls("NOWHERE"))]);
    file(folder.path(), "b.kmmacros", &[("B", "Called", &(action("Comment", "") + &action("OCRImage", "")))]);
    let whole = home.run(&["macros", "lint", "--json", &folder.path().display().to_string()]);
    assert_eq!((whole.code, whole.stderr.as_str()), (Some(0), ""), "{whole:?}");
    let lint = whole.json();
    let totals = &lint["totals"];
    assert_eq!(
        [&totals["files"], &totals["macros"], &totals["actions"], &totals["run"], &totals["simulate"], &totals["refuse"]],
        [&json!(2), &json!(3), &json!(4), &json!(0), &json!(0), &json!(3)]
    );
    let calls = &lint["files"][0]["macros"][0];
    assert_eq!(calls["actions"][0]["reason"], "it calls the macro “Called”, which is refused", "{calls:#}");
    assert_eq!([&calls["uid"], &calls["name"], &calls["group"], &calls["mode"]], ["A", "Calls", "G", "refuse"]);
    let alone = home.run(&["macros", "lint", "--json", &near]).json();
    let reason = alone["files"][0]["macros"][0]["actions"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("not among these macros"), "{reason}");
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_the_others_are_judged() {
    let home = Home::new();
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.kmmacros");
    fs::write(&broken, "<plist><array>").unwrap();
    let (broken, missing) = (broken.display().to_string(), folder.path().join("missing").display().to_string());
    let ran = home.run(&["macros", "lint", "--json", &broken, &missing, &sample()]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let lint = ran.json();
    let error = |path: &str| {
        let file = lint["files"].as_array().unwrap().iter().find(|file| file["path"] == path).unwrap();
        (file["error"].clone(), file["macros"].as_array().unwrap().len())
    };
    assert!(matches!(error(&broken), (Value::String(_), 0)) && matches!(error(&missing), (Value::String(_), 0)), "{lint:#}");
    assert_eq!(error(&sample()), (Value::Null, 17));
    let text = home.run(&["macros", "lint", &broken]);
    assert!(text.code == Some(1) && text.stdout.contains("error: "), "{text:?}");
    assert!(!text.stdout.contains('\x1b'), "{text:?}");
}

#[test]
fn without_files_it_is_the_library_that_is_served() {
    let home = Home::new();
    let list = home.run(&["macros", "list"]);
    assert!(
        list.code == Some(0) && list.stdout.contains("Sample › Greet") && list.stdout.ends_with("17 macros in 1 files\n"),
        "{list:?}"
    );
    let show = home.run(&["macros", "show", "Backup Check"]);
    assert!(show.code == Some(0) && show.stdout.contains("variables: Backup Time"), "{show:?}");
    let findings = home.run(&["macros", "lint"]);
    assert!(findings.stdout.contains("refused most often:") && findings.stdout.contains("1 files, 17 macros, "), "{findings:?}");
    let missing = home.run(&["macros", "show", "Backup Chek"]);
    assert!(missing.code == Some(1) && missing.stderr.contains("did you mean “Backup Check”"), "{missing:?}");
}

#[test]
fn a_hot_key_is_shown_as_on_its_keyboard() {
    let home = Home::new();
    let folder = tempfile::tempdir().unwrap();
    let trigger = "</array><key>Triggers</key><array><dict><key>MacroTriggerType</key><string>HotKey</string><key>KeyCode</key>\
                   <integer>40</integer><key>Modifiers</key><integer>6144</integer></dict>";
    let keyed = file(folder.path(), "k.kmmacros", &[("K", "Keyed", trigger)]);
    let show = home.run(&["macros", "show", "Keyed", &keyed]);
    assert!(show.stdout.contains("hot keys: ⌃⌥K"), "{show:?}");
}

#[test]
fn the_pretended_desktop_changes_verdicts() {
    let folder = tempfile::tempdir().unwrap();
    let condition = "<key>Variable</key><string>W</string><key>Text</key><string>SCREEN(Main,Width)</string>";
    let wide = file(folder.path(), "w.kmmacros", &[("W", "Wide", &action("SetVariableToCalculation", condition))]);
    let mode = |home: &Home| home.run(&["macros", "lint", "--json", &wide]).json()["files"][0]["macros"][0]["mode"].clone();
    assert_eq!(mode(&Home::new()), "refuse");
    assert_eq!(mode(&Home::with("[engine.simulate]\nscreens = [[0, 0, 1440, 900]]\n")), "run");
}
