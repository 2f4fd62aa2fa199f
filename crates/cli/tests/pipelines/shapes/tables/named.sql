CREATE TABLE IF NOT EXISTS shapes.named (
    id     INTEGER NOT NULL,
    name   VARCHAR(20),
    amount INTEGER
);
