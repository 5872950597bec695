/*
 * message_points.c: what libpq sends to and receives from the server (pqsecure_raw_write and pqsecure_raw_read in
 * fe-secure.c, PQcancel in fe-connect.c), message by message.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 *
 * A message is a type, a length and a body; the first that a client sends on a connection has no type, and the answer
 * to a request for encryption is a single byte.  send() gives the kernel one message after the other, each after its
 * point, and returns what it would without us; recv() gives libpq at most one message a call, which it must be able to
 * deal with anyway.
 *
 * Each message is a point, but a row of DataRow messages, and a row of ParameterStatus, is one: at the first of them.
 */
#undef _GNU_SOURCE /* with it, <sys/socket.h> declares connect() with a union for its address */
#include "fault_points.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define TEXT_SHOWN 60
#define HEADER_TYPED 5   /* type, length */
#define HEADER_UNTYPED 4 /* length */
#define HEADER_NONE 0    /* a message of one byte */

/* Request codes in the place of the protocol's version */
#define CODE_CANCEL 80877102U
#define CODE_SSL 80877103U
#define CODE_GSSENC 80877104U

/* One direction of a connection, and how far its current message has come. */
typedef struct Stream
{
    size_t header_size;
    size_t passed;
    unsigned char header[HEADER_TYPED];
    bool announced;
} Stream;

struct Connection
{
    int number;
    Stream out;
    Stream in;
    unsigned char last_received; /* type of the message */
    bool ends;                   /* with the message that is under way */
    bool dead;
};

static int connections_made;

/* ---- streams ----------------------------------------------------------------------------------------------- */

static uint32_t read_number(const unsigned char *bytes)
{
    uint32_t number;
    memcpy(&number, bytes, sizeof number);
    return ntohl(number);
}

/*
 * How many of the next `limit` bytes belong to the current message, of which the next `visible` ones are at `bytes`:
 * all that are visible, as long as they do not tell its length.
 */
static size_t stream_rest(const Stream *stream, const unsigned char *bytes, size_t visible, size_t limit)
{
    if (stream->header_size == HEADER_NONE)
        return 1;
    unsigned char header[HEADER_TYPED];
    size_t have = stream->passed < stream->header_size ? stream->passed : stream->header_size;
    size_t more = stream->header_size - have < visible ? stream->header_size - have : visible;
    memcpy(header, stream->header, have);
    if (more > 0)
        memcpy(header + have, bytes, more);
    if (have + more < stream->header_size)
        return visible;
    /* the length counts itself, not the type */
    size_t total = stream->header_size - 4 + read_number(header + stream->header_size - 4);
    return total - stream->passed < limit ? total - stream->passed : limit;
}

/* `count` bytes, as stream_rest allows, have passed; true when they complete the message. */
static bool stream_pass(Stream *stream, const unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < count && stream->passed + i < stream->header_size; i++)
        stream->header[stream->passed + i] = bytes[i];
    stream->passed += count;
    bool complete = stream->passed >= stream->header_size && stream_rest(stream, NULL, 0, 1) == 0;
    if (complete || stream->header_size == HEADER_NONE)
    {
        stream->passed = 0;
        stream->announced = false;
        return true;
    }
    return false;
}

static void end_connection(int descriptor, Connection *connection)
{
    int saved = errno;
    connection->dead = true;
    shutdown(descriptor, SHUT_RDWR);
    errno = saved;
}

/* ---- sending ----------------------------------------------------------------------------------------------- */

/* The first message of a connection, or the next one after a refused request for encryption. */
static const char *describe_untyped(Connection *connection, const unsigned char *bytes, size_t count)
{
    if (count < 8)
        point_defect("libpq sends %zu bytes of its first message", count);
    switch (read_number(bytes + 4))
    {
    case CODE_CANCEL:
        return "cancel";
    case CODE_SSL:
        connection->in.header_size = HEADER_NONE;
        return "ssl?";
    case CODE_GSSENC:
        connection->in.header_size = HEADER_NONE;
        return "gss?";
    default:
        return "startup";
    }
}

