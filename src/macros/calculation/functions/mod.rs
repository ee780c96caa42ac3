//! The functions of calculations. Their names are capitals, as in Keyboard Maestro.

mod desktop;
mod plain;
mod texts;
mod times;

pub(in crate::macros) use texts::text_function;

use super::{
    CalculationError, Value,
    lexer::{Kind, Piece},
    parser::{Outcome, Parser},
};
use crate::macros::desktop::Desktop;

/// Functions that ask the scope: name, fewest and most values.
const ASKING: [(&str, usize, usize); 5] =
    [("COUNT", 0, 0), ("CLIPBOARDSEED", 0, 0), ("SYSTEMCLIPBOARDSEED", 0, 0), ("RANDOM", 0, 2), ("RAND", 0, 2)];

/// What exists only on macOS.
const MACOS: [&str; 24] = [
    "APPLICATIONINDEX",
    "BATTERY",
    "CHROMEISCOMPLETE",
    "CHROMETABCOUNT",
    "CHROMETABINDEX",
    "FINDERSELECTIONCOUNT",
    "FOUNDIMAGES",
    "FRONTBROWSERCOUNT",
    "FRONTBROWSERISCOMPLETE",
    "FRONTBROWSERTABCOUNT",
    "FRONTBROWSERTABINDEX",
    "MAILDATERECEIVED",
    "MAILDATESENT",
    "MODIFIERS",
    "MOUSEBUTTON",
    "MOUSEDRAGGING",
    "PASTCLIPBOARDCOUNT",
    "PIXEL",
    "SAFARIISCOMPLETE",
    "SAFARITABCOUNT",
    "SAFARITABINDEX",
    "TRIGGERCLIPBOARDSEED",
    "WINDOWINDEX",
    "WINDOWNAMECOUNT",
];

/// Whether a function could be answered by a pretended desktop.
pub(super) fn reads_the_desktop(name: &str) -> bool {
    desktop::is_known(name)
}

/// What keeps a function from having a value here.
pub(super) fn lacking(name: &str, desktop: Option<&Desktop>) -> Option<CalculationError> {
    if let Some(name) = MACOS.into_iter().find(|known| *known == name) {
        return Some(CalculationError::NeedsMacOs(name));
    }
    desktop::unanswered(name, desktop).map(CalculationError::NeedsDesktop)
}

/// A call; the opening parenthesis has been taken.
pub(super) fn call(parser: &mut Parser<'_>, name: &str, piece: Piece) -> Outcome {
    if let Some(error) = lacking(name, parser.scope.desktop()) {
        return Err(error);
    }
    if let Some(function) = text_function(name) {
        return texts::call(parser, function);
    }
    if desktop::is_known(name) {
        return desktop::call(parser, name);
    }
    let plain = plain::find(name);
    let takes = plain.map(|known| (known.fewest, known.most)).or_else(|| takes(name));
    let Some((fewest, most)) = takes else {
        let upper = name.to_uppercase();
        let hint =
            if is_known(&upper) { format!("functions are written in capitals, {upper}") } else { format!("no function {name}") };
        return Err(parser.problem(hint, piece.start));
    };
    let arguments = arguments(parser)?;
    // A list gives its numbers one by one, except where a function takes one value and is done for each number of it.
    let each = most == 1;
    let numbers: Vec<f64> = arguments.iter().flat_map(Value::numbers).copied().collect();
    let count = if each { arguments.len() } else { numbers.len() };
    // How many numbers a list has is known only when it is read.
    let unknown = !parser.live && count < fewest && !arguments.is_empty();
    if (count < fewest && !unknown) || count > most {
        return Err(parser.problem(format!("{name} takes {fewest} to {most} values, not {count}"), piece.start));
    }
    if !parser.live {
        return Ok(Value::from(0.0));
    }
    match plain {
        Some(plain) if each => {
            let list = arguments.into_iter().next().unwrap_or_else(|| Value::from(0.0));
            Ok(list.map(|number| (plain.function)(&[number])))
        }
        Some(plain) => Ok((plain.function)(&numbers).into()),
        None => ask(parser, name, &numbers).map(Value::from),
    }
}

/// How many values a function takes that asks the scope.
fn takes(name: &str) -> Option<(usize, usize)> {
    let known = ASKING.iter().chain(&times::ALL).find(|known| known.0 == name)?;
    Some((known.1, known.2))
}

/// A name without parentheses: `NOW` and `SCREENCOUNT` may stand so; `None` when it is a variable.
pub(super) fn bare(parser: &mut Parser<'_>, name: &str) -> Option<Outcome> {
    if let Some(error) = lacking(name, parser.scope.desktop()) {
        return Some(Err(error));
    }
    if desktop::stands_bare(name) {
        return Some(desktop::bare(parser, name));
    }
    if name == "PI" {
        return Some(Ok(std::f64::consts::PI.into()));
    }
    takes(name).filter(|(fewest, _)| *fewest == 0)?;
    Some(if parser.live { ask(parser, name, &[]).map(Value::from) } else { Ok(Value::from(0.0)) })
}

/// What a name stands for when no variable has it.
pub(super) fn constant(name: &str) -> Option<f64> {
    (name == "E").then_some(std::f64::consts::E)
}

fn is_known(name: &str) -> bool {
    plain::find(name).is_some() || takes(name).is_some() || text_function(name).is_some() || desktop::is_known(name)
}

fn arguments(parser: &mut Parser<'_>) -> Result<Vec<Value>, CalculationError> {
    let mut arguments = Vec::new();
    if parser.take(")") {
        return Ok(arguments);
    }
    loop {
        arguments.push(parser.expression()?);
        if parser.take(")") {
            return Ok(arguments);
        }
        parser.expect(",")?;
    }
}

fn ask(parser: &mut Parser<'_>, name: &str, numbers: &[f64]) -> Result<f64, CalculationError> {
    match name {
        "COUNT" => match parser.scope.count() {
            Some(count) => Ok(count as f64),
            None => Err(parser.no_result("COUNT() belongs into the index of a JSON path")),
        },
        "CLIPBOARDSEED" | "SYSTEMCLIPBOARDSEED" => Ok(parser.scope.clipboard_seed()? as f64),
        "RANDOM" => Ok(random(parser.scope.random(), numbers)),
        "RAND" if numbers.is_empty() => Ok(parser.scope.random()),
        "RAND" => {
            let (low, high) = if let [low, high, ..] = *numbers { (low, high) } else { (0.0, numbers[0] - 1.0) };
            if high < low {
                return Err(parser.no_result("RAND of an empty range"));
            }
            Ok((low + (parser.scope.random() * (high - low + 1.0)).floor()).min(high))
        }
        _ => times::ask(parser, name, numbers),
    }
}

/// A real number: up to 1, up to the only number, or from the first to the second.
fn random(chance: f64, numbers: &[f64]) -> f64 {
    match numbers {
        [] => chance,
        [high] => chance * high,
        [low, high, ..] => low + chance * (high - low),
    }
}

/// A word that stands alone as an argument; the sign behind it stays.
fn word<'a>(parser: &mut Parser<'a>) -> Option<&'a str> {
    let piece = parser.peek();
    let alone = piece.kind == Kind::Name && matches!(parser.peek_further().kind, Kind::Sign("," | ")"));
    if !alone {
        return None;
    }
    parser.next();
    Some(&parser.text[piece.start..piece.end])
}
