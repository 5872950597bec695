-- Every donation once. The archive was taken while some rounds were still being corrected; the indexer's row wins.
CREATE MATERIALIZED VIEW donations AS
WITH combined AS (
    SELECT id, chain_id, round_id, application_id, donor_address, recipient_address, project_id, transaction_hash,
           block_number, token_address, amount, amount_in_usd, timestamp, 'indexer' AS source, 1 AS precedence
    FROM indexer.donations
    UNION ALL
    SELECT id, chain_id, round_id, application_id, donor_address, recipient_address, project_id, transaction_hash,
           block_number, token_address, amount, amount_in_usd, timestamp, 'archive', 2
    FROM static_indexer_chain_data_75.donations
)
SELECT DISTINCT ON (id)
       id,
       chain_id,
       round_id,
       application_id,
       lower(donor_address)      AS donor_address,
       lower(recipient_address)  AS recipient_address,
       project_id,
       transaction_hash,
       block_number,
       token_address,
       amount,
       amount_in_usd,
       timestamp,
       source
FROM combined
ORDER BY id, precedence;

CREATE UNIQUE INDEX donations_id ON donations (id);
CREATE INDEX donations_round_id ON donations (round_id) INCLUDE (amount_in_usd);
CREATE INDEX donations_donor_address ON donations (donor_address);
CREATE INDEX donations_timestamp ON donations USING brin (timestamp);

COMMENT ON MATERIALIZED VIEW donations IS 'Donations of all networks, one row each';
COMMENT ON COLUMN donations.amount_in_usd IS 'At the price of the block''s hour; corrected when the price was';
GRANT SELECT ON donations TO web_reader;
