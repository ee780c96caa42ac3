//! The page about the Mac.

use std::{fs, path::Path};

use kmtop::backend::apple_events::ERRORS;

#[test]
fn the_page_about_the_mac_has_every_number() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/macos.md")).unwrap();
    for error in ERRORS {
        let row = format!("| {} | `{}` | ", error.number, error.code);
        assert!(page.contains(&row), "{row}");
    }
}
