-- What happens to the sources between two generations: rows are added, changed and removed.
INSERT INTO data.raw_orders SELECT max(id) + 1, 3, 99.5, date '2024-06-01', '{new}', '{"n": 1, "orders": [7]}' FROM data.raw_orders;
UPDATE data.raw_orders SET amount = amount + 10, customer = (customer + 1) % 7 WHERE id % 5 = 0;
DELETE FROM data.raw_orders WHERE id = (SELECT min(id) FROM data.raw_orders);
UPDATE data.raw_customers SET city = city || '!' WHERE id % 2 = 0;
UPDATE data.twice SET a = a - 100;
UPDATE app.later SET a = a - 100;
UPDATE data.orders SET id = id - 100;
UPDATE customers.orders SET id = id - 100;
