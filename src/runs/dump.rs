//! The database of runs as bytes: what a locked project keeps of it, since a database on the disk would be
//! in clear.
//!
//! A mark, the format of the tables, and for each table its name, its columns and its rows. Lengths and
//! numbers are little-endian 64 bits.

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, params_from_iter};

use super::schema;

const MARK: &[u8] = b"shelfwise runs 1";
/// The tables, those first that others refer to.
const TABLES: [&str; 4] = ["runs", "epochs", "reports", "user_values"];

/// Why bytes are no database.
#[derive(Debug, thiserror::Error)]
pub(super) enum DumpError {
    /// Not written by [`write`], or cut off.
    #[error("the runs of the locked project are damaged")]
    Damaged,
    /// Of a later version.
    #[error("the runs have format {0}, a newer one")]
    Newer(i64),
    /// The database refuses.
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
}

/// All that a database holds.
pub(super) fn write(connection: &Connection) -> rusqlite::Result<Vec<u8>> {
    let mut out = MARK.to_vec();
    put_number(&mut out, schema::FORMAT);
    for table in TABLES {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table} ORDER BY rowid"))?;
        let columns: Vec<String> =
            statement.column_names().into_iter().map(str::to_owned).collect();
        put_bytes(&mut out, columns.join(",").as_bytes());
        let counted = out.len();
        put_number(&mut out, 0);
        let mut n_rows = 0_i64;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            for column in 0..columns.len() {
                put_value(&mut out, row.get_ref(column)?);
            }
            n_rows += 1;
        }
        out[counted..counted + 8].copy_from_slice(&n_rows.to_le_bytes());
    }
    Ok(out)
}

fn put_number(out: &mut Vec<u8>, number: i64) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as i64);
    out.extend_from_slice(bytes);
}

fn put_value(out: &mut Vec<u8>, value: ValueRef<'_>) {
    match value {
        ValueRef::Null => out.push(0),
        ValueRef::Integer(number) => {
            out.push(1);
            put_number(out, number);
        }
        ValueRef::Real(number) => {
            out.push(2);
            out.extend_from_slice(&number.to_le_bytes());
        }
        ValueRef::Text(text) => {
            out.push(3);
            put_bytes(out, text);
        }
        ValueRef::Blob(bytes) => {
            out.push(4);
            put_bytes(out, bytes);
        }
    }
}

/// Fills an empty database.
pub(super) fn read(bytes: &[u8], connection: &mut Connection) -> Result<(), DumpError> {
    let mut rest = bytes.strip_prefix(MARK).ok_or(DumpError::Damaged)?;
    let format = number(&mut rest)?;
    if format > schema::FORMAT {
        return Err(DumpError::Newer(format));
    }
    let transaction = connection.transaction()?;
    schema::create(&transaction, usize::try_from(format).map_err(|_| DumpError::Damaged)?)?;
    for table in TABLES {
        let columns = text(&mut rest)?;
        let n_columns = columns.split(',').count();
        let is_name = |name: &str| {
            !name.is_empty() && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase())
        };
        if !columns.split(',').all(is_name) {
            return Err(DumpError::Damaged);
        }
        let places = vec!["?"; n_columns].join(",");
        let mut insert =
            transaction.prepare(&format!("INSERT INTO {table} ({columns}) VALUES ({places})"))?;
        for _ in 0..number(&mut rest)? {
            let row = (0..n_columns).map(|_| value(&mut rest)).collect::<Result<Vec<_>, _>>()?;
            insert.execute(params_from_iter(row))?;
        }
    }
    transaction.commit()?;
    if rest.is_empty() { Ok(()) } else { Err(DumpError::Damaged) }
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], DumpError> {
    let (taken, after) = rest.split_at_checked(length).ok_or(DumpError::Damaged)?;
    *rest = after;
    Ok(taken)
}

fn eight(rest: &mut &[u8]) -> Result<[u8; 8], DumpError> {
    take(rest, 8)?.try_into().map_err(|_| DumpError::Damaged)
}

fn number(rest: &mut &[u8]) -> Result<i64, DumpError> {
    Ok(i64::from_le_bytes(eight(rest)?))
}

fn bytes(rest: &mut &[u8]) -> Result<Vec<u8>, DumpError> {
    let length = usize::try_from(number(rest)?).map_err(|_| DumpError::Damaged)?;
    Ok(take(rest, length)?.to_vec())
}

fn text(rest: &mut &[u8]) -> Result<String, DumpError> {
    String::from_utf8(bytes(rest)?).map_err(|_| DumpError::Damaged)
}

fn value(rest: &mut &[u8]) -> Result<Value, DumpError> {
    Ok(match take(rest, 1)? {
        [0] => Value::Null,
        [1] => Value::Integer(number(rest)?),
        [2] => Value::Real(f64::from_le_bytes(eight(rest)?)),
        [3] => Value::Text(text(rest)?),
        [4] => Value::Blob(bytes(rest)?),
        _ => return Err(DumpError::Damaged),
    })
}