/* The SQL of Query and Parse; of nothing else, as there is a message for passwords. */
static const char *describe_sql(const unsigned char *bytes, size_t count, int *ret_length)
{
    const unsigned char *end = bytes + count;
    const unsigned char *text = bytes + (count < HEADER_TYPED ? count : HEADER_TYPED);
    *ret_length = 0;
    if (bytes[0] == 'P')
    {
        text = memchr(text, '\0', (size_t) (end - text)); /* ends the statement's name */
        text = text == NULL ? end : text + 1;
    }
    else if (bytes[0] != 'Q')
        return "";
    *ret_length = end - text < TEXT_SHOWN ? (int) (end - text) : TEXT_SHOWN;
    return (const char *) text;
}

static Fate announce_send(Connection *connection, const unsigned char *bytes, size_t count)
{
    connection->out.announced = true;
    if (connection->out.header_size == HEADER_UNTYPED)
        return point_message("send %d %s", connection->number, describe_untyped(connection, bytes, count));
    int length;
    const char *text = describe_sql(bytes, count, &length);
    return point_message("send %d %c%s%.*s", connection->number, bytes[0], length > 0 ? " " : "", length, text);
}

/* A message begins at `bytes`; false when its connection ends before it. */
static bool begin_send(int descriptor, Connection *connection, const unsigned char *bytes, size_t count)
{
    Fate fate = announce_send(connection, bytes, count);
    connection->ends = fate == FATE_CUT_AFTER;
    if (fate == FATE_CUT)
        end_connection(descriptor, connection);
    return fate != FATE_CUT;
}

static void end_send(int descriptor, Connection *connection)
{
    if (connection->out.header_size == HEADER_UNTYPED && connection->in.header_size != HEADER_NONE)
        connection->out.header_size = HEADER_TYPED;
    if (connection->ends)
        end_connection(descriptor, connection);
}

ssize_t send(int descriptor, const void *buffer, size_t count, int flags)
{
    Connection *connection = descriptor_connection(descriptor);
    if (connection == NULL || !points_active())
        return REAL(send)(descriptor, buffer, count, flags);
    size_t done = 0;
    while (done < count && !connection->dead)
    {
        const unsigned char *bytes = (const unsigned char *) buffer + done;
        size_t left = count - done;
        if (!connection->out.announced && !begin_send(descriptor, connection, bytes, left))
            break;
        size_t piece = stream_rest(&connection->out, bytes, left, left);
        ssize_t sent = REAL(send)(descriptor, bytes, piece, flags);
        if (sent < 0)
            return done > 0 ? (ssize_t) done : sent;
        done += (size_t) sent;
        if (stream_pass(&connection->out, bytes, (size_t) sent))
            end_send(descriptor, connection);
        if ((size_t) sent < piece)
            break;
    }
    if (done > 0)
        return (ssize_t) done; /* what is left finds the connection dead by the next call */
    errno = ECONNRESET;
    return -1;
}

/* ---- receiving --------------------------------------------------------------------------------------------- */

/* What of a body helps a reader of the list: tags, transaction status, errors, settings. */
static int describe_body(unsigned char type, size_t length)
{
    if (strchr("CZENS", type) == NULL)
        return 0;
    return length < TEXT_SHOWN ? (int) length : TEXT_SHOWN;
}

/* `count` bytes at `bytes` are next, and complete the header. */
static Fate announce_receive(Connection *connection, const unsigned char *bytes, size_t count)
{
    Stream *in = &connection->in;
    unsigned char type = in->passed > 0 ? in->header[0] : bytes[0];
    bool goes_on = type == connection->last_received && (type == 'D' || type == 'S');
    in->announced = true;
    connection->last_received = type;
    if (goes_on)
        return FATE_PASS;
    size_t header_left = in->header_size - in->passed;
    int length = describe_body(type, count - header_left);
    char text[TEXT_SHOWN];
    for (int i = 0; i < length; i++) /* the fields of a body end with null bytes */
        text[i] = bytes[header_left + (size_t) i] == '\0' ? ' ' : (char) bytes[header_left + (size_t) i];
    while (length > 0 && text[length - 1] == ' ')
        length--;
    return point_message("receive %d %c%s%.*s", connection->number, type, length > 0 ? " " : "", length, text);
}

