use proptest::{
    collection::{btree_map, vec},
    prelude::*,
};
use serde_json::{Value, json};

use super::{
    super::{
        kinds,
        read::{Form, property_list as read},
    },
    WriteError, binary, property_list, xml,
};

/// A text of anything that a file may hold.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z<>&\"' \t\r\n]{0,12}",
        prop::sample::select(vec!["date", "base64", "real", "uid", "dictionary", "Name", ""]).prop_map(str::to_owned),
    ]
}

/// Any value of a property list. Dates have whole seconds when they are for XML.
fn value(form: Form) -> impl Strategy<Value = Value> {
    let milliseconds = if form == Form::Xml { 0..1_u32 } else { 0..1000_u32 };
    let date = (-30_000_000_000_i64..200_000_000_000, milliseconds).prop_map(|(second, millisecond)| {
        // Binary files hold seconds since 2001 in 64 bits: only what those can tell apart is read again as it was.
        let seconds = second as f64 + f64::from(millisecond) / 1000.0;
        let nanoseconds = ((seconds - seconds.floor()) * 1e9).round().min(999_999_999.0);
        #[expect(clippy::cast_possible_truncation, reason = "within the ranges above")]
        let stamp = jiff::Timestamp::new(seconds.floor() as i64 + 978_307_200, nanoseconds as i32).expect("within the calendar");
        kinds::date(&stamp.to_string())
    });
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(kinds::real),
        Just(json!(5.0)),
        Just(kinds::real(f64::INFINITY)),
        Just(kinds::real(f64::NAN)),
        text().prop_map(Value::String),
        vec(any::<u8>(), 0..80).prop_map(|bytes| kinds::data(&base64::Engine::encode(&base64::prelude::BASE64_STANDARD, bytes))),
        date,
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::Array),
            btree_map(text(), inner, 0..6).prop_map(|fields| kinds::dictionary(fields.into_iter().collect())),
        ]
    })
}

/// XML has no way to tell one not-a-number from another, and JSON has none to compare them: they are texts by then.
fn round(value: &Value, form: Form) -> (Value, Form) {
    read(&property_list(value, form).expect("written")).expect("read")
}

proptest! {
    #[test]
    fn what_is_written_as_xml_is_read_again(value in value(Form::Xml)) {
        prop_assert_eq!(round(&value, Form::Xml), (value, Form::Xml));
    }

    #[test]
    fn what_is_written_in_binary_is_read_again(value in value(Form::Binary)) {
        prop_assert_eq!(round(&value, Form::Binary), (value, Form::Binary));
    }
}

#[test]
fn integers_and_reals_stay_apart() {
    let value = json!([5, 5.0, -1, u64::MAX, i64::MIN, 0.1, 1e300]);
    for form in [Form::Xml, Form::Binary] {
        assert_eq!(round(&value, form).0, value);
    }
    assert!(xml(&value).expect("written").contains("<integer>5</integer>\n\t<real>5</real>"));
}

#[test]
fn references_become_apples_dictionary_in_xml() {
    assert_eq!(round(&kinds::reference(7), Form::Binary).0, kinds::reference(7));
    assert_eq!(round(&kinds::reference(7), Form::Xml).0, json!({"CF$UID": 7}));
}

#[test]
fn what_no_property_list_holds_is_named_with_its_place() {
    let refused = |value: &Value| xml(value).expect_err("refused").to_string();
    assert_eq!(refused(&json!([{"Name": "x", "Macros": [null]}])), "[0].Macros[0]: a property list cannot hold nothing (null)");
    assert_eq!(refused(&json!({"date": "soon"})), "at the top: a property list cannot hold the date “soon”");
    assert!(refused(&json!({"A": {"date": "-000500-01-01T00:00:00Z"}})).starts_with("A: "));
    assert!(matches!(binary(&json!({"base64": "?"})), Err(WriteError::Kind { .. })));
}

#[test]
fn line_ends_survive_readers_that_follow_the_rules_of_xml() {
    let written = xml(&json!("a\r\nb\rc")).expect("written");
    assert!(!written.contains('\r'));
    let strict = plist::Value::from_reader_xml(written.as_bytes()).expect("read");
    assert_eq!(strict.as_string(), Some("a\r\nb\rc"));
}
