import ArgumentParser
import Foundation
import FoundationNetworking
import Gateway
import ICE
import JSEP
import WebRTC

struct RPC: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rpc",
        abstract:
            "A gateway's request and reply over a data channel, beside a message there and back on a plain channel.")

    private struct Answer: Decodable {
        let session_id: String
        let sdp: String
    }

    @Option(help: "Round trips of each kind, after a tenth of that to warm up.") var count = 5000

    func validate() throws {
        guard count > 0 else { throw ValidationError("--count has to be larger than 0") }
    }

    func run() async throws {
        var settings = GatewayConfiguration(port: 0)
        settings.sessions.connection.ice.includesLoopback = true
        let gateway = Gateway(configuration: settings) { request in try .value(request["text"] ?? "") }
        let running = Task { try await gateway.run() }
        guard let port = await gateway.listening() else { return try await running.value }
        let (connection, channel) = try await Self.session(port)
        let pair = try await BenchPair.connect()
        guard let near = pair.near.first, let far = pair.far.first else { throw ValidationError("no channel") }
        let echo = Task { for try await message in far.messages { try await far.send(message) } }
        let text = String(repeating: "x", count: 64)
        var (plain, requests): ([Double], [Double]) = ([], [])
        // In turns, so that what the machine does beside it is the same for both.
        for round in 0..<11 {
            let part = try await Self.measure(near, count / 10) { _ in text }
            let asked = try await Self.measure(channel, count / 10) {
                #"{"id":\#($0),"action":"echo","text":"\#(text)"}"#
            }
            if round > 0 {
                plain += part
                requests += asked
            }
        }
        await pair.close()
        _ = await echo.result
        connection.close()
        running.cancel()
        _ = await running.result

        var report = Report(mode: "rpc")
        report.add("count", plain.count)
        report.add("channel_p50_us", plain.percentile(0.50))
        report.add("rpc_p50_us", requests.percentile(0.50))
        report.add("channel_p99_us", plain.percentile(0.99))
        report.add("rpc_p99_us", requests.percentile(0.99))
        report.print()
    }

    private static func session(_ port: Int) async throws -> (PeerConnection, DataChannel) {
        let offer = try JSONDecoder().decode(Answer.self, from: try await post(port, "offer", ["peer_id": "bench"]))
        var settings = PeerConnection.Configuration()
        settings.ice.includesLoopback = true
        let connection = try PeerConnection(configuration: settings)
        let answer = try await connection.answer(to: SessionDescription(type: .offer, sdp: offer.sdp))
        _ = try await post(port, "answer", ["session_id": offer.session_id, "sdp": answer.sdp])
        for await channel in connection.dataChannels { return (connection, channel) }
        throw ValidationError("the gateway has opened no channel")
    }

    private static func post(_ port: Int, _ path: String, _ body: [String: String]) async throws -> Data {
        guard let url = URL(string: "http://127.0.0.1:\(port)/v1/webrtc/\(path)") else { return Data() }
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.httpBody = try JSONEncoder().encode(body)
        return try await URLSession.shared.data(for: request).0
    }

    private static func measure(
        _ channel: DataChannel, _ count: Int, _ message: (Int) -> String
    ) async throws -> [Double] {
        var microseconds: [Double] = []
        var answers = channel.messages.makeAsyncIterator()
        for number in 0..<max(1, count) {
            let text = message(number)
            let start = ContinuousClock.now
            try await channel.send(text)
            guard try await answers.next() != nil else { throw ValidationError("the channel closed") }
            microseconds.append((ContinuousClock.now - start) / .microseconds(1))
        }
        return microseconds
    }
}
