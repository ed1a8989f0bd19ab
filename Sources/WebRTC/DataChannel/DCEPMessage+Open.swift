extension DCEPMessage {
    /// The content of DATA_CHANNEL_OPEN (RFC 8832 §5.1).
    package struct Open: Sendable, Hashable {
        /// Whether messages arrive in the order in which they were sent.
        package let ordered: Bool
        /// How often or how long messages are sent again.
        package let reliability: Reliability
        /// RFC 8831 §6.4: 128 below normal, 256 normal, 512 high, 1024 extra high; any other value
        /// stands for its range.
        package let priority: UInt16
        /// The name of the channel, at most 65535 bytes of UTF-8.
        package let label: String
        /// The subprotocol of the channel, at most 65535 bytes of UTF-8.
        package let `protocol`: String

        /// Fails if the label or the protocol does not fit.
        package init(
            ordered: Bool = true, reliability: Reliability = .reliable, priority: UInt16 = 256, label: String,
            protocol: String = ""
        ) throws(DCEPError) {
            for (name, text) in [("label", label), ("protocol", `protocol`)] where text.utf8.count > Int(UInt16.max) {
                throw DCEPError(.length, "the \(name) has \(text.utf8.count) bytes of UTF-8; at most 65535 fit")
            }
            self.ordered = ordered
            self.reliability = reliability
            self.priority = priority
            self.label = label
            self.protocol = `protocol`
        }

        /// The limit of retransmissions as the W3C has it; larger ones count as 65535.
        package var maxRetransmits: UInt16? {
            if case .retransmits(let count) = reliability { UInt16(clamping: count) } else { nil }
        }

        /// The lifetime in milliseconds as the W3C has it; larger ones count as 65535.
        package var maxPacketLifeTime: UInt16? {
            if case .lifetime(let milliseconds) = reliability { UInt16(clamping: milliseconds) } else { nil }
        }

        private static let headerLength = 12
        private static let unorderedBit: UInt8 = 0x80

        init(parsing bytes: Span<UInt8>) throws(DCEPError) {
            guard bytes.count >= Self.headerLength else {
                throw DCEPError(.length, "DATA_CHANNEL_OPEN has at least 12 bytes, this one has \(bytes.count)")
            }
            let labelLength = Int(Self.number(bytes, at: 8, of: 2))
            let protocolLength = Int(Self.number(bytes, at: 10, of: 2))
            let length = Self.headerLength + labelLength + protocolLength
            guard bytes.count == length else {
                throw DCEPError(.length, "DATA_CHANNEL_OPEN announces \(length) bytes, this one has \(bytes.count)")
            }
            let parameter = Self.number(bytes, at: 4, of: 4)
            let reliability: Reliability
            switch bytes[1] & ~Self.unorderedBit {
            case 0: reliability = .reliable  // the parameter is ignored
            case 1: reliability = .retransmits(parameter)
            case 2: reliability = .lifetime(milliseconds: parameter)
            default: throw DCEPError(.channelType, "channel type \(bytes[1]) is not one of RFC 8832 §5.1")
            }
            try self.init(
                ordered: bytes[1] & Self.unorderedBit == 0, reliability: reliability,
                priority: UInt16(truncatingIfNeeded: Self.number(bytes, at: 2, of: 2)),
                label: Self.text(bytes, at: Self.headerLength, of: labelLength, "label"),
                protocol: Self.text(bytes, at: Self.headerLength + labelLength, of: protocolLength, "protocol"))
        }

        func serialized() -> [UInt8] {
            let (type, parameter): (UInt8, UInt32) =
                switch reliability {
                case .reliable: (0, 0)
                case .retransmits(let count): (1, count)
                case .lifetime(let milliseconds): (2, milliseconds)
                }
            var bytes = [DCEPMessage.openType, ordered ? type : type | Self.unorderedBit]
            bytes.reserveCapacity(Self.headerLength + label.utf8.count + `protocol`.utf8.count)
            Self.append(UInt32(priority), of: 2, to: &bytes)
            Self.append(parameter, of: 4, to: &bytes)
            // The initializer has seen to it that both fit.
            Self.append(UInt32(truncatingIfNeeded: label.utf8.count), of: 2, to: &bytes)
            Self.append(UInt32(truncatingIfNeeded: `protocol`.utf8.count), of: 2, to: &bytes)
            bytes.append(contentsOf: label.utf8)
            bytes.append(contentsOf: `protocol`.utf8)
            return bytes
        }

        private static func number(_ bytes: Span<UInt8>, at offset: Int, of count: Int) -> UInt32 {
            (offset..<(offset + count)).reduce(0) { $0 << 8 | UInt32(bytes[$1]) }
        }

        private static func append(_ number: UInt32, of count: Int, to bytes: inout [UInt8]) {
            for shift in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: number >> UInt32(8 * shift))) }
        }

        private static func text(
            _ bytes: Span<UInt8>, at offset: Int, of count: Int, _ name: String
        ) throws(DCEPError) -> String {
            let content = (offset..<(offset + count)).map { bytes[$0] }
            guard let text = String(validating: content, as: UTF8.self) else {
                throw DCEPError(.encoding, "the \(name) is not UTF-8")
            }
            return text
        }
    }
}
