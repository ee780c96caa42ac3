//! Which calls may share an answer, and what makes an answer old.

use crate::tools::Tool;

/// What answers rest on, and what calls change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Domain {
    /// Global variables.
    Variables,
    /// Dictionaries.
    Dictionaries,
    /// The macros.
    Library,
}

/// Whose answer a call may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sharing {
    /// Its own alone.
    Never,
    /// That of an identical call under way.
    UnderWay,
    /// That too, and one that is kept as long as this has not changed.
    Kept(Domain),
}

/// Reads whose answer may be another each time: a formula or a token can ask for a random number.
const EACH_ITS_OWN: [&str; 3] = ["km_calculate", "km_process_tokens", "km_search_replace"];

/// How the calls of a tool share.
pub(super) fn sharing(tool: &Tool) -> Sharing {
    match &*tool.name {
        name if EACH_ITS_OWN.contains(&name) => Sharing::Never,
        "km_get_variable" | "km_get_variables" | "km_list_variables" => Sharing::Kept(Domain::Variables),
        "km_get_dictionary" | "km_list_dictionaries" => Sharing::Kept(Domain::Dictionaries),
        "km_list_macros" | "km_search_macros" | "km_get_macro" | "km_lint_macro" | "km_hotkey_conflicts" => {
            Sharing::Kept(Domain::Library)
        }
        _ if tool.hints.read_only && !tool.hints.open_world => Sharing::UnderWay,
        _ => Sharing::Never,
    }
}

/// What a call of a tool may have changed, as far as answers are kept that rest on it.
pub(super) fn changes(tool: &Tool) -> &'static [Domain] {
    const ALL: &[Domain] = &[Domain::Variables, Domain::Dictionaries, Domain::Library];
    match &*tool.name {
        _ if tool.hints.read_only => &[],
        "km_set_variable" | "km_set_variables" | "km_delete_variable" => &[Domain::Variables],
        "km_set_dictionary" | "km_delete_dictionary_key" => &[Domain::Dictionaries],
        "km_set_macro_enabled" | "km_import_macros" | "km_delete_macro" => &[Domain::Library],
        // The library tells of its changes itself.
        "km_run_macro" => &[Domain::Variables, Domain::Dictionaries],
        "km_cancel" | "km_set_clipboard" | "pool_resize" | "apply_advice" | "undo_change" | "set_strategy" => &[],
        _ => ALL,
    }
}
