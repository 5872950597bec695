/* Covers util/notify.c and util/heartbeat.c: what goes over the socket of a supervisor, and how a process is watched. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "matswap/heartbeat.h"
#include "matswap/memory.h"
#include "matswap/notify.h"

static void *context;
static int ear = -1;
static char *address_name;

static int set_up(void **state)
{
    context = mem_context(NULL);
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    return 0;
}

static int tear_down(void **state)
{
    if (ear >= 0)
        close(ear);
    ear = -1;
    if (address_name != NULL && address_name[0] == '/')
        unlink(address_name);
    address_name = NULL;
    talloc_free(context);
    return 0;
}

/* A socket of that name, which NOTIFY_SOCKET then says. */
static void listen_at(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    address_name = mem_strdup(context, name);
    assert_true(strlen(name) < sizeof address.sun_path);
    memcpy(address.sun_path, name, strlen(name));
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    ear = socket(AF_UNIX, SOCK_DGRAM, 0);
    socklen_t length = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + strlen(name));
    assert_int_equal(bind(ear, (struct sockaddr *) &address, length), 0);
    setenv("NOTIFY_SOCKET", name, 1);
}

static void assert_heard(const char *expected)
{
    char message[1024];
    ssize_t length = recv(ear, message, sizeof message - 1, MSG_DONTWAIT);
    assert_true(length >= 0);
    message[length] = '\0';
    assert_string_equal(message, expected);
}

static Notify *open_notify(void)
{
    Notify *notify;
    Errors *errors = errors_new(context);
    assert_int_equal(notify_open(context, &notify, errors), STATUS_OK);
    assert_true(errors_empty(errors));
    return notify;
}

static void without_a_socket_nothing_is_sent(void **state)
{
    setenv("WATCHDOG_USEC", "1000000", 1);
    Notify *notify = open_notify();
    assert_false(notify_is_heard(notify));
    assert_int_equal(notify_watchdog_ms(notify), 0); /* nobody could be fed */
    assert_true(notify_send(notify, "READY=1"));
    assert_true(notify_reloading(notify));
    setenv("NOTIFY_SOCKET", "", 1);
    assert_false(notify_is_heard(open_notify()));
}

static void a_message_is_one_datagram(void **state)
{
    char folder[] = "/tmp/matswap-notify.XXXXXX";
    assert_non_null(mkdtemp(folder));
    const char *const names[] = {mem_printf(context, "%s/socket", folder),
                                 mem_printf(context, "@matswap-test-notify-%d", getpid())};
    for (size_t i = 0; i < 2; i++)
    {
        listen_at(names[i]);
        Notify *notify = open_notify();
        assert_true(notify_is_heard(notify));
        assert_true(notify_send(notify, "READY=1\nSTATUS=%s, %d", "100%", 7));
        assert_heard("READY=1\nSTATUS=100%, 7");
        talloc_free(notify);
        close(ear);
    }
    ear = -1;
    unlink(names[0]);
    assert_int_equal(rmdir(folder), 0);
}

static void a_reload_says_when_it_began(void **state)
{
    listen_at(mem_printf(context, "@matswap-test-notify-%d", getpid()));
    int64_t before_us = heartbeat_clock() * 1000;
    assert_true(notify_reloading(open_notify()));
    char message[256];
    ssize_t length = recv(ear, message, sizeof message - 1, MSG_DONTWAIT);
    assert_true(length > 0);
    message[length] = '\0';
    long long at_us;
    int end = 0;
    assert_int_equal(sscanf(message, "RELOADING=1\nMONOTONIC_USEC=%lld%n", &at_us, &end), 1);
    assert_int_equal(end, length);
    assert_true(at_us >= before_us && at_us <= (heartbeat_clock() + 1) * 1000);
}

static void what_is_started_later_does_not_inherit_it(void **state)
{
    listen_at(mem_printf(context, "@matswap-test-notify-%d", getpid()));
    setenv("WATCHDOG_USEC", "3000000", 1);
    setenv("WATCHDOG_PID", mem_printf(context, "%d", getpid()), 1);
    Notify *notify = open_notify();
    assert_null(getenv("NOTIFY_SOCKET"));
    assert_null(getenv("WATCHDOG_USEC"));
    assert_null(getenv("WATCHDOG_PID"));
    assert_int_equal(notify_watchdog_ms(notify), 3000);
    assert_true(notify_send(notify, "WATCHDOG=1"));
    assert_heard("WATCHDOG=1");
}

static void a_watchdog_of_another_process_is_none_of_ours(void **state)
{
    listen_at(mem_printf(context, "@matswap-test-notify-%d", getpid()));
    setenv("WATCHDOG_USEC", "3000000", 1);
    setenv("WATCHDOG_PID", "1", 1);
    assert_int_equal(notify_watchdog_ms(open_notify()), 0);
}

static void what_is_no_socket_is_refused(void **state)
{
    char long_name[200];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[0] = '/';
    long_name[sizeof long_name - 1] = '\0';
    const char *const wrong[] = {"relative", "/", "@", "vsock:2:1", long_name};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    {
        Notify *notify = NULL;
        Errors *errors = errors_new(context);
        setenv("NOTIFY_SOCKET", wrong[i], 1);
        assert_int_equal(notify_open(context, &notify, errors), STATUS_FAILED);
        assert_null(notify);
        assert_int_equal(errors->items[0]->kind, ERROR_SYSTEM);
        assert_non_null(strstr(errors->items[0]->message, mem_printf(context, "NOTIFY_SOCKET=%s names no socket", wrong[i])));
    }
}

static void a_listener_that_is_gone_or_deaf_holds_nobody_up(void **state)
{
    listen_at(mem_printf(context, "@matswap-test-notify-%d", getpid()));
    Notify *notify = open_notify();
    int64_t sent = 0;
    while (sent < 100000 && notify_send(notify, "WATCHDOG=1"))
        sent++;
    assert_true(sent > 0 && sent < 100000); /* its queue is full: the last one has waited, and given up */
    assert_int_equal(errno, EAGAIN);
    close(ear);
    ear = -1;
    assert_false(notify_send(notify, "WATCHDOG=1"));
    assert_int_equal(errno, ECONNREFUSED);
}

static void a_wait_of_another_process_can_be_watched(void **state)
{
    Heartbeat *heartbeat = mmap(NULL, sizeof *heartbeat, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(heartbeat, MAP_FAILED);
    heartbeat_beat(); /* nobody is attached */
    assert_int_equal(atomic_load(heartbeat), 0);
    pid_t child = fork();
    if (child == 0)
    {
        heartbeat_attach(heartbeat, 5);
        for (;;)
            heartbeat_poll(NULL, 0, -1);
    }
    while (atomic_load(heartbeat) == 0)
        usleep(1000);
    for (int i = 0; i < 3; i++)
    {
        int64_t seen = atomic_load(heartbeat);
        while (atomic_load(heartbeat) == seen) /* it comes by again and again */
            usleep(1000);
        assert_true(atomic_load(heartbeat) > seen);
        assert_true(atomic_load(heartbeat) <= heartbeat_clock());
    }
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    munmap(heartbeat, sizeof *heartbeat);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(without_a_socket_nothing_is_sent),
        TEST(a_message_is_one_datagram),
        TEST(a_reload_says_when_it_began),
        TEST(what_is_started_later_does_not_inherit_it),
        TEST(a_watchdog_of_another_process_is_none_of_ours),
        TEST(what_is_no_socket_is_refused),
        TEST(a_listener_that_is_gone_or_deaf_holds_nobody_up),
        TEST(a_wait_of_another_process_can_be_watched),
    };
    return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
