-- Rounds: the live indexer's, and those of networks that it no longer follows, from the archive.
-- Where both know a round, the indexer is right.
CREATE MATERIALIZED VIEW rounds AS
WITH combined AS (
    SELECT id, chain_id, match_token_address, match_amount, match_amount_in_usd, round_metadata, strategy_name,
           donations_start_time, donations_end_time, created_at_block, ready_for_payout_transaction,
           matching_distribution, 'indexer' AS source, 1 AS precedence
    FROM indexer.rounds
    UNION ALL
    SELECT id, chain_id, match_token_address, match_amount, match_amount_in_usd, round_metadata, strategy_name,
           donations_start_time, donations_end_time, created_at_block, ready_for_payout_transaction,
           matching_distribution, 'archive', 2
    FROM static_indexer_chain_data_75.rounds
)
SELECT DISTINCT ON (chain_id, id)
       id,
       chain_id,
       round_metadata ->> 'name'                                       AS name,
       match_token_address,
       match_amount,
       match_amount_in_usd,
       strategy_name,
       strategy_name LIKE '%QF' OR strategy_name LIKE '%DonationVoting%' AS is_quadratic_funding,
       donations_start_time,
       donations_end_time,
       created_at_block,
       ready_for_payout_transaction,
       matching_distribution,
       round_metadata,
       source
FROM combined
ORDER BY chain_id, id, precedence;

CREATE UNIQUE INDEX rounds_chain_id_id ON rounds (chain_id, id);
CREATE INDEX rounds_donations_end_time ON rounds (donations_end_time);

COMMENT ON MATERIALIZED VIEW rounds IS 'Grants rounds of all networks, one row each';
COMMENT ON COLUMN rounds.matching_distribution IS 'The published matching result; null until the round is settled';
GRANT SELECT ON rounds TO web_reader;
