use std::{fs, path::Path, time::Duration};

use serde_json::json;

use super::{Filter, FindError, Library};
use crate::macros::{MacroSource, Mode, Profile};

const LIMIT: Duration = Duration::from_secs(10);

fn file(path: &Path, group: &str, macros: &[(&str, &str)]) {
    let one = |(uid, name): &(&str, &str)| {
        format!(
            "<dict><key>Name</key><string>{name}</string><key>UID</key><string>{uid}</string><key>Actions</key><array>\
            <dict><key>MacroActionType</key><string>Comment</string></dict></array></dict>"
        )
    };
    let macros: String = macros.iter().map(one).collect();
    let text = format!(
        "<plist><array><dict><key>Name</key><string>{group}</string><key>Macros</key><array>{macros}</array></dict></array></plist>"
    );
    fs::write(path, text).expect("written");
}

fn library() -> (tempfile::TempDir, Library) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("inner")).expect("made");
    file(&folder.path().join("a.kmmacros"), "First", &[("u1", "Greet"), ("u2", "Invoice"), ("u3", "Same")]);
    file(&folder.path().join("inner/b.kmlibrary"), "Second", &[("u4", "same"), ("u5", "Same"), ("U1", "Copy")]);
    file(&folder.path().join("ignored.plist"), "No", &[("u9", "Ignored")]);
    fs::write(folder.path().join("broken.kmmacros"), "<plist>\n<array>").expect("written");
    let library = Library::start(vec![folder.path().to_owned(), folder.path().join("missing")]);
    assert!(library.wait_ready(LIMIT));
    (folder, library)
}

#[test]
fn finds_by_uuid_and_name() {
    let (_folder, library) = library();
    let index = library.index();
    assert_eq!(index.find("u1").expect("by UUID").name, "Greet");
    assert_eq!(index.find("Greet").expect("by name").uid, "U1");
    assert_eq!(index.find("GREET").expect("in another case").uid, "U1");
    assert_eq!(index.find("same").expect("exactly one is spelled so").uid, "U4");
    assert_eq!(index.find("Greta"), Err(FindError::Missing { wanted: "Greta".into(), nearest: vec!["Greet".into()] }));
    let several = index.find("Same").expect_err("two").to_string();
    assert!(several.contains("U3") && several.contains("U5") && !several.contains("U4"), "{several}");
    assert!(library.find_by_uid("u5").is_some() && library.find_by_uid("u7").is_none());
}

#[test]
fn names_what_it_left_out() {
    let (_folder, library) = library();
    let index = library.index();
    assert_eq!(index.macros.len(), 5);
    let unreadable: Vec<_> = index.files_unreadable.iter().filter_map(|(path, _)| path.file_name()?.to_str()).collect();
    assert_eq!(unreadable, ["missing", "broken.kmmacros"]);
    assert_eq!((index.duplicates.len(), index.duplicates[0].name.as_str()), (1, "Copy"));
}

#[test]
fn lists_in_pages() {
    let (_folder, library) = library();
    let index = library.index();
    let page = index.list(&Filter { limit: 2, ..Filter::default() });
    assert_eq!((page.macros.len(), page.total, page.next_offset), (2, 5, Some(2)));
    let page = index.list(&Filter { limit: 2, offset: 4, ..Filter::default() });
    assert_eq!((page.macros.len(), page.next_offset), (1, None));
    assert_eq!(index.list(&Filter { group: Some("second".into()), ..Filter::default() }).total, 2);
    assert_eq!(index.list(&Filter { query: Some("SAME".into()), ..Filter::default() }).total, 3);
    assert_eq!(index.list(&Filter { enabled: Some(false), ..Filter::default() }).total, 0);
    let entry = &index.macros[0];
    assert_eq!((entry.actions, entry.mode, entry.enabled), (1, Mode::Run, true));
}

#[test]
fn follows_changes() {
    let (folder, library) = library();
    let before = library.index().revision;
    assert!(library.reload(LIMIT));
    assert_eq!(library.index().revision, before, "nothing changed");
    fs::write(folder.path().join("a.kmmacros"), "<plist><arr").expect("half-written");
    assert!(library.reload(LIMIT));
    assert_eq!(library.index().find("u1").expect("kept").name, "Greet");
    assert!(library.index().files_unreadable.iter().any(|(_, problem)| problem.contains("are kept")));
    file(&folder.path().join("a.kmmacros"), "First", &[("u1", "Greet again")]);
    fs::remove_file(folder.path().join("broken.kmmacros")).expect("removed");
    assert!(library.reload(LIMIT));
    let index = library.index();
    assert!(index.revision > before);
    assert_eq!(index.find("u1").expect("still there").name, "Greet again");
    assert!(index.find("u2").is_err());
    assert_eq!(index.files_unreadable.len(), 1);
}

/// A library of these groups, each as it stands in a file.
fn library_of(groups: &serde_json::Value) -> (tempfile::TempDir, Library) {
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = crate::macros::write::binary(groups).expect("written");
    fs::write(folder.path().join("all.kmmacros"), bytes).expect("written");
    let library = Library::start(vec![folder.path().to_owned()]);
    assert!(library.wait_ready(LIMIT));
    (folder, library)
}