/* The answer to a request for encryption is a byte, or an error message from a server that does not know it. */
static void read_answer(Connection *connection, unsigned char answer)
{
    if (answer == 'S' || answer == 'G')
        point_defect("messages cannot be told apart when they are encrypted: set sslmode and gssencmode to disable");
    if (answer == 'E')
        connection->in.header_size = HEADER_TYPED;
}

/* At most how many bytes are of the current message; 0 or less is recv()'s own answer. */
static ssize_t look_ahead(int descriptor, Connection *connection, size_t limit, int flags)
{
    Stream *in = &connection->in;
    unsigned char header[HEADER_TYPED];
    size_t missing = in->passed < in->header_size ? in->header_size - in->passed : 0;
    if (in->header_size != HEADER_NONE && missing == 0)
        return (ssize_t) stream_rest(in, NULL, 0, limit);
    size_t count = in->header_size == HEADER_NONE ? 1 : missing < limit ? missing : limit;
    ssize_t seen = REAL(recv)(descriptor, header, count, flags | MSG_PEEK);
    if (seen <= 0)
        return seen;
    if (in->header_size == HEADER_NONE)
        read_answer(connection, header[0]);
    return (ssize_t) stream_rest(in, header, (size_t) seen, limit);
}

static void end_receive(int descriptor, Connection *connection)
{
    connection->in.header_size = HEADER_TYPED;
    if (connection->ends)
        end_connection(descriptor, connection);
}

ssize_t recv(int descriptor, void *buffer, size_t count, int flags)
{
    Connection *connection = descriptor_connection(descriptor);
    if (connection == NULL || !points_active() || count == 0 || (flags & MSG_PEEK) != 0)
        return REAL(recv)(descriptor, buffer, count, flags);
    if (connection->dead)
        return 0;
    Stream *in = &connection->in;
    ssize_t rest = look_ahead(descriptor, connection, count, flags);
    ssize_t got = rest <= 0 ? rest : REAL(recv)(descriptor, buffer, (size_t) rest, flags);
    if (got <= 0)
        return got;
    if (!in->announced && in->passed + (size_t) got >= in->header_size)
    {
        Fate fate = announce_receive(connection, buffer, (size_t) got);
        connection->ends = connection->ends || fate == FATE_CUT_AFTER;
        if (fate == FATE_CUT)
        {
            end_connection(descriptor, connection);
            return 0;
        }
    }
    if (stream_pass(in, buffer, (size_t) got))
        end_receive(descriptor, connection);
    return got;
}

/* ---- connections ------------------------------------------------------------------------------------------- */

static bool is_to_server(int descriptor, const struct sockaddr *address)
{
    int type = 0;
    socklen_t size = sizeof type;
    return (address->sa_family == AF_UNIX || address->sa_family == AF_INET || address->sa_family == AF_INET6) &&
           getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

int connect(int descriptor, const struct sockaddr *address, socklen_t length)
{
    int result = REAL(connect)(descriptor, address, length);
    int saved = errno;
    if (points_active() && (result == 0 || saved == EINPROGRESS) && is_to_server(descriptor, address))
    {
        Connection *connection = calloc(1, sizeof *connection);
        if (connection == NULL)
            point_defect("out of memory");
        connection->number = ++connections_made;
        connection->out.header_size = HEADER_UNTYPED;
        connection->in.header_size = HEADER_TYPED;
        descriptor_set_connection(descriptor, connection);
    }
    errno = saved;
    return result;
}
