//! C values in memory: items of arrays, scalars of numpy.

use connie_wire::codec::Sink;
use connie_wire::value::{self, tag};

use crate::raw::field;

/// Writes item `n` of a C array whose type code is `code`; false if it is not known.
pub(super) unsafe fn put_element(code: u8, items: *const u8, n: usize, out: &mut Vec<u8>) -> bool {
    macro_rules! int {
        ($ty:ty) => {
            // SAFETY: `n` is below the length; the code says the width.
            value::put_int(out, unsafe { items.cast::<$ty>().add(n).read_unaligned() } as i64)
        };
    }
    macro_rules! float {
        ($ty:ty) => {
            // SAFETY: as above.
            value::put_float(out, f64::from(unsafe { items.cast::<$ty>().add(n).read_unaligned() }).to_bits())
        };
    }
    match code {
        b'b' => int!(i8),
        b'B' => int!(u8),
        // SAFETY: as above.
        b'?' => out.put(if unsafe { *items.add(n) } != 0 { tag::TRUE } else { tag::FALSE }),
        b'h' => int!(i16),
        b'H' => int!(u16),
        b'i' => int!(i32),
        b'I' => int!(u32),
        b'l' | b'q' => int!(i64),
        b'L' | b'Q' => {
            // SAFETY: as above.
            let value = unsafe { items.cast::<u64>().add(n).read_unaligned() };
            match i64::try_from(value) {
                Ok(n) => value::put_int(out, n),
                Err(_) => {
                    out.put(tag::BIG_INT);
                    out.put(0);
                    out.sized(&value.to_le_bytes());
                }
            }
        }
        b'f' => float!(f32),
        b'd' => float!(f64),
        b'u' | b'w' => {
            // SAFETY: wchar_t is 32 bits wide on the supported platforms.
            let point = unsafe { items.cast::<u32>().add(n).read_unaligned() };
            let mut buffer = [0; 4];
            out.put(tag::STR);
            out.sized(char::from_u32(point).unwrap_or('\u{fffd}').encode_utf8(&mut buffer).as_bytes());
        }
        _ => return false,
    }
    true
}

/// Writes the item of an array at an address, like [`put_element`], but floats of less than 64 bits as the shortest
/// decimal that rounds to them, as numpy prints them. `size` is the width of texts in bytes.
pub(super) unsafe fn put_item(code: u8, size: usize, unit: Unit, address: *const u8, out: &mut Vec<u8>) {
    // SAFETY: the caller's promise: the code says the width.
    unsafe {
        match code {
            b'e' | BRAIN | b'f' => value::put_float(out, short_float(code, address).to_bits()),
            b'F' => put_complex([0, 4].map(|at| short_float(b'f', address.add(at))), out),
            b'D' => put_complex([0, 8].map(|at| short_float(b'd', address.add(at))), out),
            b'U' => {
                let points: Vec<u32> = (0..size / 4).map(|n| field(address, 4 * n)).collect();
                put_points(&points, out);
            }
            b'S' => put_padded(std::slice::from_raw_parts(address, size), out),
            b'M' => put_date(&unit.date(field(address, 0)), out),
            b'm' => match field::<i64>(address, 0) {
                i64::MIN => put_text(tag::STR, b"NaT", out),
                n => value::put_int(out, n),
            },
            _ => {
                put_element(code, address, 0, out);
            }
        }
    }
}

fn put_complex(parts: [f64; 2], out: &mut Vec<u8>) {
    out.put(tag::COMPLEX);
    for part in parts {
        out.put_all(&part.to_bits().to_le_bytes());
    }
}

/// A text of 32-bit code points, which zeros may follow.
fn put_points(points: &[u32], out: &mut Vec<u8>) {
    let text: String = points.iter().map(|point| char::from_u32(*point).unwrap_or('\u{fffd}')).collect();
    put_text(tag::STR, text.trim_end_matches('\0').as_bytes(), out);
}

fn put_text(tag: u8, text: &[u8], out: &mut Vec<u8>) {
    out.put(tag);
    out.sized(text);
}

/// Bytes without zeros at the end.
fn put_padded(bytes: &[u8], out: &mut Vec<u8>) {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    put_text(tag::BYTES, &bytes[..end], out);
}

/// A date, without a fraction if that is zero.
fn put_date(date: &str, out: &mut Vec<u8>) {
    let short = if date.contains('.') { date.trim_end_matches('0').trim_end_matches('.') } else { date };
    put_text(tag::STR, short.as_bytes(), out);
}

/// The type code for bfloat16, which has none in numpy.
pub(super) const BRAIN: u8 = b'E';

