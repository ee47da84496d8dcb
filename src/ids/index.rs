//! Which dense index an id has: a table of indices with linear probing, the ids themselves standing
//! elsewhere.

use std::hash::{BuildHasher, RandomState};

/// Marks a free slot.
const FREE: u32 = u32::MAX;

/// Indices by the hash of their ids. The hash is seeded anew in each process, so that no file can be
/// made to collide; nothing depends on the order of the slots.
#[derive(Debug, Clone)]
pub(super) struct Index {
    seed: RandomState,
    /// A power of two, at most half of them taken.
    slots: Vec<Slot>,
    taken: usize,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    /// Lower half of the id's hash: most others are told apart by it.
    hash: u32,
    idx: u32,
}

const EMPTY: Slot = Slot { hash: 0, idx: FREE };

impl Index {
    /// The index of ids in dense order.
    pub(super) fn of<'a>(ids: impl ExactSizeIterator<Item = &'a str>) -> Self {
        let n_slots = (ids.len() * 2).next_power_of_two().max(16);
        let mut index = Self { seed: RandomState::new(), slots: vec![EMPTY; n_slots], taken: 0 };
        for (idx, id) in ids.enumerate() {
            let hash = index.hash(id);
            index.put(Slot { hash, idx: idx as u32 });
        }
        index
    }

    fn hash(&self, id: &str) -> u32 {
        self.seed.hash_one(id) as u32
    }

    /// Where the id stands, or the free slot where it would.
    fn slot<'a>(&self, hash: u32, id: &str, external: impl Fn(u32) -> &'a str) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot.idx == FREE || slot.hash == hash && external(slot.idx) == id {
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    pub(super) fn find<'a>(&self, id: &str, external: impl Fn(u32) -> &'a str) -> Option<u32> {
        let idx = self.slots[self.slot(self.hash(id), id, external)].idx;
        (idx != FREE).then_some(idx)
    }

    /// The index of the id; the next free one where it is new.
    pub(super) fn find_or_insert<'a>(
        &mut self,
        id: &str,
        external: impl Fn(u32) -> &'a str,
    ) -> u32 {
        let hash = self.hash(id);
        let at = self.slot(hash, id, external);
        if self.slots[at].idx != FREE {
            return self.slots[at].idx;
        }
        let idx = u32::try_from(self.taken).ok().filter(|&idx| idx != FREE);
        let idx = idx.expect("entity counts fit 32 bits");
        self.slots[at] = Slot { hash, idx };
        self.taken += 1;
        if self.taken * 2 > self.slots.len() {
            self.grow();
        }
        idx
    }

    fn grow(&mut self) {
        let slots = vec![EMPTY; self.slots.len() * 2];
        let old = std::mem::replace(&mut self.slots, slots);
        self.taken = 0;
        for slot in old.into_iter().filter(|slot| slot.idx != FREE) {
            self.put(slot);
        }
    }

    /// Takes the first free slot; the id is not there yet.
    fn put(&mut self, slot: Slot) {
        let mask = self.slots.len() - 1;
        let mut at = slot.hash as usize & mask;
        while self.slots[at].idx != FREE {
            at = (at + 1) & mask;
        }
        self.slots[at] = slot;
        self.taken += 1;
    }
}
