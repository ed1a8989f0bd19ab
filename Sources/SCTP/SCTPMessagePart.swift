/// What is known of the bytes that arrive together.
///
/// A message up to 256 KiB comes whole, with `isFirst` and `isLast` both true. A longer one comes
/// in parts, in order; parts of messages on other streams may come between them.
package struct SCTPMessagePart: Sendable, Equatable {
    /// The stream it came on.
    package var stream: UInt16

    /// The payload protocol identifier, in host order (RFC 8831 §8).
    package var ppid: UInt32

    /// Whether it was sent unordered.
    package var isUnordered: Bool

    /// Whether the message begins here. If the message before it on this stream has not had its
    /// last part, the peer gave that one up (RFC 3758) and what came of it is to be dropped.
    package var isFirst: Bool

    /// Whether the message ends here.
    package var isLast: Bool
}
