import Testing

/// All tests of this target, one after another: usrsctp's clock is one for the process, and a test that lets a minute pass
/// lets it pass for all.
@Suite("SCTP", .serialized, .timeLimit(.minutes(5)))
enum SCTPTests {}
