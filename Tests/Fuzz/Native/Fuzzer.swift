import Foundation

// What libFuzzer calls. Its own main function is linked in by -sanitize=fuzzer; there is none here.

/// What is run, by its name in the environment: libFuzzer's arguments are its own.
private let target: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""
    guard let target = FuzzTarget.named(name) else {
        fatalError("FUZZ_TARGET is one of \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
    }
    return target
}()

/// Runs one input; a trap is a finding.
// SAFETY: libFuzzer owns `data`, `count` bytes of it, and keeps them until this returns; they are copied before anything else.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    do {
        try target.run(bytes)
    } catch {
        fatalError("finding: \(error)")
    }
    return 0
}
