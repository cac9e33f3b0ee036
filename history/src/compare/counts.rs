//! Compares the tables of two recordings: outcome of the run, files, calls, lines, output.

use rustc_hash::FxHashMap;

use super::found::{Calls, File, Lines, Output, code};
use super::pairs::{Lines as Mapped, Pairs};
use connie_recording::error::Error;
use connie_recording::reader::Recording;

/// The maximum number of pieces of output that are compared.
const PRINTED: usize = 1_000_000;

/// How a run ended.
pub fn result(recording: &Recording) -> Result<String, Error> {
    let raised = match recording.info.exception {
        Some(step) => recording.exception_at(step)?,
        None => None,
    };
    Ok(raised.map_or_else(|| recording.info.outcome(), |raised| raised.to_string()))
}

/// Files that differ.
pub fn files(left: &Recording, right: &Recording, pairs: &Pairs) -> Vec<File> {
    let mut found = Vec::new();
    let mut alone = vec![true; left.sources.len()];
    for (source, pair) in pairs.sources.iter().enumerate() {
        let path = || right.short(source as u32).to_owned();
        match pair {
            None => found.push(File { path: path(), ran: [false, true] }),
            Some((one, lines)) => {
                if let Some(alone) = alone.get_mut(*one as usize) {
                    *alone = false;
                }
                if *lines != Mapped::Same {
                    found.push(File { path: path(), ran: [true; 2] });
                }
            }
        }
    }
    let alone = alone.iter().enumerate().filter(|(_, alone)| **alone);
    found.extend(alone.map(|(source, _)| File { path: left.short(source as u32).to_owned(), ran: [true, false] }));
    found
}

/// Functions with different numbers of calls.
pub fn calls(left: &Recording, right: &Recording, pairs: &Pairs) -> Result<Vec<Calls>, Error> {
    let mut found = Vec::new();
    let mut alone = vec![true; left.functions.len()];
    for (code, function) in right.functions.iter().enumerate() {
        let (calls, ..) = right.times(code as u32)?;
        let mut one = Calls {
            function: function.name.clone(),
            file: right.short(function.source).to_owned(),
            line: [None, Some(function.line)],
            calls: [0, calls],
        };
        if let Some(other) = pairs.functions.get(code).copied().flatten() {
            alone[other as usize] = false;
            one.calls[0] = left.times(other)?.0;
            one.line[0] = left.function(other).map(|function| function.line);
        }
        found.push(one);
    }
    for (code, function) in left.functions.iter().enumerate().filter(|(code, _)| alone[*code]) {
        let (calls, ..) = left.times(code as u32)?;
        found.push(Calls {
            function: function.name.clone(),
            file: left.short(function.source).to_owned(),
            line: [Some(function.line), None],
            calls: [calls, 0],
        });
    }
    found.retain(|one| one.calls[0] != one.calls[1]);
    found.sort_by_key(|one| std::cmp::Reverse(one.calls[0].abs_diff(one.calls[1])));
    Ok(found)
}

/// Lines that ran in only one of the runs, in files that both have.
pub fn lines(left: &Recording, right: &Recording, pairs: &Pairs) -> Result<Vec<Lines>, Error> {
    let mut found = Vec::new();
    for (source, pair) in pairs.sources.iter().enumerate() {
        let Some((left_source, mapped)) = pair else { continue };
        let mut ran: FxHashMap<u32, u64> = left.line_hits(*left_source)?.into_iter().collect();
        let file = right.short(source as u32);
        let mut note = |source, ran_in, line, hits| {
            let code = code(if ran_in == 0 { left } else { right }, source, line);
            found.push(Lines { file: file.to_owned(), source, ran_in, line, code, hits });
        };
        for (line, hits) in right.line_hits(source as u32)?.into_iter().filter(|(_, hits)| *hits > 0) {
            if mapped.left(line).and_then(|line| ran.remove(&line)).is_none_or(|hits| hits == 0) {
                note(source as u32, 1, line, hits);
            }
        }
        for (line, hits) in ran.into_iter().filter(|(_, hits)| *hits > 0) {
            note(*left_source, 0, line, hits);
        }
    }
    found.sort_by(|a, b| (&a.file, a.ran_in, a.line).cmp(&(&b.file, b.ran_in, b.line)));
    Ok(found)
}

/// The first differing line of each stream.
pub fn output(left: &Recording, right: &Recording) -> Result<Vec<Output>, Error> {
    let written = [left.output_after(0, PRINTED)?, right.output_after(0, PRINTED)?];
    let mut found = Vec::new();
    for (number, stream) in [(1, "stdout"), (2, "stderr")] {
        let [one, other] = written.each_ref().map(|pieces| {
            let mut lines: Vec<(String, u64)> = Vec::new();
            let mut open = false;
            for piece in pieces.iter().filter(|piece| piece.stream == number) {
                for part in piece.text.split_inclusive('\n') {
                    match lines.last_mut().filter(|_| open) {
                        Some(line) => line.0.push_str(part),
                        None => lines.push((part.to_owned(), piece.step)),
                    }
                    open = !part.ends_with('\n');
                }
            }
            lines
        });
        let at = |lines: &[(String, u64)], n: usize| lines.get(n).map(|(text, _)| text.clone());
        let most = one.len().max(other.len());
        if let Some(n) = (0..most).find(|n| at(&one, *n) != at(&other, *n)) {
            let step = |lines: &[(String, u64)]| lines.get(n).map(|(_, step)| *step);
            let texts = [at(&one, n), at(&other, n)].map(|text| text.map(|text| text.trim_end().to_owned()));
            found.push(Output { stream, line: n + 1, texts, steps: [step(&one), step(&other)] });
        }
    }
    Ok(found)
}
