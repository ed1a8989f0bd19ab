/// A DCEP message that cannot be read, or not be made.
package struct DCEPError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong with it.
    package enum Code: Sendable, Hashable {
        /// It is shorter or longer than it says, or than can be said.
        case length
        /// It is neither DATA_CHANNEL_OPEN nor DATA_CHANNEL_ACK.
        case messageType
        /// The reliability of the channel is none that RFC 8832 knows.
        case channelType
        /// The label or the protocol is not UTF-8.
        case encoding
    }

    /// What is wrong.
    package let code: Code
    /// The same for people, with the numbers.
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "DCEP: \(message)" }
}
