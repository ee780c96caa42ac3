//! Prompts: questions that people ask of their macros and of this server, with the numbers of the moment in them.

mod explain;
mod slowness;
mod words;

use rmcp::{
    ErrorData, RoleServer,
    model::{
        GetPromptRequestParams, GetPromptResponse, GetPromptResult, ListPromptsResult, PaginatedRequestParams, Prompt,
        PromptArgument, PromptMessage, Role,
    },
    service::RequestContext,
};
use serde_json::{Map, Value};

use super::{Server, completion::Source, cursor};
use crate::util::text::brief;

/// Prompts on a page.
const PAGE: usize = 100;
/// Longest argument that is taken, in bytes.
const LONGEST: usize = 1_024;

/// A prompt.
pub(super) struct Known {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    pub(super) arguments: &'static [Argument],
}

/// An argument of a prompt.
pub(super) struct Argument {
    pub(super) name: &'static str,
    description: &'static str,
    required: bool,
    /// What it is completed from.
    pub(super) source: Source,
}

const A_MACRO: Argument =
    Argument { name: "macro", description: "The macro's name or UUID", required: true, source: Source::Macros };

const KNOWN: [Known; 4] = [
    Known {
        name: slowness::NAME,
        title: "Why is it slow?",
        description: "Where the time of calls goes now, and what would help, from live numbers",
        arguments: &[Argument {
            name: "tool",
            description: "Only this tool; all of them when left out",
            required: false,
            source: Source::Tools,
        }],
    },
    Known {
        name: "explain_macro",
        title: "Explain a macro",
        description: "What a macro does, step by step, with what it needs, changes and calls",
        arguments: &[A_MACRO],
    },
    Known {
        name: "troubleshoot_macro",
        title: "Why does a macro fail?",
        description: "A macro with its verdicts, last runs and log lines, to find out why it fails",
        arguments: &[A_MACRO],
    },
    Known {
        name: "review_macros",
        title: "Review macros",
        description: "What of a library or a group runs here, what does not, what was never run and what clashes",
        arguments: &[Argument {
            name: "group",
            description: "Only this group; the whole library when left out",
            required: false,
            source: Source::Groups,
        }],
    },
];

/// The prompt of this name.
pub(super) fn named(name: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.name == name)
}

/// The error for a prompt that does not exist.
pub(super) fn unknown(name: &str) -> ErrorData {
    ErrorData::invalid_params(format!("there is no prompt {:?}; prompts/list names them all", brief(name, 80)), None)
}

/// One page of all prompts.
pub(super) fn list(page: Option<PaginatedRequestParams>) -> Result<ListPromptsResult, ErrorData> {
    let prompts: Vec<Prompt> = KNOWN.iter().map(declared).collect();
    let (prompts, next) = cursor::page("prompts", &prompts, page, PAGE, |prompt| &prompt.name)?;
    let mut listed = ListPromptsResult::with_all_items(prompts);
    listed.next_cursor = next;
    Ok(listed)
}

fn declared(known: &Known) -> Prompt {
    let argument = |argument: &Argument| {
        PromptArgument::new(argument.name).with_description(argument.description).with_required(argument.required)
    };
    let arguments = known.arguments.iter().map(argument).collect();
    Prompt::new(known.name, Some(known.description), Some(arguments)).with_title(known.title)
}

/// The arguments of a prompt, checked.
fn checked(known: &Known, given: &Map<String, Value>) -> Result<(), ErrorData> {
    let refused = |words: String| Err(ErrorData::invalid_params(words, None));
    for (name, value) in given {
        if !known.arguments.iter().any(|argument| argument.name == name) {
            return refused(format!("{} has no argument {:?}", known.name, brief(name, 80)));
        }
        if value.as_str().is_none_or(|value| value.len() > LONGEST) {
            return refused(format!("{name}: a text of up to {LONGEST} bytes is expected"));
        }
    }
    let missing = known.arguments.iter().find(|argument| {
        argument.required && given.get(argument.name).and_then(Value::as_str).is_none_or(|value| value.trim().is_empty())
    });
    missing.map_or(Ok(()), |missing| refused(format!("{} needs the argument {}", known.name, missing.name)))
}

impl Server {
    /// A prompt with the numbers of the moment.
    pub(super) async fn prompt(
        &self,
        request: GetPromptRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let known = named(&request.name).ok_or_else(|| unknown(&request.name))?;
        let given = request.arguments.unwrap_or_default();
        checked(known, &given)?;
        let text = |name: &str| given.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
        let messages = match known.name {
            slowness::NAME => self.slowness(text("tool"), context).await?,
            "explain_macro" => self.explanation(text("macro").unwrap_or_default(), context).await?,
            "troubleshoot_macro" => self.trouble(text("macro").unwrap_or_default(), context).await?,
            _ => self.review(text("group"), context).await?,
        };
        Ok(GetPromptResult::new(messages).with_description(known.description).into())
    }
}

/// A message as if the user had written it.
fn asked(text: String) -> PromptMessage {
    PromptMessage::new_text(Role::User, text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn arguments_are_checked() {
        let known = named("explain_macro").expect("there is one");
        let given = |value: Value| value.as_object().cloned().expect("an object");
        assert!(checked(known, &given(json!({ "macro": "Greet" }))).is_ok());
        for bad in [json!({}), json!({ "macro": " " }), json!({ "macro": 7 }), json!({ "macro": "x", "other": "y" })] {
            assert_eq!(checked(known, &given(bad.clone())).expect_err("refused").code.0, -32602, "{bad}");
        }
        assert!(checked(known, &given(json!({ "macro": "x".repeat(LONGEST + 1) }))).is_err());
        let all = list(None).expect("a page").prompts;
        assert_eq!(all.len(), KNOWN.len());
        assert!(all.iter().all(|prompt| prompt.title.is_some() && prompt.description.is_some()));
    }
}
