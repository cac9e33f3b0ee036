//! The format of `cProfile`, which `pstats`, snakeviz and gprof2dot read: a dict in the format of `marshal`, version 2.

use std::io::Write;

use connie_history::call_tree::{CallTree, Sums, Totals};
use connie_recording::Recording;

use super::labels::Labels;
use crate::failure::Failure;

/// Writes the calls and times of all functions, in seconds.
///
/// # Errors
/// If the recording cannot be read, or `out` cannot be written.
pub fn write(recording: &Recording, out: &mut impl Write) -> Result<(), Failure> {
    let labels = Labels::of(recording)?;
    out.write_all(&marshalled(&labels, &CallTree::of(recording).sums()))?;
    Ok(out.flush()?)
}

/// `{(file, line, name): (outermost calls, calls, own time, total time, callers)}`; `callers` has the same form.
fn marshalled(labels: &Labels, sums: &Sums) -> Vec<u8> {
    let mut out = vec![b'{'];
    let mut functions: Vec<(&u32, &Totals)> = sums.functions.iter().collect();
    functions.sort_unstable_by_key(|(code, _)| **code);
    let mut pairs: Vec<(u32, u32, &Totals)> =
        sums.pairs.iter().map(|((caller, callee), totals)| (*callee, *caller, totals)).collect();
    pairs.sort_unstable_by_key(|(callee, caller, _)| (*callee, *caller));
    for (code, totals) in functions {
        key(&mut out, labels, *code);
        tuple(&mut out, 5);
        numbers(&mut out, totals);
        out.push(b'{');
        let first = pairs.partition_point(|(callee, ..)| callee < code);
        for (_, caller, totals) in pairs[first..].iter().take_while(|(callee, ..)| callee == code) {
            key(&mut out, labels, *caller);
            tuple(&mut out, 4);
            numbers(&mut out, totals);
        }
        out.push(b'0');
    }
    out.push(b'0');
    out
}

fn tuple(out: &mut Vec<u8>, items: u32) {
    out.push(b'(');
    out.extend(items.to_le_bytes());
}

fn key(out: &mut Vec<u8>, labels: &Labels, code: u32) {
    let (file, line) = labels.file(code);
    tuple(out, 3);
    text(out, file);
    count(out, u64::from(line));
    text(out, labels.plain_name(code));
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.push(b'u');
    out.extend(u32::try_from(text.len()).unwrap_or(0).to_le_bytes());
    out.extend(text.as_bytes());
}

/// An int: 32 bits, or digits of 15 bits.
fn count(out: &mut Vec<u8>, number: u64) {
    if let Ok(small) = i32::try_from(number) {
        out.push(b'i');
        return out.extend(small.to_le_bytes());
    }
    let digits: Vec<u16> = std::iter::successors(Some(number), |rest| Some(rest >> 15).filter(|rest| *rest > 0))
        .map(|rest| (rest & 0x7fff) as u16)
        .collect();
    out.push(b'l');
    out.extend((digits.len() as u32).to_le_bytes());
    digits.iter().for_each(|digit| out.extend(digit.to_le_bytes()));
}

fn numbers(out: &mut Vec<u8>, totals: &Totals) {
    count(out, totals.outermost);
    count(out, totals.calls);
    for nanoseconds in [totals.own, totals.total] {
        out.push(b'g');
        out.extend((nanoseconds as f64 / 1e9).to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn ints_of_any_size() {
        let bytes = |number| {
            let mut out = Vec::new();
            count(&mut out, number);
            out
        };
        // As `marshal.dumps(number, 2)` writes them.
        assert_eq!(bytes(7), b"i\x07\0\0\0");
        assert_eq!(bytes(1 << 31), b"l\x03\0\0\0\0\0\0\0\x02\0");
        assert_eq!(bytes((1 << 45) + 1), b"l\x04\0\0\0\x01\0\0\0\0\0\x01\0");
    }
}
