//! Arguments against their settings, and what of them reaches a program.

use serde_json::{Value, json};

use super::{Arguments, fill::filled, own_tools};
use crate::config::{OwnTool, Settings};

fn settings(text: &str) -> OwnTool {
    let settings: Settings = toml::from_str(text).expect("settings");
    settings.tool.into_iter().next().expect("a tool")
}

/// What a program would get.
fn argv(own: &OwnTool, arguments: Value) -> Result<Vec<String>, String> {
    let given = Arguments::of(&own.arguments).expect("sound").read(arguments);
    given.and_then(|given| filled(&own.command, &given)).map_err(|error| error.message)
}

const EVERY_TYPE: &str = r#"
[[tool]]
name = "every"
description = "d"
command = ["p", "--text={text}", "{count}", "{share}", "{flag}", "{word}", "{list}", "{{x}}", "{text}{word}"]
[tool.arguments.text]
type = "string"
min = 1
max = 20
[tool.arguments.count]
type = "integer"
min = -5
max = 10
default = 3
[tool.arguments.share]
type = "number"
may_begin_with_dash = true
[tool.arguments.flag]
type = "boolean"
when_true = "--force"
[tool.arguments.word]
type = "enum"
values = ["one", "two"]
required = true
[tool.arguments.list]
type = "array"
items = "integer"
max = 3
separator = "+"
"#;

#[test]
fn each_element_becomes_one_argument_or_none() {
    let own = settings(EVERY_TYPE);
    assert_eq!(argv(&own, json!({ "word": "one" })).expect("sound"), ["p", "3", "one", "{x}"]);
    let all = json!({ "text": "a b\"'$(id)\n", "count": 7, "share": -0.5, "flag": true, "word": "two", "list": [1, 2] });
    let expected = ["p", "--text=a b\"'$(id)\n", "7", "-0.5", "--force", "two", "1+2", "{x}", "a b\"'$(id)\ntwo"];
    assert_eq!(argv(&own, all).expect("sound"), expected);
    assert_eq!(argv(&own, json!({ "word": "one", "flag": false, "list": [] })).expect("sound").len(), 4);
}

#[test]
fn what_does_not_fit_is_refused() {
    let own = settings(EVERY_TYPE);
    for (arguments, expected) in [
        (json!({}), "missing field `word`"),
        (json!({ "word": "three" }), "word: it is none of one, two"),
        (json!({ "word": "one", "more": 1 }), "unknown field `more`"),
        (json!({ "word": "one", "count": 11 }), "count: it is 11; it must be from -5 to 10"),
        (json!({ "word": "one", "count": 1.5 }), "a whole number"),
        (json!({ "word": "one", "count": "1" }), "a whole number"),
        (json!({ "word": "one", "text": "" }), "its length is 0"),
        (json!({ "word": "one", "text": "a\u{0}b" }), "zero byte"),
        (json!({ "word": "one", "list": [1, 2, 3, 4] }), "number of its items is 4"),
        (json!({ "word": "one", "flag": "yes" }), "true or false"),
        // Programs would take these for options.
        (json!({ "word": "one", "count": -1 }), "begins with “-”"),
        (json!({ "word": "one", "text": "--upload-pack=x" }), "begins with “-”"),
    ] {
        let said = argv(&own, arguments.clone()).expect_err("refused");
        assert!(said.contains(expected), "{arguments}: {said}");
    }
}

#[test]
fn a_pattern_holds_for_the_whole_text_and_paths_stay_inside() {
    let root = tempfile::tempdir().expect("a folder");
    let root_path = root.path().canonicalize().expect("it is there");
    std::fs::write(root.path().join("file"), "x").expect("written");
    std::os::unix::fs::symlink("/etc", root.path().join("out")).expect("linked");
    std::os::unix::fs::symlink("/nowhere/at/all", root.path().join("dangling")).expect("linked");
    let text = format!(
        "[[tool]]\nname = \"p\"\ndescription = \"d\"\ncommand = [\"p\", \"{{path}}\", \"{{id}}\"]\n\
         [tool.arguments.path]\ntype = \"path\"\nroot = \"{}\"\n[tool.arguments.id]\ntype = \"string\"\npattern = \"[a-z]+|x1\"\n",
        root.path().display()
    );
    let own = settings(&text);
    let within = |path: &str| argv(&own, json!({ "path": path })).map(|argv| argv[1].clone());
    let expected = |name: &str| Ok(root_path.join(name).display().to_string());
    assert_eq!(within("file"), expected("file"));
    assert_eq!(within("./-new"), expected("-new"), "an absolute path is no option");
    assert_eq!(within(&root.path().join("file").display().to_string()), expected("file"));
    for path in ["..", "a/../../x", "/etc/passwd", "out/passwd", "out", "dangling", "file/../../x", "dangling/x"] {
        assert!(within(path).is_err(), "{path}: {:?}", within(path));
    }
    assert!(argv(&own, json!({ "id": "abc" })).is_ok() && argv(&own, json!({ "id": "x1" })).is_ok());
    for wrong in ["abc1", "x1\n", "", "Abc"] {
        assert!(argv(&own, json!({ "id": wrong })).is_err(), "{wrong}");
    }
}

#[test]
fn the_schema_says_what_is_checked() {
    let schema = Value::Object(Arguments::of(&settings(EVERY_TYPE).arguments).expect("sound").schema());
    assert_eq!(schema["required"], json!(["word"]));
    assert_eq!(schema["properties"]["count"], json!({ "type": "integer", "minimum": -5, "maximum": 10, "default": 3 }));
    assert_eq!(schema["properties"]["text"], json!({ "type": "string", "minLength": 1, "maxLength": 20 }));
    assert_eq!(schema["properties"]["list"]["items"], json!({ "type": "integer" }));
}

#[test]
fn a_default_that_its_argument_refuses_is_found_at_once() {
    let own = settings(
        "[[tool]]\nname = \"a\"\ndescription = \"d\"\ncommand = [\"p\"]\n[tool.arguments.n]\ntype = \"integer\"\ndefault = \"x\"\n",
    );
    let problem = own_tools(&[own], super::AtOnce::of(&crate::config::Limits::default())).err().expect("refused");
    assert!(problem.contains("\"a\"") && problem.contains("a whole number"), "{problem}");
}
