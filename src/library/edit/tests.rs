use std::{fs, path::Path, time::Duration};

use serde_json::{Value, json};

use super::{ChangeError, Library};
use crate::macros::{document::Conflict, write};

const LIMIT: Duration = Duration::from_secs(10);

fn one(name: &str, uid: &str) -> Value {
    json!({"Name": name, "UID": uid, "Actions": [{"MacroActionType": "Comment", "StyledText": {"base64": "AQI="}}], "Future": {"date": "2024-01-02T03:04:05Z"}})
}

fn group(name: &str, uid: &str, macros: &[Value]) -> Value {
    json!({"Name": name, "UID": uid, "Macros": macros})
}

fn write(path: &Path, value: &Value) {
    fs::write(path, write::binary(value).expect("written")).expect("written");
}

fn library() -> (tempfile::TempDir, Library) {
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("a.kmmacros"), &json!([group("First", "G1", &[one("A", "M1"), one("B", "M2")])]));
    write(
        &folder.path().join("b.kmmacros"),
        &json!([group("First", "G1", &[one("C", "M3")]), group("Second", "G2", &[one("D", "M4")])]),
    );
    let own = json!({"MacroGroups": [group("Own", "G9", &[one("Own", "M9")])]});
    write(&folder.path().join("Keyboard Maestro Macros.plist"), &own);
    let library = Library::start(vec![folder.path().to_owned()]);
    assert!(library.wait_ready(LIMIT));
    (folder, library)
}

fn names(library: &Library) -> Vec<String> {
    library.index().macros.iter().map(|entry| entry.name.clone()).collect()
}

#[test]
fn changes_are_seen_at_once() {
    let (folder, library) = library();
    assert_eq!(names(&library), ["Own", "A", "B", "C", "D"]);
    let changed = library.set_macro_enabled("m2", false).expect("changed");
    assert_eq!((changed.name.as_str(), changed.files.len()), ("B", 1));
    assert!(!library.index().get("M2").expect("there").enabled);
    assert!(library.set_macro_enabled("M2", false).expect("nothing to do").files.is_empty());
    let changed = library.set_group_enabled("g1", false).expect("changed");
    assert_eq!((changed.name.as_str(), changed.files.len()), ("First", 2));
    assert!(library.index().macros.iter().all(|entry| entry.enabled == ["Own", "D"].contains(&entry.name.as_str())));
    assert!(library.set_group_enabled("G2", true).expect("nothing to do").files.is_empty());
    library.delete_macro("M1").expect("deleted");
    assert_eq!(names(&library), ["Own", "B", "C", "D"]);
    assert!(fs::read(folder.path().join("a.kmmacros")).expect("there").starts_with(b"bplist00"), "the form is kept");
    assert_eq!(library.macro_value("M3").expect("there"), one("C", "M3"), "keys that nobody knows are kept");
}

#[test]
fn what_cannot_be_changed_says_why() {
    let (folder, library) = library();
    let problem = |result: Result<super::Changed, ChangeError>| result.expect_err("refused").to_string();
    assert_eq!(problem(library.delete_macro("M7")), "there is no macro M7 in the library");
    assert_eq!(problem(library.set_group_enabled("G7", true)), "there is no group G7 in the library");
    for result in [library.delete_macro("M9"), library.set_macro_enabled("M9", false), library.set_group_enabled("G9", false)] {
        assert!(matches!(result, Err(ChangeError::KeyboardMaestros(_))));
    }
    fs::write(folder.path().join("a.kmmacros"), "<plist><arr").expect("broken");
    assert!(matches!(library.delete_macro("M1"), Err(ChangeError::Read { .. })));
    assert_eq!(fs::read_to_string(folder.path().join("a.kmmacros")).expect("read"), "<plist><arr");
}

