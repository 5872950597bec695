/* timed_signal.h: signals that arrive in the middle of a wait, and how long a wait took. */
#ifndef MATSWAP_TESTS_TIMED_SIGNAL_H
#define MATSWAP_TESTS_TIMED_SIGNAL_H

/* The monotonic clock's time, from an arbitrary start: only differences mean something. */
double now_ms(void);

/* Raises the signal in this process after so long, less than 1000 ms; SIGALRM and its timer are used for it. */
void signal_after(int number, int milliseconds);

#endif
