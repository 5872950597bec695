-- The indexer's tables, as the live indexer serves them and as the archive of its dead networks keeps them. Created in
-- the first schema of the search path.
CREATE TABLE rounds (
    id text NOT NULL,
    chain_id integer NOT NULL,
    match_token_address text NOT NULL,
    match_amount numeric(78, 0) NOT NULL,
    match_amount_in_usd numeric NOT NULL,
    round_metadata jsonb NOT NULL,
    strategy_name text NOT NULL,
    donations_start_time timestamptz NOT NULL,
    donations_end_time timestamptz NOT NULL,
    created_at_block bigint NOT NULL,
    ready_for_payout_transaction text,
    matching_distribution jsonb,
    PRIMARY KEY (chain_id, id)
);

CREATE TABLE applications (
    id text NOT NULL,
    chain_id integer NOT NULL,
    round_id text NOT NULL,
    project_id text NOT NULL,
    status text NOT NULL,
    metadata jsonb NOT NULL,
    created_by_address text NOT NULL,
    created_at_block bigint NOT NULL,
    status_updated_at_block bigint NOT NULL,
    PRIMARY KEY (chain_id, round_id, id)
);

CREATE TABLE donations (
    id text PRIMARY KEY,
    chain_id integer NOT NULL,
    round_id text NOT NULL,
    application_id text NOT NULL,
    donor_address text NOT NULL,
    recipient_address text NOT NULL,
    project_id text NOT NULL,
    transaction_hash text NOT NULL,
    block_number bigint NOT NULL,
    token_address text NOT NULL,
    amount numeric(78, 0) NOT NULL,
    amount_in_usd numeric NOT NULL,
    timestamp timestamptz NOT NULL
);

CREATE TABLE applications_payouts (
    id bigint PRIMARY KEY,
    chain_id integer NOT NULL,
    application_id text NOT NULL,
    round_id text NOT NULL,
    token_address text NOT NULL,
    amount numeric(78, 0) NOT NULL,
    amount_in_usd numeric NOT NULL,
    transaction_hash text NOT NULL,
    sender text NOT NULL,
    timestamp timestamptz NOT NULL
);
