// libnice: ICE. The importer sees no variadic function and no macro; those that we need are wrapped here.
#pragma once
#include <errno.h>
#include <linux/filter.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <nice/agent.h>
#include <glib-object.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

// g_object_set and g_object_get are variadic.
static inline void rtc_nice_set_bool(NiceAgent *agent, const char *name, gboolean value) {
    g_object_set(agent, name, value, NULL);
}

static inline void rtc_nice_set_uint(NiceAgent *agent, const char *name, guint value) {
    g_object_set(agent, name, value, NULL);
}

static inline gboolean rtc_nice_get_bool(NiceAgent *agent, const char *name) {
    gboolean value = FALSE;
    g_object_get(agent, name, &value, NULL);
    return value;
}

// g_signal_connect is a macro, and GCallback hides what the handler is given.
typedef void (*rtc_nice_on_stream)(NiceAgent *, guint stream, gpointer);
typedef void (*rtc_nice_on_state)(NiceAgent *, guint stream, guint component, guint state, gpointer);
typedef void (*rtc_nice_on_pair)(NiceAgent *, guint stream, guint component, NiceCandidate *, NiceCandidate *, gpointer);
typedef void (*rtc_nice_on_candidate)(NiceAgent *, NiceCandidate *, gpointer);

static inline void rtc_nice_connect(NiceAgent *agent, rtc_nice_on_stream gathered, rtc_nice_on_state state,
                                    rtc_nice_on_pair pair, rtc_nice_on_candidate local,
                                    rtc_nice_on_stream checked, gpointer context) {
    g_signal_connect(agent, "candidate-gathering-done", G_CALLBACK(gathered), context);
    g_signal_connect(agent, "component-state-changed", G_CALLBACK(state), context);
    g_signal_connect(agent, "new-selected-pair-full", G_CALLBACK(pair), context);
    g_signal_connect(agent, "new-candidate-full", G_CALLBACK(local), context);
    g_signal_connect(agent, "initial-binding-request-received", G_CALLBACK(checked), context);
}

static inline void rtc_nice_disconnect(NiceAgent *agent, gpointer context) {
    g_signal_handlers_disconnect_matched(agent, G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL, context);
}

// The number of a source that is attached now; sources of a context are numbered as they come.
static inline guint rtc_source_number(GMainContext *context) {
    GSource *source = g_idle_source_new();
    guint number = g_source_attach(source, context);
    g_source_destroy(source);
    g_source_unref(source);
    return number;
}

// The number of the timer that libnice paces its checks with, if it was made after the source of that number; or 0. Of
// libnice's sources only the names tell which is which.
static inline guint rtc_check_timer(GMainContext *context, guint after) {
    guint end = rtc_source_number(context);
    for (guint number = after + 1; number < end; number++) {
        GSource *source = g_main_context_find_source_by_id(context, number);
        const char *name = source ? g_source_get_name(source) : NULL;
        if (name && strcmp(name, "Connectivity check schedule") == 0) return number;
    }
    return 0;
}

// Between two dispatches of a source that may not recurse, its descriptors are taken out of the context and put back, each with
// a write that wakes it. Nothing recurses here. For the sockets that libnice has opened after the source of that number.
static inline void rtc_allow_recursion(GMainContext *context, guint after) {
    guint end = rtc_source_number(context);
    for (guint number = after + 1; number < end; number++) {
        GSource *source = g_main_context_find_source_by_id(context, number);
        const char *name = source ? g_source_get_name(source) : NULL;
        if (name && strcmp(name, "GSocket") == 0) g_source_set_can_recurse(source, TRUE);
    }
}

static inline int rtc_socket_fd(GPtrArray *sockets, guint index) {
    return g_socket_get_fd((GSocket *)g_ptr_array_index(sockets, index));
}

// NiceAddress holds an anonymous union, and the control-message macros are not imported.
static inline const struct sockaddr *rtc_nice_sockaddr(const NiceAddress *address) {
    return &address->s.addr;
}

