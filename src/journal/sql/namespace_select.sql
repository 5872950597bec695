SELECT live, incoming, outgoing, made_incoming, made_outgoing, previous_incoming_comment,
    previous_incoming_acl, previous_outgoing_comment, previous_outgoing_acl
FROM namespace
WHERE run_id = :run_id
ORDER BY position
