//! What is kept of a call.

/// What was found out about one call, and for what it holds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Site {
    pub(super) key: (usize, u64),
    pub(super) known: bool,
    /// It goes to code that is not recorded Python: what it is given may be run.
    pub(super) runs: bool,
    /// The exact type of the result, where that is certain; else null (0).
    pub(super) result: usize,
    /// It has returned something that runs unknown code where it is iterated over.
    pub(super) foreign: bool,
    /// What can be told of its result, where the code uses that.
    pub(super) makes: Makes,
}

/// What can be told of the result of a known call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Makes {
    /// Nobody has asked yet.
    #[default]
    Unasked,
    /// Nothing.
    Anything,
    /// It comes from a recorded function, which tells when it returns.
    Told,
    /// It is an instance of this class.
    Instance(usize),
}

/// Whether a call is known, and the type of its result.
pub(super) type Verdict = (bool, usize);
/// In the place of a type: a generator or coroutine of recorded code.
pub(super) const RECORDED_GENERATOR: usize = 1;
pub(super) const NO: Verdict = (false, 0);
pub(super) const YES: Verdict = (true, 0);
