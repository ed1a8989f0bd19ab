internal import Foundation
internal import StrictJSON

/// The built-in action `system_info`: what may be said of the server to anybody.
struct SystemInfo: Sendable {
    private let start = ContinuousClock.now

    var response: RPCResponse {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return RPCResponse(
            content: .value(
                .object([
                    "name": .string("swift-webrtc"), "platform": .string("linux"),
                    "architecture": .string(Self.architecture), "time": .time(.now),
                    "processors": .number(ProcessInfo.processInfo.activeProcessorCount),
                    "uptime": .number(seconds.rounded()),
                ])))
    }

    #if arch(x86_64)
        private static let architecture = "x86_64"
    #elseif arch(arm64)
        private static let architecture = "arm64"
    #else
        private static let architecture = "other"
    #endif
}
