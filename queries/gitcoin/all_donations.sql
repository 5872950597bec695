-- All donations since 2019: on chain (donations), before that in cGrants and in the Alpha rounds (static_donations).
CREATE MATERIALIZED VIEW all_donations AS
SELECT donations.id,
       donations.donor_address,
       donations.recipient_address,
       donations.project_id,
       donations.round_id,
       NULL::text               AS round_name,   -- the web application looks it up in rounds
       donations.chain_id,
       donations.transaction_hash,
       donations.timestamp,
       donations.amount_in_usd,
       'allo'                   AS source
FROM donations
UNION ALL
SELECT s.id,
       s.donor_address,
       s.recipient_address,
       s.project_id,
       NULL,
       s.round_name,
       NULL,
       NULL,
       s.timestamp,
       s.amount_in_usd,
       s.source
FROM public.static_donations AS s;

CREATE UNIQUE INDEX all_donations_id ON all_donations (id);
CREATE INDEX all_donations_donor ON all_donations (donor_address, timestamp DESC);
CREATE INDEX all_donations_round_id ON all_donations (round_id) INCLUDE (amount_in_usd);

COMMENT ON MATERIALIZED VIEW all_donations IS 'Every donation since 2019, whatever platform it was given on';
GRANT SELECT ON all_donations TO web_reader;
