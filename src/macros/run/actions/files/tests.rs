use serde_json::{Value, json};

use super::super::super::stage::{done, give, host};
use crate::macros::memory::{HOME, MemoryHost, TRASH};

fn run(actions: Value, host: &mut MemoryHost) -> Result<Option<String>, String> {
    let report = done(actions, host);
    match report.failed_action {
        Some(failure) => Err(failure.message),
        None => Ok(report.result),
    }
}

fn read(path: &str) -> Value {
    json!({"kind": "ReadFile", "Path": path, "Variable": "Local_text"})
}

#[test]
fn texts_are_written_and_read() {
    let mut host = host();
    let result = run(
        json!([
            {"kind": "NewFolder", "Destination": "~/a/b", "CreateIntermediate": true},
            {"kind": "WriteFile", "Destination": "a/b/t.txt", "Source": "Text", "Text": "%TriggerValue%", "Format": "PlainText"},
            {"kind": "WriteFile", "Destination": "~/a/b/t.txt", "Text": "\\n2", "Append": true, "LineEndings": "CRLF"},
            {"kind": "AppendToFile", "Path": "/home/user/a/b/t.txt", "Text": "!"},
            read("~/a/b/t.txt"),
            {"kind": "WriteFile", "Destination": "a/16", "Text": "é", "Encoding": "UTF16"},
            {"kind": "AppendToFile", "Path": "a/16", "Text": "!", "Encoding": "UTF16"},
            {"kind": "ReadFile", "Path": "a/16", "Destination": "Clipboard"},
            {"kind": "SetVariableToClipboard", "Variable": "Local_sixteen"},
            give("%Local_text%|%Local_sixteen%"),
        ]),
        &mut host,
    );
    assert_eq!(result, Ok(Some("given\r\n2!|é!".into())));
    assert_eq!(host.file("/home/user/a/b/t.txt"), Some("given\r\n2!"));
}

#[test]
fn a_value_in_a_path_is_no_token() {
    let mut host = host();
    host.values.insert("p".into(), ("P".into(), "%TriggerValue%\\n".into()));
    assert_eq!(run(json!([{"kind": "WriteFile", "Destination": "%Variable%P%", "Text": "x"}]), &mut host), Ok(None));
    assert_eq!(host.file(&format!("{HOME}/%TriggerValue%\\n")), Some("x"));
}

#[test]
fn files_move_and_multiply() {
    let mut host = host();
    host.put_file("/home/user/a.txt", "a");
    host.put_file("/home/user/b.txt", "b");
    let file = |operation: &str, source: &str, destination: &str| json!({"kind": "File", "Operation": operation, "Source": source, "Destination": destination});
    let result = run(
        json!([
            {"kind": "NewFolder", "Destination": "f"},
            file("Duplicate", "a.txt", ""),
            file("Duplicate", "a.txt", ""),
            file("Copy", "a.txt", "f"),
            file("OnlyRename", "b.txt", "c.txt"),
            file("OnlyMove", "c.txt", "~/f"),
            file("Move", "a copy.txt", "f/moved.txt"),
            file("Trash", "a copy 2.txt", ""),
            {"kind": "File", "Operation": "CreateUnique", "Destination": "a.txt", "OutputPath": "Local_new"},
            file("Delete", "a.txt", ""),
            {"kind": "CopyFile", "Source": "f", "Destination": "g"},
            file("RecursiveDelete", "f", ""),
            file("Reveal", "g", ""),
            give("%Local_new%"),
        ]),
        &mut host,
    );
    assert_eq!(result, Ok(Some("/home/user/a 2.txt".into())));
    let left: Vec<String> = host.files.keys().map(|path| path.display().to_string()).collect();
    let mut expected: Vec<String> =
        ["a 2.txt", "g", "g/a.txt", "g/c.txt", "g/moved.txt"].iter().map(|name| format!("{HOME}/{name}")).collect();
    expected.extend([TRASH.to_owned(), format!("{TRASH}/a copy 2.txt")]);
    expected.sort();
    let mut left = left;
    left.sort();
    assert_eq!(left, expected);
}

#[test]
fn nothing_is_lost_by_accident() {
    let cases = [
        (json!({"kind": "File", "Operation": "Move", "Source": "a", "Destination": "b"}), "something is there already"),
        (json!({"kind": "File", "Operation": "Copy", "Source": "a", "Destination": "b"}), "something is there already"),
        (json!({"kind": "File", "Operation": "Delete", "Source": "f"}), "not empty"),
        (json!({"kind": "File", "Operation": "OnlyMove", "Source": "a", "Destination": "nowhere"}), "no folder"),
        (json!({"kind": "File", "Operation": "OnlyRename", "Source": "a", "Destination": "f/x"}), "use Move"),
        (json!({"kind": "File", "Operation": "Delete", "Source": "%Variable%Unset%"}), "its path is empty"),
        (json!({"kind": "ReadFile", "Path": "nowhere", "Variable": "X"}), "nowhere"),
        (json!({"kind": "ReadFile", "Path": "~other/x", "Variable": "X"}), "another user"),
        (json!({"kind": "WriteFile", "Destination": "x", "Text": "€", "Encoding": "ISOLatin1"}), "€"),
        (json!({"kind": "GetFileAttribute", "Path": "no", "Attribute": "Size", "Variable": "X"}), "no such file"),
    ];
    for (action, expected) in cases {
        let mut host = host();
        host.put_file("/home/user/a", "a");
        host.put_file("/home/user/b", "b");
        host.put_file("/home/user/f/x", "x");
        host.put_file("/home/user/f/y", "y");
        let before = host.files.clone();
        let message = run(json!([action.clone()]), &mut host).expect_err("it fails");
        assert!(message.contains(expected), "{action}: {message}");
        assert_eq!(host.files, before, "{action}");
    }
}

#[test]
fn attributes_are_told() {
    let mut host = host();
    host.put_file("/home/user/a b.tar.gz", "12345");
    let cases = [
        ("Parent", "/home/user"),
        ("Name", "a b.tar.gz"),
        ("Base Name", "a b.tar"),
        ("Extension", "gz"),
        ("Path", "/home/user/a b.tar.gz"),
        ("Size", "5"),
        ("ModificationDate", "1709647629"),
        ("Kind", "file"),
        ("IsFolder", "0"),
        ("Permissions", "644"),
        ("Owner", "user"),
        ("Exists", "1"),
    ];
    for (attribute, expected) in cases {
        let actions = json!([{"kind": "GetFileAttribute", "Path": "a b.tar.gz", "Attribute": attribute, "Variable": "Local_x"},
            give("%Local_x%")]);
        assert_eq!(run(actions, &mut host), Ok(Some(expected.into())), "{attribute}");
    }
    let set = json!([
        {"kind": "SetFileAttribute", "Path": "a b.tar.gz", "Attribute": "Permissions", "Value": "600"},
        {"kind": "SetFileAttribute", "Path": "a b.tar.gz", "Attribute": "ModificationDate", "Value": "86400"},
    ]);
    assert_eq!(run(set, &mut host), Ok(None));
    let file = &host.files[std::path::Path::new("/home/user/a b.tar.gz")];
    assert_eq!((file.permissions, file.modified.as_second()), (0o600, 86_400));
}
