use proptest::prelude::*;
use serde_json::json;

use super::{Form, MAX_DEPTH, ReadError, parse};
use crate::macros::data::Targeting;

fn xml(body: &str) -> Vec<u8> {
    format!("<?xml version=\"1.0\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"x\">\n<plist version=\"1.0\">\n{body}\n</plist>\n")
        .into_bytes()
}

const MACRO: &str = "<dict><key>Name</key><string>A &amp; &#x42;<![CDATA[<c>]]></string><key>UID</key><string>ab-1</string>\
    <key>Actions</key><array><dict><key>MacroActionType</key><string>IfThenElse</string><key>IsActive</key><false/>\
    <key>ThenActions</key><array><dict><key>MacroActionType</key><string>Pause</string><key>Seconds</key><real>0.5</real></dict></array>\
    <key>ElseActions</key><array/><key>When</key><date>2024-01-02T03:04:05Z</date><key>Icon</key><data>AQI=</data></dict></array></dict>";

#[test]
fn reads_every_shape_of_file() {
    let group = format!("<dict><key>Name</key><string>G</string><key>Macros</key><array>{MACRO}</array></dict>");
    let shapes = [
        format!("<array>{group}</array>"),
        group.clone(),
        format!("<dict><key>Version</key><string>11</string><key>MacroGroups</key><array>{group}</array></dict>"),
        format!("<dict><key>Author</key><string>x</string><key>Items</key><array>{group}</array></dict>"),
        format!("<array>{MACRO}</array>"),
        MACRO.to_owned(),
    ];
    for shape in shapes {
        let groups = parse(&xml(&shape)).expect("a known shape");
        let definition = &groups[0].macros[0];
        assert_eq!(definition.name, "A & B<c>", "{shape}");
        assert_eq!(definition.uid, "AB-1");
        let action = &definition.actions[0];
        assert!(!action.enabled);
        assert_eq!(action.block("ThenActions")[0].fields["Seconds"], json!(0.5));
        assert_eq!(action.block("ElseActions"), []);
        assert_eq!(action.fields["When"], json!({"date": "2024-01-02T03:04:05Z"}));
        assert_eq!(action.fields["Icon"], json!({"base64": "AQI="}));
        assert_eq!(definition.action_count(), 2);
    }
}

#[test]
fn errors_name_the_line() {
    let cases = [
        ("<array>\n<string>a</array>", "line 5"),
        ("<array>\n&nbsp;</array>", "text outside of a value"),
        ("<array><string>&nbsp;</string></array>", "entity &nbsp;"),
        ("<dict>\n<key>a</key>\n</dict>", "line 6: the key “a” has no value"),
        ("<dict><string>a</string></dict>", "without a key"),
        ("<array><integer>x</integer></array>", "“x” is no integer"),
        ("<array><wat/></array>", "<wat/>"),
    ];
    for (body, expected) in cases {
        let error = parse(&xml(body)).expect_err("broken").to_string();
        assert!(error.contains(expected), "{error} should contain {expected}");
    }
}

#[test]
fn refuses_entities_depth_and_foreign_files() {
    let declared = b"<!DOCTYPE plist [<!ENTITY a \"b\">]><plist><array/></plist>";
    assert!(matches!(parse(declared), Err(ReadError::Xml { .. })));
    let deep = format!("{}{}", "<array>".repeat(100_000), "</array>".repeat(100_000));
    assert_eq!(parse(&xml(&deep)), Err(ReadError::Limit { what: "the property list is nested too deep", limit: MAX_DEPTH }));
    assert_eq!(parse(b"{ a = b; }"), Err(ReadError::NotAPropertyList));
    assert_eq!(parse(b""), Err(ReadError::NotAPropertyList));
}

#[test]
fn reads_binary_files_like_xml_ones() {
    let source =
        xml(&format!("<array><dict><key>Name</key><string>Grüße</string><key>Macros</key><array>{MACRO}</array></dict></array>"));
    let value = plist::Value::from_reader_xml(&source[..]).expect("plist reads it");
    let mut binary = Vec::new();
    value.to_writer_binary(&mut binary).expect("plist writes it");
    let (from_xml, from_binary) = (parse(&source).expect("xml"), parse(&binary).expect("binary"));
    // The plist crate loses CDATA, so the names differ; everything else must agree.
    assert_eq!(from_xml[0].name, from_binary[0].name);
    assert_eq!(from_xml[0].macros[0].actions, from_binary[0].macros[0].actions);
}

#[test]
fn refuses_rings_and_bombs_in_binary_files() {
    // One array that holds itself.
    assert!(matches!(parse(&binary(&[&[0xa1, 0]])), Err(ReadError::Limit { .. })));
    // Thirty arrays, each holding the next one twice: 2^30 values from 150 bytes.
    let arrays: Vec<Vec<u8>> = (0..30).map(|index| vec![0xa2, index + 1, index + 1]).collect();
    let mut objects: Vec<&[u8]> = arrays.iter().map(Vec::as_slice).collect();
    objects.push(&[0xa0]);
    assert!(matches!(parse(&binary(&objects)), Err(ReadError::Limit { .. })));
    // A length beyond the file.
    assert!(matches!(
        parse(&binary(&[&[0xaf, 0x13, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]])),
        Err(ReadError::Binary { .. })
    ));
}

