//! Pages of lists. A cursor holds the name of the last item of the page before, so that pages hold when items come and go between them;
//! clients see it as text that means nothing.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rmcp::{ErrorData, model::PaginatedRequestParams};

/// Between the parts of a cursor.
const BREAK: char = '\u{1f}';

/// A cursor of a list of this kind behind the item of this name.
pub(super) fn encode(kind: &str, name: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{kind}{BREAK}{name}"))
}

/// The name in the cursor that a client gave, if it gave one.
///
/// # Errors
/// -32602 for a cursor that no list of this kind has given.
pub(super) fn decode(kind: &str, page: Option<PaginatedRequestParams>) -> Result<Option<String>, ErrorData> {
    let Some(cursor) = page.and_then(|page| page.cursor) else { return Ok(None) };
    let text = URL_SAFE_NO_PAD.decode(cursor.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let name = text.as_deref().and_then(|text| text.split_once(BREAK)).filter(|(of, _)| *of == kind);
    name.map(|(_, name)| Some(name.to_owned())).ok_or_else(bad)
}

/// The error for a cursor that is none.
pub(super) fn bad() -> ErrorData {
    ErrorData::invalid_params("this is no cursor of this list; leave it out to begin with the first page", None)
}

/// A page of a list that is kept in order: the items behind the cursor, and the cursor of the next page.
///
/// # Errors
/// -32602 for a cursor that no list of this kind has given.
pub(super) fn page<T: Clone>(
    kind: &str,
    items: &[T],
    asked: Option<PaginatedRequestParams>,
    length: usize,
    name: impl Fn(&T) -> &str,
) -> Result<(Vec<T>, Option<String>), ErrorData> {
    let start = match decode(kind, asked)? {
        None => 0,
        Some(cursor) => {
            let (place, last) = cursor.split_once(BREAK).ok_or_else(bad)?;
            let place: usize = place.parse().map_err(|_| bad())?;
            // The last item may have moved, or gone: then the place tells where it was.
            items.iter().position(|item| name(item) == last).map_or(place, |found| found + 1)
        }
    };
    let rest = items.get(start..).unwrap_or_default();
    let shown = &rest[..rest.len().min(length)];
    let more = rest.len() > shown.len();
    let last = shown.last().filter(|_| more);
    let next = last.map(|last| {
        let place = start + shown.len() - usize::from(!items.iter().any(|item| name(item) == name(last)));
        encode(kind, &format!("{place}{BREAK}{}", name(last)))
    });
    Ok((shown.to_vec(), next))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(cursor: Option<String>) -> PaginatedRequestParams {
        PaginatedRequestParams::default().with_cursor(cursor)
    }

    #[test]
    fn pages_hold_when_items_come_and_go() {
        let items = |names: &str| names.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let turn = |names: &str, cursor| page("x", &items(names), Some(asked(cursor)), 2, |name| name).expect("a page");
        let (first, next) = turn("a b c d e", None);
        assert_eq!(first, ["a", "b"]);
        let next = next.expect("more");
        assert_eq!(turn("a b c d e", Some(next.clone())).0, ["c", "d"]);
        assert_eq!(turn("n a b c d e", Some(next.clone())).0, ["c", "d"], "one more in front");
        assert_eq!(turn("b c d", Some(next.clone())), (items("c d"), None), "one fewer in front");
        assert_eq!(turn("a", Some(next)).0, Vec::<String>::new());
        assert_eq!(turn("a b", None).1, None, "a full page that is the last");
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for bad in ["", "x", "2", "ä", &encode("y", "0\u{1f}a"), &encode("x", "a"), &encode("x", "-1\u{1f}a")] {
            let error = page("x", &["a"], Some(asked(Some(bad.to_owned()))), 2, |name| name).expect_err(bad);
            assert_eq!(error.code.0, -32602, "{bad}");
        }
    }
}
