use proptest::prelude::*;

use super::{Form, Json, JsonError, delete, elements, get, keys, set, split, value};
use crate::macros::{calculation::Scope, host::HostError};

struct Two;

impl Scope for Two {
    fn variable(&mut self, name: &str) -> Result<Option<String>, HostError> {
        Ok((name.eq_ignore_ascii_case("two")).then(|| "2".into()))
    }

    fn now(&mut self) -> jiff::Zoned {
        jiff::Zoned::default()
    }

    fn random(&mut self) -> f64 {
        0.0
    }

    fn clipboard_seed(&mut self) -> Result<u64, HostError> {
        Ok(0)
    }
}

const SAMPLE: &str = r#"{"a":9, "b":"bravo", "c":null, "d":[11,"two",33], "3":true, "e f":{"z":1,"y":{"x":[]}}}"#;

fn at(path: &str) -> Option<String> {
    get(SAMPLE, path, &mut Two).expect(path).map(|value| value.text(Form::default()))
}

#[test]
fn follows_paths() {
    let cases = [
        (".a", Some("9")),
        (".b", Some("bravo")),
        ("{b}", Some("bravo")),
        (".c", Some("null")),
        (".d", Some(r#"[11,"two",33]"#)),
        (".d[1]", Some("11")),
        (".d[1+2]", Some("33")),
        (".d[Two]", Some("two")),
        (".d[0]", Some("3")),
        (".d[-1]", Some("33")),
        (".d[COUNT()]", Some("33")),
        (".d.3", Some("33")),
        (".d{3}", Some("33")),
        (".d[4]", None),
        (".d[-4]", None),
        (".d.two", None),
        (".nope", None),
        (".A", None),
        ("[3]", Some("true")),
        ("[0]", Some("6")),
        ("{e f}.z", Some("1")),
        (".e f.y.x", Some("[]")),
        (".a.b", None),
        (".e f", Some(r#"{"z":1,"y":{"x":[]}}"#)),
    ];
    for (path, expected) in cases {
        assert_eq!(at(path).as_deref(), expected, "{path}");
    }
    let strict = Form { strict: true, pretty: false };
    assert_eq!(get(SAMPLE, ".b", &mut Two).expect("a value").map(|value| value.text(strict)).as_deref(), Some("\"bravo\""));
}

#[test]
fn tells_what_is_wrong() {
    assert!(matches!(get("{", ".a", &mut Two), Err(JsonError::Syntax(_))));
    for path in ["a", ".", ".a[1", "{a", ".a..b", &".a".repeat(200)] {
        assert!(matches!(get(SAMPLE, path, &mut Two), Err(JsonError::Path { .. })), "{path}");
    }
    assert!(matches!(get(SAMPLE, ".d[(]", &mut Two), Err(JsonError::Index(_))));
    assert!(matches!(get(&"[".repeat(100_000), "", &mut Two), Err(JsonError::Syntax(_))));
}

#[test]
fn sets_and_deletes() {
    let text = |path: &str, new: &str| {
        set(SAMPLE, path, value(new, false).expect("a value"), &mut Two).map(|json| json.text(Form::default()))
    };
    assert_eq!(
        set("", ".first", Json::Text("A".into()), &mut Two).expect("a document").text(Form::default()),
        r#"{"first":"A"}"#
    );
    assert_eq!(set("[1]", "[3]", Json::Null, &mut Two).expect("a document").text(Form::default()), "[1,null,null]");
    assert!(text(".d[2]", "[1]").expect("a document").contains(r#""d":[11,[1],33]"#));
    assert!(text(".new.deep[1]", "x").expect("a document").ends_with(r#""new":{"deep":["x"]}}"#));
    assert!(text(".a", "5").expect("a document").starts_with(r#"{"a":"5","b""#));
    for path in [".a.b", ".d[0]", ".d[-9]", ".d.word", ".d[99999]"] {
        assert!(matches!(text(path, "x"), Err(JsonError::Nowhere(_))), "{path}");
    }
    let without = |path: &str| delete(SAMPLE, path, &mut Two).expect(path).text(Form::default());
    assert!(without(".d[-1]").contains(r#""d":[11,"two"]"#));
    assert!(!without(".a").contains("\"a\""));
    assert_eq!(without(".x.y"), without(".d[9]"));
}

#[test]
fn lists_keys_and_elements() {
    assert_eq!(keys(r#"{"b":1,"a":2}"#), Ok(vec!["b".into(), "a".into()]));
    assert_eq!(keys("[5,6]"), Ok(vec!["1".into(), "2".into()]));
    assert_eq!(elements(r#"{"b":1,"a":"x"}"#).expect("elements").len(), 2);
    assert_eq!(elements("5").expect("elements").len(), 1);
    assert_eq!(split(" My J [1].a"), ("My J", "[1].a"));
    assert_eq!(split("J"), ("J", ""));
    assert_eq!(Json::read(r#"{"a":1,"b":2,"a":3}"#).expect("JSON").text(Form::default()), r#"{"a":3,"b":2}"#);
    assert_eq!(Json::read("[1]").expect("JSON").text(Form { pretty: true, strict: false }), "[\n  1\n]");
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Flag),
        any::<i64>().prop_map(|number| Json::Number(number.into())),
        "\\PC{0,10}".prop_map(Json::Text),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::List),
            prop::collection::hash_map("[a-z]{1,4}", inner, 0..6).prop_map(|fields| Json::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(document in json(), pretty: bool) {
        let text = document.text(Form { strict: true, pretty });
        prop_assert_eq!(Json::read(&text), Ok(document));
    }

    #[test]
    fn what_is_set_is_found(document in json(), new in json(), key in "[a-z]{1,4}", index in 1_usize..5) {
        let text = document.text(Form { strict: true, pretty: false });
        for path in [format!(".{key}"), format!("[{index}]"), format!("{{{key}}}.{key}[{index}]")] {
            if let Ok(changed) = set(&text, &path, new.clone(), &mut Two) {
                let changed = changed.text(Form { strict: true, pretty: false });
                prop_assert_eq!(get(&changed, &path, &mut Two), Ok(Some(new.clone())));
            }
        }
    }

    #[test]
    fn never_panics(text in "[\\[\\]{}a1,:\" ]{0,30}", path in "[\\[\\]{}.a1+ ]{0,20}") {
        let _ = get(&text, &path, &mut Two);
        let _ = set(&text, &path, Json::Null, &mut Two);
        let _ = delete(&text, &path, &mut Two);
    }
}
