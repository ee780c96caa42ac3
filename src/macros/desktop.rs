//! Looks things up on the pretended desktop, by the words that macros use for them.

pub use crate::model::{Application, Desktop, Rectangle, Screen, Window};

/// What an index means that is no number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Which<'a> {
    /// A number: 0 is the first, 1 and up count from the front, or from the left; negative ones from the other end.
    Number(f64),
    /// A word: `Main`, `Front`, `Mouse` …
    Word(&'a str),
}

/// A part of a rectangle that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coordinate {
    /// The left edge.
    Left,
    /// The upper edge.
    Top,
    /// The right edge.
    Right,
    /// The lower edge.
    Bottom,
    /// The width.
    Width,
    /// The height.
    Height,
    /// The middle between left and right.
    MidX,
    /// The middle between top and bottom.
    MidY,
}

impl Coordinate {
    /// The coordinate of this name; case does not matter. `X` and `Y` are the left and upper edges.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "left" | "x" => Self::Left,
            "top" | "y" => Self::Top,
            "right" => Self::Right,
            "bottom" => Self::Bottom,
            "width" => Self::Width,
            "height" => Self::Height,
            "midx" => Self::MidX,
            "midy" => Self::MidY,
            _ => return None,
        })
    }

    /// Its value in a rectangle.
    #[must_use]
    pub fn of(self, frame: Rectangle) -> f64 {
        match self {
            Self::Left => frame.left,
            Self::Top => frame.top,
            Self::Right => frame.left + frame.width,
            Self::Bottom => frame.top + frame.height,
            Self::Width => frame.width,
            Self::Height => frame.height,
            Self::MidX => frame.left + frame.width / 2.0,
            Self::MidY => frame.top + frame.height / 2.0,
        }
    }

    /// The width of a rectangle for a horizontal coordinate, its height for a vertical one: what a percentage is a part of.
    #[must_use]
    pub fn extent(self, frame: Rectangle) -> f64 {
        match self {
            Self::Left | Self::Right | Self::Width | Self::MidX => frame.width,
            Self::Top | Self::Bottom | Self::Height | Self::MidY => frame.height,
        }
    }
}

impl Rectangle {
    fn holds(self, [x, y]: [f64; 2]) -> bool {
        (self.left..self.left + self.width).contains(&x) && (self.top..self.top + self.height).contains(&y)
    }

    /// The area that two rectangles have in common.
    fn shared(self, other: Self) -> f64 {
        let wide = (self.left + self.width).min(other.left + other.width) - self.left.max(other.left);
        let high = (self.top + self.height).min(other.top + other.height) - self.top.max(other.top);
        wide.max(0.0) * high.max(0.0)
    }
}

impl Screen {
    /// The screen without menu bar and Dock, as far as that is known.
    #[must_use]
    pub fn usable(&self) -> Rectangle {
        self.visible.unwrap_or(self.frame)
    }
}

impl Desktop {
    /// The applications from front to back, the one in front first; `None` when neither it nor the others are known.
    #[must_use]
    pub fn applications(&self) -> Option<Vec<&Application>> {
        let running = self.running.as_deref();
        let listed = |front: &Application| running.is_some_and(|all| all.iter().any(|one| one.name == front.name));
        let front = self.front.as_ref().filter(|front| !listed(front));
        match (front, running) {
            (None, None) => self.front.as_ref().map(|front| vec![front]),
            (front, running) => {
                let mut all: Vec<&Application> = front.into_iter().chain(running.into_iter().flatten()).collect();
                if let Some(front) = &self.front {
                    all.sort_by_key(|one| one.name != front.name);
                }
                Some(all)
            }
        }
    }

    /// The application in front; without one of its own, the first that runs.
    #[must_use]
    pub fn front_application(&self) -> Option<&Application> {
        self.front.as_ref().or_else(|| self.running.as_ref()?.first())
    }

    /// A window of the application in front; `Front` is its first.
    #[must_use]
    pub fn window(&self, which: Which<'_>) -> Option<&Window> {
        let windows = self.windows.as_deref()?;
        match which {
            Which::Word(word) if word.eq_ignore_ascii_case("front") => windows.first(),
            Which::Word(_) => None,
            Which::Number(number) => pick(windows, number),
        }
    }

    /// The screens from left to right, those above first.
    #[must_use]
    pub fn screens_in_order(&self) -> Option<Vec<&Screen>> {
        let mut screens: Vec<&Screen> = self.screens.as_ref()?.iter().collect();
        screens.sort_by(|one, other| one.frame.left.total_cmp(&other.frame.left).then(one.frame.top.total_cmp(&other.frame.top)));
        Some(screens)
    }

    /// A screen: `Main` or 0, `Second`, `Third`, `Internal`, `External`, `Mouse`, `Front`, `Back`, `Back2`, or a number from the
    /// left. `None` when there is none, or when finding it takes a window or a mouse that is not known.
    #[must_use]
    pub fn screen(&self, which: Which<'_>) -> Option<&Screen> {
        let order = self.screens_in_order()?;
        let main = self.screens.as_ref()?.first()?;
        let word = match which {
            Which::Number(0.0) => return Some(main),
            Which::Number(number) => return pick(&order, number).copied(),
            Which::Word(word) => word.to_ascii_lowercase(),
        };
        let without = |one: &Screen, place: usize| order.iter().copied().filter(|screen| *screen != one).nth(place);
        match word.as_str() {
            "main" => Some(main),
            "second" => without(main, 0),
            "third" => without(main, 1),
            "internal" => order.iter().copied().find(|screen| screen.internal),
            "external" => order.iter().copied().find(|screen| !screen.internal),
            "mouse" if order.len() == 1 => Some(main),
            "mouse" => order.iter().copied().find(|screen| self.mouse.is_some_and(|mouse| screen.frame.holds(mouse))),
            "front" => self.front_screen(&order),
            "back" => without(self.front_screen(&order)?, 0),
            "back2" => without(self.front_screen(&order)?, 1),
            _ => None,
        }
    }

