//! The build script of every crate whose binaries, examples or tests load DuckDB as a shared library: it writes the library's folder into
//! them, so that they run without `LD_LIBRARY_PATH`. With DuckDB compiled in (feature `bundled`) there is no folder, and nothing to do.
#![allow(clippy::print_stdout, reason = "cargo reads a build script's standard output")]

fn main() {
    println!("cargo:rerun-if-env-changed=DUCKDB_LIB_DIR");
    let Ok(folder) = std::env::var("DUCKDB_LIB_DIR") else { return };
    let path = std::path::PathBuf::from(folder);
    let absolute = path.canonicalize().unwrap_or(path);
    println!("cargo:rustc-link-arg=-Wl,-rpath,{}", absolute.display());
}
