//! Gives a stream of ops, as a ring holds them, to the recorder: `replay OPS RECORDING`. What it takes can be counted
//! under callgrind, without the program.

use std::path::Path;

use connie_recording::recorder::{Outcome, Recorder, Run};
use connie_wire::secrets::BUILT_IN;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(ops), Some(out)) = (arguments.next(), arguments.next()) else {
        return Err("replay OPS RECORDING".into());
    };
    let text = |text: &str| text.to_owned();
    let run = Run {
        id: text("replay"),
        name: text("replay"),
        argv: vec![],
        cwd: text("/"),
        root: text("/"),
        settings: text("{}"),
        redact: vec![text(BUILT_IN)],
        command: None,
    };
    let bytes = std::fs::read(ops)?;
    let mut recorder = Recorder::create(Path::new(&out), &run)?;
    recorder.set_python(1, 14, 0)?;
    let mut left = bytes.as_slice();
    while !left.is_empty() {
        left = &left[recorder.feed(0, left, i64::MAX)?..];
    }
    let summary = recorder.finish(&Outcome { exit_code: Some(0), ..Outcome::default() })?;
    println!("{} steps, {} bytes of ops", summary.steps, bytes.len());
    Ok(())
}