/// The float at an address. If it has less than 64 bits, it is the shortest decimal that rounds to it.
pub(super) unsafe fn short_float(code: u8, address: *const u8) -> f64 {
    // SAFETY: the code says the width.
    unsafe {
        match code {
            b'f' => shortest(address.cast::<f32>().read_unaligned()),
            b'e' => shortest_of(address.cast::<u16>().read_unaligned(), half),
            BRAIN => shortest_of(address.cast::<u16>().read_unaligned(), |bits| {
                f64::from(f32::from_bits(u32::from(bits) << 16))
            }),
            _ => address.cast::<f64>().read_unaligned(),
        }
    }
}

fn shortest(n: f32) -> f64 {
    let wide = f64::from(n);
    // Most numbers are whole, or have a short fraction. These are exact.
    if !n.is_finite() || n.abs() < 1e6 && (wide * 64.0).fract() == 0.0 {
        return wide;
    }
    let mut buffer = [0u8; 64];
    let mut rest = &mut buffer[..];
    let written = std::io::Write::write_fmt(&mut rest, format_args!("{n:e}"));
    let length = 64 - rest.len();
    written.ok().and_then(|()| std::str::from_utf8(&buffer[..length]).ok()?.parse().ok()).unwrap_or(wide)
}

/// The value of an IEEE half, given its 16 bits.
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let size = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

/// The shortest decimal that is nearer to the value of 16 bits than to its neighbours.
fn shortest_of(bits: u16, value: impl Fn(u16) -> f64) -> f64 {
    let exact = value(bits);
    if !exact.is_finite() || exact == 0.0 {
        return exact;
    }
    let gap = (exact - value(bits - 1)).abs();
    let near = |n: &f64| (n - exact).abs() < gap / 2.0;
    (0..8).filter_map(|digits| format!("{exact:.digits$e}").parse().ok()).find(near).unwrap_or(exact)
}

/// The unit of numpy's dates and times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Unit {
    /// `NPY_DATETIMEUNIT`: years are 0, months 1, weeks 2, days 4, hours 5 … nanoseconds 10.
    base: i32,
    /// The number of these units.
    count: i64,
}

const UNITS: [&str; 15] = ["Y", "M", "W", "", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "generic"];
const NANOSECONDS: i32 = 10;

impl Unit {
    pub(super) fn new(base: i32, count: i32) -> Self {
        Self { base, count: i64::from(count) }
    }

    /// Parses the unit in the text of a dtype, such as `<M8[25us]`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let inner = text.split_once('[')?.1.strip_suffix(']')?;
        let digits = inner.bytes().take_while(u8::is_ascii_digit).count();
        let base = UNITS.iter().position(|unit| !unit.is_empty() && *unit == &inner[digits..])?;
        let count = if digits == 0 { 1 } else { inner[..digits].parse().ok()? };
        Some(Self { base: i32::try_from(base).ok()?, count })
    }

    /// Its name in a dtype.
    pub(super) fn name(self) -> String {
        let name = UNITS.get(self.base as usize).copied().unwrap_or("?");
        if self.count == 1 { name.into() } else { format!("{}{name}", self.count) }
    }

    /// Whether dates in this unit can be shown.
    pub(super) fn is_known(self) -> bool {
        self.count > 0 && matches!(self.base, 0..=2 | 4..=NANOSECONDS)
    }

    /// A date in ISO form, with the precision of the unit.
    pub(super) fn date(self, n: i64) -> String {
        if n == i64::MIN {
            return "NaT".into();
        }
        let n = i128::from(n) * i128::from(self.count);
        if self.base == 0 {
            return format!("{:04}", 1970 + n);
        }
        if self.base == 1 {
            return format!("{:04}-{:02}", 1970 + n.div_euclid(12), n.rem_euclid(12) + 1);
        }
        // Number of units in a day.
        let day: i128 = match self.base {
            5 => 24,
            6 => 1440,
            base @ 7.. => 86_400 * 1000i128.pow(base as u32 - 7),
            _ => 1,
        };
        let days = if self.base == 2 { n * 7 } else { n.div_euclid(day) };
        let mut text = civil(days);
        if self.base >= 5 {
            use std::fmt::Write;
            let seconds = n.rem_euclid(day) * 86_400 / day;
            let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
            let _ = match self.base {
                5 => write!(text, "T{hour:02}"),
                6 => write!(text, "T{hour:02}:{minute:02}"),
                _ => write!(text, "T{hour:02}:{minute:02}:{second:02}"),
            };
            if self.base > 7 {
                let width = 3 * (self.base as usize - 7);
                let _ = write!(text, ".{:0width$}", n.rem_euclid(1000i128.pow(self.base as u32 - 7)));
            }
        }
        text
    }
}

/// The date that is this many days after 1 January 1970 (Howard Hinnant's algorithm).
fn civil(days: i128) -> String {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year + era * 400 + i128::from(month <= 2);
    format!("{year:04}-{month:02}-{:02}", of_year - (153 * shifted + 2) / 5 + 1)
}
