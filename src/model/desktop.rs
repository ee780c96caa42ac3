//! A desktop that is only pretended: what the embedded engine answers when a macro asks for applications, windows and screens.

use serde::{Deserialize, Serialize};

/// What a run takes the desktop to be, since there is none. What is `None` is not known, and a macro that asks for it is refused.
///
/// All lengths are points; the left upper corner of the main screen is 0,0 and numbers grow to the right and downwards.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Desktop {
    /// The application in front.
    pub front: Option<Application>,
    /// The applications that run, from front to back. The one in front counts as running, listed or not.
    pub running: Option<Vec<Application>>,
    /// The windows of the application in front, from front to back.
    pub windows: Option<Vec<Window>>,
    /// The screens, the main one first.
    pub screens: Option<Vec<Screen>>,
    /// Where the mouse points: x and y.
    pub mouse: Option<[f64; 2]>,
}

/// An application.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Its name, as the menu bar shows it.
    pub name: String,
    /// Its bundle identifier, such as `com.apple.finder`.
    #[serde(default)]
    pub bundle_id: Option<String>,
    /// Where it lies.
    #[serde(default)]
    pub path: Option<String>,
    /// Its version, such as `14.5`.
    #[serde(default)]
    pub version: Option<String>,
    /// Whether it runs without windows and menus.
    #[serde(default)]
    pub background: bool,
}

/// A window.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Its title.
    #[serde(default)]
    pub title: String,
    /// Where it stands; not known when `None`.
    #[serde(default)]
    pub frame: Option<Rectangle>,
}

/// A screen.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Screen {
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// All of it.
    pub frame: Rectangle,
    /// Without menu bar and Dock; all of it when `None`.
    #[serde(default)]
    pub visible: Option<Rectangle>,
    /// Whether it is built into the computer.
    #[serde(default)]
    pub internal: bool,
}

/// A rectangle. In files it is a list: left, top, width, height.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(from = "[f64; 4]", into = "[f64; 4]")]
#[schemars(with = "[f64; 4]")]
pub struct Rectangle {
    /// Its left edge.
    pub left: f64,
    /// Its upper edge.
    pub top: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

impl From<[f64; 4]> for Rectangle {
    fn from([left, top, width, height]: [f64; 4]) -> Self {
        Self { left, top, width, height }
    }
}

impl From<Rectangle> for [f64; 4] {
    fn from(rectangle: Rectangle) -> Self {
        [rectangle.left, rectangle.top, rectangle.width, rectangle.height]
    }
}
