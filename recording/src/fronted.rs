//! A hash table with a fast front of recently used entries: recent entries are found without the hash map, and
//! short-lived ones never get into it.

use std::hash::Hash;

use rustc_hash::FxHashMap;

/// The number of entries in the front.
const FRONT: usize = 256;

/// The index that stands for no value.
const NONE: u32 = u32::MAX;

/// The key of a [`Fronted`] table.
pub(crate) trait Key: Copy + Eq + Hash + Default {
    /// Distributes keys over the front.
    fn spread(self) -> usize;
}

impl Key for u64 {
    #[inline(always)]
    fn spread(self) -> usize {
        self as usize
    }
}

/// A number, and an index within the thing it identifies.
impl Key for (u64, u32) {
    #[inline(always)]
    fn spread(self) -> usize {
        (self.0 as usize).wrapping_mul(5).wrapping_add(self.1 as usize)
    }
}

#[derive(Clone, Copy)]
struct Near<K> {
    key: K,
    at: u32,
    /// Whether the map contains it too.
    is_listed: bool,
}

/// A table of values by key.
pub(crate) struct Fronted<K, V> {
    front: Box<[Near<K>]>,
    /// The indexes of values, except those that were never evicted from the front.
    map: FxHashMap<K, u32>,
    values: Vec<V>,
    /// Unused indexes.
    free: Vec<u32>,
}

impl<K: Key, V: Default> Default for Fronted<K, V> {
    fn default() -> Self {
        let nothing = Near { key: K::default(), at: NONE, is_listed: false };
        let front = vec![nothing; FRONT].into_boxed_slice();
        Self { front, map: FxHashMap::default(), values: Vec::new(), free: Vec::new() }
    }
}

impl<K: Key, V: Default> Fronted<K, V> {
    /// The number of values.
    pub(crate) fn len(&self) -> usize {
        self.values.len() - self.free.len()
    }

    /// The number of unused indexes.
    #[inline(always)]
    pub(crate) fn free(&self) -> usize {
        self.free.len()
    }

    /// The index of a value.
    #[inline(always)]
    pub(crate) fn find(&mut self, key: K) -> Option<u32> {
        let near = self.front[key.spread() % FRONT];
        if near.at != NONE && near.key == key {
            return Some(near.at);
        }
        self.find_far(key)
    }

    #[inline(never)]
    fn find_far(&mut self, key: K) -> Option<u32> {
        let at = *self.map.get(&key)?;
        self.bring(Near { key, at, is_listed: true });
        Some(at)
    }

    /// Moves an entry to the front.
    #[inline]
    fn bring(&mut self, near: Near<K>) {
        let before = std::mem::replace(&mut self.front[near.key.spread() % FRONT], near);
        if before.at != NONE && !before.is_listed {
            self.map.insert(before.key, before.at);
        }
    }

    /// The value at an index that [`Self::find`] or [`Self::add`] returned.
    #[inline(always)]
    pub(crate) fn at(&mut self, at: u32) -> &mut V {
        &mut self.values[at as usize]
    }

    /// A value, for read-only access that leaves the front unchanged.
    pub(crate) fn get(&self, key: K) -> Option<&V> {
        let near = self.front[key.spread() % FRONT];
        let at = if near.at != NONE && near.key == key { near.at } else { *self.map.get(&key)? };
        self.values.get(at as usize)
    }

    /// The index for a key. The value there is that of the key if it has one, otherwise any old value.
    #[inline]
    pub(crate) fn add(&mut self, key: K) -> u32 {
        if let Some(at) = self.find(key) {
            return at;
        }
        self.add_new(key)
    }

    /// The same for a key without a value.
    #[inline]
    fn add_new(&mut self, key: K) -> u32 {
        let at = self.free.pop().unwrap_or_else(|| {
            self.values.push(V::default());
            self.values.len() as u32 - 1
        });
        self.bring(Near { key, at, is_listed: false });
        at
    }

    /// The value of a key; inserts a new one if there is none.
    #[inline(always)]
    pub(crate) fn or_insert(&mut self, key: K, value: V) -> &mut V {
        let at = match self.find(key) {
            Some(at) => at,
            None => {
                let at = self.add_new(key);
                self.values[at as usize] = value;
                at
            }
        };
        &mut self.values[at as usize]
    }

    /// Removes a key. Its value stays in place until its index is reused.
    #[inline]
    pub(crate) fn remove(&mut self, key: K) -> Option<&mut V> {
        let near = &mut self.front[key.spread() % FRONT];
        let at = if near.at != NONE && near.key == key {
            let at = std::mem::replace(&mut near.at, NONE);
            if near.is_listed {
                self.map.remove(&key);
            }
            at
        } else {
            self.map.remove(&key)?
        };
        self.free.push(at);
        self.values.get_mut(at as usize)
    }

    /// All keys with the indexes of their values.
    pub(crate) fn all(&self) -> Vec<(K, u32)> {
        let near = self.front.iter().filter(|near| near.at != NONE && !near.is_listed).map(|near| (near.key, near.at));
        self.map.iter().map(|(key, at)| (*key, *at)).chain(near).collect()
    }

    /// Removes everything.
    pub(crate) fn clear(&mut self) {
        self.front.iter_mut().for_each(|near| near.at = NONE);
        self.map.clear();
        self.values.clear();
        self.free.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Keys that collide in the front, and others.
        #[test]
        fn holds_what_a_map_holds(words in prop::collection::vec((0u8..4, 0u64..3, 0u64..3, any::<i64>()), 0..200)) {
            let mut own: Fronted<u64, i64> = Fronted::default();
            let mut known: FxHashMap<u64, i64> = FxHashMap::default();
            for (word, low, high, value) in words {
                let key = low + high * FRONT as u64;
                match word {
                    0 => {
                        let at = own.add(key);
                        *own.at(at) = value;
                        known.insert(key, value);
                    }
                    1 => prop_assert_eq!(own.remove(key).copied(), known.remove(&key)),
                    2 => prop_assert_eq!(*own.or_insert(key, value), *known.entry(key).or_insert(value)),
                    _ => {
                        prop_assert_eq!(own.get(key), known.get(&key));
                        let found = own.find(key).map(|at| *own.at(at));
                        prop_assert_eq!(found, known.get(&key).copied());
                    }
                }
                prop_assert_eq!(own.len(), known.len());
            }
            let mut all: Vec<_> = own.all().into_iter().map(|(key, at)| (key, *own.at(at))).collect();
            let mut expected: Vec<_> = known.into_iter().collect();
            all.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(all, expected);
            own.clear();
            prop_assert_eq!((own.len(), own.all().len(), own.get(0)), (0, 0, None));
        }
    }
}
