/// One end of a connection: ours, a browser's or aiortc's. The tests are written once against this.
protocol InteropEnd: Sendable {
    var log: EventLog { get }

    func createDataChannel(_ label: String, _ options: ChannelOptions) async throws
    /// Sets the local description, an offer or an answer as the state demands, and returns it; with all candidates in it
    /// where `complete`.
    func describeLocally(complete: Bool) async throws -> Description
    func setRemoteDescription(_ description: Description) async throws
    /// nil after the last.
    func addCandidate(_ candidate: Candidate?) async throws
    func send(_ payload: Payload, on label: String) async throws
    /// Sends `count` text messages of `size` bytes, each beginning with its number and a colon.
    func sendSequence(count: Int, size: Int, on label: String) async throws
    func closeChannel(_ label: String) async throws
    func close() async throws
}

/// How candidates reach the other end.
enum CandidateExchange: String, Sendable, CaseIterable, CustomStringConvertible {
    /// One by one, as they are found.
    case trickle
    /// In the descriptions.
    case complete

    var description: String { rawValue }
}

/// Which end makes the offer.
enum OurRole: String, Sendable, CaseIterable, CustomStringConvertible {
    case offers, answers

    var description: String { rawValue }
}

/// Two ends and the signaling between them.
struct InteropPair: Sendable {
    let offerer: any InteropEnd
    let answerer: any InteropEnd

    /// Exchanges descriptions, through a signaling that may change them, and candidates. The offerer has created a channel;
    /// returns when both are connected.
    func connect(_ exchange: CandidateExchange, through signaling: (Description) -> Description = { $0 }) async throws {
        let complete = exchange == .complete
        let offer = try await offerer.describeLocally(complete: complete)
        try await answerer.setRemoteDescription(signaling(offer))
        let answer = try await answerer.describeLocally(complete: complete)
        try await offerer.setRemoteDescription(signaling(answer))
        if exchange == .trickle {
            try await withThrowingTaskGroup { group in
                group.addTask { try await forwardCandidates(from: offerer, to: answerer) }
                group.addTask { try await forwardCandidates(from: answerer, to: offerer) }
                try await group.waitForAll()
            }
        }
        try await offerer.log.expect(.state("connected"))
        try await answerer.log.expect(.state("connected"))
    }

    /// Hands over the candidates of both ends that come from now on, until the task is cancelled.
    func forwardCandidates() -> Task<Void, Never> {
        let places = [offerer.log.events.count, answerer.log.events.count]
        return Task {
            await withTaskGroup { group in
                for (source, target, place) in [(offerer, answerer, places[0]), (answerer, offerer, places[1])] {
                    group.addTask {
                        var place = place
                        // An end that has no description for it yet, or that is gone, does without.
                        while let next = try? await forwardCandidate(from: source, at: place, to: target) {
                            place = next
                        }
                    }
                }
            }
        }
    }

    /// Hands over every candidate, and the end of them.
    private func forwardCandidates(from source: any InteropEnd, to target: any InteropEnd) async throws {
        var place = 0
        while true {
            let (candidate, next) = try await nextCandidate(of: source, from: place)
            try await target.addCandidate(candidate)
            guard candidate != nil else { return }
            place = next
        }
    }

    private func forwardCandidate(
        from source: any InteropEnd, at place: Int, to target: any InteropEnd
    ) async throws -> Int {
        // Whoever forwards candidates ends that when the test is over.
        let (candidate, next) = try await nextCandidate(of: source, from: place, isLoud: false)
        if candidate != nil { try? await target.addCandidate(candidate) }
        return next
    }

    private func nextCandidate(
        of end: any InteropEnd, from place: Int, isLoud: Bool = true
    ) async throws -> (Candidate?, Int) {
        let (candidate, next) = try await end.log.first(from: place, isLoud: isLoud) { event -> Candidate?? in
            if case .candidate(let candidate) = event { .some(candidate) } else { nil }
        }
        return (candidate, next)
    }

    func close() async {
        try? await offerer.close()
        try? await answerer.close()
    }
}
