//! Where events come from.

/// What is converted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name for people, for instance `s3://bucket/key`.
    pub name: String,
    /// Its version, if there are several.
    pub version: Option<String>,
    /// The table and the day (`2015-12-10`) of all its events; without them, every event says where it belongs. `mixed` is no table.
    pub place: Option<(String, String)>,
}
