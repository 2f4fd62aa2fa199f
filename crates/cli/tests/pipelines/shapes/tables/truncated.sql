CREATE TABLE IF NOT EXISTS shapes.truncated (
    id     INTEGER NOT NULL,
    name   VARCHAR(20),
    amount INTEGER
);
