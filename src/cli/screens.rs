//! Flags of pictures and themes.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Which screen to draw.
#[derive(Debug, Clone, Args)]
pub struct Screen {
    /// Columns and rows
    #[arg(long, value_name = "COLUMNSxROWS", default_value = "120x40", value_parser = size)]
    pub size: (u16, u16),
    /// As an SVG instead of text
    #[arg(long)]
    pub svg: bool,
    /// The recording; without one, a minute of `kmtop demo` that comes with the program
    #[arg(long, value_name = "FILE")]
    pub recording: Option<PathBuf>,
    /// So many seconds after its start; without it, at its end
    #[arg(long, value_name = "SECONDS")]
    pub at: Option<u64>,
    /// Keys that are pressed first, for example 3zv
    #[arg(long, value_name = "KEYS", default_value = "")]
    pub keys: String,
    /// Only ASCII
    #[arg(long)]
    pub ascii: bool,
}

fn size(text: &str) -> Result<(u16, u16), String> {
    let (columns, rows) = text.split_once('x').ok_or("write columns and rows like 120x40")?;
    let number = |text: &str| text.parse().ok().filter(|number| (1..=500).contains(number));
    match (number(columns), number(rows)) {
        (Some(columns), Some(rows)) => Ok((columns, rows)),
        _ => Err("columns and rows are 1 to 500 each".to_owned()),
    }
}

/// What to do with themes.
#[derive(Debug, Clone, Subcommand)]
pub enum Themes {
    /// Every theme, and where it comes from
    List,
    /// What is wrong in themes: keys, colours, contrast. Without names, in all of them
    Check {
        /// Names of themes
        names: Vec<String>,
    },
    /// Print a theme of btop as one of kmtop
    ImportBtop {
        /// The .theme file
        file: PathBuf,
    },
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_are_checked() {
        assert_eq!(super::size("120x40"), Ok((120, 40)));
        for wrong in ["", "120", "0x40", "501x40", "axb", "1x1x1"] {
            assert!(super::size(wrong).is_err(), "{wrong}");
        }
    }
}
