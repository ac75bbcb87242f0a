//! Pieces of a run: where they lie, and how that is written down behind a run that is kept.

/// Bytes of a piece in a directory.
const WIDTH: usize = 44;

/// A piece of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub offset: u64,
    pub stored: u32,
    /// Bytes when not compressed; equal to `stored` if it is not.
    pub size: u32,
    pub records: u32,
    pub checksum: u64,
    pub first: u128,
}

/// All pieces as bytes: for each its six numbers, low bytes first.
pub(super) fn to_directory(pieces: &[Piece]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(pieces.len() * WIDTH);
    for piece in pieces {
        bytes.extend_from_slice(&piece.offset.to_le_bytes());
        bytes.extend_from_slice(&piece.stored.to_le_bytes());
        bytes.extend_from_slice(&piece.size.to_le_bytes());
        bytes.extend_from_slice(&piece.records.to_le_bytes());
        bytes.extend_from_slice(&piece.checksum.to_le_bytes());
        bytes.extend_from_slice(&piece.first.to_le_bytes());
    }
    bytes
}

/// The pieces of a directory; `None` if it is none.
pub(super) fn of_directory(bytes: &[u8]) -> Option<Vec<Piece>> {
    let (pieces, []) = bytes.as_chunks::<WIDTH>() else { return None };
    pieces.iter().map(|piece| of_bytes(piece)).collect()
}

fn of_bytes(mut bytes: &[u8]) -> Option<Piece> {
    fn next<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
        let (front, rest) = bytes.split_first_chunk::<N>()?;
        *bytes = rest;
        Some(*front)
    }
    let bytes = &mut bytes;
    Some(Piece {
        offset: u64::from_le_bytes(next(bytes)?),
        stored: u32::from_le_bytes(next(bytes)?),
        size: u32::from_le_bytes(next(bytes)?),
        records: u32::from_le_bytes(next(bytes)?),
        checksum: u64::from_le_bytes(next(bytes)?),
        first: u128::from_le_bytes(next(bytes)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_gives_its_pieces_back() {
        let piece = |n: u32| Piece {
            offset: u64::from(n) << 33,
            stored: n,
            size: n + 1,
            records: n + 2,
            checksum: u64::MAX - u64::from(n),
            first: u128::MAX / 3 + u128::from(n),
        };
        let pieces: Vec<Piece> = (0..5).map(piece).collect();
        let bytes = to_directory(&pieces);
        assert_eq!(of_directory(&bytes), Some(pieces));
        assert_eq!(of_directory(&bytes[1..]), None);
        assert_eq!(of_directory(&[]), Some(Vec::new()));
    }
}
