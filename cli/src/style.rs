//! Colours and number formats. Colours are left out if the stream is not a terminal, and if `NO_COLOR` is set. With
//! `FORCE_COLOR` there are colours in a file and in a pipe too.

use anstyle::AnsiColor;

use crate::screen::Style;

pub use connie_recording::amounts::{duration, grouped, size};

/// Applies `FORCE_COLOR`: `0` and `false` mean no colours, other texts mean colours everywhere. `NO_COLOR` comes before it.
pub fn settle() {
    let given = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    if given("NO_COLOR").is_some() {
        return;
    }
    match given("FORCE_COLOR").as_deref() {
        None => {}
        Some("0" | "false") => anstream::ColorChoice::Never.write_global(),
        Some(_) => anstream::ColorChoice::Always.write_global(),
    }
}

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
