//! The themes that come with the program.

/// Name and text of each; the first is the default.
pub(super) const BUILT_IN: [(&str, &str); 17] = [
    ("terminal", include_str!("../../../themes/terminal.toml")),
    ("dracula", include_str!("../../../themes/dracula.toml")),
    ("nord", include_str!("../../../themes/nord.toml")),
    ("gruvbox-dark", include_str!("../../../themes/gruvbox-dark.toml")),
    ("gruvbox-light", include_str!("../../../themes/gruvbox-light.toml")),
    ("catppuccin-mocha", include_str!("../../../themes/catppuccin-mocha.toml")),
    ("catppuccin-latte", include_str!("../../../themes/catppuccin-latte.toml")),
    ("solarized-dark", include_str!("../../../themes/solarized-dark.toml")),
    ("solarized-light", include_str!("../../../themes/solarized-light.toml")),
    ("tokyo-night", include_str!("../../../themes/tokyo-night.toml")),
    ("monokai", include_str!("../../../themes/monokai.toml")),
    ("one-dark", include_str!("../../../themes/one-dark.toml")),
    ("rose-pine", include_str!("../../../themes/rose-pine.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
    ("okabe-ito-dark", include_str!("../../../themes/okabe-ito-dark.toml")),
    ("okabe-ito-light", include_str!("../../../themes/okabe-ito-light.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
];
