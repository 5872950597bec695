-- What was paid out to whom; an application may be paid in parts.
CREATE MATERIALIZED VIEW applications_payouts AS
SELECT DISTINCT ON (p.id)
       p.id, p.chain_id, p.round_id, p.application_id, p.token_address, p.amount, p.amount_in_usd,
       p.transaction_hash, lower(p.sender) AS sender, p.timestamp, p.source
FROM (
    SELECT i.*, 'indexer' AS source, 1 AS precedence
    FROM indexer.applications_payouts AS i
    UNION ALL
    SELECT s.*, 'archive', 2
    FROM static_indexer_chain_data_75.applications_payouts AS s
) AS p
ORDER BY p.id, p.precedence
;

create unique index applications_payouts_id on applications_payouts (id);
create index applications_payouts_application on applications_payouts (chain_id, round_id, application_id);

COMMENT ON MATERIALIZED VIEW applications_payouts IS 'Payouts to applications';
GRANT SELECT ON applications_payouts TO web_reader;
