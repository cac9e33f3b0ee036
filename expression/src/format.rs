//! Format specifications: those of `format()`, f-strings and `str.format`, and those of the `%` operator.

use connie_recording::ints;
use connie_wire::value::text_value;
use connie_wire::{Kind, Value};
use num_bigint::{BigInt, Sign};
use num_traits::ToPrimitive;

use super::blob::{LONGEST, whole};
use super::got::Got;
use super::numbers;
use super::problem::{Problem, raised, unknown};
use super::values::Values;

/// A parsed specification.
#[derive(Clone, Debug, Default)]
struct Spec {
    fill: Option<char>,
    align: Option<char>,
    sign: Option<char>,
    alternate: bool,
    zero: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

fn parse(spec: &str) -> Result<Spec, Problem> {
    let letters: Vec<char> = spec.chars().collect();
    let mut at = 0;
    let mut found = Spec::default();
    let is_align = |c: Option<&char>| c.is_some_and(|c| matches!(c, '<' | '>' | '=' | '^'));
    if is_align(letters.get(1)) {
        (found.fill, found.align, at) = (Some(letters[0]), Some(letters[1]), 2);
    } else if is_align(letters.first()) {
        (found.align, at) = (Some(letters[0]), 1);
    }
    if let Some(sign @ ('+' | '-' | ' ')) = letters.get(at) {
        (found.sign, at) = (Some(*sign), at + 1);
    }
    if letters.get(at) == Some(&'z') {
        return unknown("the option z of formats");
    }
    if letters.get(at) == Some(&'#') {
        (found.alternate, at) = (true, at + 1);
    }
    if found.fill.is_none() && letters.get(at) == Some(&'0') {
        (found.zero, at) = (true, at + 1);
    }
    let digits = |at: &mut usize| {
        let start = *at;
        while letters.get(*at).is_some_and(char::is_ascii_digit) {
            *at += 1;
        }
        letters[start..*at].iter().collect::<String>()
    };
    let number = |text: &str| match text.parse::<usize>() {
        Ok(n) if n <= LONGEST => Ok(n),
        _ => unknown("the result is too long"),
    };
    let width = digits(&mut at);
    if !width.is_empty() {
        found.width = number(&width)?;
    }
    if let Some(grouping @ (',' | '_')) = letters.get(at) {
        (found.grouping, at) = (Some(*grouping), at + 1);
    }
    if letters.get(at) == Some(&'.') {
        at += 1;
        let precision = digits(&mut at);
        if precision.is_empty() {
            return raised("ValueError: Format specifier missing precision");
        }
        found.precision = Some(number(&precision)?);
    }
    found.kind = letters.get(at).copied();
    if letters.len() > at + 1 {
        return raised("ValueError: Invalid format specifier");
    }
    Ok(found)
}

/// Adds padding around a number, or with `=` between its prefix and its digits.
fn aligned(spec: &Spec, default: char, before: &str, body: &str) -> String {
    let missing = spec.width.saturating_sub(before.chars().count() + body.chars().count());
    let fill = spec.fill.unwrap_or(if spec.zero { '0' } else { ' ' });
    let fills = |n: usize| fill.to_string().repeat(n);
    match spec.align.unwrap_or(if spec.zero && default == '>' { '=' } else { default }) {
        '<' => format!("{before}{body}{}", fills(missing)),
        '^' => format!("{}{before}{body}{}", fills(missing / 2), fills(missing - missing / 2)),
        '=' => format!("{before}{}{body}", fills(missing)),
        _ => format!("{}{before}{body}", fills(missing)),
    }
}

/// Groups digits, with leading zeros up to `least` characters.
fn grouped(digits: &str, separator: char, size: usize, least: usize) -> String {
    let mut rest = digits.len();
    let mut least = least as isize;
    let mut groups: Vec<String> = Vec::new();
    loop {
        let n = size.min((rest as isize).max(least).max(1) as usize);
        let taken = n.min(rest);
        groups.push(format!("{}{}", "0".repeat(n - taken), &digits[rest - taken..rest]));
        rest -= taken;
        least -= n as isize;
        if rest == 0 && least <= 0 {
            break;
        }
        least -= 1;
    }
    groups.reverse();
    groups.join(&separator.to_string())
}

/// Combines sign and prefix, digits, and tail to one text.
fn number(spec: &Spec, negative: bool, prefix: &str, digits: &str, tail: &str, group: usize) -> String {
    let sign = match (negative, spec.sign) {
        (true, _) => "-",
        (false, Some('+')) => "+",
        (false, Some(' ')) => " ",
        _ => "",
    };
    let before = format!("{sign}{prefix}");
    let digits = match spec.grouping {
        Some(separator) if digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            let zeros = spec.zero && matches!(spec.align, None | Some('='))
                || spec.fill == Some('0') && spec.align == Some('=');
            let least = if zeros { spec.width.saturating_sub(before.len() + tail.len()) } else { 0 };
            grouped(digits, separator, group, least)
        }
        _ => digits.to_owned(),
    };
    aligned(spec, '>', &before, &format!("{digits}{tail}"))
}

