/// What is known of a packet that was sent and that feedback will speak of.
package struct SentPacket: Sendable, Equatable {
    /// Its transport-wide number, without an end.
    package var number: Int64
    /// Bytes on the wire, with the headers of UDP and IP.
    package var size: Int
    /// By the sender's clock.
    package var sentAt: Duration
    /// The probe that it is a part of.
    package var cluster: Int?

    /// - Parameter cluster: nil if it is no part of a probe.
    package init(number: Int64, size: Int, sentAt: Duration, cluster: Int? = nil) {
        (self.number, self.size, self.sentAt, self.cluster) = (number, size, sentAt, cluster)
    }
}
