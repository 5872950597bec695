-- :statement SELECT 1;
-- Parsed beforehand, and, once it has been executed a few times, planned beforehand: no time is spent on that under locks.
PREPARE :"name" AS :statement
