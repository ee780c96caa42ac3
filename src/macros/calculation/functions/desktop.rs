//! Functions of screens, windows, applications and the mouse, answered from the pretended desktop.

use super::{
    super::{
        CalculationError, Value,
        lexer::Kind,
        parser::{Outcome, Parser},
    },
    word,
};
use crate::macros::desktop::{Coordinate, Desktop, Which};

/// What a function needs to know of the desktop.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Screens,
    Windows,
    Mouse,
    Applications,
}

/// Every function with what it needs.
const ALL: [(&str, Needs); 10] = [
    ("SCREEN", Needs::Screens),
    ("SCREENVISIBLE", Needs::Screens),
    ("SCREENCOUNT", Needs::Screens),
    ("SCREENINDEX", Needs::Screens),
    ("MENUBARHEIGHT", Needs::Screens),
    ("WINDOW", Needs::Windows),
    ("WINDOWCOUNT", Needs::Windows),
    ("MOUSEX", Needs::Mouse),
    ("MOUSEY", Needs::Mouse),
    ("APPLICATIONS", Needs::Applications),
];

/// The words that name a screen.
const SCREENS: [&str; 9] = ["main", "second", "third", "internal", "external", "mouse", "front", "back", "back2"];

pub(super) fn is_known(name: &str) -> bool {
    ALL.iter().any(|known| known.0 == name)
}

/// Whether the function takes no value, so that it may stand without parentheses.
pub(super) fn stands_bare(name: &str) -> bool {
    matches!(name, "SCREENCOUNT" | "MENUBARHEIGHT" | "WINDOWCOUNT" | "MOUSEX" | "MOUSEY" | "APPLICATIONS")
}

/// The name, when the function needs what the desktop does not tell.
pub(super) fn unanswered(name: &str, desktop: Option<&Desktop>) -> Option<&'static str> {
    let (name, needs) = ALL.into_iter().find(|known| known.0 == name)?;
    let told = desktop.is_some_and(|desktop| match needs {
        Needs::Screens => desktop.screens.as_ref().is_some_and(|screens| !screens.is_empty()),
        Needs::Windows => desktop.windows.is_some(),
        Needs::Mouse => desktop.mouse.is_some(),
        Needs::Applications => desktop.running.is_some(),
    });
    (!told).then_some(name)
}

/// A call whose opening parenthesis has been taken.
pub(super) fn call(parser: &mut Parser<'_>, name: &str) -> Outcome {
    match name {
        "SCREEN" | "SCREENVISIBLE" => {
            let which = index(parser)?;
            parser.expect(",")?;
            let (coordinate, part) = coordinate(parser)?;
            parser.expect(")")?;
            answer(parser, name, |desktop| {
                let screen = desktop.screen(which.as_which())?;
                let frame = if name == "SCREEN" { screen.frame } else { screen.usable() };
                Some(coordinate.of(frame) + part * coordinate.extent(frame))
            })
        }
        "SCREENINDEX" => {
            let which = index(parser)?;
            parser.expect(")")?;
            answer(parser, name, |desktop| {
                let screen = desktop.screen(which.as_which())?;
                desktop.screens_in_order()?.iter().position(|one| *one == screen).map(|place| (place + 1) as f64)
            })
        }
        "WINDOW" => {
            // With one value it is the coordinate of the window in front.
            let only = parser.peek().kind == Kind::Name && parser.peek_further().kind == Kind::Sign(")");
            let which = if only { Index::Number(0.0) } else { index(parser)? };
            if !only {
                parser.expect(",")?;
            }
            let (coordinate, part) = coordinate(parser)?;
            parser.expect(")")?;
            answer(parser, name, |desktop| {
                let frame = desktop.window(which.as_which())?.frame?;
                Some(coordinate.of(frame) + part * coordinate.extent(frame))
            })
        }
        _ => {
            parser.expect(")")?;
            bare(parser, name)
        }
    }
}

/// A function without values.
pub(super) fn bare(parser: &mut Parser<'_>, name: &str) -> Outcome {
    answer(parser, name, |desktop| match name {
        "SCREENCOUNT" => Some(desktop.screens.as_ref()?.len() as f64),
        "WINDOWCOUNT" => Some(desktop.windows.as_ref()?.len() as f64),
        "APPLICATIONS" => Some(desktop.applications()?.len() as f64),
        "MENUBARHEIGHT" => {
            let main = desktop.screens.as_ref()?.first()?;
            Some(main.usable().top - main.frame.top)
        }
        _ => desktop.mouse.map(|[x, y]| if name == "MOUSEX" { x } else { y }),
    })
}

fn answer(parser: &Parser<'_>, name: &str, ask: impl Fn(&Desktop) -> Option<f64>) -> Outcome {
    if !parser.live {
        return Ok(Value::from(0.0));
    }
    let found = parser.scope.desktop().and_then(ask);
    found
        .map(Value::from)
        .ok_or_else(|| parser.no_result(&format!("{name} asks for something that is not on the desktop of [engine.simulate]")))
}

/// An index that was read.
enum Index<'a> {
    Number(f64),
    Word(&'a str),
}

impl Index<'_> {
    fn as_which(&self) -> Which<'_> {
        match self {
            Self::Number(number) => Which::Number(*number),
            Self::Word(word) => Which::Word(word),
        }
    }
}

fn index<'a>(parser: &mut Parser<'a>) -> Result<Index<'a>, CalculationError> {
    let piece = parser.peek();
    let text = &parser.text[piece.start..piece.end];
    let is_word = piece.kind == Kind::Name && SCREENS.iter().any(|known| text.eq_ignore_ascii_case(known));
    match is_word.then(|| word(parser)).flatten() {
        Some(word) => Ok(Index::Word(word)),
        None => parser.single().map(Index::Number),
    }
}

/// A coordinate, and the part of the width or height that is added to it.
fn coordinate(parser: &mut Parser<'_>) -> Result<(Coordinate, f64), CalculationError> {
    let start = parser.peek().start;
    let Some(coordinate) = word(parser).and_then(Coordinate::named) else {
        return Err(parser.problem("Left, Top, Right, Bottom, Width, Height, MidX or MidY expected", start));
    };
    let part = if parser.take(",") { parser.single()? } else { 0.0 };
    Ok((coordinate, part))
}
