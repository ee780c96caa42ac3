//! What kind of value the fields of actions have. A field of another kind would be taken for one that is missing, and the macro would
//! quietly do something else; so its action is refused. The kinds are those of public macro files and of what Keyboard Maestro 11
//! writes; fields that have several kinds there, and fields that nobody here reads, may have any.

use serde_json::Value;

use super::data::Action;

/// The kind that a field has to have.
#[derive(Clone, Copy)]
enum Shape {
    /// A text.
    Word,
    /// A text, or a number, which stands for its digits.
    Text,
    /// True or false, also as 1 or 0.
    Flag,
    /// A list of anything.
    List,
    /// A list of dictionaries.
    Dictionaries,
    /// A dictionary whose field of this name is a list of dictionaries, if it is there.
    Holding(&'static str),
}

const SHAPES: &[(Shape, &[&str])] = &[
    (
        Shape::Word,
        &[
            "Action",
            "Attribute",
            "Destination",
            "DestinationVariable",
            "Dictionary",
            "DisplayKind",
            "Encoding",
            "Operation",
            "Path",
            "Prefix",
            "ResultVariable",
            "SemaphoreAction",
            "Source",
            "SourceVariable",
            "StringRangeType",
            "Target",
            "URL",
            "Variable",
            "Where",
            "Which",
        ],
    ),
    (
        Shape::Text,
        &[
            "Count",
            "CountExpression",
            "First",
            "Key",
            "MacroUID",
            "Parameter",
            "Past",
            "PastExpression",
            "Replace",
            "Search",
            "Second",
            "Seconds",
            "SemaphoreName",
            "Text",
            "Time",
            "TimeOutPeriod",
            "Value",
        ],
    ),
    (
        Shape::Flag,
        &[
            "Append",
            "Asynchronously",
            "CreateIntermediate",
            "Delete",
            "HonourFailureSettings",
            "IncludeStdErr",
            "JustDisplay",
            "NotifyOnFailure",
            "NotifyOnTimeOut",
            "SourceUseNamedClipboard",
            "StopOnFailure",
            "TargetUseNamedClipboard",
            "TimeOutAbortsMacro",
            "TrimResults",
            "TrimResultsNew",
            "UseFormat",
            "UseParameter",
            "UseText",
        ],
    ),
    (Shape::List, &["Captures", "IncludedVariables", "Menu", "Parameters"]),
    (Shape::Dictionaries, &["CaseEntries"]),
    (Shape::Holding("ConditionList"), &["Conditions"]),
    (Shape::Holding("CollectionList"), &["Collections"]),
];

impl Shape {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Word => value.is_string(),
            Self::Text => value.is_string() || value.is_number(),
            Self::Flag => value.is_boolean() || value.is_number(),
            Self::List => value.is_array(),
            Self::Dictionaries => value.as_array().is_some_and(|items| items.iter().all(Value::is_object)),
            Self::Holding(key) => {
                value.as_object().is_some_and(|fields| fields.get(key).is_none_or(|list| Self::Dictionaries.fits(list)))
            }
        }
    }

    fn words(self) -> String {
        match self {
            Self::Word => "a text".into(),
            Self::Text => "a text or a number".into(),
            Self::Flag => "true or false".into(),
            Self::List => "a list".into(),
            Self::Dictionaries => "a list of dictionaries".into(),
            Self::Holding(key) => format!("a dictionary with a {key}"),
        }
    }
}

/// Why an action cannot be understood: a field of the wrong kind.
pub(super) fn wrong(action: &Action) -> Option<String> {
    SHAPES.iter().find_map(|(shape, keys)| {
        let key = keys.iter().find(|key| action.fields.get(**key).is_some_and(|value| !shape.fits(value)))?;
        Some(format!("its field {key} is not {}", shape.words()))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::wrong;
    use crate::macros::Action;

    fn action(fields: &Value) -> Action {
        serde_json::from_value(json!({"kind": "Any", "enabled": true, "fields": fields})).expect("an action")
    }

    #[test]
    fn fields_of_wrong_kinds_are_named() {
        let wrongs = [
            (json!({"Time": ["x"]}), "its field Time is not a text or a number"),
            (json!({"Variable": 5}), "its field Variable is not a text"),
            (json!({"StopOnFailure": "no"}), "its field StopOnFailure is not true or false"),
            (json!({"Conditions": ["x"]}), "its field Conditions is not a dictionary with a ConditionList"),
            (json!({"Conditions": {"ConditionList": "x"}}), "its field Conditions is not a dictionary with a ConditionList"),
            (
                json!({"Collections": {"CollectionList": ["x"]}}),
                "its field Collections is not a dictionary with a CollectionList",
            ),
            (json!({"CaseEntries": ["x"]}), "its field CaseEntries is not a list of dictionaries"),
            (json!({"IncludedVariables": "9999"}), "its field IncludedVariables is not a list"),
            (json!({"Text": {"base64": ""}}), "its field Text is not a text or a number"),
        ];
        for (fields, expected) in wrongs {
            assert_eq!(wrong(&action(&fields)).as_deref(), Some(expected), "{fields}");
        }
    }

    #[test]
    fn fields_of_the_right_kinds_and_unknown_ones_are_no_matter() {
        let right = [
            json!({"Time": 1.5, "TimeOutPeriod": "2 * 3", "UseText": 1, "Asynchronously": false}),
            json!({"Conditions": {"ConditionList": [], "ConditionListMatch": "All"}, "Collections": {}}),
            json!({"Novelty": ["x"], "StyledText": {"base64": ""}, "CaseEntries": [{}]}),
        ];
        for fields in right {
            assert_eq!(wrong(&action(&fields)), None, "{fields}");
        }
    }
}