fn int(spec: &Spec, n: &BigInt) -> Result<String, Problem> {
    let kind = spec.kind.unwrap_or('d');
    if spec.precision.is_some() {
        return raised("ValueError: Precision not allowed in integer format specifier");
    }
    let radix: u32 = match kind {
        'd' => 10,
        'b' => 2,
        'o' => 8,
        'x' | 'X' => 16,
        'c' if spec.sign.is_some() => return raised("ValueError: Sign not allowed with integer format specifier 'c'"),
        'c' if spec.alternate => {
            return raised("ValueError: Alternate form (#) not allowed with integer format specifier 'c'");
        }
        'c' if spec.grouping.is_some() => return raised("ValueError: Cannot specify ',' with 'c'."),
        'c' => {
            let Some(letter) = n.to_u32().and_then(char::from_u32) else { return unknown("this character") };
            return Ok(aligned(spec, '>', "", &letter.to_string()));
        }
        'n' => return unknown("formats of the locale"),
        _ => return raised("ValueError: Unknown format code for object of type 'int'"),
    };
    if radix != 10 && spec.grouping == Some(',') {
        return raised("ValueError: Cannot specify ',' with this type");
    }
    let digits = match radix {
        10 => match ints::decimal(n) {
            Some(digits) => digits.trim_start_matches('-').to_owned(),
            None => return numbers::too_many_digits(),
        },
        _ if n.bits() / u64::from(radix.ilog2()) > LONGEST as u64 => return unknown("the result is too long"),
        _ => n.magnitude().to_str_radix(radix),
    };
    let prefix = match kind {
        'b' if spec.alternate => "0b",
        'o' if spec.alternate => "0o",
        'x' if spec.alternate => "0x",
        'X' if spec.alternate => "0X",
        _ => "",
    };
    let digits = if kind == 'X' { digits.to_uppercase() } else { digits };
    Ok(number(spec, n.sign() == Sign::Minus, prefix, &digits, "", if radix == 10 { 3 } else { 4 }))
}

/// The format `%e` of C: the exponent has a sign and at least two digits.
fn exponential(x: f64, precision: usize) -> String {
    let text = format!("{x:.precision$e}");
    let Some((digits, exponent)) = text.split_once('e') else { return text };
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
    format!("{digits}e{sign}{exponent:0>2}")
}

/// The format `%g` of C: the shorter of both forms, without trailing zeros.
fn general(x: f64, precision: usize, keep_point: bool) -> String {
    let precision = precision.max(1);
    let text = exponential(x, precision - 1);
    let exponent: i32 = text.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    let short = |digits: &str| match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => digits.to_owned(),
    };
    if exponent < -4 || exponent >= precision as i32 - i32::from(keep_point) {
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "+00"));
        return format!("{}e{exponent}", short(digits));
    }
    let decimals = (precision as i32 - 1 - exponent).max(0) as usize;
    let fixed = short(&format!("{x:.decimals$}"));
    if keep_point && !fixed.contains('.') { format!("{fixed}.0") } else { fixed }
}

