//! `cargo xtask test slow`: the usual tests with more cases than there is time for before every merge.

use crate::shell::{self, Result, cargo, root, shell};
use crate::{bugs, dist, lab, memcheck, pythons, test};

/// Tests of the crate `connie-tests`: a part of their names, and the environment variables that ask for
/// more cases.
struct Slow {
    name: &'static str,
    environment: &'static [(&'static str, &'static str)],
}

/// Each takes half a minute to half an hour on two cores.
const TESTS: &[Slow] = &[
    Slow {
        name: "lines_of_random_programs_are_those_that_ran",
        environment: &[("CONNIE_TEST_SEED", "1000"), ("CONNIE_TEST_SEEDS", "300")],
    },
    Slow { name: "recorded_as_they_were", environment: &[("CONNIE_TEST_ALL", "1")] },
    Slow { name: "said_to_be_in_doubt", environment: &[("CONNIE_TEST_ALL", "1")] },
    Slow { name: "what_libraries_do_behind_a_line", environment: &[("CONNIE_TEST_ALL", "1")] },
    Slow { name: "tail::the_end_is", environment: &[("CONNIE_TEST_ALL", "1")] },
    Slow { name: "identity::programs_with_circles", environment: &[("CONNIE_TEST_ALL", "1")] },
    Slow { name: "trails_of_generated_programs", environment: &[("CONNIE_TEST_ALL", "1"), ("CONNIE_TEST_SEEDS", "5")] },
];

/// Runs all of them.
pub fn run() -> Result<()> {
    let all = pythons::all()?;
    shell::build()?;
    let shell = shell(root())?;
    for slow in TESTS {
        let tests = cargo(&shell, &["test", "--locked", "-p", "connie-tests", "--test", "system", slow.name]);
        test::prepare(&all, tests)?.envs(slow.environment.iter().copied()).run()?;
    }
    lab::test(all.usual.as_ref().ok_or("no Python 3.10 to 3.15 was found")?)?;
    dist::test()?;
    bugs::run(&bugs::Arguments::default())?;
    memcheck::run(&memcheck::Arguments::default())
}