fn uids(entries: &[std::sync::Arc<super::Entry>]) -> Vec<&str> {
    entries.iter().map(|entry| entry.uid.as_str()).collect()
}

/// A macro that does this and calls these.
fn calling(uid: &str, kind: &str, calls: &[&str]) -> serde_json::Value {
    let call = |called: &&str| json!({"MacroActionType": "ExecuteMacro", "MacroUID": called});
    let mut actions: Vec<_> = calls.iter().map(call).collect();
    actions.push(json!({"MacroActionType": kind}));
    json!({"Name": uid, "UID": uid, "Actions": [{"MacroActionType": "Group", "Actions": actions}]})
}

#[test]
fn a_macro_is_as_good_as_all_that_it_calls() {
    let off = json!({"Name": "OFF", "UID": "OFF", "IsActive": false, "Actions": []});
    let unused = json!({"Name": "UNUSED", "UID": "UNUSED", "Actions": [
        {"MacroActionType": "ExecuteMacro", "MacroUID": "MISSING", "IsActive": false},
    ]});
    let macros = json!([
        calling("A", "Comment", &["b"]),
        calling("B", "Comment", &["C", "A"]),
        calling("C", "OCRImage", &[]),
        calling("D", "Comment", &["E", "E"]),
        calling("E", "Comment", &["D"]),
        calling("F", "Comment", &["MISSING"]),
        calling("G", "Comment", &["OFF"]),
        off,
        unused,
    ]);
    let (_folder, library) = library_of(&json!([{"Name": "G", "Macros": macros}]));
    let index = library.index();
    let overall = |uid: &str| index.overall(uid);
    for (uid, mode) in [("A", Mode::Refuse), ("B", Mode::Refuse), ("C", Mode::Refuse), ("D", Mode::Run), ("e", Mode::Run)] {
        assert_eq!(overall(uid), Some(mode), "{uid}");
    }
    assert_eq!((overall("F"), overall("G"), overall("UNUSED")), (Some(Mode::Refuse), Some(Mode::Refuse), Some(Mode::Run)));
    assert_eq!(overall("MISSING"), None);
    assert_eq!(index.get("A").expect("there").mode, Mode::Run);
    assert_eq!(uids(&index.callers("A")), ["B"]);
    assert_eq!(uids(&index.callers("D")), ["E"]);
    let calls: Vec<_> = index.calls("B").into_iter().map(|call| (call.uid, call.entry.is_some())).collect();
    assert_eq!(calls, [("A".to_owned(), true), ("C".to_owned(), true)]);
    assert!(index.calls("F")[0].entry.is_none() && index.calls("MISSING").is_empty() && index.callers("MISSING").is_empty());
}

#[test]
fn a_subroutine_has_to_be_one() {
    let calls = |uid: &str, called: &str| {
        json!({"Name": uid, "UID": uid, "Actions": [
        {"MacroActionType": "ExecuteSubroutine", "MacroUID": called}, {"MacroActionType": "ExecuteMacro", "MacroUID": called}]})
    };
    let subroutine = json!({"Name": "S", "UID": "S", "Actions": [], "Triggers": [{"MacroTriggerType": "Subroutine"}]});
    let plain = json!({"Name": "P", "UID": "P", "Actions": []});
    let macros = json!([calls("GOOD", "S"), calls("BAD", "P"), calls("WORSE", "BAD"), subroutine, plain]);
    let (_folder, library) = library_of(&json!([{"Name": "G", "Macros": macros}]));
    let index = library.index();
    assert_eq!(["GOOD", "BAD", "WORSE"].map(|uid| index.overall(uid)), [Mode::Run, Mode::Refuse, Mode::Refuse].map(Some));
    let findings = index.findings(index.get("BAD").expect("there"), &Profile::default());
    assert!(findings[0].reason.contains("no Subroutine trigger"), "{}", findings[0].reason);
    assert_eq!((findings[1].mode, uids(&index.callers("P")), index.calls("BAD").len()), (Mode::Run, vec!["BAD"], 1));
}

#[test]
fn a_long_chain_of_calls_is_followed() {
    let name = |number: usize| format!("M{number}");
    let link = |number: usize| calling(&name(number), "Comment", &[&name(number + 1)]);
    let mut macros: Vec<_> = (0..5000).map(link).collect();
    macros.push(calling("M5000", "OCRImage", &[]));
    let (_folder, library) = library_of(&json!([{"Name": "G", "Macros": macros}]));
    assert_eq!(library.index().overall("M0"), Some(Mode::Refuse));
}

