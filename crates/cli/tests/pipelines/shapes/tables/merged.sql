CREATE TABLE IF NOT EXISTS shapes.merged (
    id     INTEGER NOT NULL,
    name   VARCHAR(20),
    amount INTEGER
);
