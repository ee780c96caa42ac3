//! What a variable's name says about it, and the elements of a variable that holds a list.

use super::{
    calculation::{format_number, parse_number},
    desktop::Coordinate,
};

/// How far a variable reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// `Local…`: one run of one macro.
    Local,
    /// `Instance…`: one execution, shared with the macros that it calls.
    Instance,
    /// A password: like [`Reach::Instance`], and never listed, stored or given to scripts.
    Password,
    /// Everything else: kept for good.
    Global,
}

/// How far the variable of this name reaches. Case does not matter.
#[must_use]
pub fn reach(name: &str) -> Reach {
    let lower = name.trim().to_lowercase();
    let password_word = lower.split([' ', '_']).any(|word| word == "pw");
    if lower.contains("password") || lower.starts_with("pw") || lower.ends_with("pw") || password_word {
        Reach::Password
    } else if lower.starts_with("local") {
        Reach::Local
    } else if lower.starts_with("instance") {
        Reach::Instance
    } else {
        Reach::Global
    }
}

/// Whether a variable may have this name: a letter, then letters, digits, spaces and underscores.
#[must_use]
pub fn is_name(name: &str) -> bool {
    name.len() <= 255
        && name.starts_with(char::is_alphabetic)
        && !name.ends_with(' ')
        && name.chars().all(|character| character.is_alphanumeric() || matches!(character, ' ' | '_'))
}

/// The name under which scripts find the variable in their environment; `None` when its name has none.
#[must_use]
pub fn environment_name(name: &str) -> Option<String> {
    let usable = !name.is_empty() && name.chars().all(|character| character.is_alphanumeric() || matches!(character, ' ' | '_'));
    usable.then(|| ["KMVAR_", &name.replace(' ', "_")].concat())
}

/// A name with an element behind it: `Size[2]` is `("Size", Some("2"))`.
#[must_use]
pub fn split_element(name: &str) -> (&str, Option<&str>) {
    match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
        Some((name, index)) => (name.trim_end(), Some(index)),
        None => (name, None),
    }
}

/// One element of a list in a text: from 1, from the end when negative; element 0 is the number of elements.
/// Beyond the list it is empty.
#[must_use]
pub fn element(text: &str, index: i64, delimiter: &str) -> String {
    let delimiter = if delimiter.is_empty() { "," } else { delimiter };
    if index == 0 {
        let count = if text.is_empty() { 0 } else { text.split(delimiter).count() };
        return count.to_string();
    }
    let position = usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX) - 1;
    let found = if index > 0 { text.split(delimiter).nth(position) } else { text.rsplit(delimiter).nth(position) };
    found.unwrap_or_default().trim().to_owned()
}

/// A field of a list that is a point or a frame (left, top, width, height), by its name: `x`, `y`, `width`, `height`, `left`, `top`,
/// `right`, `bottom`, `midx`, `midy`. Numbers that are missing are 0. `None` when there is no such field.
#[must_use]
pub fn field(text: &str, name: &str) -> Option<String> {
    let part = Coordinate::named(name)?;
    let mut numbers = text.split(',').map(|number| parse_number(number).unwrap_or(0.0));
    let frame = [(); 4].map(|()| numbers.next().unwrap_or(0.0));
    Some(format_number(part.of(frame.into())))
}

/// A name with a field behind it: `Size.width` is `("Size", Some("width"))`. Without a field it is the name alone.
#[must_use]
pub fn split_field(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once('.') {
        Some((base, part)) if Coordinate::named(part).is_some() => (base, Some(part)),
        _ => (name, None),
    }
}

/// Most elements of a list that grows because an element beyond its end is set.
const MOST_ELEMENTS: i64 = 10_000;

/// The text with one element of its list replaced; `None` when there is no such element and none can be made.
#[must_use]
pub fn with_element(text: &str, index: i64, value: &str) -> Option<String> {
    let mut items: Vec<&str> = if text.is_empty() { Vec::new() } else { text.split(',').collect() };
    let count = i64::try_from(items.len()).ok()?;
    let position = if index < 0 { count + index } else { index - 1 };
    if index == 0 || !(0..MOST_ELEMENTS.max(count)).contains(&position) {
        return None;
    }
    let position = usize::try_from(position).ok()?;
    if position >= items.len() {
        items.resize(position + 1, "");
    }
    items[position] = value;
    Some(items.join(","))
}

#[cfg(test)]
mod tests {
    use super::{Reach, element, environment_name, is_name, reach, split_element, with_element};

    #[test]
    fn names_say_how_far_a_variable_reaches() {
        let cases = [
            ("Total", Reach::Global),
            ("local__x", Reach::Local),
            ("LocalSize", Reach::Local),
            ("Instance Count", Reach::Instance),
            ("My Password", Reach::Password),
            ("Local_passwordX", Reach::Password),
            ("Mail PW", Reach::Password),
            ("mail pw old", Reach::Password),
            ("Powder", Reach::Global),
        ];
        for (name, expected) in cases {
            assert_eq!(reach(name), expected, "{name}");
        }
    }

    #[test]
    fn names_are_checked() {
        assert!(is_name("Größe 2_x"));
        for name in ["", "2x", "_x", "a-b", "a%b", "a\n", "x "] {
            assert!(!is_name(name), "{name}");
        }
        assert_eq!(environment_name("My Var").as_deref(), Some("KMVAR_My_Var"));
        assert_eq!(environment_name("a=b"), None);
    }

    #[test]
    fn elements_count_from_one() {
        assert_eq!(split_element("Size[2]"), ("Size", Some("2")));
        assert_eq!(split_element("Size"), ("Size", None));
        for (index, expected) in [(1, "a"), (3, "c"), (-1, "c"), (0, "3"), (4, ""), (i64::MIN, "")] {
            assert_eq!(element("a, b,c", index, ","), expected, "{index}");
        }
        assert_eq!(element("a:b", 2, ":"), "b");
        assert_eq!(element("", 0, ","), "0");
        assert_eq!(with_element("a,b", 2, "x").as_deref(), Some("a,x"));
        assert_eq!(with_element("a", 3, "x").as_deref(), Some("a,,x"));
        assert_eq!(with_element("a,b", -1, "x").as_deref(), Some("a,x"));
        assert_eq!(with_element("a", 0, "x"), None);
        assert_eq!(with_element("a", i64::MAX, "x"), None);
    }
}
