//! The floors: a module names modules on lower floors only.
//!
//! This reads the sources as text. `lexer` takes comments and strings away, `paths` finds what each file names, this file judges.

mod lexer;
mod paths;

use std::path::Path;

use crate::house::sources;

/// The floors from the bottom; neighbours never name each other.
const FLOORS: [&[&str]; 9] = [
    &["model", "util"],
    &["config", "link", "metrics", "macros", "page"],
    &["access", "backend", "sample", "analysis", "regression", "sizing", "library", "history", "client", "files", "install"],
    &["pool", "optimizer", "contracts"],
    &["hub"],
    &["tools", "telemetry"],
    &["mcp", "control", "export", "record", "bench", "report", "tui", "cli"],
    &["app"],
    &["main"],
];

/// All that a screen may name: a live server, an attached one and a recording then look alike to it.
const SEEN_BY_TUI: [&str; 5] = ["model", "util", "config", "link", "metrics"];

const LONGEST_MAIN: usize = 40;

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

/// Why `from` may not name `to`, if it may not.
fn verdict(from: &str, to: &str) -> Option<String> {
    if from == to {
        return None;
    }
    let (Some(upper), Some(lower)) = (floor(from), floor(to)) else {
        let stranger = if floor(from).is_none() { from } else { to };
        return Some(format!("`{stranger}` stands on no floor; give it one in tests/it/floors.rs and docs/architecture.md"));
    };
    if lower >= upper {
        return Some(format!("`{from}` (floor {upper}) names `{to}` (floor {lower})"));
    }
    (from == "tui" && !SEEN_BY_TUI.contains(&to))
        .then(|| format!("`tui` names `{to}`, and may name only {}", SEEN_BY_TUI.join(", ")))
}

/// Everything wrong with one file, whose path starts at `src`.
fn faults(path: &Path, text: &str) -> Vec<String> {
    let home = paths::home(path);
    let Some(module) = home.first().map(String::as_str) else { return Vec::new() };
    let mut faults = Vec::new();
    for named in paths::named(path, text) {
        let why = match named.module.as_str() {
            "*" => Some("a glob of the crate's root hides what is named".to_owned()),
            "self" => Some("the crate's root under another name hides what is named".to_owned()),
            to => verdict(module, to),
        };
        faults.extend(why.map(|why| format!("src/{}:{}: {why}", path.display(), named.line)));
    }
    if module == "main" && text.lines().count() > LONGEST_MAIN {
        faults.push(format!(
            "src/{}: {} lines, at most {LONGEST_MAIN}; what it does belongs in `app`",
            path.display(),
            text.lines().count()
        ));
    }
    faults
}

