//! Counts how often statements ran if line events alone do not tell: other code has events on their lines, or they span
//! several lines.

use rustc_hash::FxHashMap;

use super::Ground;
use crate::timeline::At;
use connie_source::outline::Outline;

impl Ground<'_> {
    /// Maps each code of the source to its function in the outline. Lambdas, comprehensions and annotations have no
    /// function.
    fn functions(&self, outline: &Outline) -> FxHashMap<u32, Option<usize>> {
        let function = |f: &connie_recording::reader::Function| {
            if f.name == "<module>" {
                return Some(None);
            }
            let name = f.name.rsplit('.').next().unwrap_or(&f.name);
            outline.functions.iter().position(|known| known.line == f.line && known.name == name).map(Some)
        };
        let mine = (0u32..).zip(&self.history.recording.functions).filter(|(_, f)| f.source == self.source);
        mine.filter_map(|(code, f)| Some((code, function(f)?))).collect()
    }

    /// How often the statements of [`Counting::regions`](connie_source::outline::Counting::regions) ran, by first line; `None`
    /// where more than `most` steps would have to be looked through.
    #[must_use]
    pub fn entered(&self, outline: &Outline, most: u64) -> Option<FxHashMap<u32, u64>> {
        let regions = &outline.counting.regions;
        let mut found = FxHashMap::default();
        if regions.is_empty() {
            return Some(found);
        }
        // A chunk without a line of the source moves none of its frames.
        let chunks = 0..self.history.recording.chunks.len();
        let chunks: Vec<usize> =
            chunks.filter(|n| self.has_lines(&self.history.recording.chunks[*n], (1, u32::MAX))).collect();
        if chunks.iter().map(|n| self.history.recording.chunks[*n].steps).sum::<u64>() > most {
            return None;
        }
        let functions = self.functions(outline);
        let mut starts = FxHashMap::default();
        for (first, region) in regions {
            starts.extend((*first..=region.last).map(|line| ((region.function, line), *first)));
        }
        // The last line of each frame.
        let mut last: FxHashMap<u64, u32> = FxHashMap::default();
        for index in chunks {
            let Ok(positions) = self.history.timeline.chunk(self.history.recording, index) else { continue };
            for p in positions.iter() {
                match p.at {
                    At::Line => {}
                    At::Return => {
                        last.remove(&p.frame);
                        continue;
                    }
                    _ => continue,
                }
                let Some(function) = functions.get(&p.code) else { continue };
                let before = last.insert(p.frame, p.line);
                let Some(first) = starts.get(&(*function, p.line)) else { continue };
                let within = *first..=regions[first].inside;
                if !before.is_some_and(|line| within.contains(&line)) {
                    *found.entry(*first).or_insert(0) += 1;
                }
            }
        }
        Some(found)
    }
}
