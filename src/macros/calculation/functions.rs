//! The functions of calculations. Their names are capitals, as in Keyboard Maestro.

use jiff::{Timestamp, Zoned, civil::DateTime};

use super::{
    CalculationError, MAX_NESTING,
    lexer::Kind,
    parse_number,
    parser::{Parser, whole},
};

type Number = Result<f64, CalculationError>;

/// A function of numbers alone: name, fewest and most arguments, what it does.
type Plain = (&'static str, usize, usize, fn(&[f64]) -> f64);

const PLAIN: [Plain; 28] = [
    ("ABS", 1, 1, |n| n[0].abs()),
    ("MIN", 1, 999, |n| n.iter().copied().fold(f64::INFINITY, f64::min)),
    ("MAX", 1, 999, |n| n.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
    ("SUM", 1, 999, |n| n.iter().sum()),
    ("ROUND", 1, 1, |n| n[0].round()),
    ("TRUNC", 1, 1, |n| n[0].trunc()),
    ("INT", 1, 1, |n| n[0].trunc()),
    ("FRACT", 1, 1, |n| n[0].fract()),
    ("FLOOR", 1, 1, |n| n[0].floor()),
    ("CEIL", 1, 1, |n| n[0].ceil()),
    ("SQR", 1, 1, |n| n[0] * n[0]),
    ("SQRT", 1, 1, |n| n[0].sqrt()),
    ("POW", 2, 2, |n| n[0].powf(n[1])),
    ("EXP", 1, 1, |n| n[0].exp()),
    ("LN", 1, 1, |n| n[0].ln()),
    ("LOG", 1, 2, |n| if n.len() == 2 { n[0].log(n[1]) } else { n[0].log10() }),
    ("SIN", 1, 1, |n| n[0].sin()),
    ("COS", 1, 1, |n| n[0].cos()),
    ("TAN", 1, 1, |n| n[0].tan()),
    ("ASIN", 1, 1, |n| n[0].asin()),
    ("ACOS", 1, 1, |n| n[0].acos()),
    ("ATAN", 1, 2, |n| if n.len() == 2 { n[0].atan2(n[1]) } else { n[0].atan() }),
    ("SINH", 1, 1, |n| n[0].sinh()),
    ("COSH", 1, 1, |n| n[0].cosh()),
    ("TANH", 1, 1, |n| n[0].tanh()),
    ("HYPOT", 2, 2, |n| n[0].hypot(n[1])),
    ("PI", 0, 0, |_| std::f64::consts::PI),
    ("SIGN", 1, 1, |n| if n[0] == 0.0 { 0.0 } else { n[0].signum() }),
];

/// Functions of time and chance, which ask the scope.
const ASKING: [(&str, usize, usize); 14] = [
    ("COUNT", 0, 0),
    ("NOW", 0, 0),
    ("TIME", 0, 6),
    ("SECONDS", 0, 0),
    ("MICROSECONDS", 0, 0),
    ("YEAR", 0, 1),
    ("MONTH", 0, 1),
    ("DAY", 0, 1),
    ("DOW", 0, 1),
    ("HOUR", 0, 1),
    ("MINUTE", 0, 1),
    ("SECOND", 0, 1),
    ("RANDOM", 1, 2),
    ("RAND", 0, 2),
];

/// Functions that look at a variable's text: their one argument is its name.
const TEXTUAL: [&str; 7] = ["CHARACTERS", "WORDS", "LINES", "BIN", "OCT", "HEX", "CALCULATE"];

/// What exists only on macOS.
const MACOS: [&str; 21] = [
    "SCREEN",
    "SCREENVISIBLE",
    "SCREENCOUNT",
    "SCREENINDEX",
    "WINDOW",
    "WINDOWCOUNT",
    "WINDOWINDEX",
    "WINDOWNAMECOUNT",
    "MOUSEX",
    "MOUSEY",
    "MOUSEBUTTON",
    "MOUSEDRAGGING",
    "CLIPBOARDSEED",
    "TRIGGERCLIPBOARDSEED",
    "APPLICATIONS",
    "APPLICATIONINDEX",
    "FINDERSELECTIONCOUNT",
    "FOUNDIMAGES",
    "MODIFIERS",
    "PASTCLIPBOARDCOUNT",
    "FRONTBROWSERCOUNT",
];

/// The name, when it is a function that only macOS has.
pub(super) fn of_macos(name: &str) -> Option<&'static str> {
    MACOS.into_iter().find(|known| *known == name)
}

/// A call; the opening parenthesis has been taken.
pub(super) fn call(parser: &mut Parser<'_>, name: &str, start: usize) -> Number {
    if let Some(name) = of_macos(name) {
        return Err(CalculationError::NeedsMacOs(name));
    }
    if TEXTUAL.contains(&name) {
        return textual(parser, name);
    }
    let plain = PLAIN.iter().find(|known| known.0 == name);
    let asking = ASKING.iter().find(|known| known.0 == name);
    let Some((fewest, most)) = plain.map(|known| (known.1, known.2)).or(asking.map(|known| (known.1, known.2))) else {
        let upper = name.to_uppercase();
        let hint =
            if is_known(&upper) { format!("functions are written in capitals, {upper}") } else { format!("no function {name}") };
        return Err(parser.problem(hint, start));
    };
    let arguments = arguments(parser)?;
    if arguments.len() < fewest || arguments.len() > most {
        return Err(parser.problem(format!("{name} takes {fewest} to {most} values, not {}", arguments.len()), start));
    }
    match plain {
        _ if !parser.live => Ok(0.0),
        Some(plain) => Ok((plain.3)(&arguments)),
        None => ask(parser, name, &arguments),
    }
}

/// A name without parentheses: `NOW` and `SCREENCOUNT` may stand so; `None` when it is a variable.
pub(super) fn bare(parser: &mut Parser<'_>, name: &str) -> Option<Number> {
    if let Some(name) = of_macos(name) {
        return Some(Err(CalculationError::NeedsMacOs(name)));
    }
    if name == "PI" {
        return Some(Ok(std::f64::consts::PI));
    }
    ASKING.iter().find(|known| known.0 == name && known.1 == 0)?;
    Some(if parser.live { ask(parser, name, &[]) } else { Ok(0.0) })
}

fn is_known(name: &str) -> bool {
    PLAIN.iter().any(|known| known.0 == name) || ASKING.iter().any(|known| known.0 == name) || TEXTUAL.contains(&name)
}

fn arguments(parser: &mut Parser<'_>) -> Result<Vec<f64>, CalculationError> {
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

fn ask(parser: &mut Parser<'_>, name: &str, numbers: &[f64]) -> Number {
    let now = parser.scope.now();
    let at = |numbers: &[f64]| match numbers.first() {
        None => Ok(now.clone()),
        Some(seconds) => moment(*seconds, &now).ok_or_else(|| parser.no_result("the time is out of range")),
    };
    Ok(match name {
        "NOW" => now.timestamp().as_second() as f64,
        "COUNT" => parser.scope.count().ok_or_else(|| parser.no_result("COUNT() belongs into the index of a JSON path"))? as f64,
        "SECONDS" => now.timestamp().as_microsecond() as f64 / 1e6,
        "MICROSECONDS" => now.timestamp().as_microsecond() as f64,
        "TIME" if numbers.is_empty() => now.timestamp().as_second() as f64,
        "TIME" => time(numbers, &now).ok_or_else(|| parser.no_result("there is no such date"))?,
        "YEAR" => f64::from(at(numbers)?.year()),
        "MONTH" => f64::from(at(numbers)?.month()),
        "DAY" => f64::from(at(numbers)?.day()),
        "DOW" => f64::from(at(numbers)?.weekday().to_sunday_one_offset()),
        "HOUR" => f64::from(at(numbers)?.hour()),
        "MINUTE" => f64::from(at(numbers)?.minute()),
        "SECOND" => f64::from(at(numbers)?.second()),
        "RAND" => {
            let random = parser.scope.random();
            match numbers {
                [] => random,
                [high] => random * high,
                [low, high, ..] => low + random * (high - low),
            }
        }
        _ => {
            let (low, high) = if numbers.len() == 1 { (0.0, numbers[0] - 1.0) } else { (numbers[0], numbers[1]) };
            if high < low {
                return Err(parser.no_result("RANDOM of an empty range"));
            }
            (low + (parser.scope.random() * (high - low + 1.0)).floor()).min(high)
        }
    })
}

/// Seconds since 1970 as a time in the zone of `now`.
pub(super) fn moment(seconds: f64, now: &Zoned) -> Option<Zoned> {
    Timestamp::from_second(whole(seconds.floor())).ok().map(|stamp| stamp.to_zoned(now.time_zone().clone()))
}

/// Year, month, day, hour, minute, second (those that are given) as seconds since 1970.
fn time(numbers: &[f64], now: &Zoned) -> Option<f64> {
    let part = |index: usize, missing: i64| numbers.get(index).map_or(missing, |number| whole(*number));
    let date = DateTime::new(
        i16::try_from(part(0, 1970)).ok()?,
        i8::try_from(part(1, 1)).ok()?,
        i8::try_from(part(2, 1)).ok()?,
        i8::try_from(part(3, 0)).ok()?,
        i8::try_from(part(4, 0)).ok()?,
        i8::try_from(part(5, 0)).ok()?,
        0,
    );
    let zoned = date.ok()?.to_zoned(now.time_zone().clone()).ok()?;
    Some(zoned.timestamp().as_second() as f64)
}

/// A function of one variable's text. BIN, OCT and HEX also take the digits themselves: `HEX(FF)` is 255.
fn textual(parser: &mut Parser<'_>, name: &str) -> Number {
    let piece = parser.next();
    if !matches!(piece.kind, Kind::Name | Kind::Number(_)) {
        return Err(parser.problem(format!("{name} takes the name of a variable"), piece.start));
    }
    let mut end = piece.end;
    while !parser.take(")") {
        // Digits such as 1F are two pieces.
        let next = parser.next();
        if !matches!(next.kind, Kind::Name | Kind::Number(_)) || next.start != end {
            return Err(parser.problem(") expected", next.start));
        }
        end = next.end;
    }
    if !parser.live {
        return Ok(0.0);
    }
    let argument = &parser.text[piece.start..end];
    let value = if piece.kind == Kind::Name { parser.scope.variable(argument)? } else { None };
    match name {
        "CHARACTERS" => Ok(value.unwrap_or_default().chars().count() as f64),
        "WORDS" => Ok(value.unwrap_or_default().split_whitespace().count() as f64),
        "LINES" => Ok(value.unwrap_or_default().lines().count() as f64),
        "CALCULATE" => nested(parser, &value.unwrap_or_default()),
        base => {
            let radix = match base {
                "BIN" => 2,
                "OCT" => 8,
                _ => 16,
            };
            let digits = value.unwrap_or_else(|| argument.to_owned());
            let number = u64::from_str_radix(digits.trim(), radix);
            number
                .map(|number| number as f64)
                .map_err(|_| parser.no_result(&format!("“{digits}” has digits that {base} does not know")))
        }
    }
}

/// CALCULATE: a variable's text as an expression of its own, within the same bound on nesting.
fn nested(parser: &mut Parser<'_>, text: &str) -> Number {
    if parser.nesting + 10 > MAX_NESTING {
        return Err(parser.no_result("CALCULATE calls itself too often"));
    }
    if let Some(number) = parse_number(text) {
        return Ok(number);
    }
    Parser::new(text, parser.scope, true, parser.nesting + 10)?.whole()
}
