-- Allo v2 distributions for the leaderboard, from the landing table of the Dune query
-- (rows without a price are worth nothing there, and a pool's round is only known by its number).
WITH priced AS (
    SELECT e.blockchain, e.tx_hash, e.event_index, e.block_time, e.pool_id, e.token_symbol,
           lower(e.recipient_address)            AS recipient_address,
           round(e.amount_usd::numeric, 2)       AS amount_in_usd
    FROM dune_allov2_distribution_events AS e
    WHERE e.amount_usd IS NOT NULL
      AND e.recipient_address IS NOT NULL
)
SELECT CASE blockchain
           WHEN 'ethereum' THEN 1
           WHEN 'optimism' THEN 10
           WHEN 'polygon'  THEN 137
           WHEN 'arbitrum' THEN 42161
           WHEN 'celo'     THEN 42220
       END                                       AS chain_id,
       tx_hash                                   AS transaction_hash,
       event_index,
       block_time                                AS timestamp,
       pool_id,
       recipient_address,
       token_symbol,
       amount_in_usd
FROM priced;
