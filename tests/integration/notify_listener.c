/*
 * notify_listener PATH|@NAME: what a supervisor hears.  Each datagram becomes a line on standard output, its lines
 * separated by "|".  "listening" comes first.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int argc, char **argv)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = argc == 2 ? strlen(argv[1]) : 0;
    if (length == 0 || length >= sizeof address.sun_path)
        return 2;
    memcpy(address.sun_path, argv[1], length);
    if (argv[1][0] == '@')
        address.sun_path[0] = '\0';
    int listener = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *) &address, (socklen_t) (offsetof(struct sockaddr_un, sun_path) + length)))
    {
        perror(argv[1]);
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    puts("listening");
    char message[4096];
    ssize_t received;
    while ((received = recv(listener, message, sizeof message - 1, 0)) >= 0)
    {
        message[received] = '\0';
        for (char *c = message; *c != '\0'; c++)
            if (*c == '\n')
                *c = '|';
        puts(message);
    }
    return 1;
}
