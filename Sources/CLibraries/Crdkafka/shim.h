#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <malloc.h>

/* glibc gives a process up to eight arenas for each processor, and keeps in each what was freed there. The library has a
   thread for each broker of each handle, and what they freed would be a large part of a process's memory. What it hands
   over is freed by another thread than allocated it, so arenas of their own would spare them no lock. */
static inline void crdkafka_share_arena(void) { mallopt(M_ARENA_MAX, 1); }
