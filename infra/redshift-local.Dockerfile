# The command `landfall`, for compose.yaml: redshift-local for an emulated cloud. Not run in CI.
FROM rust:1.95-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends cmake npm && rm -rf /var/lib/apt/lists/*
WORKDIR /landfall
COPY . .
ENV DUCKDB_LIB_DIR=/usr/local/lib/duckdb
RUN scripts/duckdb.sh && mkdir -p "$DUCKDB_LIB_DIR" && cp .duckdb/libduckdb.so "$DUCKDB_LIB_DIR/" \
    && cargo build --release --locked -p cli

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home landfall && mkdir /data && chown landfall /data
COPY --from=build /usr/local/lib/duckdb /usr/local/lib/duckdb
COPY --from=build /landfall/target/release/landfall /usr/local/bin/landfall
USER landfall
ENTRYPOINT ["landfall"]
