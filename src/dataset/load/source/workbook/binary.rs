//! The records of an .xls workbook, checked before the reader believes them: it makes room for every
//! cell between the first and the last one, wherever a damaged record says that they are.

/// Columns of a sheet of this format.
const MOST_COLUMNS: u64 = 256;
/// Rows of a sheet of this format.
const MOST_ROWS: u64 = 1 << 16;
/// Room that is believed whatever a sheet holds.
const FREE_CELLS: u64 = 1 << 20;
/// Most room for one cell that holds something.
const MOST_ROOM: u64 = 64;

/// The part of a sheet that its cells take.
#[derive(Debug, Clone, Copy)]
struct Box2 {
    rows: (u64, u64),
    columns: (u64, u64),
    cells: u64,
}

impl Box2 {
    const EMPTY: Self = Self { rows: (u64::MAX, 0), columns: (u64::MAX, 0), cells: 0 };

    fn add(&mut self, row: u16, column: u16) {
        let (row, column) = (u64::from(row), u64::from(column));
        self.rows = (self.rows.0.min(row), self.rows.1.max(row));
        self.columns = (self.columns.0.min(column), self.columns.1.max(column));
        self.cells += 1;
    }

    fn is_believable(&self) -> bool {
        if self.cells == 0 {
            return true;
        }
        let area = (self.rows.1 - self.rows.0 + 1) * (self.columns.1 - self.columns.0 + 1);
        self.columns.1 < MOST_COLUMNS && area <= FREE_CELLS + MOST_ROOM * self.cells
    }
}

/// Walks through the records of all sheets.
pub(super) fn check(stream: &[u8]) -> Result<(), String> {
    let far = || "its cells lie further apart than any sheet is wide".to_owned();
    let mut sheet = Box2::EMPTY;
    let mut rest = stream;
    while let [a, b, c, d, data @ ..] = rest {
        let kind = u16::from_le_bytes([*a, *b]);
        let length = usize::from(u16::from_le_bytes([*c, *d]));
        let Some(record) = data.get(..length) else { break };
        match kind {
            // A sheet or a part of one begins.
            0x0809 | 0x0409 | 0x0209 | 0x0009 => {
                if !sheet.is_believable() {
                    return Err(far());
                }
                sheet = Box2::EMPTY;
            }
            0x0200 if !is_extent_believable(record) => return Err(far()),
            // Number, label, rich text, truth value, RK number, shared label, formula, RK numbers.
            0x0203 | 0x0204 | 0x00d6 | 0x0205 | 0x027e | 0x00fd | 0x0006 | 0x00bd => {
                if let (Some(row), Some(column)) = (u16_at(record, 0), u16_at(record, 2)) {
                    sheet.add(row, column);
                    if kind == 0x00bd
                        && let Some(last) = length.checked_sub(2).and_then(|at| u16_at(record, at))
                    {
                        if last < column {
                            return Err(far());
                        }
                        sheet.add(row, last);
                    }
                }
            }
            _ => {}
        }
        rest = &data[length..];
    }
    if sheet.is_believable() { Ok(()) } else { Err(far()) }
}

/// The first and last rows and columns that a sheet declares.
fn is_extent_believable(record: &[u8]) -> bool {
    let wide = record.len() >= 14;
    let number = |n: usize| -> Option<u64> {
        if wide && n < 2 {
            let at = 4 * n;
            record.get(at..at + 4)?.try_into().ok().map(|b| u64::from(u32::from_le_bytes(b)))
        } else {
            u16_at(record, if wide { 8 + 2 * (n - 2) } else { 2 * n }).map(u64::from)
        }
    };
    let (Some(first_row), Some(last_row)) = (number(0), number(1)) else { return true };
    let (Some(first_column), Some(last_column)) = (number(2), number(3)) else { return true };
    first_row <= last_row
        && first_column <= last_column
        && last_row <= MOST_ROWS
        && last_column <= MOST_COLUMNS
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at.checked_add(2)?)?.try_into().ok().map(u16::from_le_bytes)
}
