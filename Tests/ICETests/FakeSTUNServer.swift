import CNice  // Glibc's types are this module's or Foundation's, whichever the compiler loads first.
import Foundation

@testable import ICE
@testable import NetworkLoop

extension NetworkLoop {
    /// Ends the loop without keeping a thread of the test's pool waiting.
    func shutdownFromTest() { Thread.detachNewThread { self.shutdown() } }
}

/// A STUN server on loopback that says what it is told to: an address, or an error.
final class FakeSTUNServer: Sendable {
    let port: UInt16
    private let descriptor: Int32

    /// - Parameter mapped: the IPv4 address to tell; nil answers with error 420.
    init(mapped: [UInt8]?, port mappedPort: UInt16) throws {
        let (descriptor, port) = try Self.silentPort()
        self.descriptor = descriptor
        self.port = port
        Thread.detachNewThread {
            var buffer = [UInt8](repeating: 0, count: 1500)
            var from = sockaddr_in()
            while true {
                var size = socklen_t(MemoryLayout<sockaddr_in>.size)
                // SAFETY: both buffers are as large as the call is told.
                let count = unsafe withUnsafeMutablePointer(to: &from) { from in
                    unsafe from.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        unsafe recvfrom(descriptor, &buffer, buffer.count, 0, $0, &size)
                    }
                }
                guard count >= 20 else { break }
                let id = Array(buffer[4..<20])
                var answer: [UInt8] = [1, 1, 0, 12] + id + [0, 1, 0, 8, 0, 1]
                if let mapped {
                    answer += [UInt8(mappedPort >> 8), UInt8(mappedPort & 0xFF)] + mapped
                } else {
                    answer = [1, 0x11, 0, 8] + id + [0, 9, 0, 4, 0, 0, 4, 20]
                }
                unsafe withUnsafePointer(to: &from) { from in
                    unsafe from.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        unsafe _ = sendto(descriptor, answer, answer.count, 0, $0, size)
                    }
                }
            }
            close(descriptor)
        }
    }

    /// Ends the thread with an empty datagram.
    func stop() {
        var address = Self.loopback(port)
        // SAFETY: as above.
        unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe _ = sendto(descriptor, [UInt8](), 0, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        return address
    }

    /// A bound socket that nobody reads.
    static func silentPort() throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        var address = loopback(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        // SAFETY: the calls are told the size of the one address that they read and write.
        let status = unsafe withUnsafeMutablePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                let bound = unsafe bind(descriptor, address, size)
                return unsafe bound == 0 ? getsockname(descriptor, address, &size) : bound
            }
        }
        guard status == 0 else { throw CocoaError(.fileReadUnknown) }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }
}
