import Testing

/// Tests that play media at their speed: one behind the other, so that none makes another late.
@Suite("In real time", .serialized)
enum RealTime {}
