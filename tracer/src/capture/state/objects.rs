//! The entries of all known objects, by address.

use std::ops::Deref;

use rustc_hash::FxHashMap;

use super::Tracked;

/// The number of objects that are found without a look-up in the table.
const NEAR: usize = 1024;

type Table = FxHashMap<usize, Box<Tracked>>;

/// The entries of all known objects, by address. A small table in front of the large one finds those that were needed
/// last.
pub struct Objects {
    table: Table,
    /// The address and the entry that was found last for each place; (0, null) for none.
    near: Box<[(usize, *mut Tracked); NEAR]>,
}

impl Default for Objects {
    fn default() -> Self {
        Self { table: Table::default(), near: Box::new([(0, std::ptr::null_mut()); NEAR]) }
    }
}

impl Objects {
    #[inline(always)]
    fn place(address: usize) -> usize {
        (address >> 4 ^ address >> 14) % NEAR
    }

    /// The entry at an address. It stays where it is until it is removed.
    #[inline(always)]
    pub fn find(&mut self, address: usize) -> Option<*mut Tracked> {
        let near = self.near[Self::place(address)];
        if near.0 == address && address != 0 { Some(near.1) } else { self.find_far(address) }
    }

    #[inline(never)]
    fn find_far(&mut self, address: usize) -> Option<*mut Tracked> {
        let entry = &raw mut **self.table.get_mut(&address)?;
        self.near[Self::place(address)] = (address, entry);
        Some(entry)
    }

    /// The entry at an address.
    pub fn get_mut(&mut self, address: usize) -> Option<&mut Tracked> {
        self.table.get_mut(&address).map(|entry| &mut **entry)
    }

    /// Adds an entry. Replaces the one that was at the address.
    pub fn insert(&mut self, address: usize, entry: Box<Tracked>) {
        self.forget_near(address);
        self.table.insert(address, entry);
    }

    /// Removes the entry at an address.
    pub fn remove(&mut self, address: usize) -> Option<Box<Tracked>> {
        self.forget_near(address);
        self.table.remove(&address)
    }

    fn forget_near(&mut self, address: usize) {
        let near = &mut self.near[Self::place(address)];
        if near.0 == address {
            *near = (0, std::ptr::null_mut());
        }
    }

    /// All entries.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Tracked> {
        self.table.values_mut().map(|entry| &mut **entry)
    }

    /// All addresses and entries.
    pub fn each_mut(&mut self) -> impl Iterator<Item = (usize, &mut Tracked)> {
        self.table.iter_mut().map(|(address, entry)| (*address, &mut **entry))
    }

    /// Removes all entries.
    pub fn take(&mut self) -> impl Iterator<Item = (usize, Box<Tracked>)> + use<> {
        std::mem::take(self).table.into_iter()
    }
}

impl Deref for Objects {
    type Target = Table;

    fn deref(&self) -> &Table {
        &self.table
    }
}
