//! The log of what both sides write: a row a line, which the database lets nobody change.

use super::{Shared, StoreError, Unwritten};
use crate::written::{Act, Book, Draft, Line, Refused};
use jaunt_agreement::Side;
use rusqlite::{Connection, Row, params};
use std::sync::Arc;

/// How a line is encoded. A newer one is not read: whoever left a line out would judge otherwise.
const FORMAT: i64 = 1;

/// Why a line was not added.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unadded {
    /// The log does not take it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The store cannot write now.
    #[error(transparent)]
    Unwritten(#[from] Unwritten),
}

/// Adds a line: it is on the platter when this returns.
pub(super) fn add(db: &Connection, shared: &Shared, draft: Draft) -> Result<Line, Unadded> {
    // Nobody else writes, so what is admitted now is when it stands.
    shared.book().admits(&draft)?;
    let put = || -> Result<i64, StoreError> {
        let act = serde_json::to_string(&draft.act)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        let sql = "INSERT INTO written (format, at_ns, customer, author, side, act)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let of = &draft;
        let side = of.side.as_str();
        db.prepare_cached(sql)?.execute(params![
            FORMAT,
            of.at_ns,
            of.customer,
            of.author,
            side,
            act
        ])?;
        Ok(db.last_insert_rowid())
    };
    let seq = put().map_err(|error| Unwritten::Refused(Arc::new(error)))?;
    let line = Line { seq, draft };
    shared.book_mut().add(line.clone());
    Ok(line)
}

/// Reads all lines.
pub(super) fn recover(db: &Connection, shared: &Shared) -> Result<(), StoreError> {
    let newest = "SELECT coalesce(max(format), 0) FROM written";
    let found: i64 = db.query_row(newest, [], |row| row.get(0))?;
    if found > FORMAT {
        return Err(StoreError::Newer {
            path: shared.file.clone(),
            found,
            known: FORMAT,
        });
    }
    let sql = "SELECT seq, at_ns, customer, author, side, act FROM written ORDER BY seq";
    let mut all = db.prepare(sql)?;
    let mut rows = all.query([])?;
    let mut book = Book::default();
    while let Some(row) = rows.next()? {
        let seq = row.get(0)?;
        book.add(line(seq, row)?.ok_or(StoreError::Line(seq))?);
    }
    *shared.book_mut() = book;
    Ok(())
}

/// `None`: it is damaged.
fn line(seq: i64, row: &Row<'_>) -> Result<Option<Line>, StoreError> {
    let side: String = row.get(4)?;
    let act: String = row.get(5)?;
    let (Some(side), Ok(act)) = (Side::from_name(&side), serde_json::from_str::<Act>(&act)) else {
        return Ok(None);
    };
    Ok(Some(Line {
        seq,
        draft: Draft {
            at_ns: row.get(1)?,
            customer: row.get(2)?,
            author: row.get(3)?,
            side,
            act,
        },
    }))
}
