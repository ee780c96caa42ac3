use std::collections::HashMap;

use serde_json::{Value, json};

use super::{Conflict, Document, EditError};
use crate::macros::{
    read::{Form, contents},
    write,
};

fn document(value: &Value) -> Document {
    Document::parse(&write::binary(value).expect("written")).expect("a macro file")
}

fn one(name: &str, uid: &str) -> Value {
    json!({"Name": name, "UID": uid, "Actions": [{"MacroActionType": "Comment", "Future": {"Key": [1, 2.0]}}], "Unknown": {"base64": "AQI="}})
}

fn nameless(name: &str) -> Value {
    json!({"Name": name, "Actions": []})
}

fn library() -> Value {
    json!({"Version": "11", "PreferenceSaveUUID": "P", "MacroGroups": [
        {"Name": "First", "UID": "G1", "Macros": [one("A", "M1"), one("B", "M2")], "ToggleMacroUID": "T"},
        {"Name": "Second", "Macros": [nameless("X"), nameless("X"), nameless("Y")]},
    ]})
}

fn names(document: &Document) -> Vec<(String, Vec<String>)> {
    let groups = document.contents().expect("sound").groups;
    groups.into_iter().map(|group| (group.name, group.macros.into_iter().map(|one| one.name).collect())).collect()
}

#[test]
fn what_is_not_changed_stays_as_it_is() {
    let before = document(&library());
    assert_eq!(before.form(), Form::Binary);
    assert_eq!(Document::parse(&before.to_bytes().expect("written")).expect("read"), before);
    assert_eq!(before.value(), &library());
    let mut after = before.clone();
    assert_eq!(after.set_macro_enabled("m1", false), Ok(true));
    assert_eq!(after.set_macro_enabled("M1", false), Ok(false));
    assert!(!after.contents().expect("sound").groups[0].macros[0].enabled);
    assert_eq!(after.set_macro_enabled("M1", true), Ok(true));
    let mut value = after.value().clone();
    value["MacroGroups"][0]["Macros"][0].as_object_mut().expect("a macro").remove("IsActive");
    // Only the made identifiers are new.
    value["MacroGroups"][1].as_object_mut().expect("a group").remove("UID");
    for definition in value["MacroGroups"][1]["Macros"].as_array_mut().expect("a list") {
        definition.as_object_mut().expect("a macro").remove("UID");
    }
    assert_eq!(value, library());
    assert_eq!(after.set_macro_enabled("M9", true), Err(EditError::NoMacro("M9".into())));
}

#[test]
fn made_identifiers_outlive_changes() {
    let mut document = document(&library());
    let before = document.macro_uids();
    assert_eq!(
        before,
        contents(&document.to_bytes().expect("written"))
            .expect("read")
            .groups
            .iter()
            .flat_map(|group| &group.macros)
            .map(|one| one.uid.clone())
            .collect::<Vec<_>>()
    );
    let first_x = before[2].clone();
    assert_eq!(document.delete_macro(&first_x).expect("there")["Name"], "X");
    assert_eq!(document.macro_uids(), [&before[..2], &before[3..]].concat());
    assert_eq!(names(&document)[1], ("Second".into(), vec!["X".into(), "Y".into()]));
    assert_eq!(document.delete_macro(&first_x), Err(EditError::NoMacro(first_x.clone())));
    let reread = Document::parse(&document.to_bytes().expect("written")).expect("read");
    assert_eq!(reread.macro_uids(), document.macro_uids());
}

#[test]
fn groups_are_switched_as_a_whole() {
    let mut document = document(&library());
    assert_eq!(document.set_group_enabled("g1", false), Ok(true));
    let groups = document.contents().expect("sound").groups;
    assert!(!groups[0].enabled && !groups[0].macros[1].enabled && groups[1].enabled);
    let second = groups[1].uid.clone();
    assert_eq!(document.set_group_enabled(&second, true), Ok(false));
    assert_eq!(document.set_group_enabled("G9", true), Err(EditError::NoGroup("G9".into())));
    assert_eq!(document.macro_uids_of_group("G1"), ["M1", "M2"]);
}

#[test]
fn macros_are_taken_out_with_their_group() {
    let whole = document(&library());
    let third = whole.macro_uids()[3].clone();
    let part = whole.extract(&["m2", &third]).expect("both are there");
    assert_eq!(names(&part), [("First".into(), vec!["B".into()]), ("Second".into(), vec!["X".into()])]);
    assert_eq!(part.value()[0]["ToggleMacroUID"], "T");
    assert_eq!(part.value()[0]["Macros"][0], one("B", "M2"));
    assert_eq!(part.macro_uids(), ["M2", &third]);
    let text = part.to_xml().expect("written");
    assert!(text.starts_with("<?xml") && text.contains("<data>"), "{text}");
    assert_eq!(whole.extract(&["M1", "M9"]), Err(EditError::NoMacro("M9".into())));
    let loose = document(&json!([one("Alone", "M5")]));
    assert_eq!(names(&loose.extract(&["M5"]).expect("there")), [("Macros".into(), vec!["Alone".into()])]);
}

