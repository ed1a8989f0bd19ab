import Testing

/// Whole connections, one test after another: they share SCTP's clock.
@Suite("Connections, simulated", .serialized, .enabled(if: OwnProcess.isOurs, OwnProcess.hint))
enum ConnectionTests {}
