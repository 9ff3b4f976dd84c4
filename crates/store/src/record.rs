//! Records of the redo log, read back.

use crate::db::Arg;
use uuid::Uuid;

/// The next record of this generation, if it is whole.
pub(crate) fn whole<'b>(rest: &mut &'b [u8], generation: i64) -> Option<&'b [u8]> {
    let mut head = Reader(rest);
    let (length, checksum) = (head.number()?, head.number()?);
    let body = head.take(length)?;
    let (written, statements) = body.split_first_chunk::<8>()?;
    if i64::from_le_bytes(*written) != generation || crc32fast::hash(body) as usize != checksum {
        return None;
    }
    *rest = head.0;
    Some(statements)
}

/// What is left of a record.
pub(crate) struct Reader<'b>(pub(crate) &'b [u8]);

impl<'b> Reader<'b> {
    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn number(&mut self) -> Option<usize> {
        usize::try_from(u32::from_le_bytes(self.array()?)).ok()
    }

    fn text(&mut self) -> Option<String> {
        let length = self.number()?;
        String::from_utf8(self.take(length)?.to_vec()).ok()
    }

    /// The next statement, how many values a row of it has, and the values. `texts`: the statements that were written out
    /// so far.
    pub(crate) fn statement<'t>(&mut self, texts: &'t mut Vec<String>) -> Option<(&'t str, usize, Vec<Arg>)> {
        let place = self.number()?;
        if place == texts.len() {
            texts.push(self.text()?);
        }
        let (width, count) = (self.number()?, self.number()?);
        let args = (0..count).map(|_| self.arg()).collect::<Option<_>>()?;
        Some((texts.get(place)?, width, args))
    }

    fn arg(&mut self) -> Option<Arg> {
        Some(match self.array::<1>()? {
            [0] => Arg::Text(None),
            [1] => Arg::Int(Some(i64::from_le_bytes(self.array()?))),
            [2] => Arg::Text(Some(self.text()?)),
            [3] => Arg::Id(Some(Uuid::from_bytes(self.array()?))),
            _ => return None,
        })
    }
}