static inline socklen_t rtc_sockaddr_size(const struct sockaddr *address) {
    return address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

// When the last datagram that was read from a socket had arrived, in nanoseconds of the wall clock; 0 if not known. The
// first call makes the kernel note it from then on. ioctl is variadic.
static inline int64_t rtc_last_arrival(int fd) {
    struct timespec time;
    if (ioctl(fd, SIOCGSTAMPNS, &time) != 0) return 0;
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

#ifndef SO_ATTACH_REUSEPORT_CBPF
#define SO_ATTACH_REUSEPORT_CBPF 51
#endif

// Lets a second socket be bound to the same address and port.
static inline int rtc_share_port(int fd) {
    int value = 1;
    return setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &value, sizeof value);
}

// Of the two sockets that share a port, the second gets all that is not STUN (its first byte is 0 to 3) nor a TURN server's
// ChannelData (64 to 79), and the STUN Binding responses whose transaction begins with `tag`; the first gets the rest, and once
// the second is closed, everything. The filter sees the payload of UDP; what is too short for a question is the first's.
static inline int rtc_steer(int fd, uint32_t tag) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 80, 9, 0),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 64, 9, 0),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 3, 7, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x2112A442, 0, 6),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xFFEF),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x0101, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 8),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, tag, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_fprog program = { sizeof code / sizeof code[0], code };
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program);
}

// accept4 is declared for _GNU_SOURCE only.
extern int accept4(int, struct sockaddr *, socklen_t *, int);

// A descriptor, or -errno.
static inline int rtc_accept(int fd) {
    int connection = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return connection < 0 ? -errno : connection;
}

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

// Whether datagrams may leave in IP fragments. An IPv6 socket takes both options when it carries IPv4 too.
static inline void rtc_set_fragmenting(int fd, int fragments) {
    int v4 = fragments ? IP_PMTUDISC_WANT : IP_PMTUDISC_PROBE;
    int v6 = fragments ? IPV6_PMTUDISC_WANT : IPV6_PMTUDISC_PROBE;
    (void)setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &v4, sizeof v4);
    (void)setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &v6, sizeof v6);
}

// Whether datagrams of one sender that arrive back to back may be read as one. False where the kernel cannot do that.
static inline int rtc_set_merging(int fd, int merges) {
    return setsockopt(fd, IPPROTO_UDP, UDP_GRO, &merges, sizeof merges) == 0;
}

// Whether what arrives is told with its ECN bits (RFC 3168) from here on, in a control message of each. An IPv6 socket takes
// both options when it carries IPv4 too.
static inline void rtc_read_ecn(int fd, int reads) {
    (void)setsockopt(fd, IPPROTO_IP, IP_RECVTOS, &reads, sizeof reads);
    (void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, &reads, sizeof reads);
}

// Appends the control message that marks a datagram with ECN bits; 0 for none. What it takes of the buffer is added to `used`,
// which is where the next one goes.
static inline void rtc_append_ecn(char *control, size_t *used, const struct sockaddr *to, int ecn) {
    if (!ecn) return;
    struct cmsghdr *header = (struct cmsghdr *)(control + *used);
    header->cmsg_level = to->sa_family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
    header->cmsg_type = to->sa_family == AF_INET6 ? IPV6_TCLASS : IP_TOS;
    header->cmsg_len = CMSG_LEN(sizeof ecn);
    memcpy(CMSG_DATA(header), &ecn, sizeof ecn);
    *used += CMSG_SPACE(sizeof ecn);
}

// sendmmsg and its structure are declared for _GNU_SOURCE only.
struct rtc_mmsghdr {
    struct msghdr header;
    unsigned int length;
};
extern int sendmmsg(int, struct rtc_mmsghdr *, unsigned int, int);

