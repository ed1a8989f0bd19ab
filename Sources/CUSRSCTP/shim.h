// usrsctp: SCTP. `union sctp_sockstore` is sized by INET and INET6 and passed by value to the receive callback, so
// both must be defined exactly as the library was built, before the include: otherwise the calling convention differs.
#pragma once
#define INET 1
#define INET6 1
#include <usrsctp.h>
