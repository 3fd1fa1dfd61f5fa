//! Values on the wire.

use super::failed;
use crate::StoreError;
use crate::value::{Row, Val};
use bytes::BytesMut;
use std::error::Error;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// A parameter, borrowed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Bind<'a> {
    Null,
    Int(i64),
    Real(f64),
    Text(&'a str),
    Blob(&'a [u8]),
}

impl<'a> From<&'a Val> for Bind<'a> {
    fn from(value: &'a Val) -> Bind<'a> {
        match value {
            Val::Null => Bind::Null,
            Val::Int(number) => Bind::Int(*number),
            Val::Real(number) => Bind::Real(*number),
            Val::Text(text) => Bind::Text(text),
            Val::Blob(bytes) => Bind::Blob(bytes),
        }
    }
}

impl From<i64> for Bind<'_> {
    fn from(number: i64) -> Self {
        Bind::Int(number)
    }
}
impl<'a> From<&'a str> for Bind<'a> {
    fn from(text: &'a str) -> Self {
        Bind::Text(text)
    }
}
impl<'a> From<&'a uuid::Uuid> for Bind<'a> {
    fn from(id: &'a uuid::Uuid) -> Self {
        Bind::Blob(id.as_bytes())
    }
}
impl<'a, T: Into<Bind<'a>>> From<Option<T>> for Bind<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Bind::Null, Into::into)
    }
}

impl ToSql for Bind<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Bind::Null => Ok(IsNull::Yes),
            Bind::Int(number) if *ty == Type::INT8 => number.to_sql(ty, out),
            Bind::Real(number) if *ty == Type::FLOAT8 => {
                // Both databases keep what is not a number as null.
                if number.is_nan() { Ok(IsNull::Yes) } else { number.to_sql(ty, out) }
            }
            Bind::Text(text) if matches!(*ty, Type::TEXT | Type::VARCHAR) => text.to_sql(ty, out),
            Bind::Blob(bytes) if *ty == Type::BYTEA => bytes.to_sql(ty, out),
            _ => Err(format!("a parameter does not fit {ty}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A row, in the store's own values.
pub(super) fn row_of(row: &tokio_postgres::Row) -> Result<Row, StoreError> {
    let mut values = Vec::with_capacity(row.len());
    for (at, column) in row.columns().iter().enumerate() {
        let value = match *column.type_() {
            Type::INT8 => row.try_get::<_, Option<i64>>(at).map(Val::from),
            Type::TEXT | Type::VARCHAR => row.try_get::<_, Option<String>>(at).map(Val::from),
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(at).map(|bytes| bytes.map_or(Val::Null, Val::Blob)),
            Type::FLOAT8 => row.try_get::<_, Option<f64>>(at).map(Val::from),
            ref other => return Err(StoreError::Failed(format!("a column of type {other}"))),
        };
        values.push(value.map_err(|error| failed(&error))?);
    }
    Ok(Row(values))
}
