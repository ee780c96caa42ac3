//! Set Dictionary Value, Set Dictionary to JSON.

use super::{
    super::{
        super::{
            data::Action,
            json::{Form, Json},
            place::Place,
            portability::{refused, text},
            profile::Profile,
            table::{ActionType, Mode, run},
            variables::is_name,
        },
        Flow, MAX_TEXT, Trouble,
        state::{DELETE, Runner},
    },
    fields::unknown_field,
};

pub(super) const ACTIONS: &[ActionType] = &[
    run("SetDictionaryValue", "the value %Delete% deletes the key", check_value, set_value),
    run("SetDictionaryToJSON", "a key for each field or element; other keys stay", check_json, set_to_json),
];

fn check_value(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let texts = ["Key", "Value"].into_iter().find_map(|key| text(action, key, profile));
    refused(name_refusal(action, profile).or(texts))
}

fn check_json(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let unknown = unknown_field(action, &["Dictionary", "Text", "ProcessingMode"]);
    refused(unknown.or_else(|| name_refusal(action, profile)).or_else(|| text(action, "Text", profile)))
}

fn name_refusal(action: &Action, profile: &Profile) -> Option<String> {
    let name = action.word("Dictionary").unwrap_or_default();
    text(action, "Dictionary", profile).or_else(|| (!name.contains('%')).then(|| named(name).err())?)
}

/// The name of a dictionary, without spaces around it.
fn named(name: &str) -> Result<&str, String> {
    let name = name.trim();
    match name {
        "" => Err("it names no dictionary".into()),
        name if is_name(name) => Ok(name),
        name => Err(format!("“{name}” is no name for a dictionary (a letter, then letters, digits, spaces, underscores)")),
    }
}

fn set_value(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let name = runner.expanded(action, "Dictionary")?;
    let key = runner.expanded(action, "Key")?;
    let value = runner.expanded(action, "Value")?;
    runner.put_into_dictionary(&name, &key, &value)?;
    Ok(Flow::Next)
}

fn set_to_json(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let name = runner.expanded(action, "Dictionary")?;
    let document = Json::read(&runner.expanded(action, "Text")?)?;
    for (key, value) in entries(document)? {
        runner.put_into_dictionary(&name, &key, &value.text(Form::default()))?;
    }
    Ok(Flow::Next)
}

/// The fields of an object, or the elements of a list by their indices from 1.
pub(super) fn entries(document: Json) -> Result<Vec<(String, Json)>, Trouble> {
    match document {
        Json::Object(fields) => Ok(fields),
        Json::List(items) => Ok((1..).zip(items).map(|(index, item): (usize, _)| (index.to_string(), item)).collect()),
        _ => Err(Trouble::Failed("its JSON is neither an object nor a list".into())),
    }
}

impl Runner<'_> {
    fn put_into_dictionary(&mut self, dictionary: &str, key: &str, value: &str) -> Result<(), Trouble> {
        let dictionary = named(dictionary).map_err(Trouble::Failed)?;
        let key = key.trim();
        if key.is_empty() {
            return Err(Trouble::Failed(format!("it names no key of the dictionary {dictionary}")));
        }
        if value.len() + key.len() > MAX_TEXT {
            return Err(Trouble::Failed(format!("the value of a dictionary would be longer than {MAX_TEXT} bytes")));
        }
        Ok(self.host.set_dictionary_value(dictionary, key, (value != DELETE).then_some(value))?)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::super::stage::{definition, done, give, host, run, set};

    fn put(dictionary: &str, key: &str, value: &str) -> Value {
        json!({"kind": "SetDictionaryValue", "Dictionary": dictionary, "Key": key, "Value": value})
    }

    #[test]
    fn values_are_kept_by_key() {
        let mut host = host();
        let report = done(
            json!([
                set("D", "Shop Prices"),
                put("Shop Prices", "Cake", "1"),
                put("%Variable%D%", " cake ", "5.35"),
                put("shop prices", "Coffee", "3"),
                put("shop prices", "COFFEE", "%Delete%"),
                give("done"),
            ]),
            &mut host,
        );
        assert_eq!(report.result.as_deref(), Some("done"));
        let (name, values) = &host.dictionaries["shop prices"];
        assert_eq!(name, "Shop Prices");
        assert_eq!(values.values().cloned().collect::<Vec<_>>(), [("Cake".to_owned(), "5.35".to_owned())]);
    }

    #[test]
    fn json_fills_a_dictionary() {
        let mut host = host();
        let fill = |text: &str| json!({"kind": "SetDictionaryToJSON", "Dictionary": "D", "Text": text});
        let fills = json!([
            put("D", "kept", "x"),
            fill("{\"a\": \"1 %Variable%V%\", \"b\": {\"c\": [1, 2]}, \"n\": null}"),
            fill("[\"first\", 2.5]"),
        ]);
        assert_eq!(done(fills, &mut host).failed_action, None);
        let values: Vec<&str> = host.dictionaries["d"].1.values().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["first", "2.5", "1 ", "{\"c\":[1,2]}", "x", "null"]);
        for text in ["{", "3", ""] {
            assert!(done(json!([fill(text)]), &mut host).failed_action.is_some(), "{text}");
        }
    }

    #[test]
    fn wrong_names_are_refused() {
        let cases = [
            (put("", "k", "v"), "names no dictionary"),
            (put("1x", "k", "v"), "no name for a dictionary"),
            (put("D", "%FrontWindowName%", "v"), "FrontWindowName"),
            (json!({"kind": "SetDictionaryToJSON", "Dictionary": "D", "Text": "{}", "JSONStrict": true}), "JSONStrict"),
        ];
        for (action, expected) in cases {
            let error = run(&definition("A", json!([action.clone()])), None, &mut host()).expect_err("it is refused");
            assert!(error.to_string().contains(expected), "{action}: {error}");
        }
        let report = done(json!([set("K", " "), put("D", "%Variable%K%", "v")]), &mut host());
        assert!(report.failed_action.expect("it fails").message.contains("names no key"));
    }
}
