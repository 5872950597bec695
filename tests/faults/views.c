/*
 * The set: ten views in three levels over two schemas, one of them ordinary.  Each carries the tick of the source
 * that it was computed from as its column `generation`.
 */
#include "views.h"

#include <stddef.h>

/* Bare queries, and one file with statements: both kinds that a set may consist of. */
const SetView set_views[] = {
    {"sales", "orders", true,
     "SELECT t.generation, i.id, i.kind, i.amount FROM source.item AS i, source.tick AS t", NULL},
    {"sales", "customers", true,
     "SELECT t.generation, i.id, i.label AS name FROM source.item AS i, source.tick AS t WHERE i.id % 2 = 0", NULL},
    {"stock", "parts", true,
     "SELECT t.generation, i.id, i.id % 5 AS bin, i.amount * t.generation AS amount "
     "FROM source.item AS i, source.tick AS t", NULL},
    {"stock", "bins", true,
     "SELECT t.generation, i.id % 5 AS bin, min(i.label) AS label FROM source.item AS i, source.tick AS t "
     "GROUP BY 1, 2", NULL},
    {"sales", "open_orders", false,
     "SELECT o.generation, o.id, o.amount FROM sales.orders AS o WHERE o.id % 3 = 0", NULL},
    {"sales", "by_kind", true,
     "SELECT o.generation, o.kind, count(*) AS orders, sum(o.amount) AS amount FROM sales.orders AS o GROUP BY 1, 2",
     "CREATE UNIQUE INDEX by_kind_kind ON sales.by_kind (kind);\n"
     "COMMENT ON MATERIALIZED VIEW sales.by_kind IS 'from the file';\n"},
    {"stock", "by_bin", true,
     "SELECT b.generation, b.bin, b.label, sum(p.amount) AS amount "
     "FROM stock.bins AS b JOIN stock.parts AS p ON p.bin = b.bin GROUP BY 1, 2, 3", NULL},
    {"stock", "demand", true,
     "SELECT p.generation, p.bin, sum(o.amount) AS amount "
     "FROM sales.orders AS o JOIN stock.parts AS p ON p.id = o.id GROUP BY 1, 2", NULL},
    {"sales", "summary", true,
     "SELECT k.generation, k.kind, k.amount, c.customers FROM sales.by_kind AS k, "
     "(SELECT count(*) AS customers FROM sales.customers) AS c", NULL},
    {"stock", "shortage", true,
     "SELECT d.generation, d.bin, d.amount - sum(o.amount) AS missing "
     "FROM stock.demand AS d JOIN sales.open_orders AS o ON o.id % 5 = d.bin GROUP BY 1, 2, d.amount", NULL},
};
const size_t set_view_count = sizeof set_views / sizeof *set_views;

const SetView failing_views[] = {
    {"stock", "sound", true, "SELECT t.generation, i.id FROM source.item AS i, source.tick AS t", NULL},
    {"stock", "broken", true,
     "SELECT 1 / (2 - LEAST(t.generation, 2)) AS one, count(*) AS n FROM source.tick AS t, stock.sound AS s GROUP BY 1",
     NULL},
};
const size_t failing_view_count = sizeof failing_views / sizeof *failing_views;
