CREATE TABLE IF NOT EXISTS shapes.zipped (
    id     INTEGER NOT NULL,
    name   VARCHAR(20),
    amount INTEGER
);
