-- The log: rows are only ever added, but for those that an archive took over.
CREATE TABLE log (
    number BIGINT PRIMARY KEY,
    time_us BIGINT NOT NULL,
    kind TEXT NOT NULL,
    device BIGINT NOT NULL,
    data_key BIGINT NOT NULL,
    body BYTEA NOT NULL,
    hash BYTEA NOT NULL
);

-- What sessions and counters must not forget (linli_protocol.types.Store).
CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    content BYTEA NOT NULL
);

-- Signed images for devices, by the SM3 of their bytes in hexadecimal.
CREATE TABLE bundles (
    digest TEXT PRIMARY KEY,
    content BYTEA NOT NULL
)
