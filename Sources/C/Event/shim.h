// The system's headers come first: libevent's configuration defines _GNU_SOURCE, and with it the
// same structures would differ from those that other modules see.
#include <sys/types.h>
#include <sys/time.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <event2/event.h>
#include <event2/listener.h>
