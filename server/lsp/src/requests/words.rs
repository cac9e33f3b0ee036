//! Counts, times and values as short texts.

use std::borrow::Cow;

use connie_recording::plain::plain;

/// "1 call", "128 calls".
pub fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// Nanoseconds for people.
pub fn duration(nanoseconds: u64) -> String {
    let n = nanoseconds as f64;
    match nanoseconds {
        0..1_000 => format!("{n} ns"),
        1_000..1_000_000 => format!("{:.0} µs", n / 1e3),
        1_000_000..1_000_000_000 => format!("{:.0} ms", n / 1e6),
        _ => format!("{:.1} s", n / 1e9),
    }
}

/// Puts a text on one line: each line break, with the indentation after it, becomes a space.
pub fn flat(text: &str) -> Cow<'_, str> {
    if !text.contains(['\n', '\r']) {
        return text.into();
    }
    text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ").into()
}

/// The beginning of a value, where that is longer than a hint should be: a pattern, a list of long strings. On one
/// line.
pub fn cut(text: &str, most: usize) -> String {
    let text = flat(text);
    let text = plain(&text);
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_times_are_for_people() {
        assert_eq!((counted(1, "call"), counted(0, "call")), ("1 call".into(), "0 calls".into()));
        assert_eq!([5, 5_400, 12_000_000, 2_500_000_000].map(duration), ["5 ns", "5 µs", "12 ms", "2.5 s"]);
    }
}
