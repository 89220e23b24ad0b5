/* Shifts the calendar of a process and of its children by CALENDAR_SHIFT_S seconds, given in the environment.

   Preload it. What reads the date gets the shifted one; a wait until a date gets back the date that the kernel knows.
   The monotonic clock, and all that waits on it, is not changed: deadlines and sleeps keep their length. libfaketime
   does this too, but with locks in shared memory: threads of Python sometimes crash on them, and those of a JVM
   can wait without end. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static time_t shift;

__attribute__((constructor)) static void read_shift(void) {
  const char *seconds = getenv("CALENDAR_SHIFT_S");
  shift = seconds == NULL ? 0 : atol(seconds);
}

static int is_calendar(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE; }

int clock_gettime(clockid_t clock, struct timespec *now) {
  static __typeof__(&clock_gettime) real;
  if (real == NULL) real = REAL(clock_gettime);
  int failed = real(clock, now);
  if (!failed && is_calendar(clock)) now->tv_sec += shift;
  return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  (void)zone;
  struct timespec precise;
  clock_gettime(CLOCK_REALTIME, &precise);
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *now) {
  struct timespec precise;
  clock_gettime(CLOCK_REALTIME, &precise);
  if (now != NULL) *now = precise.tv_sec;
  return precise.tv_sec;
}

/* Waits until a date. A condition's clock is not told: a time that is far below the date is a monotonic one. */

static struct timespec kernel_time(const struct timespec *until) {
  struct timespec shifted;
  clock_gettime(CLOCK_REALTIME, &shifted);
  struct timespec result = *until;
  if (result.tv_sec > shifted.tv_sec / 2) result.tv_sec -= shift;
  return result;
}

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until) {
  static __typeof__(&pthread_cond_timedwait) real;
  if (real == NULL) real = REAL(pthread_cond_timedwait);
  struct timespec end = kernel_time(until);
  return real(condition, mutex, &end);
}

int pthread_cond_clockwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, clockid_t clock,
                           const struct timespec *restrict until) {
  static __typeof__(&pthread_cond_clockwait) real;
  if (real == NULL) real = REAL(pthread_cond_clockwait);
  struct timespec end = is_calendar(clock) ? kernel_time(until) : *until;
  return real(condition, mutex, clock, &end);
}

int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex, const struct timespec *restrict until) {
  static __typeof__(&pthread_mutex_timedlock) real;
  if (real == NULL) real = REAL(pthread_mutex_timedlock);
  struct timespec end = kernel_time(until);
  return real(mutex, &end);
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict until) {
  static __typeof__(&sem_timedwait) real;
  if (real == NULL) real = REAL(sem_timedwait);
  struct timespec end = kernel_time(until);
  return real(semaphore, &end);
}

int sem_clockwait(sem_t *restrict semaphore, clockid_t clock, const struct timespec *restrict until) {
  static __typeof__(&sem_clockwait) real;
  if (real == NULL) real = REAL(sem_clockwait);
  struct timespec end = is_calendar(clock) ? kernel_time(until) : *until;
  return real(semaphore, clock, &end);
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until, struct timespec *left) {
  static __typeof__(&clock_nanosleep) real;
  if (real == NULL) real = REAL(clock_nanosleep);
  struct timespec end = is_calendar(clock) && (flags & TIMER_ABSTIME) ? kernel_time(until) : *until;
  return real(clock, flags, &end, left);
}

int timerfd_settime(int timer, int flags, const struct itimerspec *next, struct itimerspec *previous) {
  static __typeof__(&timerfd_settime) real;
  if (real == NULL) real = REAL(timerfd_settime);
  struct itimerspec moved = *next;
  if (flags & TFD_TIMER_ABSTIME) moved.it_value = kernel_time(&next->it_value);
  return real(timer, flags, &moved, previous);
}
