internal import CUSRSCTP
internal import Synchronization

/// The functions that usrsctp calls. They run on any thread, under usrsctp's locks.
enum NativeCallbacks {
    /// Takes a packet. On its owner's thread it goes straight up; elsewhere it waits in the
    /// mailbox.
    static let output: @convention(c) (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, Int, UInt8, UInt8) -> Int32 =
        {
            address, bytes, count, _, _ in
            let id = UInt(bitPattern: address)
            guard let bytes = unsafe bytes, count > 0 else { return 0 }
            // SAFETY: usrsctp owns `count` bytes at `bytes`, which nobody else looks at until this
            // function returns.
            if NativeStack.writesChecksums { unsafe rtc_write_crc32c(bytes, count) }
            let packet = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
            let context = ThreadContext.current
            if context.enteredID == id, let sink = context.enteredSink {
                unsafe packet.withMemoryRebound(to: UInt8.self) { unsafe sink.produced($0.span) }
            } else if let mailbox = NativeStack.shared.registry[id] {
                unsafe mailbox.push(Array(packet))
                context.wakeLater(mailbox)
            }
            return 0
        }

    /// Something can be read or written, or failed. The owner looks after each of its own calls
    /// anyway; a timer's event has to wake it.
    static let upcall: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?, Int32) -> Void = { _, argument, _ in
        let id = UInt(bitPattern: argument)
        let context = ThreadContext.current
        guard context.enteredID != id, let mailbox = NativeStack.shared.registry[id] else { return }
        context.wakeLater(mailbox)
    }
}