#[test]
fn every_module_names_lower_floors_only() {
    let faults: Vec<String> = sources().iter().flat_map(|(path, text)| faults(path, text)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The modules that `text`, standing in `path`, is told off for.
fn told_off(path: &str, text: &str) -> Vec<String> {
    faults(Path::new(path), text)
}

fn clean(path: &str, text: &str) {
    assert_eq!(told_off(path, text), Vec::<String>::new(), "{text}");
}

#[track_caller]
fn broken(path: &str, text: &str, expected: &str) {
    let faults = told_off(path, text);
    assert!(faults.len() == 1 && faults[0].contains(expected), "{text}\n{faults:?}");
}

#[test]
fn lower_floors_and_the_own_module_are_fine() {
    clean("hub/mod.rs", "use crate::{model::Frame, pool, analysis::{judge, self}, util};");
    clean("hub/tick.rs", "use super::store; use crate::hub::door; use self::inner::x;");
    clean("tui/pane/pool.rs", "use crate::{model, util, config, link, metrics}; use super::super::keymap;");
    clean("main.rs", "use kmtop::app; fn main() { kmtop::cli::parse(); }");
    clean("lib.rs", "pub mod app; pub use crate::hub::Hub;");
}

#[test]
fn an_upper_floor_is_found() {
    broken("model/frame.rs", "use crate::config::Settings;", "src/model/frame.rs:1: `model` (floor 0) names `config` (floor 1)");
    broken("pool/mod.rs", "fn f() { let x = crate::hub::Hub::new(); }", "names `hub`");
    broken("pool/mod.rs", "fn f() -> crate :: hub\n  :: Hub {}", "names `hub`");
    broken("pool/mod.rs", "fn f<T: Into<crate::tools::Tool>>() {}", "names `tools`");
    broken("pool/mod.rs", "pub use crate::app;", "names `app`");
    broken("pool/mod.rs", "#[derive(crate::tools::Derive)] struct X;", "names `tools`");
    broken("pool/mod.rs", "macro_rules! m { () => { $crate::tools::call() } }", "names `tools`");
}

#[test]
fn a_neighbour_is_found() {
    broken("config/mod.rs", "use crate::link::Link;", "`config` (floor 1) names `link` (floor 1)");
    broken("mcp/mod.rs", "use crate::control;", "names `control`");
    broken("util/clock.rs", "use crate::model::Frame;", "names `model`");
}

#[test]
fn groups_over_several_lines_are_found() {
    let text =
        "use crate::{\n    model::{Frame, Interval},\n    util::{self, clock},\n    hub::{\n        Hub as Center,\n    },\n};";
    broken("pool/mod.rs", text, "src/pool/mod.rs:4: `pool` (floor 3) names `hub`");
    broken("pool/mod.rs", "use {crate::hub, std::fmt};", "names `hub`");
    broken("pool/mod.rs", "use std::{fmt, io}; use crate::{{hub::Hub}};", "names `hub`");
    broken("pool/mod.rs", "use ::kmtop::hub;", "names `hub`");
    assert_eq!(told_off("pool/mod.rs", "use crate::{hub, tools, model};").len(), 2);
}

#[test]
fn the_way_up_through_super_is_found() {
    broken("pool/mod.rs", "use super::hub::Hub;", "names `hub`");
    broken("pool/actor.rs", "use super::super::hub::Hub;", "names `hub`");
    broken("pool/actor.rs", "use super::super::{model::Job, hub::Hub};", "names `hub`");
    broken("pool/deep/inner.rs", "fn f() { super::super::super::app::run() }", "names `app`");
    broken("pool/actor.rs", "use self::super::super::hub::Hub;", "names `hub`");
    broken("pool/actor.rs", "mod tests { use super::super::super::hub::Hub; }", "names `hub`");
    clean("pool/actor.rs", "mod tests { use super::super::hub::x; } mod more { mod tests { use super::super::*; } }");
    clean("pool/actor.rs", "mod elsewhere; fn f() { super::hub::x() }");
}

#[test]
fn the_console_sees_only_what_a_screen_may() {
    broken("tui/mod.rs", "use crate::pool::Handle;", "`tui` names `pool`, and may name only");
    broken("tui/mod.rs", "use crate::{model, macros};", "`tui` names `macros`");
}

#[test]
fn what_hides_a_name_is_found() {
    broken("pool/mod.rs", "use crate::*;", "a glob");
    broken("pool/mod.rs", "use crate::{model, *};", "a glob");
    broken("pool/actor.rs", "use super::super::*;", "a glob");
    broken("pool/mod.rs", "use crate as everything;", "another name");
    broken("pool/mod.rs", "use crate::{self as everything};", "another name");
    broken("pool/mod.rs", "use super as everything;", "another name");
    broken("main.rs", "use kmtop::*;", "a glob");
}

#[test]
fn a_module_without_a_floor_is_found() {
    broken("gadgets/mod.rs", "use crate::model::Frame;", "`gadgets` stands on no floor");
    broken("hub/mod.rs", "use crate::gadgets::Gadget;", "`gadgets` stands on no floor");
}

#[test]
fn a_long_main_is_found() {
    clean("main.rs", &"\n".repeat(40));
    broken("main.rs", &"\n".repeat(41), "41 lines, at most 40");
}

#[test]
fn comments_strings_and_visibility_name_nothing() {
    clean("pool/mod.rs", "// crate::hub\n/// [`crate::hub::Hub`]\n//! crate::app\n/* crate::hub /* crate::app */ crate::app */");
    clean(
        "pool/mod.rs",
        r##"const A: &str = "crate::hub \" crate::app"; const B: &str = r#"crate::hub" crate::app"#; const C: &[u8] = b"crate::hub";"##,
    );
    clean("pool/mod.rs", "fn f<'a>(x: &'a str) -> char { let q = '\"'; let e = '\\''; q } // crate::hub \"");
    clean("pool/mod.rs", "pub(crate) fn f() {} pub(super) struct X; pub(in crate::pool) struct Y;");
    clean("pool/mod.rs", "fn f() { other::crate_like::hub(); my_super::hub(); }");
    broken("pool/mod.rs", "const Q: char = '\"'; use crate::hub; const R: char = '\"';", "names `hub`");
    broken("pool/mod.rs", "fn f<'a>() {} use crate::hub; fn g<'a>() {}", "names `hub`");
    broken("pool/mod.rs", "const A: &str = \"http://\"; use crate::hub;", "names `hub`");
    broken("pool/mod.rs", "use crate::r#hub;", "names `hub`");
}
