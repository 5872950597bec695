/*
 * CREATE TABLE, which gives the columns of an import: what of it a generation can't have.
 *
 * Every generation makes the table anew, empty, beside the live one, and the swap moves it by ALTER … SET SCHEMA.  So it
 * stands for itself: no partitions, parents, or keys that bind it to other tables.
 */
#include "sql_internal.h"

#include <string.h>

static const Complaint fine = {NULL, NULL, 0};

static Complaint complain_about_key(const PgQuery__Constraint *constraint)
{
    if (constraint->contype == PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN)
        return (Complaint){"a FOREIGN KEY would bind the import to a table that is not exchanged with it",
                           "take it out; a rule in [view NAME], or a view that joins, can check the same",
                           constraint->location};
    if (constraint->contype == PG_QUERY__CONSTR_TYPE__CONSTR_IDENTITY)
        return (Complaint){"the values of an IDENTITY column would be others in each generation",
                           "let the source give them, or take the column out", constraint->location};
    return fine;
}

static bool is_serial(const PgQuery__TypeName *type)
{
    static const char *const names[] = {"serial",    "serial2", "serial4", "serial8",
                                        "bigserial", "smallserial"};
    if (type == NULL || type->n_names != 1 || type->names[0]->node_case != PG_QUERY__NODE__NODE_STRING)
        return false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(type->names[0]->string->sval, names[i]) == 0)
            return true;
    return false;
}

static Complaint complain_about_column(const PgQuery__ColumnDef *column)
{
    if (is_serial(column->type_name))
        return (Complaint){"the values of a serial column would be others in each generation",
                           "write integer or bigint and let the source give them, or take the column out",
                           column->location};
    Complaint complaint = fine;
    for (size_t i = 0; i < column->n_constraints && complaint.message == NULL; i++)
        if (column->constraints[i]->node_case == PG_QUERY__NODE__NODE_CONSTRAINT)
            complaint = complain_about_key(column->constraints[i]->constraint);
    return complaint;
}

static Complaint complain_about_element(const PgQuery__Node *element)
{
    if (element->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF)
        return complain_about_column(element->column_def);
    if (element->node_case == PG_QUERY__NODE__NODE_CONSTRAINT)
        return complain_about_key(element->constraint);
    if (element->node_case == PG_QUERY__NODE__NODE_TABLE_LIKE_CLAUSE)
        return (Complaint){"LIKE takes the columns from a table that may change without this file",
                           "write the columns out: they are what the import's data is checked against",
                           element->table_like_clause->relation->location};
    return fine;
}

static Complaint complain_about_kind(const PgQuery__CreateStmt *create)
{
    const char *persistence = create->relation->relpersistence;
    if (strcmp(persistence, "t") == 0)
        return (Complaint){"a temporary table cannot be part of a generation", "take TEMPORARY out", 0};
    if (strcmp(persistence, "u") == 0)
        return (Complaint){"an unlogged table is empty after a crash of the server, and on its standbys",
                           "take UNLOGGED out", 0};
    if (create->partspec != NULL)
        return (Complaint){"a partitioned table cannot be an import", "take PARTITION BY out", 0};
    if (create->partbound != NULL)
        return (Complaint){"a partition cannot be an import: it belongs to another table",
                           "write its columns out, without PARTITION OF", 0};
    if (create->n_inh_relations > 0)
        return (Complaint){"an import cannot inherit from another table", "write the columns out, without INHERITS", 0};
    if (create->of_typename != NULL)
        return (Complaint){"an import cannot be a table OF a type", "write the columns out", 0};
    return fine;
}

Complaint table_complain(const PgQuery__CreateStmt *create)
{
    Complaint complaint = complain_about_kind(create);
    for (size_t i = 0; i < create->n_table_elts && complaint.message == NULL; i++)
        complaint = complain_about_element(create->table_elts[i]);
    return complaint;
}
