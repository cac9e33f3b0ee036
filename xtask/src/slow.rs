//! `cargo xtask test slow`: the same tests as ever, with more cases than a run before every merge has time for.

use crate::pythons;
use crate::shell::{self, Result, cargo, root};

/// A test of the crate `connie-tests`: the file it is in, its name, and how the environment asks for more of it.
struct Slow {
    file: &'static str,
    name: &'static str,
    environment: &'static [(&'static str, &'static str)],
}

/// Half a minute to half an hour each, on two cores.
const TESTS: &[Slow] = &[
    Slow {
        file: "oracle",
        name: "lines_of_random_programs_are_those_that_ran",
        environment: &[("CONNIE_TEST_SEED", "1000"), ("CONNIE_TEST_SEEDS", "300")],
    },
    Slow {
        file: "oracle",
        name: "what_libraries_do_behind_a_line_is_recorded",
        environment: &[("CONNIE_TEST_WHOLE", "1")],
    },
];

/// Passes them all.
pub fn run() -> Result<()> {
    let all = pythons::all()?;
    shell::run(&mut cargo(&["build", "--release", "--locked"]))?;
    for test in TESTS {
        let arguments = ["test", "--locked", "-p", "connie-tests", "--test", test.file, test.name];
        let mut command = cargo(&arguments);
        all.tell(&mut command);
        command.env("CONNIE_BIN", root().join("target/release/connie"));
        command.envs(test.environment.iter().copied());
        shell::run(&mut command)?;
    }
    Ok(())
}