    /// The screen with most of the window in front.
    fn front_screen<'a>(&self, order: &[&'a Screen]) -> Option<&'a Screen> {
        if let [only] = order {
            return Some(only);
        }
        let frame = self.windows.as_ref()?.first()?.frame?;
        order.iter().copied().max_by(|one, other| one.frame.shared(frame).total_cmp(&other.frame.shared(frame)))
    }
}

/// The element of a number: 0 and 1 are the first, -1 the last.
pub(in crate::macros) fn pick<T>(items: &[T], number: f64) -> Option<&T> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates, and there is no such element"
    )]
    let from_end = number.abs() as usize;
    if number < 0.0 { items.get(items.len().checked_sub(from_end)?) } else { items.get(from_end.saturating_sub(1)) }
}

#[cfg(test)]
mod tests {
    use super::{Application, Coordinate, Desktop, Rectangle, Screen, Which, Window};

    fn desktop() -> Desktop {
        let screen = |frame: [f64; 4], internal| Screen { frame: frame.into(), internal, ..Screen::default() };
        let application = |name: &str| Application { name: name.into(), ..Application::default() };
        Desktop {
            front: Some(application("Notes")),
            running: Some(vec![application("Finder"), application("Notes")]),
            windows: Some(vec![
                Window { title: "One".into(), frame: Some([100.0, 50.0, 400.0, 300.0].into()) },
                Window { title: "Two".into(), frame: None },
            ]),
            screens: Some(vec![screen([0.0, 0.0, 1440.0, 900.0], true), screen([-1920.0, 0.0, 1920.0, 1080.0], false)]),
            mouse: Some([-5.0, 5.0]),
        }
    }

    #[test]
    fn screens_are_found_by_word_and_number() {
        let desktop = desktop();
        let left = |which| desktop.screen(which).map(|screen| screen.frame.left);
        for (word, expected) in [
            ("Main", Some(0.0)),
            ("second", Some(-1920.0)),
            ("Third", None),
            ("Internal", Some(0.0)),
            ("External", Some(-1920.0)),
            ("Mouse", Some(-1920.0)),
            ("Front", Some(0.0)),
            ("Back", Some(-1920.0)),
            ("Back2", None),
            ("Nowhere", None),
        ] {
            assert_eq!(left(Which::Word(word)), expected, "{word}");
        }
        for (number, expected) in [(0.0, Some(0.0)), (1.0, Some(-1920.0)), (2.0, Some(0.0)), (-1.0, Some(0.0)), (3.0, None)] {
            assert_eq!(left(Which::Number(number)), expected, "{number}");
        }
        let blind = Desktop { windows: None, mouse: None, ..desktop.clone() };
        assert_eq!(blind.screen(Which::Word("Front")), None);
        assert_eq!(blind.screen(Which::Word("Mouse")), None);
        assert_eq!(Desktop::default().screen(Which::Word("Main")), None);
    }

    #[test]
    fn the_front_application_comes_first() {
        let names =
            |desktop: &Desktop| desktop.applications().map(|all| all.iter().map(|one| one.name.clone()).collect::<Vec<_>>());
        assert_eq!(names(&desktop()), Some(vec!["Notes".into(), "Finder".into()]));
        assert_eq!(names(&Desktop { running: None, ..desktop() }), Some(vec!["Notes".into()]));
        assert_eq!(names(&Desktop { front: None, ..desktop() }), Some(vec!["Finder".into(), "Notes".into()]));
        assert_eq!(names(&Desktop::default()), None);
        let title = |number| desktop().window(Which::Number(number)).map(|window| window.title.clone());
        assert_eq!((title(0.0), title(2.0), title(-1.0), title(3.0)), (title(1.0), Some("Two".into()), title(2.0), None));
    }

    #[test]
    fn coordinates_are_read_off_a_frame() {
        let frame: Rectangle = [10.0, 20.0, 100.0, 50.0].into();
        for (name, expected) in
            [("left", 10.0), ("RIGHT", 110.0), ("Bottom", 70.0), ("midx", 60.0), ("MidY", 45.0), ("Width", 100.0)]
        {
            assert!((Coordinate::named(name).map_or(f64::NAN, |part| part.of(frame)) - expected).abs() < 1e-9, "{name}");
        }
        assert_eq!(Coordinate::named("Depth"), None);
    }

    #[test]
    fn unknown_keys_are_refused() {
        let read = |text: &str| toml::from_str::<Desktop>(text);
        let screens = read("screens = [{ frame = [0, 0, 1440, 900], visible = [0, 25, 1440, 875] }]").expect("it reads").screens;
        assert!((screens.expect("screens")[0].usable().top - 25.0).abs() < 1e-9);
        assert!(read("scren = []").is_err());
        assert!(read("screens = [{ frame = [0, 0], depth = 3 }]").is_err());
    }
}
