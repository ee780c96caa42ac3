use std::{fs, path::Path, time::Duration};

use super::{Filter, FindError, Library};
use crate::macros::{MacroSource, Mode};

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
