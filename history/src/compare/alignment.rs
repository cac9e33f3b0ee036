//! Which steps of two runs correspond: the pairs that a comparison found, in order, for each pair of threads.

use connie_recording::player::Step;

use super::watcher::Watcher;

/// A stretch of the steps of two threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Steps that correspond: `first`, and the steps after it, one by one.
    Paired {
        /// The first pair.
        first: [u64; 2],
        /// The number of pairs.
        length: u64,
    },
    /// Steps between two pairs that do not correspond.
    Apart {
        /// The next step of each run; `None` if its thread ended.
        next: [Option<u64>; 2],
        /// The pair at which the runs meet again, if they do.
        met: Option<[u64; 2]>,
        /// The smaller depth of the stack at the next steps; 0 if a thread ended.
        depth: usize,
    },
}

impl Part {
    /// The last pair of corresponding steps.
    fn last_pair(&self) -> Option<[u64; 2]> {
        match self {
            Self::Paired { first, length } => Some(first.map(|step| step + length - 1)),
            Self::Apart { .. } => None,
        }
    }
}

/// The steps of two threads.
#[derive(Debug, PartialEq, Eq)]
pub struct Track {
    /// The numbers of the threads.
    pub threads: [u32; 2],
    /// Their steps, in order.
    pub parts: Vec<Part>,
}

/// A place in an alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The track, by index.
    pub track: usize,
    /// The part, by index.
    pub part: usize,
}

/// The corresponding steps of two runs.
#[derive(Debug, Default)]
pub struct Alignment {
    /// The threads.
    pub tracks: Vec<Track>,
}

impl Alignment {
    /// Starts with the threads that both runs have.
    pub fn new(threads: &[[u32; 2]]) -> Self {
        let tracks = threads.iter().map(|threads| Track { threads: *threads, parts: Vec::new() });
        Self { tracks: tracks.collect() }
    }

    /// The place of two steps of a pair of threads; `None` if one of them is elsewhere.
    pub fn find(&self, thread: u32, steps: [u64; 2]) -> Option<Found> {
        let mut tracks = self.tracks.iter().enumerate().filter(|(_, track)| track.threads[0] == thread);
        let (track, parts) = tracks.next().map(|(n, track)| (n, &track.parts))?;
        let is_pair = |part: &Part| match part {
            Part::Paired { first, length } => {
                let [left, right] = [0, 1].map(|n| steps[n].checked_sub(first[n]));
                left.is_some() && left == right && left.is_some_and(|left| left < *length)
            }
            Part::Apart { .. } => false,
        };
        let is_between = |(at, part): &(usize, &Part)| {
            let Part::Apart { met, .. } = part else { return false };
            let before = at.checked_sub(1).and_then(|before| parts[before].last_pair()).unwrap_or_default();
            (0..2).all(|n| before[n] <= steps[n] && met.is_none_or(|met| steps[n] <= met[n]))
        };
        let part = parts.iter().position(is_pair);
        let part = part.or_else(|| parts.iter().enumerate().find(is_between).map(|(at, _)| at))?;
        Some(Found { track, part })
    }

    /// The last pair before a part.
    pub fn pair_before(&self, place: Found) -> Option<[u64; 2]> {
        self.tracks[place.track].parts[..place.part].iter().rev().find_map(Part::last_pair)
    }

    /// The part at a place.
    pub fn part(&self, place: Found) -> Option<&Part> {
        self.tracks.get(place.track)?.parts.get(place.part)
    }

    /// The number of the steps at the beginning of both runs that correspond one by one.
    fn same_so_far(&self) -> u64 {
        match self.tracks.first().and_then(|track| track.parts.first()) {
            Some(Part::Paired { first: [1, 1], length }) => *length,
            _ => 0,
        }
    }

    /// Adds pairs to the end of a track.
    fn pair(&mut self, track: usize, steps: [u64; 2], count: u64) {
        let parts = &mut self.tracks[track].parts;
        if let Some(Part::Paired { first, length }) = parts.last_mut()
            && first.map(|step| step + *length) == steps
        {
            *length += count;
        } else {
            parts.push(Part::Paired { first: steps, length: count });
        }
    }

    /// The first `steps` of all threads are the same.
    pub fn add_same(&mut self, steps: u64) {
        let more = steps.saturating_sub(self.same_so_far());
        for track in 0..self.tracks.len() {
            if more > 0 {
                self.pair(track, [steps - more + 1; 2], more);
            }
        }
    }
}

impl Watcher for Alignment {
    fn same(&mut self, steps: u64) {
        self.add_same(steps);
    }

    fn paired(&mut self, left: &Step, right: &Step) {
        if let Some(track) = self.tracks.iter().position(|track| track.threads[0] == left.thread) {
            self.pair(track, [left.number, right.number], 1);
        }
    }

    fn parted(&mut self, next: &[Option<Step>; 2], met: Option<[u64; 2]>) {
        let is_of =
            |track: &Track| (0..2).any(|n| next[n].as_ref().is_some_and(|step| step.thread == track.threads[n]));
        let depth = next.iter().map(|step| step.as_ref().map_or(0, |step| step.depth)).min().unwrap_or(0);
        let next = next.each_ref().map(|step| step.as_ref().map(|step| step.number));
        if let Some(track) = self.tracks.iter_mut().find(|track| is_of(track)) {
            track.parts.push(Part::Apart { next, met, depth });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aligned() -> Alignment {
        let mut alignment = Alignment::new(&[[1, 5], [2, 6]]);
        alignment.add_same(10);
        alignment.pair(0, [11, 11], 2);
        let apart = Part::Apart { next: [Some(13), Some(13)], met: Some([20, 15]), depth: 1 };
        alignment.tracks[0].parts.push(apart);
        alignment.pair(0, [20, 15], 1);
        alignment.pair(0, [21, 16], 1);
        alignment.tracks[0].parts.push(Part::Apart { next: [Some(23), None], met: None, depth: 0 });
        alignment
    }

    #[test]
    fn pairs_in_a_row_are_one_part() {
        let alignment = aligned();
        assert_eq!(alignment.tracks[0].parts[0], Part::Paired { first: [1, 1], length: 12 });
        assert_eq!(alignment.tracks[0].parts[2], Part::Paired { first: [20, 15], length: 2 });
        assert_eq!(alignment.tracks[1].parts, [Part::Paired { first: [1, 1], length: 10 }]);
        let mut longer = aligned();
        longer.add_same(10);
        assert_eq!(longer.tracks[0].parts, alignment.tracks[0].parts);
    }

    #[test]
    fn places_are_found_in_pairs_and_between_them() {
        let alignment = aligned();
        let part = |thread, steps| alignment.find(thread, steps).map(|found| found.part);
        assert_eq!(part(1, [1, 1]), Some(0));
        assert_eq!(part(1, [12, 12]), Some(0));
        assert_eq!(part(1, [13, 13]), Some(1));
        assert_eq!((part(1, [20, 14]), part(1, [12, 14])), (Some(1), Some(1)), "one of them waits");
        assert_eq!(part(1, [20, 15]), Some(2));
        assert_eq!(part(1, [24, 16]), Some(3), "the other one has ended");
        assert_eq!((part(1, [5, 6]), part(1, [13, 17]), part(3, [1, 1]), part(2, [11, 11])), (None, None, None, None));
        assert_eq!(alignment.pair_before(Found { track: 0, part: 1 }), Some([12, 12]));
        assert_eq!(alignment.pair_before(Found { track: 0, part: 0 }), None);
    }
}
