//! Completion of arguments: of prompts, and of the templates of resources.

use std::collections::BTreeSet;

use rmcp::{
    ErrorData, RoleServer,
    model::{CompleteRequestParams, CompleteResult, CompletionInfo, Reference},
    service::RequestContext,
};
use serde_json::{Value, json};

use super::{
    Server, prompts,
    resources::{MACRO_TEMPLATE, VARIABLE_TEMPLATE, failed},
};

/// Pages of variables that are looked through, of 5,000 names each.
const MOST_PAGES: usize = 20;

/// What an argument is completed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The names of macros.
    Macros,
    /// The names of groups.
    Groups,
    /// The names of tools.
    Tools,
    /// The UUIDs of macros, found by their names too.
    Uids,
    /// The names of global variables.
    Variables,
}

impl Server {
    /// The values that an argument may have and that fit what is typed so far.
    pub(super) async fn suggest(
        &self,
        request: CompleteRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let CompleteRequestParams { r#ref, argument, context: given, .. } = request;
        let source = source(&r#ref, &argument.name)?;
        let typed = argument.value.as_str();
        let group = given.and_then(|given| given.arguments?.remove("group"));
        let names = match source {
            Some(Source::Macros) if self.shows("km_list_macros", context) => fitting(self.macro_names(group.as_deref()), typed),
            Some(Source::Uids) if self.shows("km_list_macros", context) => self.fitting_uids(typed),
            Some(Source::Groups) if self.shows("km_list_macros", context) => fitting(self.group_names(), typed),
            Some(Source::Tools) => fitting(self.tool_names(context), typed),
            Some(Source::Variables) if self.shows("km_list_variables", context) => {
                fitting(self.variable_names(context).await?, typed)
            }
            _ => Vec::new(),
        };
        let total = u32::try_from(names.len()).ok();
        let more = names.len() > CompletionInfo::MAX_VALUES;
        let values = names.into_iter().take(CompletionInfo::MAX_VALUES).collect();
        let found = CompletionInfo::with_pagination(values, total, more);
        found.map(CompleteResult::new).map_err(|error| ErrorData::internal_error(error, None))
    }

    /// Whether what a tool lists may be offered while somebody types: not where the owner wants to be asked, who cannot be with each key.
    fn shows(&self, tool: &str, context: &RequestContext<RoleServer>) -> bool {
        self.offers(tool, context) && !self.toolbox().is_asked_about(tool)
    }

    fn macro_names(&self, group: Option<&str>) -> BTreeSet<String> {
        let index = self.toolbox().context().library.index();
        let within = |name: &str| group.is_none_or(|group| group.is_empty() || group.eq_ignore_ascii_case(name));
        index.macros.iter().filter(|entry| within(&entry.group)).map(|entry| entry.name.clone()).collect()
    }

    fn group_names(&self) -> BTreeSet<String> {
        self.toolbox().context().library.index().groups.iter().map(|head| head.name.clone()).collect()
    }

    /// UUIDs that begin like what is typed, then those of macros whose names fit it.
    fn fitting_uids(&self, typed: &str) -> Vec<String> {
        let index = self.toolbox().context().library.index();
        let (upper, lower) = (typed.trim().to_uppercase(), typed.to_lowercase());
        let rank = |uid: &str, name: &str| {
            let name = name.to_lowercase();
            match () {
                () if uid.starts_with(&upper) => Some(0_u8),
                () if name.starts_with(&lower) => Some(1),
                () if name.contains(&lower) => Some(2),
                () => None,
            }
        };
        let mut found: Vec<(u8, String)> =
            index.macros.iter().filter_map(|entry| rank(&entry.uid, &entry.name).map(|rank| (rank, entry.uid.clone()))).collect();
        found.sort();
        found.into_iter().map(|(_, uid)| uid).collect()
    }

    async fn variable_names(&self, context: &RequestContext<RoleServer>) -> Result<BTreeSet<String>, ErrorData> {
        let mut names = BTreeSet::new();
        let mut cursor = Value::Null;
        for _ in 0..MOST_PAGES {
            let arguments = json!({ "limit": 5_000, "cursor": cursor });
            let page = self.ask("km_list_variables", arguments, context).await.map_err(|error| failed(&error))?;
            names.extend(page["names"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
            if page["next_cursor"].is_null() {
                break;
            }
            cursor = page["next_cursor"].clone();
        }
        Ok(names)
    }
}

/// What the argument of a prompt or a template is completed from.
///
/// # Errors
/// -32602 for a prompt or a template that does not exist; an argument that it does not have is completed with nothing.
fn source(of: &Reference, argument: &str) -> Result<Option<Source>, ErrorData> {
    match of {
        Reference::Prompt(prompt) => {
            let known = prompts::named(&prompt.name).ok_or_else(|| prompts::unknown(&prompt.name))?;
            Ok(known.arguments.iter().find(|known| known.name == argument).map(|known| known.source))
        }
        Reference::Resource(template) => match (template.uri.as_str(), argument) {
            (MACRO_TEMPLATE, "uid") => Ok(Some(Source::Uids)),
            (VARIABLE_TEMPLATE, "name") => Ok(Some(Source::Variables)),
            (MACRO_TEMPLATE | VARIABLE_TEMPLATE, _) => Ok(None),
            _ => Err(ErrorData::invalid_params("there is no such template; resources/templates/list names them", None)),
        },
        _ => Err(ErrorData::invalid_params("only arguments of prompts and templates are completed", None)),
    }
}

/// The names that begin with what is typed, then those that hold it; case does not matter.
fn fitting(names: BTreeSet<String>, typed: &str) -> Vec<String> {
    let typed = typed.to_lowercase();
    let mut found: Vec<(bool, String, String)> = names
        .into_iter()
        .filter_map(|name| {
            let folded = name.to_lowercase();
            folded.find(&typed).map(|at| (at > 0, folded, name))
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, _, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_what_begins_so_then_what_holds_it() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let all = names(&["Upload Report", "report", "Report Überlauf", "Other", "über"]);
        assert_eq!(fitting(all.clone(), "REP"), ["report", "Report Überlauf", "Upload Report"]);
        assert_eq!(fitting(all.clone(), "ÜBER"), ["über", "Report Überlauf"]);
        assert_eq!(fitting(all.clone(), "").len(), 5);
        assert_eq!(fitting(all, "zzz"), Vec::<String>::new());
    }
}
