//! Colours and number formats. Colours are left out where the stream is no terminal, and by
//! `NO_COLOR`.

use anstyle::AnsiColor;

use crate::screen::Style;

pub use connie_recording::amounts::{duration, grouped, size};

/// What went wrong.
pub const ERROR: Style = Style::new(AnsiColor::Red.on_default().bold());
/// What needs care.
pub const WARNING: Style = Style::new(AnsiColor::Yellow.on_default());
/// What went well.
pub const GOOD: Style = Style::new(AnsiColor::Green.on_default());
/// What was there before.
pub const REMOVED: Style = Style::new(AnsiColor::Red.on_default());
/// What matters less.
pub const DIM: Style = Style::new(anstyle::Style::new().dimmed());
/// Names of variables.
pub const NAME: Style = Style::new(AnsiColor::Cyan.on_default());
/// What stands out.
pub const BOLD: Style = Style::new(anstyle::Style::new().bold());