/// A binary property list of these objects, the first on top.
fn binary(objects: &[&[u8]]) -> Vec<u8> {
    let mut bytes = b"bplist00".to_vec();
    let mut offsets = Vec::new();
    for object in objects {
        offsets.push(u8::try_from(bytes.len()).expect("a small file"));
        bytes.extend_from_slice(object);
    }
    let table = bytes.len() as u64;
    bytes.extend_from_slice(&offsets);
    bytes.extend_from_slice(&[0, 0, 0, 0, 0, 0, 1, 1]);
    for number in [objects.len() as u64, 0, table] {
        bytes.extend_from_slice(&number.to_be_bytes());
    }
    bytes
}

#[test]
fn dates_keep_their_parts_of_a_second() {
    let read = |seconds: f64| {
        let object = [&[0x33][..], &seconds.to_be_bytes()].concat();
        super::property_list(&binary(&[&object])).expect("a date").0
    };
    assert_eq!(read(0.0), json!({"date": "2001-01-01T00:00:00Z"}));
    assert_eq!(read(-0.5), json!({"date": "2000-12-31T23:59:59.5Z"}));
    assert_eq!(read(1e300)["date"].as_str().and_then(|text| text.parse().ok()), Some(1e300));
    assert_eq!(read(f64::NAN), json!({"date": "NaN"}));
}

#[test]
fn what_has_keys_of_wrong_types_is_left_out_alone() {
    let sound = "<dict><key>Name</key><string>Sound</string><key>Actions</key><array/></dict>";
    let broken = [
        (
            "<dict><key>Name</key><string>X</string><key>Actions</key><string>no</string></dict>",
            "macro 2 “X”",
            "its Actions are a text",
        ),
        ("<dict><key>Name</key><array/><key>Actions</key><array/></dict>", "macro 2", "its Name is a list"),
        ("<dict><key>UID</key><data></data><key>Actions</key><array/></dict>", "macro 2", "its UID is data"),
        ("<dict><key>IsActive</key><string>no</string><key>Actions</key><array/></dict>", "macro 2", "neither true nor false"),
        ("<dict><key>Triggers</key><true/><key>Actions</key><array/></dict>", "macro 2", "its Triggers are true or false"),
        ("<string>x</string>", "macro 2", "it is a text, not a dictionary"),
        (
            "<dict><key>Actions</key><array><dict><key>MacroActionType</key><string>Group</string><key>Actions</key><array>\
             <dict/><dict><key>IsActive</key><string>yes</string></dict></array></dict></array></dict>",
            "macro 2",
            "at action 1 › Actions 2: its IsActive is a text",
        ),
        (
            "<dict><key>Actions</key><array><dict><key>ThenActions</key><string/></dict></array></dict>",
            "macro 2",
            "at action 1: its ThenActions are a text, not a list",
        ),
        (
            "<dict><key>Actions</key><array><dict><key>CaseEntries</key><array><dict><key>Actions</key><integer>1</integer></dict>\
             </array></dict></array></dict>",
            "macro 2",
            "its CaseEntries[0].Actions are a number",
        ),
    ];
    for (broken, place, problem) in broken {
        let group =
            format!("<dict><key>Name</key><string>G</string><key>Macros</key><array>{sound}{broken}{sound}</array></dict>");
        let contents = super::contents(&xml(&format!("<array>{group}</array>"))).expect("the file is sound");
        assert_eq!(contents.groups[0].macros.len(), 2, "{broken}");
        let left_out = &contents.left_out[0];
        assert_eq!((contents.left_out.len(), left_out.place.as_str()), (1, format!("group 1 “G” › {place}").as_str()));
        assert!(left_out.problem.contains(problem), "{} should contain {problem}", left_out.problem);
    }
}

#[test]
fn a_group_or_trigger_with_wrong_types_costs_itself_only() {
    let source = xml("<array><string>x</string><dict><key>Macros</key><string/></dict><dict><key>Name</key><string>G</string>\
        <key>Macros</key><array><dict><key>Actions</key><array/><key>Triggers</key><array><integer>1</integer><dict/>\
        <dict><key>MacroTriggerType</key><string>HotKey</string></dict></array></dict></array></dict></array>");
    let contents = super::contents(&source).expect("the file is sound");
    assert_eq!(contents.groups[0].macros[0].triggers.len(), 1);
    let places: Vec<&str> = contents.left_out.iter().map(|left_out| left_out.place.as_str()).collect();
    let inner = "group 3 “G” › macro 1 › trigger";
    assert_eq!(places, ["entry 1", "group 2", &format!("{inner} 1"), &format!("{inner} 2")]);
    let many = super::contents(&xml(&format!("<array>{}</array>", "<true/>".repeat(250)))).expect("the file is sound");
    assert_eq!((many.left_out.len(), many.left_out[100].place.as_str()), (101, "150 more places"));
}

