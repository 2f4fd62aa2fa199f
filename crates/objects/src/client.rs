use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;

/// The client of a function: with an endpoint of its own (an emulator), S3 is asked by path, because a bucket's name is no host there.
/// `lookup` reads the environment.
pub fn client(sdk: impl Into<Builder>, lookup: impl Fn(&str) -> Option<String>) -> Client {
    let names = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"];
    let by_path = names.iter().any(|name| lookup(name).is_some_and(|url| !url.is_empty()));
    Client::from_conf(sdk.into().force_path_style(by_path).build())
}
