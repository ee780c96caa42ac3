//! `[engine.simulate]`: the desktop that the embedded engine pretends.

use serde::{Deserialize, Serialize};
use toml::{
    Spanned,
    de::{DeValue, ValueDeserializer},
};

use crate::model::{Application, Desktop, Rectangle, Screen, Window};

/// A thing in its short form, or with all that there is to say of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Entry<S, W> {
    /// What it is mostly known by.
    Short(S),
    /// All of it.
    Whole(W),
}

impl<W> Default for Entry<String, W> {
    fn default() -> Self {
        Self::Short(String::new())
    }
}

/// The pretended desktop as the settings have it: what is empty is not known, and a macro that asks for it is refused.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Simulate {
    /// The application in front, by name or in full.
    pub front_application: Entry<String, Application>,
    /// The applications that run, from front to back.
    pub running_applications: Vec<Entry<String, Application>>,
    /// The windows of the application in front, from front to back, by title or in full.
    pub windows: Vec<Entry<String, Window>>,
    /// The screens, the main one first, by frame (left, top, width, height) or in full. In points.
    pub screens: Vec<Entry<Rectangle, Screen>>,
    /// Where the mouse points: x and y in points, or nothing.
    pub mouse: Vec<f64>,
}

impl Simulate {
    /// The desktop; `None` when nothing at all is known of it.
    #[must_use]
    pub fn desktop(&self) -> Option<Desktop> {
        let desktop = Desktop {
            front: Some(application(&self.front_application)).filter(|front| !front.name.is_empty()),
            running: listed(&self.running_applications, application),
            windows: listed(&self.windows, |entry| match entry {
                Entry::Short(title) => Window { title: title.clone(), ..Window::default() },
                Entry::Whole(window) => window.clone(),
            }),
            screens: listed(&self.screens, |entry| match entry {
                Entry::Short(frame) => Screen { frame: *frame, ..Screen::default() },
                Entry::Whole(screen) => screen.clone(),
            }),
            mouse: <[f64; 2]>::try_from(self.mouse.as_slice()).ok(),
        };
        (desktop != Desktop::default()).then_some(desktop)
    }
}

fn application(entry: &Entry<String, Application>) -> Application {
    match entry {
        Entry::Short(name) => Application { name: name.clone(), ..Application::default() },
        Entry::Whole(application) => application.clone(),
    }
}

fn listed<E, T>(entries: &[E], whole: impl Fn(&E) -> T) -> Option<Vec<T>> {
    (!entries.is_empty()).then(|| entries.iter().map(whole).collect())
}

/// Whether a value is an application, or the empty text that stands for none.
pub(super) fn is_application(value: &Spanned<DeValue<'_>>) -> bool {
    reads::<Entry<String, Application>>(value).is_some()
}

/// Whether a value is a list of applications, each with a name.
pub(super) fn are_applications(value: &Spanned<DeValue<'_>>) -> bool {
    let read = reads::<Vec<Entry<String, Application>>>(value);
    read.is_some_and(|entries| entries.iter().all(|entry| !application(entry).name.trim().is_empty()))
}

/// Whether a value is a list of windows.
pub(super) fn are_windows(value: &Spanned<DeValue<'_>>) -> bool {
    let frame = |entry: &Entry<String, Window>| match entry {
        Entry::Short(_) => None,
        Entry::Whole(window) => window.frame,
    };
    reads::<Vec<Entry<String, Window>>>(value).is_some_and(|entries| entries.iter().filter_map(frame).all(has_area))
}

/// Whether a value is a list of screens.
pub(super) fn are_screens(value: &Spanned<DeValue<'_>>) -> bool {
    let sound = |entry: &Entry<Rectangle, Screen>| match entry {
        Entry::Short(frame) => has_area(*frame),
        Entry::Whole(screen) => has_area(screen.frame) && screen.visible.is_none_or(has_area),
    };
    reads::<Vec<Entry<Rectangle, Screen>>>(value).is_some_and(|entries| entries.iter().all(sound))
}

/// Whether a value is x and y, or nothing.
pub(super) fn is_point(value: &Spanned<DeValue<'_>>) -> bool {
    reads::<Vec<f64>>(value).is_some_and(|numbers| matches!(numbers.len(), 0 | 2) && numbers.iter().all(|one| one.is_finite()))
}

fn has_area(frame: Rectangle) -> bool {
    let Rectangle { left, top, width, height } = frame;
    [left, top, width, height].iter().all(|one| one.is_finite()) && width > 0.0 && height > 0.0
}

fn reads<'i, T: Deserialize<'i>>(value: &Spanned<DeValue<'i>>) -> Option<T> {
    T::deserialize(ValueDeserializer::from(value.clone())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Simulate {
        toml::from_str(text).expect("it reads")
    }

    #[test]
    fn nothing_is_known_unless_it_is_said() {
        assert_eq!(Simulate::default().desktop(), None);
        assert_eq!(read("front_application = \"\"\nscreens = []").desktop(), None);
    }

    #[test]
    fn short_and_whole_forms_make_one_desktop() {
        let text = "front_application = \"Notes\"\nrunning_applications = [\"Finder\", { name = \"Mail\", bundle_id = \"com.apple.mail\" }]\n\
            windows = [\"Plan\", { title = \"Draft\", frame = [0, 0, 10, 20] }]\n\
            screens = [[0, 0, 1440, 900], { frame = [1440, 0, 800, 600], internal = true }]\nmouse = [3, 4.5]";
        let desktop = read(text).desktop().expect("known");
        assert_eq!(desktop.front.map(|front| front.name).as_deref(), Some("Notes"));
        assert_eq!(desktop.running.expect("known")[1].bundle_id.as_deref(), Some("com.apple.mail"));
        let windows = desktop.windows.expect("known");
        assert_eq!((windows[0].title.as_str(), windows[1].frame), ("Plan", Some([0.0, 0.0, 10.0, 20.0].into())));
        let screens = desktop.screens.expect("known");
        assert!((screens[0].frame.width - 1440.0).abs() < 1e-9 && screens[1].internal);
        assert_eq!(desktop.mouse, Some([3.0, 4.5]));
    }
}
