/// Flows that share a link, in virtual time, and what became of them. Times are in microseconds.
package struct Simulation: Sendable {
    /// What is known of a span of 100 ms.
    package struct Sample: Sendable {
        package var time: Int64
        /// For each flow of media, in bit/s.
        package var estimates: [Double]
        /// For each flow of media, then of TCP, in bit/s.
        package var received: [Double]
        package var linkRate: Double
        /// Whether a flow of media holds out against one that fills the queue.
        package var isContested: Bool
    }

    /// What is shared, and by whom.
    package private(set) var link: ModelLink
    package private(set) var media: [MediaFlow]
    package private(set) var tcp: [TCPFlow]
    /// One for each 100 ms.
    package private(set) var samples: [Sample] = []
    /// Of each millisecond, in microseconds.
    package private(set) var queueDelays: [Int32] = []
    private var receivedBytes: [Int]
    private var random: SeededRandom

    /// - Parameter seed: the same gives the same run.
    package init(
        link: ModelLink.Settings, media: [MediaFlow.Settings], tcp: [(kind: TCPFlow.Kind, active: Range<Int64>)] = [],
        seed: UInt64 = 1
    ) {
        self.link = ModelLink(link, seed: seed)
        self.media = media.enumerated().map { MediaFlow($1, index: $0, seed: seed &* 31 &+ UInt64($0)) }
        self.tcp = tcp.enumerated().map { TCPFlow($1.kind, index: media.count + $0, active: $1.active) }
        receivedBytes = Array(repeating: 0, count: media.count + tcp.count)
        random = SeededRandom(seed: seed &+ 5)
    }

    /// Runs it from 0 to a time.
    package mutating func run(until end: Int64) {
        for time in stride(from: 0, to: end, by: 1_000) {
            if !link.isEmpty { deliver(at: time) }
            for index in media.indices { media[index].sendFeedback(at: time) }
            // Nobody is always the first.
            let count = media.count + tcp.count
            let first = count > 1 ? Int(random.next() % UInt64(count)) : 0
            for offset in 0..<count {
                let index = (first + offset) % count
                if index < media.count {
                    media[index].send(at: time, into: &link)
                } else {
                    tcp[index - media.count].send(at: time, into: &link)
                }
            }
            queueDelays.append(Int32(clamping: link.queueDelay(at: time)))
            if time % 100_000 == 99_000 { sample(time) }
        }
    }

    private mutating func deliver(at time: Int64) {
        for (arrival, packet) in link.arrivals(by: time) {
            if packet.flow < media.count {
                media[packet.flow].receive(packet, at: arrival)
            } else {
                tcp[packet.flow - media.count].receive(packet, at: arrival)
            }
        }
    }

    private mutating func sample(_ time: Int64) {
        let bytes = media.map { $0.receivedBytes } + tcp.map { $0.receivedBytes }
        let received = zip(bytes, receivedBytes).map { Double($0 - $1) * 80 }
        receivedBytes = bytes
        samples.append(
            Sample(
                time: time, estimates: media.map { Double($0.estimate) }, received: received,
                linkRate: min(link.rate(at: time), link.settings.policer?.rate ?? .infinity),
                isContested: media.contains { $0.isContested }))
    }
}
