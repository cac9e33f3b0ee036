//! Colours and number formats. Colours are left out where the stream is no terminal, and by
//! `NO_COLOR`.

use anstyle::AnsiColor;

use crate::screen::Style;

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

/// 1234567 as `1,234,567`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Bytes as `12.3 MiB`.
pub fn size(bytes: u64) -> String {
    let mut n = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if n < 1024.0 {
            return if unit == "B" { format!("{bytes} B") } else { format!("{n:.1} {unit}") };
        }
        n /= 1024.0;
    }
    format!("{n:.1} TiB")
}

/// Nanoseconds as `1.23 s`.
pub fn duration(nanoseconds: i64) -> String {
    let seconds = nanoseconds as f64 / 1e9;
    match seconds {
        s if s < 1e-3 => format!("{:.0} µs", s * 1e6),
        s if s < 1.0 => format!("{:.0} ms", s * 1e3),
        s if s < 60.0 => format!("{s:.2} s"),
        s => format!("{}:{:02} min", s as u64 / 60, s as u64 % 60),
    }
}
