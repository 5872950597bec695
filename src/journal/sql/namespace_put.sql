INSERT INTO namespace (run_id, position, live, incoming, outgoing, made_incoming, made_outgoing,
    previous_incoming_comment, previous_incoming_acl, previous_outgoing_comment, previous_outgoing_acl)
VALUES (:run_id, :position, :live, :incoming, :outgoing, :made_incoming, :made_outgoing,
    :previous_incoming_comment, :previous_incoming_acl, :previous_outgoing_comment, :previous_outgoing_acl)
ON CONFLICT (run_id, position) DO UPDATE
SET live = excluded.live,
    incoming = excluded.incoming,
    outgoing = excluded.outgoing,
    made_incoming = excluded.made_incoming,
    made_outgoing = excluded.made_outgoing,
    previous_incoming_comment = excluded.previous_incoming_comment,
    previous_incoming_acl = excluded.previous_incoming_acl,
    previous_outgoing_comment = excluded.previous_outgoing_comment,
    previous_outgoing_acl = excluded.previous_outgoing_acl
