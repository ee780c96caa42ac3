//! The terminal that the console would be drawn on.

use std::io::IsTerminal as _;

use crate::{cli::Diagnosis, config::Environment};

/// Below this the console draws one line.
const SMALLEST: (u16, u16) = (30, 6);

pub(super) fn look(environment: &Environment) -> Vec<Diagnosis> {
    if !std::io::stderr().is_terminal() {
        return vec![Diagnosis::skipped("terminal", "there is none here")];
    }
    let text = |name: &str| environment.get(name).map(|value| value.to_string_lossy().into_owned()).unwrap_or_default();
    let size = rustix::termios::tcgetwinsize(std::io::stderr()).map(|size| (size.ws_col, size.ws_row)).unwrap_or_default();
    vec![judge(&text("TERM"), &locale(text), size)]
}

/// The locale that decides what characters mean.
fn locale(text: impl Fn(&str) -> String) -> String {
    ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().map(text).find(|value| !value.is_empty()).unwrap_or_default()
}

fn judge(term: &str, locale: &str, (columns, rows): (u16, u16)) -> Diagnosis {
    let utf8 = locale.to_ascii_lowercase().replace('-', "").ends_with("utf8");
    if term.is_empty() || term == "dumb" {
        let found = format!("TERM is \"{term}\": it cannot be drawn on");
        Diagnosis::warning("terminal", found, "set TERM to what the terminal is, for example xterm-256color")
    } else if columns < SMALLEST.0 || rows < SMALLEST.1 {
        Diagnosis::warning(
            "terminal",
            format!("{columns} columns and {rows} rows"),
            "make it larger: 80 columns and 24 rows show most",
        )
    } else if !utf8 {
        let found = format!("the locale is \"{locale}\", not one of UTF-8");
        Diagnosis::warning("terminal", found, "set LANG=en_US.UTF-8, or glyphs = \"ascii\" in [console]")
    } else {
        Diagnosis::ok("terminal", format!("{term}, {columns} columns and {rows} rows"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Health;

    #[test]
    fn what_is_wrong_with_a_terminal() {
        let good = (80, 24);
        for (term, locale, size, expected) in [
            ("xterm-256color", "en_US.UTF-8", good, Health::Ok),
            ("xterm-256color", "C.utf8", good, Health::Ok),
            ("dumb", "en_US.UTF-8", good, Health::Warning),
            ("", "en_US.UTF-8", good, Health::Warning),
            ("xterm", "C", good, Health::Warning),
            ("xterm", "en_US.UTF-8", (20, 24), Health::Warning),
        ] {
            assert_eq!(judge(term, locale, size).status, expected, "{term} {locale} {size:?}");
        }
    }

    #[test]
    fn the_first_locale_that_is_set_counts() {
        let of = |pairs: &[(&str, &str)]| {
            locale(|name| {
                pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()).unwrap_or_default()
            })
        };
        assert_eq!(of(&[("LANG", "C"), ("LC_CTYPE", "de_DE.UTF-8")]), "de_DE.UTF-8");
        assert_eq!(of(&[]), "");
    }
}
