import RTP
import Testing
import WebRTC

@testable import Streaming

@Suite("What a track is fed with, as packets")
struct FedReadingTests {
    private func read(_ reading: inout FedReading, _ number: UInt8, isKey: Bool = false, name: String? = nil) -> Int {
        reading.packets(of: .frame(CountingSource.frame(number, isKey: isKey, name: name)), now: .zero).count
    }

    @Test("what was kept does not come twice")
    func kept() {
        var reading = FedReading(TrackFeed.Clock())
        let before = [read(&reading, 1, isKey: true), read(&reading, 2)]
        reading.endKept()
        let after = [read(&reading, 2), read(&reading, 3), read(&reading, 4)]
        #expect(before == [1, 1] && after == [0, 1, 1])
    }

    @Test("after a loss the pictures of each stream wait for one that needs no other")
    func losses() {
        var reading = FedReading(TrackFeed.Clock())
        let before = [read(&reading, 1, isKey: true), read(&reading, 2)]
        let noted = [reading.note(lost: 3), reading.note(lost: 3)]
        let waiting = [read(&reading, 6), read(&reading, 6, name: "h")]
        let named = [read(&reading, 7, isKey: true, name: "h"), read(&reading, 8, name: "h"), read(&reading, 8)]
        let back = [read(&reading, 9, isKey: true), read(&reading, 10)]
        #expect(before == [1, 1] && noted == [true, false] && waiting == [0, 0])
        #expect(named == [1, 1, 0] && back == [1, 1])
    }
}
