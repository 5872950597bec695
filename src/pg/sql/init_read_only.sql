-- `init` only looks: whatever it sends by mistake changes nothing.
SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY
