//! Tokens that read the pretended desktop.

use super::{
    TokenError, TokenScope,
    expand::single,
    names::{DesktopToken, Reads},
};
use crate::macros::{
    calculation::format_number,
    desktop::{Application, Desktop, Rectangle, Screen, Which, Window, pick},
};

/// What a parameter may say instead of a number.
const WORDS: [&str; 12] =
    ["main", "second", "third", "internal", "external", "mouse", "front", "back", "back2", "all", "foreground", "background"];

/// Whether the desktop tells what a token reads.
pub(super) fn is_told(token: DesktopToken, desktop: Option<&Desktop>) -> bool {
    desktop.is_some_and(|desktop| match token.reads {
        Reads::ApplicationName | Reads::ApplicationBundle | Reads::ApplicationPath | Reads::ApplicationVersion => {
            if token.chooses { desktop.applications().is_some() } else { desktop.front_application().is_some() }
        }
        Reads::LastApplication => desktop.running.is_some(),
        Reads::WindowTitle | Reads::WindowFrame | Reads::WindowPosition | Reads::WindowSize => desktop.windows.is_some(),
        Reads::Screen | Reads::VisibleScreen => desktop.screens.is_some(),
        Reads::Mouse => desktop.mouse.is_some(),
    })
}

/// What a token reads; `None` when the desktop does not tell. What the desktop says is not there is an empty text.
pub(super) fn read(token: DesktopToken, which: &str, scope: &mut dyn TokenScope) -> Result<Option<String>, TokenError> {
    if !is_told(token, scope.desktop()) {
        return Ok(None);
    }
    // The desktop is borrowed from the scope, which the calculation of an index needs too.
    let Some(desktop) = scope.desktop().cloned() else {
        return Ok(None);
    };
    let word = which.trim();
    let is_word = !token.chooses || WORDS.iter().any(|known| word.eq_ignore_ascii_case(known));
    let which = if is_word { Which::Word(word) } else { Which::Number(single(word, scope)?) };
    Ok(Some(match token.reads {
        Reads::Mouse => desktop.mouse.map(|[x, y]| numbers(&[x, y])).unwrap_or_default(),
        Reads::LastApplication => {
            desktop.applications().unwrap_or_default().get(1).map(|one| one.name.clone()).unwrap_or_default()
        }
        Reads::Screen | Reads::VisibleScreen => {
            let frame = |screen: &Screen| frame(if token.reads == Reads::Screen { screen.frame } else { screen.usable() });
            match which {
                Which::Word(word) if word.eq_ignore_ascii_case("all") => {
                    lines(desktop.screens_in_order().unwrap_or_default().into_iter().map(frame))
                }
                which => desktop.screen(which).map(frame).unwrap_or_default(),
            }
        }
        Reads::WindowTitle | Reads::WindowFrame | Reads::WindowPosition | Reads::WindowSize => match which {
            Which::Word(word) if word.eq_ignore_ascii_case("all") => {
                lines(desktop.windows.iter().flatten().map(|window| of_window(token.reads, window)))
            }
            which => match desktop.window(which) {
                Some(window) if token.reads != Reads::WindowTitle && window.frame.is_none() => return Ok(None),
                window => window.map(|window| of_window(token.reads, window)).unwrap_or_default(),
            },
        },
        reads => of_applications(reads, &desktop, which),
    }))
}

fn of_applications(reads: Reads, desktop: &Desktop, which: Which<'_>) -> String {
    let all = desktop.applications().unwrap_or_default();
    let text = |application: &Application| {
        let part = match reads {
            Reads::ApplicationBundle => application.bundle_id.as_deref(),
            Reads::ApplicationPath => application.path.as_deref(),
            Reads::ApplicationVersion => application.version.as_deref(),
            _ => Some(application.name.as_str()),
        };
        part.unwrap_or_default().to_owned()
    };
    match which {
        Which::Word(word) if word.eq_ignore_ascii_case("all") => lines(all.into_iter().map(text)),
        Which::Word(word) if word.eq_ignore_ascii_case("foreground") => {
            lines(all.into_iter().filter(|one| !one.background).map(text))
        }
        Which::Word(word) if word.eq_ignore_ascii_case("background") => {
            lines(all.into_iter().filter(|one| one.background).map(text))
        }
        Which::Word(word) if word.eq_ignore_ascii_case("front") => all.first().map(|one| text(one)).unwrap_or_default(),
        Which::Word(_) => String::new(),
        Which::Number(number) => pick(&all, number).map(|one| text(one)).unwrap_or_default(),
    }
}

fn of_window(reads: Reads, window: &Window) -> String {
    let Some(place) = window.frame.filter(|_| reads != Reads::WindowTitle) else {
        return if reads == Reads::WindowTitle { window.title.clone() } else { String::new() };
    };
    match reads {
        Reads::WindowPosition => numbers(&[place.left, place.top]),
        Reads::WindowSize => numbers(&[place.width, place.height]),
        _ => frame(place),
    }
}

fn frame(rectangle: Rectangle) -> String {
    numbers(&<[f64; 4]>::from(rectangle))
}

fn numbers(numbers: &[f64]) -> String {
    numbers.iter().map(|number| format_number(*number)).collect::<Vec<_>>().join(",")
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}
