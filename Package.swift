// swift-tools-version: 6.2
import PackageDescription

// The direction of dependency is the architecture: C* -> protocol targets -> WebRTC -> Signaling, Mesh -> Examples.
// Docs/Architecture.md draws it; .ci/structure checks it.
let package = Package(
    name: "swift-webrtc",
    products: [
        .library(name: "WebRTC", targets: ["WebRTC"]),
        .library(name: "TransportTypes", targets: ["TransportTypes"]),
        .library(name: "ICE", targets: ["ICE"]),
        .library(name: "DTLS", targets: ["DTLS"]),
        .library(name: "JSEP", targets: ["JSEP"]),
        .library(name: "SDP", targets: ["SDP"]),
        .library(name: "RTP", targets: ["RTP"]),
        .library(name: "MediaFiles", targets: ["MediaFiles"]),
        .library(name: "MediaIO", targets: ["MediaIO"]),
        .library(name: "Streaming", targets: ["Streaming"]),
        .library(name: "Signaling", targets: ["Signaling"]),
        .library(name: "Tokens", targets: ["Tokens"]),
        .library(name: "Backplane", targets: ["Backplane"]),
        .library(name: "Gateway", targets: ["Gateway"]),
        .library(name: "Discovery", targets: ["Discovery"]),
        .library(name: "Election", targets: ["Election"]),
        .library(name: "GroupKeys", targets: ["GroupKeys"]),
        .library(name: "SharedState", targets: ["SharedState"]),
        .library(name: "SharedStateStore", targets: ["SharedStateStore"]),
        .library(name: "Mesh", targets: ["Mesh"]),
        .executable(name: "meshchat", targets: ["meshchat"]),
        .executable(name: "rtcbench", targets: ["rtcbench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.15.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.100.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.0"),
    ],
    targets: [
        // System libraries: a module map and a shim of static inline functions each.
        .systemLibrary(name: "CGLib", pkgConfig: "glib-2.0", providers: [.apt(["libglib2.0-dev"])]),
        .systemLibrary(name: "CNice", providers: [.apt(["libnice-dev"])]),
        .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CUSRSCTP", providers: [.apt(["libusrsctp-dev"])]),
        .systemLibrary(name: "CSRTP", providers: [.apt(["libsrtp2-dev", "libssl-dev"])]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "CQREncode", providers: [.apt(["libqrencode-dev"])]),
        .systemLibrary(name: "CDNSSD", providers: [.apt(["libavahi-compat-libdnssd-dev"])]),

        // Queues between tasks; any target above may use them.
        .target(name: "AsyncQueues", dependencies: [.product(name: "DequeModule", package: "swift-collections")]),

        // Protocol targets: they never import each other.
        .target(name: "NetworkLoop", dependencies: ["CGLib"]),
        // Values that several layers speak in: candidates, credentials, fingerprints, roles. No C, no I/O.
        .target(name: "TransportTypes"),
        // The offer/answer exchange and its negotiator, as values. No C, no I/O.
        .target(name: "JSEP", dependencies: ["SDP", "TransportTypes"]),
        .target(
            name: "ICE",
            dependencies: [
                "TransportTypes", "CGLib", "CNice", "COpenSSL", "NetworkLoop",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(name: "DTLS", dependencies: ["TransportTypes", "COpenSSL"]),
        .target(name: "SCTP", dependencies: ["CUSRSCTP"]),
        .target(name: "SRTP", dependencies: ["TransportTypes", "CSRTP"]),
        // Packets of media and what is said of them. No C, no I/O.
        .target(name: "RTP"),
        // One stream of packets for each who watches, of what others send. No C, no I/O.
        .target(name: "Forwarding", dependencies: ["RTP"]),
        // Files that media are recorded to and played from. No C; what does I/O is one folder.
        .target(name: "MediaFiles", dependencies: ["RTP"]),
        .target(name: "SDP"),
        // JSON of strangers, read in one pass and written. No C, no I/O.
        .target(name: "StrictJSON", dependencies: ["SDP"]),
        // Addresses of .local names, asked of the link; and the thread for that, which Discovery uses too.
        .target(name: "MulticastDNS", dependencies: ["TransportTypes", "CLinux"]),
        .target(
            name: "Discovery",
            dependencies: [
                "AsyncQueues", "MulticastDNS", "CDNSSD", .product(name: "Logging", package: "swift-log"),
            ]),
        .target(name: "Election"),
        // The key of a group of nodes: its words and QR code, and who proves that he has it. No I/O.
        .target(
            name: "GroupKeys",
            dependencies: ["COpenSSL", "CQREncode", .product(name: "Crypto", package: "swift-crypto")]),
        // A map that several hold, the last write of each key wins. No C, no I/O.
        .target(name: "SharedState", dependencies: ["AsyncQueues", "StrictJSON"]),

        // Composition.
        .target(
            name: "WebRTC",
            dependencies: [
                "AsyncQueues", "NetworkLoop", "TransportTypes", "JSEP", "ICE", "DTLS", "SCTP", "SDP", "SRTP", "RTP",
                "MulticastDNS", "StrictJSON",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        // Media from and to files, and from programs that speak RTP without WebRTC.
        .target(
            name: "MediaIO",
            dependencies: [
                "WebRTC", "JSEP", "RTP", "MediaFiles", "SDP", "AsyncQueues",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        // One source to many watchers, in the size that fits each, and what they press.
        .target(
            name: "Streaming",
            dependencies: [
                "AsyncQueues", "Forwarding", "JSEP", "MediaFiles", "RTP", "SDP", "StrictJSON", "WebRTC",
                .product(name: "NIOCore", package: "swift-nio"),
            ]),
        .target(
            name: "Signaling",
            dependencies: [
                "AsyncQueues", "JSEP", "StrictJSON",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]),
        // Whose token it is, by JSON Web Tokens: for servers that know their users.
        .target(
            name: "Tokens",
            dependencies: [
                "Signaling", "StrictJSON",
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        // Joins signaling servers over Redis.
        .target(
            name: "Backplane",
            dependencies: [
                "Signaling", "CHiredis",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        // What a replica of it keeps in a file.
        .target(
            name: "SharedStateStore",
            dependencies: ["SharedState", .product(name: "GRDB", package: "GRDB.swift")]),
        .target(
            name: "Mesh",
            dependencies: [
                "ICE", "JSEP", "MulticastDNS", "AsyncQueues", "StrictJSON", "WebRTC", "Signaling", "Discovery",
                "Election", "GroupKeys", "SharedState",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ]),

        // Sessions and their requests over HTTP and data channels, for programs and pages.
        .target(
            name: "Gateway",
            dependencies: [
                "AsyncQueues", "CLinux", "ICE", "JSEP", "MediaIO", "Mesh", "Signaling", "Streaming", "StrictJSON",
                "WebRTC",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.copy("Pages"), .embedInCode("OpenAPI/openapi.json")]),

        // Programs.
        .executableTarget(
            name: "meshchat",
            dependencies: [
                "Backplane", "Gateway", "GroupKeys", "ICE", "JSEP", "Mesh", "Signaling", "Tokens", "WebRTC",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Examples/meshchat",
            exclude: ["Deployment"]),
        // Links and flows in virtual time, for `rtcbench estimator` and the tests of the estimate.
        .target(name: "EstimatorModel", dependencies: ["RTP"], path: "Examples/EstimatorModel"),
        .executableTarget(
            name: "rtcbench",
            dependencies: [
                "EstimatorModel", "Gateway", "ICE", "JSEP", "Streaming", "WebRTC",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/rtcbench",
            exclude: ["bench", "estimates", "fairness", "instructions", "peers", "profile", "transfer"]),

        // The README's program, and the server of Docs/Server.md.
        .executableTarget(name: "quickstart", dependencies: ["WebRTC"], path: "Examples/quickstart"),
        .executableTarget(
            name: "server",
            dependencies: [
                "ICE", "JSEP", "WebRTC", .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Examples/server"),

        .executableTarget(
            name: "embedded-server",
            dependencies: ["Gateway", .product(name: "Hummingbird", package: "hummingbird")],
            path: "Examples/embedded-server"),
        .executableTarget(name: "inventory", dependencies: ["Gateway"], path: "Examples/inventory"),
        .executableTarget(
            name: "streamer",
            dependencies: [
                "Gateway", "ICE", "MediaIO", "Streaming", "WebRTC",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/streamer"),

        // Media, each in one file; what they have in common is a server and a page.
        .target(
            name: "BrowserServer",
            dependencies: [
                "ICE", "JSEP", "WebRTC", .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Examples/BrowserServer"),
        .executableTarget(
            name: "play-file",
            dependencies: [
                "BrowserServer", "MediaIO", "WebRTC",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/play-file"),
        .executableTarget(
            name: "broadcast",
            dependencies: [
                "BrowserServer", "JSEP", "Streaming", "WebRTC",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/broadcast"),
        .executableTarget(
            name: "room",
            dependencies: [
                "BrowserServer", "JSEP", "Streaming", "WebRTC",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/room"),
        .executableTarget(
            name: "record",
            dependencies: [
                "BrowserServer", "MediaIO", "WebRTC",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/record"),
        .executableTarget(
            name: "signaling-host",
            dependencies: [
                "Backplane", "Signaling", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/signaling-host",
            exclude: ["go"]),
        .executableTarget(
            name: "presenter",
            dependencies: [
                "Signaling", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/presenter"),
        .executableTarget(
            name: "echo",
            dependencies: [
                "BrowserServer", "JSEP", "WebRTC",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/echo"),
        .executableTarget(
            name: "voice-agent",
            dependencies: [
                "BrowserServer", "JSEP", "MediaIO", "WebRTC",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/voice-agent"),
        .executableTarget(
            name: "ffmpeg-to-browser",
            dependencies: [
                "BrowserServer", "MediaIO", "WebRTC",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Examples/ffmpeg-to-browser"),

        // Tests, in rings: pure cores, native wrappers in memory, loopback, interop.
        .target(name: "SeededRandom", path: "Tests/SeededRandom"),
        .target(
            name: "TestSupport",
            dependencies: [
                "SeededRandom",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Tests/TestSupport",
            exclude: [
                "CMalloc", "leakprobe", "linkem", "linkpeer", "recordprobe", "lan.sh", "mesh-deaths.py", "mesh-many.py",
                "testnet.sh",
            ]),
        // Connections of one process, for those who test the API.
        .target(
            name: "WebRTCTestSupport",
            dependencies: ["ICE", "JSEP", "WebRTC", .product(name: "NIOCore", package: "swift-nio")],
            path: "Tests/WebRTCTestSupport"),
        .systemLibrary(name: "CMalloc", path: "Tests/TestSupport/CMalloc"),
        .executableTarget(
            name: "leakprobe",
            dependencies: [
                "CMalloc", "ICE", "WebRTC", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/TestSupport/leakprobe"),
        .executableTarget(name: "linkem", path: "Tests/TestSupport/linkem"),
        .executableTarget(
            name: "linkpeer",
            dependencies: [
                "ICE", "JSEP", "TransportTypes", "WebRTC", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/TestSupport/linkpeer"),
        .executableTarget(
            name: "recordprobe", dependencies: ["JSEP", "MediaIO", "WebRTC", "WebRTCTestSupport"],
            path: "Tests/TestSupport/recordprobe"),
        .testTarget(name: "AsyncQueuesTests", dependencies: ["AsyncQueues"]),
        .testTarget(name: "NetworkLoopTests", dependencies: ["NetworkLoop", "TestSupport"]),
        .testTarget(name: "RTPTests", dependencies: ["RTP", "EstimatorModel", "TestSupport"]),
        .testTarget(
            name: "StreamingTests",
            dependencies: [
                "Streaming", "Forwarding", "JSEP", "RTP", "MediaFiles", "WebRTC", "WebRTCTestSupport", "TestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
            ]),
        .testTarget(name: "ForwardingTests", dependencies: ["Forwarding", "RTP", "TestSupport"]),
        .testTarget(name: "MediaFilesTests", dependencies: ["MediaFiles", "RTP", "TestSupport"]),
        .testTarget(
            name: "MediaIOTests",
            dependencies: [
                "MediaIO", "WebRTC", "JSEP", "RTP", "MediaFiles", "SDP", "TestSupport", "WebRTCTestSupport",
                "recordprobe",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .testTarget(name: "SRTPTests", dependencies: ["TransportTypes", "SRTP", "TestSupport"]),
        .testTarget(name: "ICETests", dependencies: ["TransportTypes", "ICE", "CNice", "NetworkLoop", "TestSupport"]),
        .testTarget(name: "TransportTypesTests", dependencies: ["TransportTypes", "TestSupport"]),
        .testTarget(name: "JSEPTests", dependencies: ["JSEP", "SDP", "TransportTypes", "TestSupport"]),
        .testTarget(name: "MulticastDNSTests", dependencies: ["MulticastDNS", "TransportTypes", "TestSupport"]),
        .testTarget(name: "DTLSTests", dependencies: ["TransportTypes", "DTLS", "TestSupport"]),
        .testTarget(name: "SCTPTests", dependencies: ["SCTP", "CUSRSCTP", "TestSupport"]),
        .testTarget(name: "SDPTests", dependencies: ["SDP", "TestSupport"]),
        .testTarget(name: "StrictJSONTests", dependencies: ["StrictJSON", "TestSupport"]),
        .testTarget(
            name: "DiscoveryTests", dependencies: ["MulticastDNS", "TransportTypes", "Discovery", "TestSupport"]),
        // Groups that are killed, stopped and cut off, by one seed; and a program that plays many.
        .target(name: "ElectionWorld", dependencies: ["Election", "SeededRandom"], path: "Tests/ElectionWorld"),
        .executableTarget(
            name: "election-seeds", dependencies: ["Election", "ElectionWorld"], path: "Tests/ElectionSeeds"),
        .testTarget(name: "ElectionTests", dependencies: ["Election", "ElectionWorld", "TestSupport"]),
        .testTarget(name: "SharedStateTests", dependencies: ["SharedState", "TestSupport"]),
        .testTarget(
            name: "SharedStateStoreTests",
            dependencies: [
                "SharedState", "SharedStateStore", "TestSupport", .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(
            name: "GroupKeysTests",
            dependencies: ["GroupKeys", "TestSupport", .product(name: "Crypto", package: "swift-crypto")]),
        .testTarget(
            name: "WebRTCTests",
            dependencies: [
                "AsyncQueues", "JSEP", "TransportTypes", "WebRTC", "NetworkLoop", "ICE", "DTLS", "RTP", "SCTP", "SDP",
                "SRTP", "TestSupport", "WebRTCTestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
            ]),
        // Whole connections on a network in memory, their applications and the signaling between them, from a seed.
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "JSEP", "TransportTypes", "SDP", "ICE", "NetworkLoop", "DTLS", "SCTP", "AsyncQueues", "WebRTC",
                "TestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            // OpenSSL and usrsctp ask the simulation for the time, see SimulatedSystemTime. Of a test target, which is in no
            // product, so that nobody who depends on the package meets the flag.
            linkerSettings: [.unsafeFlags(["-Xlinker", "--export-dynamic-symbol=gettimeofday"])]),
        // One test for each case of the W3C's own test suite that concerns us, by the case's number.
        .testTarget(
            name: "ConformanceTests",
            dependencies: [
                "DTLS", "ICE", "JSEP", "TransportTypes", "WebRTC", "SDP", "TestSupport", "WebRTCTestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            exclude: ["cases.txt"]),
        .testTarget(
            name: "SignalingTests",
            dependencies: [
                "AsyncQueues", "Signaling", "JSEP", "StrictJSON", "TestSupport", "presenter",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "InMemoryLogging", package: "swift-log"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]),
        .testTarget(
            name: "TokensTests",
            dependencies: [
                "Tokens", "Signaling", "StrictJSON", "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "BackplaneTests",
            dependencies: [
                "AsyncQueues", "Backplane", "JSEP", "Signaling", "TestSupport", "signaling-host",
                .product(name: "InMemoryLogging", package: "swift-log"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Gateway", "GroupKeys", "ICE", "JSEP", "MediaIO", "Mesh", "Signaling", "StrictJSON", "WebRTC",
                "TestSupport",
                "embedded-server",
                "inventory", "meshchat", "Streaming", "streamer",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "InMemoryLogging", package: "swift-log"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            exclude: ["Browser", "JavaScript"],
            resources: [.copy("Resources")]),
        .testTarget(
            name: "MeshTests",
            dependencies: [
                "JSEP", "AsyncQueues", "GroupKeys", "Mesh", "SharedState", "SharedStateStore", "Signaling",
                "StrictJSON",
                "WebRTC", "TestSupport", "WebRTCTestSupport", "meshchat",
                .product(name: "InMemoryLogging", package: "swift-log"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(name: "NetworkTests", dependencies: ["TestSupport", "leakprobe", "linkpeer", "rtcbench"]),
        .testTarget(
            name: "InteropTests",
            dependencies: [
                "JSEP", "RTP", "TransportTypes", "Mesh", "Signaling", "MediaFiles", "MediaIO", "Streaming", "WebRTC",
                "TestSupport", "WebRTCTestSupport",
                "quickstart", "server", "play-file", "record", "broadcast", "room", "echo", "voice-agent",
                "ffmpeg-to-browser",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ],
            resources: [.copy("Resources")]),
    ]
)

// The entries of the fuzzer and what was found with it: tests, or, for `make fuzz`, the program that libFuzzer runs.
let fuzzed: [Target.Dependency] = [
    "DTLS", "Discovery", "Forwarding", "GroupKeys", "ICE", "JSEP", "MediaFiles", "Mesh", "MulticastDNS", "RTP", "SCTP",
    "SDP", "SRTP", "SharedState", "Signaling", "Streaming", "StrictJSON", "TransportTypes", "WebRTC",
    .product(name: "NIOCore", package: "swift-nio"),
]
if Context.environment["RTC_FUZZ"] == nil {
    package.targets.append(
        .testTarget(
            name: "FuzzTests", dependencies: fuzzed, path: "Tests/Fuzz", exclude: ["Corpora", "Native"]))
} else {
    package.targets.append(
        .executableTarget(
            name: "fuzz", dependencies: fuzzed, path: "Tests/Fuzz", exclude: ["Corpora", "FuzzTests"]))
}

// One place for settings. https://github.com/swiftlang/swift-evolution holds the proposals named beside each.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),  // SE-0458
    .treatAllWarnings(as: .error),  // SE-0480
    .enableUpcomingFeature("ExistentialAny"),  // SE-0335
    .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
    .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461
]
for target in package.targets where target.type != .system {
    target.swiftSettings = (target.swiftSettings ?? []) + settings
}
