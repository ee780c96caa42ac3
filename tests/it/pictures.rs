//! Pictures of the console in README and docs: made by the program, and fresh. `BLESS=1 cargo test --test it -- pictures` makes them anew.

use std::{env, fs, path::Path};

use crate::harness::Home;

/// File, and how it is asked for.
const PICTURES: [(&str, &[&str]); 4] = [
    ("console.svg", &["--size", "120x40", "--theme", "tokyo-night"]),
    ("console-heatmap.svg", &["--size", "110x28", "--theme", "nord", "--keys", "jzvv"]),
    ("console-tool.svg", &["--size", "110x40", "--theme", "gruvbox-light", "--keys", "3\n"]),
    ("console-small.svg", &["--size", "80x24", "--theme", "terminal"]),
];

#[test]
fn the_pictures_are_fresh() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures");
    let home = Home::new();
    for (name, arguments) in PICTURES {
        let made = home.run(&[&["generate", "screen", "--svg"], arguments].concat());
        assert_eq!((made.code, made.stderr.as_str()), (Some(0), ""), "{name}");
        let file = folder.join(name);
        if env::var_os("BLESS").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&file, &made.stdout).unwrap();
        }
        let kept = fs::read_to_string(&file).unwrap_or_default();
        assert!(kept == made.stdout, "{name} is stale: BLESS=1 cargo test --test it -- pictures");
    }
}

#[test]
fn a_screen_is_drawn_as_text_too_and_wrong_wishes_are_told() {
    let home = Home::new();
    let text = home.run(&["generate", "screen", "--size", "80x24"]);
    assert_eq!((text.code, text.stdout.lines().count()), (Some(0), 24), "{text:?}");
    assert!(text.stdout.contains("3 Tools") && text.stdout.contains("km_run_macro"), "{text:?}");
    let ascii = home.run(&["generate", "screen", "--size", "60x16", "--ascii"]);
    assert!(ascii.stdout.is_ascii(), "{ascii:?}");
    for (arguments, told) in [
        (&["generate", "screen", "--theme", "puce"][..], "there is no theme puce; have: terminal"),
        (&["generate", "screen", "--recording", "nowhere.kmtop"], "nowhere.kmtop"),
    ] {
        let wrong = home.run(arguments);
        assert!(wrong.code == Some(2) && wrong.stderr.contains(told), "{wrong:?}");
    }
}

#[test]
fn themes_are_listed_checked_and_translated() {
    let home = Home::new();
    let list = home.run(&["themes", "list"]);
    assert_eq!(list.stdout.lines().count(), 17, "{list:?}");
    let checked = home.run(&["themes", "check"]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
    fs::create_dir_all(home.path().join("themes")).unwrap();
    fs::write(home.path().join("themes/bad.toml"), "[ui]\nbackground = \"#000000\"\ntext = \"#222222\"\nshine = \"red\"\n")
        .unwrap();
    let checked = home.run(&["themes", "check", "bad"]);
    assert_eq!(checked.code, Some(1), "{checked:?}");
    assert!(
        checked.stdout.contains("bad.toml:4: [ui] shine: unknown key") && checked.stdout.contains("ui.text: contrast"),
        "{checked:?}"
    );
    let btop = home.path().join("mine.theme");
    fs::write(&btop, "theme[main_bg]=\"#101010\"\ntheme[main_fg]=\"#eeeeee\"\ntheme[hi_fg]=\"#88aaff\"\n").unwrap();
    let theme = home.run(&["themes", "import-btop", btop.to_str().unwrap()]);
    assert_eq!(theme.code, Some(0), "{theme:?}");
    fs::write(home.path().join("themes/mine.toml"), &theme.stdout).unwrap();
    assert_eq!(home.run(&["themes", "check", "mine"]).code, Some(0));
}