#[test]
fn hot_keys_that_start_several_macros_are_named() {
    let hotkey = |code: u64, modifiers: u64, fires: Option<&str>| {
        let mut trigger = json!({"MacroTriggerType": "HotKey", "KeyCode": code, "Modifiers": modifiers});
        if let Some(fires) = fires {
            trigger["FireType"] = fires.into();
        }
        trigger
    };
    let one =
        |uid: &str, trigger: &serde_json::Value| json!({"Name": uid, "UID": uid, "Actions": [], "Triggers": [trigger, trigger]});
    let group = |uid: &str, kind: &str, app: &str, macros: &[serde_json::Value]| {
        json!({"Name": uid, "UID": uid, "Macros": macros,
            "Targeting": {"Targeting": kind, "TargetingApps": [{"BundleIdentifier": app}]}})
    };
    let (k, pressed, released) = (hotkey(40, 6144, None), hotkey(40, 6144, Some("Pressed")), hotkey(40, 6144, Some("Released")));
    let mut off = one("OFF", &k);
    off["IsActive"] = false.into();
    let (_folder, library) = library_of(&json!([
        group(
            "ALL",
            "All",
            "",
            &[
                one("A", &k),
                off,
                one("R", &released),
                one("NONE", &hotkey(32_767, 0, None)),
                one("NONE2", &hotkey(32_767, 0, None))
            ]
        ),
        group("MAIL", "Included", "Mail", &[one("B", &pressed), one("X", &hotkey(49, 256, None))]),
        group("NOTES", "Included", "notes", &[one("C", &k), one("Y", &hotkey(49, 256, None))]),
        group("NOT", "Excluded", "MAIL", &[one("Z", &hotkey(49, 256, None)), one("W", &hotkey(36, 0, None))]),
    ]));
    let index = library.index();
    let conflicts: Vec<_> =
        index.hotkey_conflicts().into_iter().map(|conflict| (conflict.hotkey.name(), uids(&conflict.macros).join(" "))).collect();
    assert_eq!(conflicts, [("⌃⌥K".to_owned(), "A B C".to_owned()), ("⌘Space".to_owned(), "Y Z".to_owned())]);
}

#[test]
fn names_that_several_macros_have_are_listed() {
    let (_folder, library) = library();
    let index = library.index();
    let several = index.duplicate_names();
    assert_eq!(several.iter().map(|entries| uids(entries)).collect::<Vec<_>>(), [["U3", "U4", "U5"]]);
    assert_eq!(index.find_group("second").expect("there").name, "Second");
    assert_eq!(index.groups.len(), 2);
}

#[test]
fn a_broken_macro_costs_itself_only() {
    let (folder, library) = library_of(&json!([{"Name": "G", "Macros": [
        {"Name": "Sound", "UID": "M1", "Actions": []}, {"Name": "Broken", "UID": "M2", "Actions": {"base64": ""}},
    ]}]));
    let index = library.index();
    assert_eq!(uids(&index.macros), ["M1"]);
    let left_out = &index.left_out[0];
    assert_eq!(left_out.file, folder.path().join("all.kmmacros"));
    assert_eq!(left_out.place, "group 1 “G” › macro 2 “Broken”");
    assert_eq!(left_out.problem, "its Actions are data, not a list");
    assert!(index.files_unreadable.is_empty());
}

#[test]
fn texts_are_found_wherever_they_stand() {
    let (_folder, library) = library_of(&json!([{"Name": "Größen", "Macros": [{
        "Name": "Say", "UID": "M1",
        "Triggers": [{"MacroTriggerType": "TypedString", "TypedString": ";;sig"}],
        "Actions": [
            {"MacroActionType": "ExecuteShellScript", "Text": "#!/bin/sh\n  curl -s https://example.invalid | WC -l", "ActionName": "Fetch it"},
            {"MacroActionType": "IfThenElse", "Conditions": {"ConditionList": [{"Variable": "Straße"}]},
                "ThenActions": [{"MacroActionType": "InsertText", "Text": "needle", "StyledText": {"base64": "needleAA"}}]},
        ],
    }]}]));
    let index = library.index();
    let places = |text: &str| index.search(text, 10).into_iter().map(|found| found.place).collect::<Vec<_>>();
    let cases = [
        ("SAY", "name"),
        ("größe", "group"),
        (";;SIG", "triggers[0].TypedString"),
        ("| wc", "actions[0].Text"),
        ("fetch", "actions[0].ActionName"),
        ("STRASSE", ""),
        ("STRAßE", "actions[1].Conditions"),
        ("Needle", "actions[1].ThenActions[0].Text"),
        ("nothing of it", ""),
        ("", ""),
    ];
    for (text, place) in cases {
        assert_eq!(places(text).join(" "), place, "{text}");
    }
    let snippet = &index.search("curl", 1)[0].snippet;
    assert_eq!(snippet, "#!/bin/sh curl -s https://example.invalid |");
    assert_eq!(uids(&index.users_of_variable("straße")), ["M1"]);
}

#[test]
fn a_change_reads_only_what_changed() {
    let (folder, library) = library();
    let before = library.index();
    file(&folder.path().join("a.kmmacros"), "First", &[("u1", "Greet")]);
    assert!(library.reload(LIMIT));
    let after = library.index();
    let same = |uid: &str| std::sync::Arc::ptr_eq(before.get(uid).expect("there"), after.get(uid).expect("there"));
    assert!(!same("U1") && same("U4"));
}
