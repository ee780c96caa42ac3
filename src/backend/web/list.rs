//! The web server's page of macros: a form with an `option` for each, in an `optgroup` for its group.

use std::collections::HashSet;

use html_escape::decode_html_entities;
use serde::{Deserialize, Serialize};

/// A macro of the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedMacro {
    /// Its UUID.
    pub uid: String,
    /// Its name.
    pub name: String,
    /// Its group.
    pub group: String,
}

/// The macros of a page, in its order, each once. What is no macro is passed over.
#[must_use]
pub fn parse(page: &str) -> Vec<ListedMacro> {
    let mut macros = Vec::new();
    let mut seen = HashSet::new();
    let mut group = String::new();
    let mut rest = page;
    while let Some((tag, after)) = next_tag(rest) {
        rest = after;
        match tag_name(tag).as_str() {
            "optgroup" => group = attribute(tag, "label").unwrap_or_default(),
            "/optgroup" => group.clear(),
            "option" => {
                let Some(uid) = attribute(tag, "value").filter(|uid| is_uuid(uid)) else { continue };
                let words = || after.split('<').next().map(|text| decode_html_entities(text.trim()).into_owned());
                let name = attribute(tag, "label").or_else(words).unwrap_or_default();
                if seen.insert(uid.clone()) {
                    macros.push(ListedMacro { uid, name, group: group.clone() });
                }
            }
            _ => {}
        }
    }
    macros
}

/// Whether a text is a UUID as Keyboard Maestro writes it.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

/// What stands between the next `<` and its `>`, and what comes after. A `>` in quotes is no end.
fn next_tag(text: &str) -> Option<(&str, &str)> {
    let begin = text.find('<')? + 1;
    let mut quote = None;
    for (place, character) in text[begin..].char_indices() {
        match (quote, character) {
            (None, '>') => return Some((&text[begin..begin + place], &text[begin + place + 1..])),
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
    }
    None
}

fn tag_name(tag: &str) -> String {
    tag.split(|character: char| character.is_ascii_whitespace()).next().unwrap_or_default().to_ascii_lowercase()
}

/// An attribute's value without quotes and entities.
fn attribute(tag: &str, wanted: &str) -> Option<String> {
    let mut rest = tag.trim_start_matches(|character: char| !character.is_ascii_whitespace());
    loop {
        rest = rest.trim_start_matches(|character: char| character.is_ascii_whitespace() || character == '/');
        let end = rest.find(|character: char| character == '=' || character.is_ascii_whitespace()).unwrap_or(rest.len());
        if rest.is_empty() || (end == 0 && !rest.starts_with('=')) {
            return None;
        }
        let name = &rest[..end];
        rest = rest[end..].trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            (value, rest) = match after.chars().next() {
                Some(quote @ ('"' | '\'')) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
                _ => after.split_at(after.find(|character: char| character.is_ascii_whitespace()).unwrap_or(after.len())),
            };
        }
        if name.eq_ignore_ascii_case(wanted) {
            return Some(decode_html_entities(value).into_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ONE: &str = "5A3B1C00-6B6D-4F70-8000-000000000001";
    const TWO: &str = "5A3B1C00-6B6D-4F70-8000-000000000002";

    fn listed(uid: &str, name: &str, group: &str) -> ListedMacro {
        ListedMacro { uid: uid.into(), name: name.into(), group: group.into() }
    }

    #[test]
    fn groups_and_entities_are_understood() {
        let page = format!(
            "<html><form action=\"authenticatedaction.html\"><select name=\"macro\">\
             <optgroup label=\"Tools &amp; more\"><option label=\"a &gt; b &quot;c&quot; &#8984;\" value=\"{ONE}\"></option></optgroup>\
             <OPTGROUP LABEL='It&#39;s > here'><option value={TWO}>From its &lt;text&gt;</option></optgroup>\
             <option label=\"again\" value=\"{ONE}\"><option label=\"none\" value=\"delete everything\"></select>"
        );
        let expected = [listed(ONE, "a > b \"c\" ⌘", "Tools & more"), listed(TWO, "From its <text>", "It's > here")];
        assert_eq!(parse(&page), expected);
    }

    #[test]
    fn what_is_no_page_has_no_macros() {
        for page in ["", "<", "<option", "<option value=", "<option value=\"", "401 Unauthorized", "<option = = value>"] {
            assert!(parse(page).is_empty(), "{page}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken(page in "(<|>|=|\"|'|/|option|optgroup|label|value| |&amp;|&#|é|[0-9A-F-]{0,36}){0,60}") {
            for listed in parse(&page) {
                prop_assert!(is_uuid(&listed.uid));
            }
        }
    }
}
