//! Which steps a report has.

use std::str::FromStr;

/// The maximum number of steps of a report for which no part was chosen.
pub const MOST: u64 = 1_000_000;

/// Steps from one to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first one.
    pub from: u64,
    /// The last one.
    pub to: u64,
}

impl Range {
    /// The last steps of a run.
    pub fn last(count: u64, end: u64) -> Self {
        Self { from: end.saturating_sub(count - 1), to: end }
    }

    /// The steps of it that a run has; `None` if the run has steps, but none of them. A run without steps has 0 to 0.
    pub fn within(self, begin: u64, end: u64) -> Option<(u64, u64)> {
        if end == 0 {
            return Some((0, 0));
        }
        let (first, last) = (self.from.max(begin), self.to.min(end));
        (first <= last).then_some((first, last))
    }
}

impl FromStr for Range {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "it must be the first and the last step, as in 100..200, 100.. or ..200";
        let (from, to) = text.split_once("..").ok_or(WRONG)?;
        let number = |text: &str, missing| if text.is_empty() { Ok(missing) } else { text.parse().map_err(|_| WRONG) };
        let range = Self { from: number(from, 1)?, to: number(to, u64::MAX)? };
        let is_empty = (from.is_empty() && to.is_empty()) || range.from > range.to || range.to == 0;
        if is_empty { Err(WRONG) } else { Ok(range) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_and_cut() {
        let range = |text: &str| text.parse::<Range>().ok().map(|range| range.within(1, 50));
        assert_eq!(range("10..20"), Some(Some((10, 20))));
        assert_eq!(range("10.."), Some(Some((10, 50))));
        assert_eq!(range("..20"), Some(Some((1, 20))));
        assert_eq!(range("0..900"), Some(Some((1, 50))));
        assert_eq!(range("51..60"), Some(None));
        for wrong in ["", "..", "5", "5..4", "a..b", "1..2..3", "-1..5", "..0", "1...5"] {
            assert_eq!(range(wrong), None, "{wrong}");
        }
        assert_eq!(Range::last(10, 50).within(1, 50), Some((41, 50)));
        assert_eq!(Range::last(100, 50).within(1, 50), Some((1, 50)));
        assert_eq!(Range::last(MOST, 0).within(0, 0), Some((0, 0)));
    }
}