#[test]
fn single_macros_and_groups_can_be_changed() {
    let mut single = document(&one("Alone", "M5"));
    assert_eq!(single.set_macro_enabled("M5", false), Ok(true));
    assert_eq!(single.delete_macro("M5").expect("there")["Name"], "Alone");
    assert!(names(&single).is_empty());
    let mut group = document(&json!({"Name": "G", "Macros": [one("A", "M1")]}));
    let new = [("M1", "New"), ("M8", "Nowhere")].map(|(uid, name)| (uid.to_owned(), one(name, uid)));
    assert_eq!(group.replace_macros(HashMap::from(new)), ["M8"]);
    assert_eq!(names(&group), [("G".into(), vec!["New".into()])]);
}

#[test]
fn several_macros_are_taken_out_at_once() {
    let mut document = document(&json!([
        one("Loose", "M5"),
        {"Name": "G", "Macros": [one("A", "M1"), one("B", "M2"), one("C", "M1"), one("D", "M3")]},
        one("Loose too", "M6"),
    ]));
    let taken = document.take_macros(&["M5", "M1", "M3", "M9"].map(str::to_owned).into());
    let taken: Vec<_> = taken.iter().map(|(uid, value)| (uid.as_str(), value["Name"].as_str().unwrap_or_default())).collect();
    assert_eq!(taken, [("M5", "Loose"), ("M1", "A"), ("M1", "C"), ("M3", "D")]);
    assert_eq!(document.macro_uids(), ["M2", "M6"]);
}

fn incoming() -> Document {
    let caller = json!({"Name": "Caller", "UID": "M7", "Actions": [{"MacroActionType": "ExecuteMacro", "MacroUID": "M1"}]});
    let broken = json!({"Name": "Broken", "UID": "M8", "Actions": "none"});
    document(&json!([
        {"Name": "Elsewhere called", "UID": "G1", "Macros": [one("New A", "M1"), caller, broken]},
        {"Name": "Third", "UID": "G3", "Macros": [one("C", "M3")]},
    ]))
}

fn merged(rule: Conflict) -> (Document, super::Merged) {
    let mut document = document(&library());
    let mut number = 0;
    let mut new_uid = || {
        number += 1;
        format!("n{number}")
    };
    let merged = document.add(incoming(), rule, &mut new_uid).expect("a known shape");
    (document, merged)
}

#[test]
fn a_macro_whose_uuid_is_taken_may_be_left_out() {
    let (document, merged) = merged(Conflict::Skip);
    assert_eq!((merged.added, merged.skipped), (vec!["M7".into(), "M3".into()], vec!["M1".into()]));
    let names = names(&document);
    assert_eq!(names[0], ("First".into(), vec!["A".into(), "B".into(), "Caller".into()]));
    assert_eq!((names.len(), &names[2]), (3, &("Third".into(), vec!["C".into()])));
    assert_eq!(document.value()["Version"], "11");
}

#[test]
fn a_macro_whose_uuid_is_taken_may_replace_the_other() {
    let (document, merged) = merged(Conflict::Replace);
    assert_eq!((merged.added, merged.replaced), (vec!["M7".into(), "M3".into()], vec!["M1".into()]));
    assert_eq!(names(&document)[0].1, ["New A", "B", "Caller"]);
}

#[test]
fn a_macro_whose_uuid_is_taken_may_get_another_and_its_calls_follow() {
    let (document, merged) = merged(Conflict::NewUid);
    assert_eq!(merged.renamed, [("M1".into(), "N1".into())]);
    assert_eq!(merged.added, ["N1", "M7", "M3"]);
    assert_eq!(names(&document)[0].1, ["A", "B", "New A", "Caller"]);
    let caller = document.macro_value("M7").expect("added");
    assert_eq!(caller["Actions"][0]["MacroUID"], "N1");
}

#[test]
fn the_same_uuid_twice_in_the_incoming_file_is_a_conflict_too() {
    let twice = || document(&json!([{"Name": "G", "UID": "G", "Macros": [one("A", "M1"), one("B", "M1"), one("C", "M2")]}]));
    let add = |rule| {
        let mut target = Document::default();
        let merged = target.add(twice(), rule, &mut || "n".to_owned()).expect("a known shape");
        (names(&target)[0].1.join(" "), merged)
    };
    assert_eq!(add(Conflict::Skip).0, "A C");
    assert_eq!(add(Conflict::Replace).0, "B C");
    let (names, merged) = add(Conflict::NewUid);
    assert_eq!((names.as_str(), merged.added), ("A B C", vec!["M1".into(), "N".into(), "M2".into()]));
}

#[test]
fn renaming_follows_every_reference() {
    let mut document = incoming();
    document.rename(&HashMap::from([("M1".into(), "Z".into())]));
    assert_eq!(document.macro_uids()[0], "Z");
    assert_eq!(document.macro_value("M7").expect("there")["Actions"][0]["MacroUID"], "Z");
}
