//! What a statement did.

use std::sync::Arc;

use super::results::ResultSet;

/// What a statement did.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Rows returned or changed.
    pub(crate) rows: i64,
    pub(crate) result: Option<Arc<ResultSet>>,
}

impl Outcome {
    /// A statement that changed rows.
    pub(crate) fn changed(rows: usize) -> Self {
        Self { rows: i64::try_from(rows).unwrap_or(i64::MAX), result: None }
    }

    /// A statement that returned rows.
    pub(crate) fn returned(result: ResultSet) -> Self {
        Self { rows: i64::try_from(result.rows).unwrap_or(i64::MAX), result: Some(Arc::new(result)) }
    }
}
