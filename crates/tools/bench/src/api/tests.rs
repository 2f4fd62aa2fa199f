use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

/// One request on a connection of its own: the response's text.
async fn request(address: std::net::SocketAddr, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let text =
        format!("{head} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

async fn start(count: usize) -> (std::net::SocketAddr, tokio::task::JoinHandle<anyhow::Result<RunResult>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let payloads = vec![Bytes::from_static(b"{\"a\":1}"), Bytes::from_static(b"{\"a\":2}")];
    (address, tokio::spawn(serve(listener, payloads, 1, count, None)))
}

#[tokio::test]
async fn events_come_in_turn_until_all_are_answered() {
    let (address, server) = start(2).await;
    for (number, event) in ["{\"a\":1}", "{\"a\":2}", "{\"a\":1}"].iter().enumerate() {
        let next = request(address, "GET /2018-06-01/runtime/invocation/next", "").await;
        assert!(next.ends_with(event) && next.contains(&format!("request-id: {number}\r\n")), "{next}");
        let path = format!("POST /2018-06-01/runtime/invocation/{number}/response");
        // The last reply may be cut off by the end of the server.
        if number < 2 {
            assert!(request(address, &path, "\"ok\"").await.starts_with("HTTP/1.1 202"));
        } else {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let text = format!("{path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\n\r\n\"ok\"");
            stream.write_all(text.as_bytes()).await.unwrap();
        }
    }
    let outcome = server.await.unwrap().unwrap();
    assert_eq!(outcome.answers, ["\"ok\"", "\"ok\""]);
    let figures: serde_json::Value = serde_json::from_str(&outcome.figures.json()).unwrap();
    assert_eq!((&figures["count"], &figures["bytes_in"], &figures["bytes_out"]), (&2.into(), &14.into(), &8.into()));
}

#[tokio::test]
async fn an_error_ends_the_run_with_its_text() {
    let (address, server) = start(1).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let text = "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\n\r\noops";
    stream.write_all(text.as_bytes()).await.unwrap();
    let error = server.await.unwrap().err().unwrap();
    assert_eq!(error.to_string(), "the function reported an error: oops");
}
