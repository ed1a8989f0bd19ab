import TestSupport
import Testing

@testable import WebRTC

@Suite("Datagrams for one system call")
struct PacketBatchTests {
    private func datagram(_ count: Int, _ value: UInt8 = 0) -> [UInt8] { [UInt8](repeating: value, count: count) }

    @Test("datagrams of one size follow each other, and a shorter one ends the run")
    func run() {
        var batch = PacketBatch()
        #expect(batch.isEmpty && batch.accepts(1200))
        batch.append(datagram(1200, 1).span)
        #expect(!batch.accepts(1201))
        batch.append(datagram(1200, 2).span)
        #expect(batch.accepts(1200) && batch.accepts(1))
        batch.append(datagram(10, 3).span)
        #expect(!batch.accepts(10) && !batch.accepts(1))
        #expect(batch.segmentSize == 1200)
        #expect(batch.bytes == datagram(1200, 1) + datagram(1200, 2) + datagram(10, 3))
        batch.removeAll()
        #expect(batch.isEmpty && batch.accepts(5000))
    }

    @Test("datagrams that know ECN are in a batch of their own")
    func marks() {
        var batch = PacketBatch()
        _ = batch.append(100, isMarked: true) { bytes in
            bytes += datagram(100)
            return true
        }
        #expect(batch.isMarked && batch.accepts(100, isMarked: true) && !batch.accepts(100))
        batch.removeAll()
        batch.append(datagram(100).span)
        #expect(!batch.isMarked && batch.accepts(100) && !batch.accepts(100, isMarked: true))
    }

    @Test("the kernel's limits are kept: 64 segments, 65,000 bytes")
    func limits() {
        var batch = PacketBatch()
        for _ in 0..<PacketBatch.maximumSegments {
            #expect(batch.accepts(100))
            batch.append(datagram(100).span)
        }
        #expect(!batch.accepts(100))
        batch.removeAll()
        var count = 0
        while batch.accepts(1200) {
            batch.append(datagram(1200).span)
            count += 1
        }
        #expect(count == PacketBatch.maximumBytes / 1200)
    }

    @Test("any datagram goes alone, however large")
    func alone() {
        var batch = PacketBatch()
        #expect(batch.accepts(70_000))
        batch.append(datagram(70_000).span)
        #expect(!batch.accepts(1))
    }

    @Test("cutting the bytes by the segment size gives the datagrams back, for random sizes")
    func cutting() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<200 {
            var batch = PacketBatch()
            var sent: [[UInt8]] = []
            let large = Int.random(in: 2...1400, using: &generator)
            for index in 0..<100 {
                let isShort = Int.random(in: 0..<20, using: &generator) == 0
                let size = isShort ? Int.random(in: 1...large, using: &generator) : large
                guard batch.accepts(size) else { break }
                sent.append(datagram(size, UInt8(index)))
                batch.append(datagram(size, UInt8(index)).span)
            }
            let cut = stride(from: 0, to: batch.bytes.count, by: batch.segmentSize).map {
                Array(batch.bytes[$0..<min(batch.bytes.count, $0 + batch.segmentSize)])
            }
            #expect(cut == sent)
        }
    }

    @Test("the memory of a burst stays for the next one, and goes with a batch that needs a fraction of it")
    func memory() {
        var batch = PacketBatch()
        func send(_ size: Int) -> Int {
            batch.append([UInt8](repeating: 1, count: size).span)
            batch.removeAll()
            return batch.bytes.capacity
        }
        #expect(send(60_000) >= 60_000 && send(20_000) >= 60_000)
        #expect(send(100) < PacketBatch.keptBytes)
        #expect((1000..<2 * PacketBatch.keptBytes).contains(send(1000)) && send(10) >= 1000)
    }
}
