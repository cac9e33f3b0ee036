//! Keeps memory bounded.

use connie_wire::Kind;
use connie_wire::op::put;
use connie_wire::texts::Texts;

use super::Capture;
use super::apart::is_apart;
use super::held::release;
use super::state::{Shared, Standings, Tracked, Views};
use crate::identity;
use crate::types::Class;

impl Capture {
    /// Frees the entry of an object that is not known any more.
    pub(super) fn let_go(&mut self, address: usize, entry: &Tracked) {
        if !is_apart(address) {
            identity::unwatch(address, entry.lead);
        }
        // SAFETY: `info` outlives its entries; held references are ours.
        unsafe {
            if !matches!((*entry.info).class, Class::Encoded(_)) {
                for &item in &entry.items {
                    release(item, &mut self.bytes);
                }
            }
        }
        self.bytes = self.bytes.saturating_sub(std::mem::size_of::<Tracked>() + 48 + 8 * entry.items.len());
    }

    /// Between events: forgets the objects that were not read for the longest time if memory is short.
    #[inline]
    pub fn tidy(&mut self) {
        self.clock = self.clock.wrapping_add(1);
        if self.bytes > self.limits.memory {
            self.forget();
        }
    }

    /// Forgets all objects and numbers, as another recording begins.
    pub fn restart(&mut self) {
        for (address, entry) in self.objects.take() {
            self.let_go(address, &entry);
        }
        self.forget_named();
        self.names.restart();
        self.types.restart();
        self.late.advance();
        (self.bytes, self.next, self.block_end) = (0, 0, 0);
        self.late.steps = 0;
        self.told.clear();
        self.texts = Texts::default();
        self.deferred.clear();
        self.own.restart();
        self.shared = Shared::default();
        self.views = Views::default();
        self.standings = Standings { place: self.standings.place, ..Standings::default() };
    }

    /// Forgets all objects; visible ones are written again. Namespaces of frames and files, and classes of types, are
    /// written only once, so they stay and are read in full.
    #[cold]
    pub(super) fn forget_all(&mut self) {
        // SAFETY: what is known of types is never freed.
        let stays = |entry: &Tracked| entry.namespace || unsafe { (*entry.info).kind } == Kind::Class;
        let others = self.objects.iter().filter(|(address, entry)| !is_apart(**address) && !stays(entry));
        let others = others.map(|(address, _)| *address).collect();
        self.evict(others);
        self.forget_named();
        identity::forget_all();
        for (address, entry) in self.objects.each_mut() {
            (entry.stale, entry.version, entry.told) = (true, 0, 0);
            identity::watch_again(address, entry.lead);
        }
    }

    fn evict(&mut self, addresses: Vec<usize>) {
        for address in addresses {
            if let Some(entry) = self.objects.remove(address) {
                self.let_go(address, &entry);
                // Its death will not be noticed.
                self.orphan(entry.parent);
                let attributes = self.leave_apart(address, &entry);
                for id in std::iter::once(entry.id).chain(attributes) {
                    self.ring.reserve(16);
                    put::evict(&mut self.ring, id);
                }
            }
        }
        // Forgotten objects that are still visible have to be read again.
        self.late.advance();
    }

    #[cold]
    pub(super) fn forget(&mut self) {
        let mut ages: Vec<u32> = self.objects.values().map(|entry| self.clock.wrapping_sub(entry.used)).collect();
        let middle = ages.len() / 2;
        let (_, &mut median, _) = ages.select_nth_unstable(middle);
        let old: Vec<usize> = self
            .objects
            .iter()
            // Types refer to their classes by number.
            // SAFETY: what is known of types is never freed.
            .filter(|(address, entry)| !is_apart(**address) && unsafe { (*entry.info).kind != Kind::Class })
            .filter(|(_, entry)| self.clock.wrapping_sub(entry.used) >= median.max(1))
            .map(|(address, _)| *address)
            .collect();
        self.evict(old);
        if self.bytes > self.limits.memory / 2 {
            // The objects in use do not fit: allows more memory instead of reading them again at every line.
            self.limits.memory = (self.limits.memory * 2).min(self.bytes * 4);
        }
    }
}
