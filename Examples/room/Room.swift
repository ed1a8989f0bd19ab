import ArgumentParser
import BrowserServer
import JSEP
import Streaming
import Synchronization
import WebRTC

/// A room in which all see and hear each other:
///
///     swift run room --loopback    # open http://127.0.0.1:8080/ in several windows
///
/// Each browser sends its camera in three sizes, and gets each other one in the size that fits the
/// way to it.
@main
struct RoomExample: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "room")

    @OptionGroup var server: BrowserServer

    func run() async throws {
        let room = Room()
        let visitors = Atomic(0)
        let page = BrowserPage(sends: [.audio, .video], sendsSizes: true, showsAll: true)
        Task {
            for await speaker in room.speakers { print("speaking:", speaker ?? "nobody") }
        }
        try await server.run(page) { connection in
            let name = "guest-\(visitors.add(1, ordering: .relaxed).newValue)"
            let channels = connection.dataChannels
            Task {
                // Who is connected comes in. What others send is negotiated on this channel.
                for await channel in channels where channel.label == "signaling" {
                    let negotiator = PerfectNegotiator(
                        connection, over: DataChannelSignaling(channel), polite: true)
                    // There may be no more room for it.
                    guard (try? await room.join(connection, as: name)) != nil else { return connection.close() }
                    await connection.closed()
                    negotiator.close()
                }
            }
        }
    }
}
