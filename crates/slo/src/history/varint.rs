//! Whole numbers of variable length: seven bits a byte, the least first (LEB128).

/// Appends an unsigned number.
pub(super) fn put(bytes: &mut Vec<u8>, mut value: u128) {
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or(0);
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

/// Appends a signed number, small ones of either sign short (zigzag).
pub(super) fn put_signed(bytes: &mut Vec<u8>, value: i64) {
    put(
        bytes,
        u128::from(((value << 1) ^ (value >> 63)).cast_unsigned()),
    );
}

/// Reads what was put.
pub(super) struct Reader<'a> {
    bytes: std::slice::Iter<'a, u8>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes: bytes.iter(),
        }
    }

    /// The next number; `None` at the end.
    pub(super) fn unsigned(&mut self) -> Option<u128> {
        // Nearly all fit 63 bits: a narrow accumulator there, a wide one for the rest.
        let mut value = 0_u64;
        let mut shift = 0_u32;
        while shift < 63 {
            let byte = *self.bytes.next()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(u128::from(value));
            }
            shift += 7;
        }
        let mut wide = u128::from(value);
        while shift < 128 {
            let byte = *self.bytes.next()?;
            wide |= u128::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
            shift += 7;
        }
        Some(wide)
    }

    /// The next signed number.
    pub(super) fn signed(&mut self) -> Option<i64> {
        let value = u64::try_from(self.unsigned()?).ok()?;
        Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }
}