#[test]
fn a_list_of_actions_is_known_by_its_name_too() {
    let source =
        xml("<dict><key>Actions</key><array><dict><key>MacroActionType</key><string>Group</string><key>Actions</key><array>\
        <dict/><dict><key>MacroActionType</key><string>Log</string></dict></array></dict></array></dict>");
    let groups = parse(&source).expect("sound");
    let inner = groups[0].macros[0].actions[0].block("Actions");
    assert_eq!(inner.iter().map(|action| action.kind.as_str()).collect::<Vec<_>>(), ["", "Log"]);
}

#[test]
fn a_macro_nested_too_deep_is_left_out() {
    let (open, close) = ("<array><dict><key>Actions</key>", "</dict></array>");
    let actions = format!("{}<array/>{}", open.repeat(36), close.repeat(36));
    let contents = super::contents(&xml(&format!("<dict><key>Actions</key>{actions}</dict>"))).expect("the file is sound");
    assert!(contents.groups[0].macros.is_empty());
    assert!(contents.left_out[0].problem.ends_with("nested too deep (limit 32)"), "{:?}", contents.left_out);
}

#[test]
fn a_macro_that_fits_no_line_to_a_worker_is_left_out() {
    let nested = |levels: usize| {
        let (open, close) = ("<dict><key>dictionary</key>".repeat(levels), "</dict>".repeat(levels));
        let action = format!("<dict><key>X</key>{open}<dict/>{close}</dict>");
        super::contents(&xml(&format!("<dict><key>Actions</key><array>{action}</array></dict>"))).expect("the file is sound")
    };
    let sound = nested(40);
    let line = serde_json::to_string(&sound.groups).expect("written");
    assert_eq!(serde_json::from_str::<Vec<crate::macros::Group>>(&line).expect("read"), sound.groups);
    assert_eq!(nested(70).left_out[0].problem, "at action 1: its X is nested too deep");
}

#[test]
fn groups_say_where_they_are_active() {
    let targeting = |kind: &str| {
        let apps = "<array><dict><key>BundleIdentifier</key><string>com.Example.App</string><key>Name</key><string>App</string></dict>\
            <dict><key>Name</key><string>Other</string></dict></array>";
        let source = xml(&format!(
            "<dict><key>Name</key><string>G</string><key>Activate</key><string>Normal</string><key>Macros</key><array/>\
            <key>Targeting</key><dict><key>Targeting</key><string>{kind}</string><key>TargetingApps</key>{apps}</dict></dict>"
        ));
        let group = parse(&source).expect("sound").remove(0);
        assert_eq!(group.activation.as_deref(), Some("Normal"));
        group.targeting
    };
    let apps = || vec!["com.example.app".to_owned(), "other".to_owned()];
    assert_eq!(targeting("Included"), Targeting::Included(apps()));
    assert_eq!(targeting("Excluded"), Targeting::Excluded(apps()));
    assert_eq!(targeting("All"), Targeting::All);
    let included = |names: &[&str]| Targeting::Included(names.iter().map(|name| (*name).to_owned()).collect());
    assert!(included(&["a", "b"]).overlaps(&included(&["b"])) && !included(&["a"]).overlaps(&included(&["b"])));
    let without_a = Targeting::Excluded(vec!["a".into()]);
    assert!(
        !included(&["a"]).overlaps(&without_a) && without_a.overlaps(&included(&["a", "b"])) && without_a.overlaps(&without_a)
    );
    assert!(!Targeting::All.overlaps(&included(&[])) && Targeting::All.overlaps(&without_a));
}

#[test]
fn line_ends_are_kept_as_they_are() {
    let (value, form) = super::property_list(&xml("<string>a\r\nb\rc&#13;</string>")).expect("sound");
    assert_eq!((value, form), (json!("a\r\nb\rc\r"), Form::Xml));
}

#[test]
fn macros_without_identifier_get_a_stable_one() {
    let source = xml("<array><dict><key>Name</key><string>G</string><key>Macros</key><array>\
        <dict><key>Name</key><string>A</string><key>Actions</key><array/></dict>\
        <dict><key>Name</key><string>A</string><key>Actions</key><array/></dict></array></dict></array>");
    let first = parse(&source).expect("sound");
    assert_eq!(first, parse(&source).expect("sound"));
    assert_ne!(first[0].macros[0].uid, first[0].macros[1].uid);
    assert_eq!(first[0].macros[0].uid, first[0].macros[0].uid.to_uppercase());
}

proptest! {
    #[test]
    fn never_panics_on_arbitrary_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&bytes);
        let _ = parse(&[b"bplist00", &bytes[..]].concat());
        let _ = parse(&[b"<plist>", &bytes[..]].concat());
    }

    #[test]
    fn never_panics_on_arbitrary_objects(objects in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..12), 1..12)) {
        let objects: Vec<&[u8]> = objects.iter().map(Vec::as_slice).collect();
        let _ = parse(&binary(&objects));
    }
}
