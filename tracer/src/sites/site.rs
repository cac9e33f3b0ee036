//! What is known of a call.

/// What was found out about a call, and the key for which this is valid.
#[derive(Clone, Copy, Debug, Default)]
pub struct Site {
    pub(super) key: (usize, u64),
    pub(super) known: bool,
    /// Whether it goes to code that is not recorded Python, which may run the arguments.
    pub(super) runs: bool,
    /// The exact type of the result if it is certain; else null (0).
    pub(super) result: usize,
    /// Whether it has returned an object that runs unknown code when iterated over.
    pub(super) foreign: bool,
    /// What is known of its result, if the code uses it.
    pub(super) makes: Makes,
    /// Which of its arguments it calls, if it goes to C code.
    pub(super) calls: Calls,
}

/// What is known of the result of a known call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Makes {
    /// Not found out yet.
    #[default]
    Unasked,
    /// Nothing is known.
    Anything,
    /// It comes from a recorded function, which reports its return.
    Told,
    /// It is an instance of this class.
    Instance(usize),
}

/// Which argument without a keyword a C function or type calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Calls {
    #[default]
    None,
    First,
    Second,
}

/// Whether a call is known, and the type of its result.
pub(super) type Verdict = (bool, usize);
/// Used in place of a type: a generator or coroutine of recorded code.
pub(super) const RECORDED_GENERATOR: usize = 1;
pub(super) const NO: Verdict = (false, 0);
pub(super) const YES: Verdict = (true, 0);
