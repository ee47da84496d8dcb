//! As much of the flatbuffer format as describing Arrow messages takes: tables whose fields are found
//! through a table of offsets. Nothing outside the bytes is ever looked at.

/// A table inside a buffer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table<'a> {
    bytes: &'a [u8],
    /// Where it begins.
    pub at: usize,
}

impl<'a> Table<'a> {
    /// The table that a buffer is about.
    pub(super) fn root(bytes: &'a [u8]) -> Option<Self> {
        let at = u32_at(bytes, 0)? as usize;
        bytes.get(at..at.checked_add(4)?)?;
        Some(Self { bytes, at })
    }

    /// Where a field stands; `None` if it has its default value.
    fn field(&self, number: usize) -> Option<usize> {
        let back = i32_at(self.bytes, self.at)?;
        let offsets = i64::try_from(self.at).ok()?.checked_sub(i64::from(back))?;
        let offsets = usize::try_from(offsets).ok()?;
        let entry = 4 + 2 * number;
        if entry + 2 > usize::from(u16_at(self.bytes, offsets)?) {
            return None;
        }
        let offset = usize::from(u16_at(self.bytes, offsets.checked_add(entry)?)?);
        (offset > 0).then_some(self.at.checked_add(offset)?)
    }

    /// A field of one byte.
    pub(super) fn u8(&self, number: usize) -> Option<u8> {
        self.bytes.get(self.field(number)?).copied()
    }

    /// A field of two bytes.
    pub(super) fn i16(&self, number: usize) -> Option<i16> {
        u16_at(self.bytes, self.field(number)?).map(u16::cast_signed)
    }

    /// A field of eight bytes.
    pub(super) fn i64(&self, number: usize) -> Option<i64> {
        let at = self.field(number)?;
        let word = self.bytes.get(at..at.checked_add(8)?)?;
        word.try_into().ok().map(i64::from_le_bytes)
    }

    /// Where a field points to.
    fn target(&self, number: usize) -> Option<usize> {
        let at = self.field(number)?;
        at.checked_add(u32_at(self.bytes, at)? as usize)
    }

    /// A field that is a table.
    pub(super) fn table(&self, number: usize) -> Option<Self> {
        let at = self.target(number)?;
        self.bytes.get(at..at.checked_add(4)?)?;
        Some(Self { bytes: self.bytes, at })
    }

    /// A field that is a list of structs of this size, as far as they lie within the bytes.
    pub(super) fn structs(&self, number: usize, size: usize) -> impl Iterator<Item = &'a [u8]> {
        let list = self.target(number).and_then(|at| {
            let count = u32_at(self.bytes, at)? as usize;
            let rest = self.bytes.get(at.checked_add(4)?..)?;
            Some(rest.chunks_exact(size).take(count))
        });
        list.into_iter().flatten()
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let word = bytes.get(at..at.checked_add(2)?)?;
    word.try_into().ok().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..at.checked_add(4)?)?;
    word.try_into().ok().map(u32::from_le_bytes)
}

fn i32_at(bytes: &[u8], at: usize) -> Option<i32> {
    u32_at(bytes, at).map(u32::cast_signed)
}
