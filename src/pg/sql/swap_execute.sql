-- :arguments 1, 2
EXECUTE :"name" (:arguments);
