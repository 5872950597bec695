-- The events behind the leaderboard of value moved through Allo ("gross merchandise value"): every donation counts for
-- its round and its project, every payout for its round's operator, every Allo v2 distribution for its recipient.
CREATE MATERIALIZED VIEW allo_gmv_leaderboard_events AS
WITH donation_events AS (
    SELECT 'donation'::text              AS event,
           d.id                          AS event_id,
           d.transaction_hash,
           d.timestamp,
           d.chain_id,
           d.round_id,
           r.name                        AS round_name,
           a.title,
           d.donor_address               AS from_address,
           d.recipient_address           AS to_address,
           d.amount_in_usd               AS gmv_in_usd
    FROM donations AS d
    JOIN rounds AS r ON r.chain_id = d.chain_id AND r.id = d.round_id
    LEFT JOIN applications AS a
           ON a.chain_id = d.chain_id AND a.round_id = d.round_id AND a.id = d.application_id
),
payout_events AS (
    SELECT 'payout',
           applications_payouts.id::text,
           applications_payouts.transaction_hash,
           applications_payouts.timestamp,
           chain_id,
           round_id,
           r.name,
           a.title,
           applications_payouts.sender,
           a.recipient_address,
           applications_payouts.amount_in_usd
    FROM applications_payouts
    JOIN applications AS a USING (chain_id, round_id)
    JOIN (SELECT chain_id, id AS round_id, name FROM rounds) AS r USING (chain_id, round_id)
    WHERE a.id = applications_payouts.application_id
),
distribution_events AS (
    SELECT 'distribution',
           e.transaction_hash || ':' || e.event_index,
           e.transaction_hash,
           e.timestamp,
           e.chain_id,
           NULL,
           'pool ' || e.pool_id,
           NULL,
           NULL,
           e.recipient_address,
           e.amount_in_usd
    FROM allov2_distribution_events_for_leaderboard AS e
    -- Distributions that the indexer knows as payouts are counted there.
    WHERE NOT EXISTS (SELECT FROM applications_payouts AS p WHERE p.transaction_hash = e.transaction_hash)
)
SELECT * FROM donation_events
UNION ALL
SELECT * FROM payout_events
UNION ALL
SELECT * FROM distribution_events;

CREATE INDEX allo_gmv_leaderboard_events_to ON allo_gmv_leaderboard_events (to_address, timestamp);
CREATE INDEX allo_gmv_leaderboard_events_round ON allo_gmv_leaderboard_events (round_id, event) INCLUDE (gmv_in_usd);
CREATE INDEX allo_gmv_leaderboard_events_month
    ON allo_gmv_leaderboard_events (date_trunc('month', timestamp AT TIME ZONE 'UTC'));

COMMENT ON MATERIALIZED VIEW allo_gmv_leaderboard_events IS 'Value moved through Allo, event by event';
GRANT SELECT ON allo_gmv_leaderboard_events TO web_reader;
