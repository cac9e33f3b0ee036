//! Numbers on the command line. The message for a wrong number says what is expected.

use std::ops::RangeInclusive;
use std::str::FromStr;

use clap::builder::{StringValueParser, TypedValueParser};

fn read<T>(range: RangeInclusive<T>, expected: String) -> impl TypedValueParser<Value = T>
where
    T: FromStr + PartialOrd + Clone + Send + Sync + 'static,
{
    StringValueParser::new().try_map(move |word| {
        let number = word.parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| format!("it must be {expected}"))
    })
}

/// A count of something, within bounds.
pub fn within(of: &str, range: RangeInclusive<u64>) -> impl TypedValueParser<Value = u64> {
    let expected = format!("a number of {of} from {} to {}", range.start(), range.end());
    read(range, expected)
}

/// A count of something.
pub fn count(of: &str) -> impl TypedValueParser<Value = usize> {
    read(0..=usize::MAX, format!("a number of {of}, 0 or more"))
}

/// The number of a step.
pub fn step() -> impl TypedValueParser<Value = u64> {
    read(0..=u64::MAX, "the number of a step".into())
}

/// The number of a process.
pub fn process() -> impl TypedValueParser<Value = u32> {
    read(1..=u32::MAX, "the number of a process".into())
}

/// The number of a port; 0 is any free port.
pub fn port() -> impl TypedValueParser<Value = u16> {
    read(0..=u16::MAX, "the number of a port, 0 to 65535".into())
}
