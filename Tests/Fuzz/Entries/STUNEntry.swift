import TransportTypes

@testable import ICE

/// STUN messages: answers to Binding requests, TURN's Allocate on a stream, and answers that claim to be signed.
enum STUNEntry {
    @Sendable static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let kind = input.below(4)
        switch kind {
        case 0: _ = STUNBinding.decodeResponse(input.rest().span)
        case 1: _ = STUNBinding.decodeAllocation(input.rest().span)
        case 2: try readStream(&input)
        default: try checkAnswer(&input)
        }
    }

    /// Whether the pieces in which a stream comes make no difference.
    private static func readStream(_ input: inout FuzzInput) throws {
        let size = 1 + input.below(64)
        let stream = input.rest()
        var (whole, parts) = (AllocationReader(), AllocationReader())
        let atOnce = whole.take(stream)
        var found: TransportAddress?
        for start in stride(from: 0, to: stream.count, by: size) {
            found = found ?? parts.take(stream[start..<min(stream.count, start + size)])
        }
        // What is longer than the reader keeps is given up, at a place that depends on the pieces.
        try FuzzFinding.require(
            found == atOnce || stream.count > AllocationReader.limit, "a stream reads differently in pieces of \(size)")
    }

    /// A message with a right MESSAGE-INTEGRITY behind whatever the input says is authentic, and no other one is.
    private static func checkAnswer(_ input: inout FuzzInput) throws {
        let check = ConnectivityCheck(
            local: try ICECredentials(usernameFragment: "abcd", password: "abcdefghijklmnopqrstuv"),
            remote: try ICECredentials(usernameFragment: "efgh", password: "vutsrqponmlkjihgfedcba"),
            priority: 1, role: .controlling)
        let isSigned = input.flag()
        var message = input.rest()
        guard message.count >= STUNBinding.headerSize else { return }
        if isSigned {
            message.removeLast(message.count % 4)
            setLength(message.count + 24, of: &message)
            let code = MessageIntegrity.code(of: message, password: check.remote.password)
            message += [0, 8, 0, 20] + code
        }
        setLength(message.count, of: &message)
        let answer = check.answer(in: message.span)
        try FuzzFinding.require(answer == nil || isSigned, "an answer that nobody signed is taken")
    }

    private static func setLength(_ total: Int, of message: inout [UInt8]) {
        let length = total - STUNBinding.headerSize
        message[2] = UInt8(truncatingIfNeeded: length >> 8)
        message[3] = UInt8(truncatingIfNeeded: length)
    }
}
