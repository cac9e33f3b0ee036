//! Colours and number formats. Colours are left out if the stream is not a terminal, and if `NO_COLOR` is set.

use anstyle::AnsiColor;

use crate::screen::Style;

pub use connie_recording::amounts::{duration, grouped, size};

/// Errors.
pub const ERROR: Style = Style::new(AnsiColor::Red.on_default().bold());
/// Warnings.
pub const WARNING: Style = Style::new(AnsiColor::Yellow.on_default());
/// Success.
pub const GOOD: Style = Style::new(AnsiColor::Green.on_default());
/// Older values.
pub const REMOVED: Style = Style::new(AnsiColor::Red.on_default());
/// Less important text.
pub const DIM: Style = Style::new(anstyle::Style::new().dimmed());
/// Names of variables.
pub const NAME: Style = Style::new(AnsiColor::Cyan.on_default());
/// Emphasis.
pub const BOLD: Style = Style::new(anstyle::Style::new().bold());