// What rtc_send_segments does, for a kernel or an interface that cannot cut: one system call for up to 64 datagrams, each with
// a header of its own. All have these ECN bits. Returns how many datagrams were taken, or -errno.
static inline int rtc_send_each(int fd, const struct sockaddr *to, const void *bytes, size_t count, uint16_t segment, int ecn) {
    struct rtc_mmsghdr messages[64];
    struct iovec vectors[64];
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    size_t used = 0;
    unsigned int total = 0;
    if (ecn) memset(&control, 0, sizeof control);
    rtc_append_ecn(control.bytes, &used, to, ecn);
    memset(messages, 0, sizeof messages);
    for (size_t offset = 0; offset < count && total < 64; offset += segment, total++) {
        size_t rest = count - offset;
        vectors[total].iov_base = (char *)bytes + offset;
        vectors[total].iov_len = rest < segment ? rest : segment;
        messages[total].header.msg_name = (void *)to;
        messages[total].header.msg_namelen = rtc_sockaddr_size(to);
        messages[total].header.msg_iov = &vectors[total];
        messages[total].header.msg_iovlen = 1;
        messages[total].header.msg_control = used ? control.bytes : NULL;
        messages[total].header.msg_controllen = used;
    }
    int sent = sendmmsg(fd, messages, total, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

// One sendmsg for many datagrams of `segment` bytes each, the last may be shorter, with these ECN bits. Returns the bytes
// taken, or -errno.
static inline ssize_t rtc_send_segments(int fd, const struct sockaddr *to, const void *bytes, size_t count,
                                        uint16_t segment, int ecn) {
    struct iovec vector = { (void *)bytes, count };
    union {
        char bytes[CMSG_SPACE(sizeof(uint16_t)) + CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    size_t used = 0;
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_name = (void *)to;
    message.msg_namelen = rtc_sockaddr_size(to);
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    if (count > segment || ecn) memset(&control, 0, sizeof control);
    if (count > segment) {
        struct cmsghdr *header = &control.align;
        header->cmsg_level = IPPROTO_UDP;
        header->cmsg_type = UDP_SEGMENT;
        header->cmsg_len = CMSG_LEN(sizeof(uint16_t));
        memcpy(CMSG_DATA(header), &segment, sizeof segment);
        used = CMSG_SPACE(sizeof segment);
    }
    rtc_append_ecn(control.bytes, &used, to, ecn);
    if (used) {
        message.msg_control = control.bytes;
        message.msg_controllen = used;
    }
    ssize_t sent = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

// What rtc_receive says of what it has read into a slot, in front of that: how many bytes these are, of what size the datagrams
// are that the kernel has merged to them (of one traffic class, as all of their headers), whether they are from the peer, with
// which ECN bits they came, if that is read, and where they are from.
typedef struct {
    uint32_t length;
    uint32_t segment;
    uint32_t is_peer;
    uint32_t ecn;
    NiceAddress from;
} rtc_arrival;

extern int recvmmsg(int, struct rtc_mmsghdr *, unsigned int, int, struct timespec *);

// Reads what is there into at most 16 slots of `size` bytes that lie one behind the other. Returns how many, or -errno.
static inline int rtc_receive(int fd, void *slots, size_t size, unsigned int count, const NiceAddress *peer) {
    struct rtc_mmsghdr messages[16];
    struct iovec vectors[16];
    union {
        char bytes[2 * CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } controls[16];
    if (count > 16) count = 16;
    for (unsigned int index = 0; index < count; index++) {
        char *slot = (char *)slots + index * size;
        struct msghdr *header = &messages[index].header;
        vectors[index].iov_base = slot + sizeof(rtc_arrival);
        vectors[index].iov_len = size - sizeof(rtc_arrival);
        header->msg_name = &((rtc_arrival *)slot)->from;
        header->msg_namelen = sizeof(NiceAddress);
        header->msg_iov = &vectors[index];
        header->msg_iovlen = 1;
        header->msg_control = &controls[index];
        header->msg_controllen = sizeof controls[index];
        header->msg_flags = 0;
    }
    int read = recvmmsg(fd, messages, count, MSG_DONTWAIT, NULL);
    if (read < 0) return -errno;
    for (int index = 0; index < read; index++) {
        rtc_arrival *arrival = (rtc_arrival *)((char *)slots + (size_t)index * size);
        struct msghdr *header = &messages[index].header;
        arrival->length = messages[index].length;
        arrival->segment = arrival->length;
        arrival->ecn = 0;
        struct cmsghdr *control = header->msg_controllen ? CMSG_FIRSTHDR(header) : NULL;
        for (; control; control = CMSG_NXTHDR(header, control)) {
            if (control->cmsg_level == IPPROTO_UDP && control->cmsg_type == UDP_GRO) {
                int segment;
                memcpy(&segment, CMSG_DATA(control), sizeof segment);
                if (segment > 0 && (uint32_t)segment < arrival->length) arrival->segment = (uint32_t)segment;
            } else if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_TOS) {
                arrival->ecn = *CMSG_DATA(control) & 3u;
            } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_TCLASS) {
                int class;
                memcpy(&class, CMSG_DATA(control), sizeof class);
                arrival->ecn = (uint32_t)class & 3u;
            }
        }
        arrival->is_peer = nice_address_equal(&arrival->from, peer) ? 1 : 0;
    }
    return read;
}
