//! Lists by name, page by page. A cursor is the last name of the page before, so that pages hold when names come and go between them.

use schemars::JsonSchema;
use serde::Deserialize;

use super::ToolError;

/// Names on a page when nobody says how many.
const USUAL: usize = 500;
/// Most names on a page.
const MOST: usize = 5_000;

/// Which page is wanted.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    /// `next_cursor` of the page before.
    #[serde(default)]
    pub(super) cursor: Option<String>,
    /// Names on a page, 1 to 5000; 500 when not given.
    #[serde(default)]
    pub(super) limit: Option<usize>,
}

impl Page {
    /// How many names are on the page.
    pub(super) fn length(&self) -> Result<usize, ToolError> {
        match self.limit {
            None => Ok(USUAL),
            Some(limit @ 1..=MOST) => Ok(limit),
            Some(limit) => Err(ToolError::refused("bad_arguments", format!("limit: {limit} is not within 1 to {MOST}"))),
        }
    }

    /// The items of this page and the cursor of the next, of items whose names differ not only in case.
    pub(super) fn of<T>(&self, mut items: Vec<T>, length: usize, name: impl Fn(&T) -> &str) -> (Vec<T>, Option<String>) {
        let key = |name: &str| (name.to_lowercase(), name.to_owned());
        items.sort_by_cached_key(|item| key(name(item)));
        if let Some(cursor) = &self.cursor {
            let cursor = key(cursor);
            items.drain(..items.partition_point(|item| key(name(item)) <= cursor));
        }
        let more = items.len() > length;
        items.truncate(length);
        let next = items.last().filter(|_| more).map(|last| name(last).to_owned());
        (items, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_whatever_goes() {
        let names = ["b", "A", "c", "Ä", "d"].map(str::to_owned).to_vec();
        let page = |cursor: Option<&str>, names: &[String]| {
            Page { cursor: cursor.map(str::to_owned), limit: None }.of(names.to_vec(), 2, |name| name)
        };
        assert_eq!(page(None, &names), (vec!["A".into(), "b".into()], Some("b".into())));
        // The cursor's own name has gone.
        assert_eq!(page(Some("b"), &names[1..]), (vec!["c".into(), "d".into()], Some("d".into())));
        assert_eq!(page(Some("d"), &names), (vec!["Ä".into()], None));
        assert_eq!(page(Some("z\u{10ffff}"), &names[..1]), (Vec::new(), None));
        assert!(
            Page { cursor: None, limit: Some(0) }.length().is_err()
                && Page { cursor: None, limit: Some(5_001) }.length().is_err()
        );
    }
}
