CREATE SCHEMA :"schema"
