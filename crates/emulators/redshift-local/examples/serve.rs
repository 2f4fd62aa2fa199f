//! Serves one warehouse until interrupted: `cargo run -p redshift-local --example serve -- PORT [DATABASE]`.

use redshift_local::{Config, serve};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().unwrap_or_else(|| "0".to_owned());
    let config = Config { database: arguments.next().map(Into::into), ..Config::default() };
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let server = serve(config, listener).await?;
    eprintln!("{}", server.endpoint());
    tokio::signal::ctrl_c().await?;
    server.shutdown().await;
    Ok(())
}