fn float(spec: &Spec, x: f64, shown: &str) -> Result<String, Problem> {
    if spec.alternate {
        return unknown("the option # of formats of floats");
    }
    let precision = spec.precision.unwrap_or(6);
    if precision > 1000 {
        return unknown("the result is too long");
    }
    let magnitude = x.abs();
    let upper = matches!(spec.kind, Some('E' | 'F' | 'G'));
    let is_known = matches!(spec.kind, None | Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%' | 'n'));
    let text = match spec.kind {
        _ if !is_known => return raised("ValueError: Unknown format code for object of type 'float'"),
        _ if x.is_nan() => "nan".to_owned(),
        _ if x.is_infinite() => "inf".to_owned(),
        Some('e' | 'E') => exponential(magnitude, precision),
        Some('f' | 'F') => format!("{magnitude:.precision$}"),
        Some('%') => format!("{:.precision$}", magnitude * 100.0),
        Some('g' | 'G') => general(magnitude, precision, false),
        None => match spec.precision {
            Some(precision) => general(magnitude, precision, true),
            None => shown.trim_start_matches('-').to_owned(),
        },
        Some(_) => return unknown("formats of the locale"),
    };
    let text = if upper { text.to_uppercase() } else { text };
    let text = if spec.kind == Some('%') { text + "%" } else { text };
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let end = if x.is_finite() { end } else { 0 };
    let negative = x.is_sign_negative() && !x.is_nan();
    if end == 0 {
        return Ok(number(&Spec { grouping: None, ..spec.clone() }, negative, "", &text, "", 3));
    }
    Ok(number(spec, negative, "", &text[..end], &text[end..], 3))
}

fn text(spec: &Spec, text: &str) -> Result<String, Problem> {
    let refused = spec.sign.is_some() || spec.alternate || spec.grouping.is_some() || spec.align == Some('=');
    if refused || spec.kind.is_some_and(|kind| kind != 's') {
        return raised("ValueError: this format is not allowed for a str");
    }
    let kept: String = text.chars().take(spec.precision.unwrap_or(usize::MAX)).collect();
    Ok(aligned(spec, '<', "", &kept))
}

impl Values<'_> {
    /// `format(value, spec)`
    pub(super) fn format(&self, value: &Got, spec: &str) -> Result<String, Problem> {
        let scalar = self.scalar_of(value);
        let value = scalar.as_ref().unwrap_or(value);
        if spec.is_empty() {
            return self.as_text(value);
        }
        let parsed = || parse(spec);
        match value {
            Got::Value(Value::Str(string)) => text(&parsed()?, &whole(string)?),
            Got::Value(Value::Bool(_) | Value::Int(_) | Value::BigInt(..)) => {
                let parsed = parsed()?;
                if matches!(parsed.kind, Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%')) {
                    let x = numbers::float(value).unwrap_or(f64::INFINITY);
                    return if x.is_infinite() {
                        raised("OverflowError: int too large to convert to float")
                    } else {
                        float(&parsed, x, "")
                    };
                }
                int(&parsed, &numbers::big(value).unwrap_or_default())
            }
            Got::Value(Value::Float(bits)) => float(&parsed()?, f64::from_bits(*bits), &self.shown(value)?),
            Got::List(_) | Got::Tuple(_) | Got::Set(_) | Got::Dict(_) | Got::View(..) | Got::Range(..) => {
                raised("TypeError: unsupported format string passed to this object's __format__")
            }
            Got::Value(Value::None | Value::Bytes(_) | Value::Tuple(_) | Value::Ellipsis) => {
                raised("TypeError: unsupported format string passed to this object's __format__")
            }
            _ if self.is_plain(value, 0)? => {
                raised("TypeError: unsupported format string passed to this object's __format__")
            }
            _ => unknown("formatting this may run code of its class"),
        }
    }

    /// `str(value)`
    pub(super) fn as_text(&self, value: &Got) -> Result<String, Problem> {
        match value {
            Got::Value(Value::Str(text)) => whole(text).map(std::borrow::Cow::into_owned),
            value => self.shown(value),
        }
    }

    /// `ascii(value)`
    pub(super) fn as_ascii(&self, value: &Got) -> Result<String, Problem> {
        let escaped = |c: char| match u32::from(c) {
            0..0x80 => c.to_string(),
            n @ 0x80..0x100 => format!("\\x{n:02x}"),
            n @ 0x100..0x1_0000 => format!("\\u{n:04x}"),
            n => format!("\\U{n:08x}"),
        };
        Ok(self.shown(value)?.chars().map(escaped).collect())
    }

    /// A field of a format: converted by `!r`, `!s` or `!a`, then formatted.
    pub(super) fn converted(&self, value: &Got, conversion: &str, spec: &str) -> Result<String, Problem> {
        let text = match conversion {
            "" => return self.format(value, spec),
            "r" => self.shown(value)?,
            "s" => self.as_text(value)?,
            "a" => self.as_ascii(value)?,
            _ => return raised("ValueError: Unknown conversion specifier"),
        };
        self.format(&Got::Value(text_value(&text)), spec)
    }

    /// `pattern % values`
    pub(super) fn percent(&self, pattern: &str, values: &Got) -> Result<String, Problem> {
        // For an object that can be accessed by name, unused values are not an error.
        let may_name = matches!(values, Got::List(_) | Got::Dict(_) | Got::Range(..) | Got::View(..))
            || matches!(values, Got::Value(Value::Bytes(_)))
            || matches!(self.builtin_kind(values), Some(Kind::Dict | Kind::List));
        let given = values;
        let values = match values {
            Got::Tuple(values) => values.clone(),
            Got::Value(Value::Tuple(values)) => values.iter().cloned().map(Got::Value).collect(),
            Got::Value(Value::Object(_)) if self.builtin_kind(values) == Some(Kind::Tuple) => self.items(values)?,
            Got::Value(Value::Object(_)) if !matches!(self.builtin_kind(values), Some(Kind::Dict | Kind::List)) => {
                return unknown("what `%` does with this");
            }
            value => vec![value.clone()],
        };
        let mut values = values.iter();
        let mut out = String::new();
        let mut of_names = None;
        let mut pattern = pattern;
        let mut letters = pattern.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            if letter != '%' {
                out.push(letter);
                continue;
            }
            let mut named = None;
            let is_named = pattern[at + 1..].starts_with('(');
            if !pattern[at + 1..].starts_with('%') && is_named != *of_names.get_or_insert(is_named) {
                return unknown("conversions with and without names");
            }
            if is_named {
                let (value, after) = self.named_for_percent(&pattern[at + 1..], given)?;
                named = Some(value);
                pattern = after;
                letters = pattern.char_indices().peekable();
            }
            let mut spec = Spec::default();
            while let Some((_, flag)) = letters.next_if(|(_, c)| "-+ 0#".contains(*c)) {
                match flag {
                    '-' => spec.align = Some('<'),
                    '0' => spec.zero = true,
                    '#' => spec.alternate = true,
                    '+' => spec.sign = Some('+'),
                    sign => spec.sign = spec.sign.or(Some(sign)),
                }
            }
            let mut digits = String::new();
            while let Some((_, digit)) = letters.next_if(|(_, c)| c.is_ascii_digit()) {
                digits.push(digit);
            }
            spec.width = digits.parse().unwrap_or(0).min(LONGEST);
            if letters.next_if(|(_, c)| *c == '.').is_some() {
                let mut digits = String::new();
                while let Some((_, digit)) = letters.next_if(|(_, c)| c.is_ascii_digit()) {
                    digits.push(digit);
                }
                spec.precision = Some(digits.parse().unwrap_or(0).min(LONGEST));
            }
            let Some((_, kind)) = letters.next() else { return raised("ValueError: incomplete format") };
            if kind == '%' {
                out.push('%');
                continue;
            }
            if !"srdifFeEgGxXo".contains(kind) || spec.alternate {
                return unknown("this conversion");
            }
            let Some(value) = named.as_ref().or_else(|| values.next()) else {
                return raised("TypeError: not enough arguments for format string");
            };
            let text = self.percent_one(kind, spec, value)?;
            self.charge(text.len())?;
            out.push_str(&text);
        }
        if values.next().is_some() && !may_name {
            return raised("TypeError: not all arguments converted during string formatting");
        }
        Ok(out)
    }

    fn percent_one(&self, kind: char, mut spec: Spec, value: &Got) -> Result<String, Problem> {
        let right = spec.align.is_none();
        if matches!(kind, 's' | 'r') {
            let shown = if kind == 's' { self.as_text(value)? } else { self.shown(value)? };
            (spec.zero, spec.sign) = (false, None);
            spec.align = Some(if right { '>' } else { '<' });
            return text(&spec, &shown);
        }
        if !right {
            spec.zero = false;
        }
        if matches!(kind, 'd' | 'i' | 'x' | 'X' | 'o') {
            if spec.precision.is_some() {
                return unknown("this conversion");
            }
            spec.kind = Some(if kind == 'i' { 'd' } else { kind });
            return match (value, numbers::big(value)) {
                (_, Some(n)) => int(&spec, &n),
                (Got::Value(Value::Float(_)), None) if matches!(kind, 'd' | 'i') => {
                    let whole = numbers::to_int(value)?;
                    int(&spec, &numbers::big(&whole).unwrap_or_default())
                }
                (Got::Value(Value::Object(_)), None) => unknown("what `%` does with this"),
                _ => raised("TypeError: a number is required"),
            };
        }
        spec.kind = Some(kind);
        match (numbers::float(value), value) {
            (Some(x), _) if x.is_infinite() && !matches!(value, Got::Value(Value::Float(_))) => {
                raised("OverflowError: int too large to convert to float")
            }
            (Some(x), _) => float(&spec, x, ""),
            (None, Got::Value(Value::Object(_))) => unknown("what `%` does with this"),
            _ => raised("TypeError: must be real number"),
        }
    }

    /// The value that a conversion of `%` selects by name, and the text after the name.
    pub(super) fn named_for_percent<'p>(&self, rest: &'p str, values: &Got) -> Result<(Got, &'p str), Problem> {
        let mut depth = 0usize;
        let end = rest.char_indices().find(|(_, c)| match c {
            '(' => {
                depth += 1;
                false
            }
            ')' => {
                depth -= 1;
                depth == 0
            }
            _ => false,
        });
        let Some((end, _)) = end else { return raised("ValueError: incomplete format key") };
        if self.pairs(values).is_none() {
            return if self.has_own_code(values) {
                unknown("what `%` does with this")
            } else {
                raised("TypeError: format requires a mapping")
            };
        }
        Ok((self.item(values, &Got::Value(text_value(&rest[1..end])))?, &rest[end + 1..]))
    }
}
