//! Themes of btop, translated: its keys for colours, `theme[main_bg]="#1d1f21"`, become those of a theme of kmtop.

use std::{collections::HashMap, fmt::Write as _};

use super::color;

/// What stands for what: section, key of kmtop, and the key of btop that has it.
const KEYS: [(&str, &[(&str, &str)]); 3] = [
    (
        "ui",
        &[
            ("text", "main_fg"),
            ("dim", "graph_text"),
            ("title", "title"),
            ("border", "div_line"),
            ("border_focus", "hi_fg"),
            ("key", "hi_fg"),
            ("header", "title"),
            ("footer", "main_fg"),
            ("accent", "hi_fg"),
        ],
    ),
    ("status", &[("ok", "cpu_start"), ("info", "hi_fg"), ("warn", "cpu_mid"), ("crit", "cpu_end"), ("off", "inactive_fg")]),
    (
        "worker",
        &[("idle", "inactive_fg"), ("running", "cpu_start"), ("waiting", "cpu_mid"), ("hung", "cpu_end"), ("off", "inactive_fg")],
    ),
];

/// Gradients: the key of kmtop and the name that btop puts before `_start`, `_mid` and `_end`.
const GRADIENTS: [(&str, &str); 7] = [
    ("cpu", "cpu"),
    ("memory", "used"),
    ("latency", "process"),
    ("queue", "temp"),
    ("disk", "cached"),
    ("network", "download"),
    ("heat", "upload"),
];

/// The text of a theme of kmtop with the colours of this theme of btop, and the lines of it that were not understood.
///
/// # Errors
/// When the text has no line of a btop theme at all.
pub fn translate(name: &str, text: &str) -> Result<(String, Vec<String>), String> {
    let mut colors: HashMap<&str, String> = HashMap::new();
    let mut warnings = Vec::new();
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match entry(line) {
            Some((_, "")) => {}
            Some((key, value)) => match hex(value) {
                Some(color) => _ = colors.insert(key, color),
                None => warnings.push(format!("line {number}: `{value}` is not a colour")),
            },
            None => warnings.push(format!("line {number}: not of a btop theme")),
        }
    }
    if colors.is_empty() {
        return Err("this is no theme of btop: there is no line like theme[main_fg]=\"#cccccc\"".to_owned());
    }
    let light = colors.get("main_bg").and_then(|color| color::parse(color)).is_some_and(is_light);
    let mut theme =
        format!("name = \"{name}\"\ninherits = \"terminal\"\nappearance = \"{}\"\n", if light { "light" } else { "dark" });
    for (section, keys) in KEYS {
        let _ = write!(theme, "\n[{section}]\n");
        if section == "ui" {
            // Without a background of its own it is the terminal's.
            let _ = writeln!(theme, "background = \"{}\"", colors.get("main_bg").map_or("default", String::as_str));
            if let (Some(fg), Some(bg)) = (colors.get("selected_fg"), colors.get("selected_bg")) {
                let _ = writeln!(theme, "selection = {{ fg = \"{fg}\", bg = \"{bg}\" }}");
            }
        }
        for (key, theirs) in keys {
            if let Some(color) = colors.get(theirs) {
                let _ = writeln!(theme, "{key} = \"{color}\"");
            }
        }
    }
    theme.push_str("\n[graph]\n");
    for (key, theirs) in GRADIENTS {
        let stops: Vec<String> = ["start", "mid", "end"]
            .iter()
            .filter_map(|stop| colors.get(format!("{theirs}_{stop}").as_str()).map(|color| format!("\"{color}\"")))
            .collect();
        if !stops.is_empty() {
            let _ = writeln!(theme, "{key} = [{}]", stops.join(", "));
        }
    }
    Ok((theme, warnings))
}

/// Key and value of `theme[key]="value"`.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.strip_prefix("theme[")?.split_once("]=")?;
    let value = value.split_once(" #").map_or(value, |(value, _)| value);
    Some((key, value.trim().trim_matches(['"', '\''])))
}

/// A colour as kmtop writes it: of `#rrggbb`, of `#gg` for a grey, of three numbers.
fn hex(value: &str) -> Option<String> {
    if let Some(digits) = value.strip_prefix('#') {
        let is_hex = digits.is_ascii() && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        return match digits.len() {
            6 if is_hex => Some(value.to_owned()),
            2 if is_hex => Some(format!("#{digits}{digits}{digits}")),
            _ => None,
        };
    }
    let parts: Vec<u8> = value.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
    let [red, green, blue] = parts.as_slice() else { return None };
    Some(format!("#{red:02x}{green:02x}{blue:02x}"))
}

fn is_light(color: ratatui::style::Color) -> bool {
    matches!(color, ratatui::style::Color::Rgb(red, green, blue) if u32::from(red) + u32::from(green) + u32::from(blue) > 3 * 128)
}

#[cfg(test)]
mod tests {
    use ratatui::style::{Color, Style};

    use super::*;
    use crate::tui::{ColorMode, Themes};

    #[test]
    fn a_theme_of_btop_becomes_one_of_kmtop_without_a_warning() {
        let text = "# Somebody's theme\ntheme[main_bg]=\"#1d1f21\"\ntheme[main_fg]=\"#cc\"\ntheme[hi_fg]=\"80 160 240\"\n\
                    theme[cpu_start]='#50fa7b'\ntheme[cpu_mid]=\"\"\ntheme[cpu_end]=\"#ff5555\" # hot\n";
        let (theme, warnings) = translate("somebody", text).expect("a theme");
        assert_eq!(warnings, Vec::<String>::new());
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("somebody.toml"), theme).expect("written");
        let (theme, warnings) = Themes::new(Some(folder.path().to_owned()), ColorMode::Truecolor).load("somebody");
        assert_eq!(warnings, []);
        assert_eq!(theme.ui.text, Style::new().fg(Color::Rgb(0xcc, 0xcc, 0xcc)));
        assert_eq!(theme.ui.background, Style::new().bg(Color::Rgb(0x1d, 0x1f, 0x21)));
        assert_eq!(theme.ui.accent, Style::new().fg(Color::Rgb(80, 160, 240)));
        assert_eq!(theme.graph.cpu.at(1.0), Style::new().fg(Color::Rgb(0xff, 0x55, 0x55)));
        assert!(!theme.light);
    }

    #[test]
    fn what_is_no_theme_is_refused_and_odd_lines_are_told() {
        assert!(translate("x", "[ui]\ntext = \"red\"\n").is_err());
        let (_, warnings) = translate("x", "theme[main_fg]=\"#ffffff\"\ntheme[title]=\"puce\"\nshine\n").expect("a theme");
        assert_eq!(warnings, ["line 2: `puce` is not a colour", "line 3: not of a btop theme"]);
    }
}
