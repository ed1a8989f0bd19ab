import TransportTypes

@testable import SRTP

/// Packets of SRTP and SRTCP between two ends, which somebody without the key changes, repeats and adds to.
enum SRTPEntry {
    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let profile = SRTPProfile.allCases[input.below(SRTPProfile.allCases.count)]
        let key = [UInt8](repeating: 1, count: profile.keyLength)
        let salt = [UInt8](repeating: 2, count: profile.saltLength)
        let sender = try SRTPContext(.sending, profile: profile, key: key, salt: salt, maximumSources: 4)
        let receiver = try SRTPContext(.receiving, profile: profile, key: key, salt: salt, maximumSources: 4)
        var (plain, sent): ([[UInt8]], [[UInt8]]) = ([], [])
        var taken: Set<Int> = []
        var steps = 0
        while !input.isEmpty, steps < 100 {
            steps += 1
            let isControl = input.flag()
            switch input.below(4) {
            case 0:
                let packet = input.take(input.below(200))
                var datagram: [UInt8] = []
                if (try? protect(packet, isControl, sender, &datagram)) != nil {
                    plain.append(packet)
                    sent.append(datagram)
                }
            case 1 where !sent.isEmpty:
                let index = input.below(sent.count)
                guard let opened = open(sent[index], isControl, receiver) else { continue }
                try FuzzFinding.require(opened == plain[index], "a packet is not what was sent")
                let isNew = taken.insert(index).inserted || sent.count { $0 == sent[index] } > 1
                try FuzzFinding.require(isNew, "it came twice")
            case 2 where !sent.isEmpty:
                let original = sent[input.below(sent.count)]
                let changed = input.mutate(original)
                try FuzzFinding.require(
                    sent.contains(changed) || open(changed, isControl, receiver) == nil, "a forgery is believed")
            default:
                let noise = input.take(input.below(64))
                try FuzzFinding.require(open(noise, isControl, receiver) == nil, "noise is believed")
            }
        }
    }

    private static func protect(
        _ packet: [UInt8], _ isControl: Bool, _ sender: SRTPContext, _ datagram: inout [UInt8]
    ) throws(SRTPError) {
        if isControl {
            try sender.protect(rtcp: packet.span, appendingTo: &datagram)
        } else {
            try sender.protect(rtp: packet.span, appendingTo: &datagram)
        }
    }

    private static func open(_ datagram: [UInt8], _ isControl: Bool, _ receiver: SRTPContext) -> [UInt8]? {
        var plain: [UInt8]?
        let keep = { (span: Span<UInt8>) in plain = span.indices.map { span[$0] } }
        if isControl {
            try? receiver.unprotect(rtcp: datagram.span, now: .zero, keep)
        } else {
            try? receiver.unprotect(rtp: datagram.span, now: .zero, keep)
        }
        return plain
    }
}
