//! Where the next page of a list of macros begins.

use crate::tools::ToolError;

/// Where the next page begins: behind the last row of this macro, or at this number when the macro is gone. So a library that changes
/// between two pages hides nothing that did not change; of several rows of one macro some may then come twice.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cursor<'a> {
    /// Rows of all pages before.
    pub(super) number: usize,
    /// The macro of the last of them.
    uid: &'a str,
}

impl<'a> Cursor<'a> {
    /// The cursor of a page before; `None` for the first.
    pub(super) fn read(text: Option<&'a str>) -> Result<Option<Self>, ToolError> {
        let Some(text) = text else { return Ok(None) };
        let parts = text.split_once('.').and_then(|(number, uid)| Some(Self { number: number.parse().ok()?, uid }));
        parts.map(Some).ok_or_else(|| ToolError::refused("bad_arguments", "cursor: not one that a page gave"))
    }
}

/// The rows of a page, and the cursor of the next one. `uid` gives a row's macro, of which there may be several rows in turn.
pub(super) fn page<T>(
    mut rows: Vec<T>,
    cursor: Option<&Cursor<'_>>,
    limit: usize,
    uid: impl Fn(&T) -> &str,
) -> (Vec<T>, Option<String>) {
    let start = cursor.map_or(0, |cursor| {
        let is_its = |row: &T| uid(row) == cursor.uid;
        let in_place = cursor.number.checked_sub(1).and_then(|last| rows.get(last)).is_some_and(is_its);
        let behind = || rows.iter().rposition(is_its).map(|last| last + 1);
        if in_place { cursor.number } else { behind().unwrap_or(cursor.number) }
    });
    let start = start.min(rows.len());
    let end = start.saturating_add(limit).min(rows.len());
    let next = rows[..end].last().filter(|_| end < rows.len()).map(|last| format!("{end}.{}", uid(last)));
    rows.truncate(end);
    rows.drain(..start);
    (rows, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(rows: &[&'static str], cursor: Option<&str>) -> (Vec<&'static str>, Option<String>) {
        let cursor = Cursor::read(cursor).expect("a cursor");
        page(rows.to_vec(), cursor.as_ref(), 2, |row| &row[..1])
    }

    #[test]
    fn pages_follow_each_other_whatever_goes() {
        let rows = ["a1", "a2", "a3", "b", "c"];
        assert_eq!(pages(&rows, None), (vec!["a1", "a2"], Some("2.a".into())));
        assert_eq!(pages(&rows, Some("2.a")), (vec!["a3", "b"], Some("4.b".into())));
        assert_eq!(pages(&rows, Some("4.b")), (vec!["c"], None));
        assert_eq!(pages(&rows[3..], Some("4.b")), (vec!["c"], None), "what came before is gone");
        assert_eq!(pages(&["n", "a1", "a2", "a3", "b"], Some("2.a")), (vec!["a2", "a3"], Some("4.a".into())));
        assert_eq!(pages(&["c", "d"], Some("1.b")), (vec!["d"], None), "its macro is gone");
        assert_eq!(pages(&rows, Some("99.z")), (Vec::new(), None));
        assert_eq!(pages(&[], Some("0.z")), (Vec::new(), None));
        for bad in ["", "x", "-1.a", "1"] {
            assert_eq!(Cursor::read(Some(bad)).expect_err(bad).code, "bad_arguments");
        }
    }
}
