//! Counts, sizes and times as people read them, in all clients.
//!
//! The viewer and the extension for VS Code have the same functions in `server/web/assets/amounts.js`. Both
//! implementations are tested with the cases in `amounts.json`.

/// 1234567 as `1,234,567`.
#[must_use]
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

/// `1 call`, `1,280 calls`.
#[must_use]
pub fn counted(n: u64, what: &str) -> String {
    let ending = if n == 1 { "" } else { "s" };
    format!("{} {what}{ending}", grouped(n))
}

/// A whole number of units, rounded half up. The unit is chosen after rounding: 1023.96 KiB are `1.0 MiB`.
fn rounded(n: u64, unit: u64) -> u64 {
    ((u128::from(n) + u128::from(unit / 2)) / u128::from(unit)) as u64
}

/// Bytes as `12.3 MiB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let tenths = |power: u32| {
        let unit = 1_u128 << (10 * power);
        (u128::from(bytes) * 10 + unit / 2) / unit
    };
    let units = ["KiB", "MiB", "GiB", "TiB"];
    let found =
        (1..).zip(units).map(|(power, unit)| (tenths(power), unit)).find(|(n, unit)| *n < 10_240 || *unit == "TiB");
    let (n, unit) = found.unwrap_or((tenths(4), "TiB"));
    format!("{}.{} {unit}", n / 10, n % 10)
}

/// Nanoseconds as `1.23 s`.
#[must_use]
pub fn duration(nanoseconds: u64) -> String {
    let n = |unit| rounded(nanoseconds, unit);
    if nanoseconds < 1_000 {
        format!("{nanoseconds} ns")
    } else if n(1_000) < 1_000 {
        format!("{} µs", n(1_000))
    } else if n(100_000) < 100 {
        format!("{}.{} ms", n(100_000) / 10, n(100_000) % 10)
    } else if n(1_000_000) < 1_000 {
        format!("{} ms", n(1_000_000))
    } else if n(10_000_000) < 6_000 {
        format!("{}.{:02} s", n(10_000_000) / 100, n(10_000_000) % 100)
    } else {
        format!("{}:{:02} min", n(1_000_000_000) / 60, n(1_000_000_000) % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Amounts with their expected texts.
    type Cases = Vec<(u64, String)>;

    #[derive(serde::Deserialize)]
    struct Table {
        grouped: Cases,
        counted: Cases,
        size: Cases,
        duration: Cases,
    }

    #[test]
    fn amounts_are_written_as_the_table_says() {
        let table: Table = serde_json::from_str(include_str!("amounts.json")).expect("a table");
        let check = |cases: Cases, write: fn(u64) -> String| {
            assert!(cases.len() > 4);
            for (n, wanted) in cases {
                assert_eq!(write(n), wanted, "{n}");
            }
        };
        check(table.grouped, grouped);
        check(table.counted, |n| counted(n, "call"));
        check(table.size, size);
        check(table.duration, duration);
    }

    #[test]
    fn the_largest_amounts_are_written() {
        assert_eq!(size(u64::MAX), "16777216.0 TiB");
        assert_eq!(duration(u64::MAX), "307445734:34 min");
    }
}
