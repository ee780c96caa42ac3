use proptest::prelude::*;
use serde_json::json;

use super::{MAX_DEPTH, ReadError, parse};

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
        assert_eq!(action.fields["When"], json!("2024-01-02T03:04:05Z"));
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
