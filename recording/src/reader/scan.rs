//! Decodes many chunks with all processors, for searches that have to read them all.

use super::Recording;
use crate::chunk::Chunk;
use crate::computing::timed;
use crate::parallel;

impl Recording {
    /// Decodes chunks (by index) in other threads, and applies `work` to each there. `each` gets the results in the
    /// order of the indexes, `None` for a damaged chunk, and returns whether to continue.
    pub fn scan<T: Send>(
        &self,
        indexes: impl IntoIterator<Item = usize>,
        work: impl Fn(Chunk) -> T + Sync,
        mut each: impl FnMut(usize, Option<T>) -> bool,
    ) {
        let jobs = indexes.into_iter().map(|index| (index, self.packed(index).ok()));
        let decode = |(): &mut (), (index, packed): (usize, Option<super::Packed>)| {
            (index, timed(|| packed.and_then(|packed| packed.unpack().ok()).map(&work)))
        };
        let threads = u32::try_from(parallel::threads()).unwrap_or(1);
        let jobs = jobs.inspect(|_| self.decoded.update(|count| count + 1));
        parallel::in_order(
            jobs,
            || (),
            decode,
            |(index, (result, computed))| {
                // They compute at the same time.
                self.elsewhere.update(|all| all + computed / threads);
                each(index, result)
            },
        );
    }
}
