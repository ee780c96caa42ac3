//! Setting kmtop up.
