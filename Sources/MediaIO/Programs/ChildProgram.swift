internal import Foundation
internal import Glibc
package import NIOCore
internal import NIOPosix

/// Another program that runs beside this one: what it writes is read, and what it reads is written.
///
/// It gets no more of this one than its arguments, its environment and three pipes, and it ends
/// with the body that uses it: by SIGTERM, and two seconds later by SIGKILL. Where this program is
/// killed, the end of its input is all that it is told.
package enum ChildProgram {
    package typealias Input = NIOAsyncChannelOutboundWriter<ByteBuffer>

    /// How long it has between SIGTERM and SIGKILL.
    private static let patience = Duration.seconds(2)

    /// Runs a program.
    ///
    /// - Parameters:
    ///   - command: a path, or a name that `PATH` has, and the arguments.
    ///   - body: reads and writes; the program is ended when it returns, or throws.
    /// - Returns: how the program has ended.
    /// - Throws: ``ProgramError`` if it cannot be started; what `body` throws.
    package static func run(
        _ command: [String], _ body: (ProgramOutput, Input) async throws -> Void
    ) async throws -> ProgramEnding {
        guard let name = command.first, let path = path(of: name) else {
            throw ProgramError.notFound(command.first ?? "")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = Array(command.dropFirst())
        let (input, output, complaints) = (Pipe(), Pipe(), Pipe())
        (process.standardInput, process.standardOutput, process.standardError) = (input, output, complaints)
        // Foundation's handles only make the pipes: our ends are SwiftNIO's alone, and closed with
        // its channels.
        defer {
            for pipe in [input, output, complaints] {
                try? pipe.fileHandleForReading.close()
                try? pipe.fileHandleForWriting.close()
            }
        }
        let exit = ProgramExit()
        exit.follow(process)
        do {
            try process.run()
        } catch {
            throw ProgramError.notStarted(command: name, reason: "\(error)")
        }
        // Of the parent's copies those of the child's ends: it would never see an end otherwise.
        try? input.fileHandleForReading.close()
        try? output.fileHandleForWriting.close()
        try? complaints.fileHandleForWriting.close()
        let pipe: NIOAsyncChannel<ByteBuffer, ByteBuffer>
        do {
            try await keep(complaints.fileHandleForReading, for: exit)
            pipe = try await channel(reading: output.fileHandleForReading, writing: input.fileHandleForWriting)
        } catch {
            exit.haveWordsEnded()
            await end(process, exit)
            throw ProgramError.notStarted(command: name, reason: "its pipes cannot be had: \(error)")
        }
        do {
            try await pipe.executeThenClose { output, input in try await body(ProgramOutput(output), input) }
        } catch {
            await end(process, exit)
            throw error
        }
        return await end(process, exit)
    }

    @discardableResult
    private static func end(_ process: Process, _ exit: ProgramExit) async -> ProgramEnding {
        // It may have ended by itself.
        if let ending = exit.ending { return ending }
        process.terminate()
        let killer = Task.detached {
            guard (try? await Task.sleep(for: patience)) != nil, process.isRunning else { return }
            kill(process.processIdentifier, SIGKILL)
        }
        let ending = await exit.wait()
        killer.cancel()
        return ending
    }

    private static func channel(
        reading: FileHandle, writing: FileHandle
    ) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        let read = try taken(reading)
        let write: CInt
        do {
            write = try taken(writing)
        } catch {
            close(read)
            throw error
        }
        return try await NIOPipeBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .takingOwnershipOfDescriptors(input: read, output: write) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
    }

    private static func keep(_ complaints: FileHandle, for exit: ProgramExit) async throws {
        let descriptor = try taken(complaints)
        _ = try await NIOPipeBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ComplaintHandler(exit))
                }
            }
            .takingOwnershipOfDescriptor(input: descriptor).get()
    }

    /// A handle's descriptor under another number, which is nobody else's, and not for the next
    /// program that is started.
    private static func taken(_ handle: FileHandle) throws -> CInt {
        let descriptor = fcntl(handle.fileDescriptor, F_DUPFD_CLOEXEC, 0)
        guard descriptor >= 0 else { throw POSIXError(.EMFILE) }
        try? handle.close()
        return descriptor
    }

    /// Where a program is; nil where it is not, or nobody may run it.
    package static func path(of name: String) -> String? {
        guard !name.isEmpty else { return nil }
        let paths =
            name.contains("/")
            ? [name]
            : (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
        return paths.first { path in
            let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
            return (try? url.resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile == true
                && FileManager.default.isExecutableFile(atPath: path)
        }
    }
}
