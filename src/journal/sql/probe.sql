-- Writes the header's page as it is.
PRAGMA application_id = 0x4d535750