#[test]
fn macros_are_exported_from_several_files() {
    let (_folder, library) = library();
    let text = library.export(&["M4", "m1", "M3", "M9"]).expect("all are there");
    let contents = crate::macros::read::contents(text.as_bytes()).expect("a macro file");
    let groups: Vec<(String, Vec<String>)> =
        contents.groups.into_iter().map(|group| (group.name, group.macros.into_iter().map(|one| one.name).collect())).collect();
    let expected = [("First", vec!["C", "A"]), ("Second", vec!["D"]), ("Own", vec!["Own"])];
    assert_eq!(groups, expected.map(|(name, macros)| (name.to_owned(), macros.into_iter().map(str::to_owned).collect())));
    assert!(matches!(library.export(&["M4", "M7"]), Err(ChangeError::NoMacro(_))));
}

fn incoming() -> Vec<u8> {
    let caller = json!({"Name": "Caller", "UID": "M5", "Actions": [{"MacroActionType": "ExecuteMacro", "MacroUID": "M3"}]});
    let broken = json!({"Name": "Broken", "UID": "M6", "Actions": 7});
    write::xml(&json!([group("New", "G5", &[one("New C", "M3"), caller, broken])])).expect("written").into_bytes()
}

#[test]
fn macros_are_imported_into_a_file_of_their_own() {
    let (folder, library) = library();
    let imported = library.import(&incoming(), Conflict::Skip).expect("imported");
    assert_eq!((imported.added, imported.skipped), (vec!["M5".to_owned()], vec!["M3".to_owned()]));
    assert_eq!(imported.left_out[0].place, "group 1 “New” › macro 3 “Broken”");
    assert_eq!(imported.files, [folder.path().join("imported.kmmacros")]);
    let index = library.index();
    assert_eq!(index.get("M5").expect("imported").group, "New");
    assert!(index.left_out.is_empty());
    // Once more: the macro is in the file for imported macros by now.
    let again = library.import(&incoming(), Conflict::Skip).expect("imported");
    assert_eq!((again.skipped.len(), again.files.len()), (2, 0));
    assert!(matches!(library.import(b"x", Conflict::Skip), Err(ChangeError::Import(_))));
}

#[test]
fn an_import_may_replace_macros_where_they_are() {
    let (folder, library) = library();
    let imported = library.import(&incoming(), Conflict::Replace).expect("imported");
    assert_eq!((imported.added, imported.replaced), (vec!["M5".to_owned()], vec!["M3".to_owned()]));
    assert_eq!(imported.files, ["b.kmmacros", "imported.kmmacros"].map(|name| folder.path().join(name)));
    assert_eq!(names(&library), ["Own", "A", "B", "New C", "D", "Caller"]);
    let own = write::xml(&json!([group("X", "X", &[one("Mine", "M9"), one("Other", "M8")])])).expect("written");
    assert!(matches!(library.import(own.as_bytes(), Conflict::Replace), Err(ChangeError::KeyboardMaestros(_))));
    assert!(library.index().get("M8").is_none(), "nothing of it is imported");
}

#[test]
fn an_import_may_give_new_uuids() {
    let (_folder, library) = library();
    let imported = library.import(&incoming(), Conflict::NewUid).expect("imported");
    let (old, new) = &imported.renamed[0];
    assert_eq!((old.as_str(), imported.renamed.len(), imported.added.len()), ("M3", 1, 2));
    let index = library.index();
    assert_eq!((index.get("M3").expect("there").name.as_str(), index.get(new).expect("there").name.as_str()), ("C", "New C"));
    assert_eq!(index.get("M5").expect("there").calls[0].uid, *new);
}

#[test]
fn a_library_of_single_files_takes_no_imports() {
    let (folder, _library) = library();
    let single = Library::start(vec![folder.path().join("a.kmmacros")]);
    assert!(single.wait_ready(LIMIT));
    assert!(matches!(single.import(&incoming(), Conflict::Skip), Err(ChangeError::NoFolder)));
}

#[test]
fn two_writers_lose_nothing() {
    let (_folder, library) = library();
    let switch = |uid: &'static str| {
        let library = library.clone();
        std::thread::spawn(move || library.set_macro_enabled(uid, false).map(|changed| changed.files.len()))
    };
    let threads = ["M1", "M2"].map(switch);
    for thread in threads {
        assert_eq!(thread.join().expect("ended").expect("changed"), 1);
    }
    let index = library.index();
    assert!(["M1", "M2"].iter().all(|uid| !index.get(uid).expect("there").enabled));
}
