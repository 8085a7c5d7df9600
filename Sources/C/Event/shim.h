#include <event2/event.h>
#include <event2/listener.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
