//! Layouts: which panes stand where. Three are built in besides the standard one, and a file may have more.

use toml::de::{DeArray, DeTable, DeValue};

use super::keymap::Pane;

/// Layouts that are built in, by name; the first is the standard one, which follows the screen's size.
pub(crate) const BUILT_IN: [(&str, &[Row]); 4] = [
    ("standard", &[]),
    (
        "tools",
        &[
            Row { height: 65, places: &[(Place::Pane(Pane::Tools), 1)] },
            Row { height: 35, places: &[(Place::Detail, 1), (Place::Heatmap, 1)] },
        ],
    ),
    (
        "pool",
        &[
            Row { height: 50, places: &[(Place::Pane(Pane::Pool), 3), (Place::Pane(Pane::System), 2)] },
            Row { height: 50, places: &[(Place::Pane(Pane::Calls), 1)] },
        ],
    ),
    (
        "watch",
        &[
            Row { height: 40, places: &[(Place::Pane(Pane::Alerts), 1), (Place::Pane(Pane::Clients), 1)] },
            Row { height: 60, places: &[(Place::Pane(Pane::Calls), 1)] },
        ],
    ),
];

/// What may stand in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A pane.
    Pane(Pane),
    /// Where the selected tool's time goes.
    Detail,
    /// The selected tool's latencies over time.
    Heatmap,
}

/// One row of a built-in layout: its share of the height, and what stands in it with its share of the width.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) height: u16,
    pub(crate) places: &'static [(Place, u16)],
}

/// A layout of the user's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Its name.
    pub name: String,
    /// From the top: the row's share of the height, and what stands in it with its share of the width.
    pub rows: Vec<(u16, Vec<(Place, u16)>)>,
}

/// The layouts of a file.
///
/// # Errors
/// With every fault and its line, one a line. Nothing of such a file is taken.
pub(crate) fn read(file: &str, text: &str) -> Result<Vec<Layout>, String> {
    let told =
        |at: usize, fault: &str| format!("{file}:{}: {fault}", text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1);
    let document = DeTable::parse(text).map_err(|error| told(error.span().map_or(0, |span| span.start), error.message()))?;
    let mut layouts: Vec<Layout> = Vec::new();
    for (name, rows) in document.get_ref() {
        let at = name.span().start;
        let taken = BUILT_IN.iter().any(|(built_in, _)| built_in == name.get_ref());
        if taken {
            return Err(told(at, &format!("the layout `{}` is built in; give yours another name", name.get_ref())));
        }
        let DeValue::Array(rows) = rows.get_ref() else {
            return Err(told(at, "a layout is a list of rows: [{ height = 40, panes = [\"tools\", \"calls:2\"] }]"));
        };
        let rows = self::rows(rows).map_err(|(row, fault)| told(row.unwrap_or(at), &fault))?;
        layouts.push(Layout { name: name.get_ref().to_string(), rows });
    }
    Ok(layouts)
}

/// Where a fault is in the text, and what it is.
type Fault = (Option<usize>, String);
/// A row: its share of the height, and what stands in it with its share of the width.
type OwnRow = (u16, Vec<(Place, u16)>);

fn rows(list: &DeArray<'_>) -> Result<Vec<OwnRow>, Fault> {
    let mut rows = Vec::new();
    for row in list {
        let at = Some(row.span().start);
        let DeValue::Table(row) = row.get_ref() else {
            return Err((at, "a row is { height = 40, panes = [\"tools\"] }".to_owned()));
        };
        let (mut height, mut places) = (1, Vec::new());
        for (key, value) in row {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("height", DeValue::Integer(number)) => height = share(number.as_str()).map_err(|fault| (at, fault))?,
                ("panes", DeValue::Array(names)) => {
                    let names = names.iter().map(|name| name.get_ref().as_str().unwrap_or_default());
                    places = names.map(place).collect::<Result<_, _>>().map_err(|fault| (at, fault))?;
                }
                (key, _) => {
                    return Err((at, format!("a row has a `height`, a number, and `panes`, a list of names; not this `{key}`")));
                }
            }
        }
        if places.is_empty() {
            return Err((at, "a row needs `panes`, such as [\"tools\", \"calls:2\"]".to_owned()));
        }
        rows.push((height, places));
    }
    if rows.is_empty() { Err((None, "a layout needs at least one row".to_owned())) } else { Ok(rows) }
}

/// A name, and after a colon its share of the width.
fn place(text: &str) -> Result<(Place, u16), String> {
    let (name, width) = text.split_once(':').unwrap_or((text, "1"));
    let what = match name {
        "detail" => Place::Detail,
        "heatmap" => Place::Heatmap,
        name => {
            let pane = Pane::ALL.into_iter().find(|pane| pane.title().eq_ignore_ascii_case(name));
            let names = Pane::ALL.map(|pane| pane.title().to_lowercase()).join(", ");
            Place::Pane(pane.ok_or_else(|| format!("there is no pane `{name}`; have: {names}, detail, heatmap"))?)
        }
    };
    Ok((what, share(width)?))
}

fn share(text: &str) -> Result<u16, String> {
    text.parse().ok().filter(|share| (1..=100).contains(share)).ok_or_else(|| format!("`{text}` is no share; write 1 to 100"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_layouts_by_name() {
        let text =
            "night = [\n  { height = 30, panes = [\"system\", \"pool:2\"] },\n  { height = 70, panes = [\"calls\"] },\n]\n";
        let layouts = read("layouts.toml", text).expect("taken");
        assert_eq!(layouts.len(), 1);
        assert_eq!(layouts[0].name, "night");
        assert_eq!(layouts[0].rows[0], (30, vec![(Place::Pane(Pane::System), 1), (Place::Pane(Pane::Pool), 2)]));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, told) in [
            ("a = 3\n", "layouts.toml:1: a layout is a list of rows"),
            ("a = []\n", "layouts.toml:1: a layout needs at least one row"),
            ("\ntools = []\n", "layouts.toml:2: the layout `tools` is built in"),
            ("a = [\n { panes = [\"toolz\"] } ]", "layouts.toml:2: there is no pane `toolz`; have: system, pool"),
            ("a = [ { panes = [\"tools:0\"] } ]", "layouts.toml:1: `0` is no share"),
            ("a = [ { height = 3 } ]", "layouts.toml:1: a row needs `panes`"),
            ("a = [ { wide = 3 } ]", "layouts.toml:1: a row has a `height`"),
            ("a = ", "layouts.toml:1: "),
        ] {
            let error = read("layouts.toml", text).expect_err(text);
            assert!(error.starts_with(told), "{error}");
        }
    }
}
