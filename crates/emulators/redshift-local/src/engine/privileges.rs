//! Users, and what each may do. A user that CREATE USER made may do what was granted to it, and what it owns; every other name is
//! the admin's, who may do everything.

mod changes;
mod check;
mod store;

pub(crate) use changes::{create_user, creation, drop_user, follow, grant};
pub(crate) use check::check;
