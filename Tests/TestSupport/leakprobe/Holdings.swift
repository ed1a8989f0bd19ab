internal import CMalloc
import Foundation

/// What the process holds.
struct Holdings: Encodable {
    /// Memory in use, from the kernel.
    let rss_kb: Int
    /// What has been allocated and not freed. Exact where the resident memory is whole pages, and free blocks between used
    /// ones stay resident.
    let heap_kb: Int
    /// Open descriptors.
    let fds: Int
    let threads: Int

    /// Takes stock. What is free goes back to the kernel first: how much of it every thread's arena keeps is chance.
    static func now() -> Holdings {
        _ = malloc_trim(0)
        let heap = mallinfo2()
        return Holdings(
            rss_kb: residentKilobytes, heap_kb: (heap.uordblks + heap.hblkhd) / 1024,
            // The descriptor that reads the list does not count.
            fds: entries("/proc/self/fd") - 1, threads: entries("/proc/self/task"))
    }

    private static var residentKilobytes: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        return line.split(separator: " ").compactMap { Int($0) }.first ?? 0
    }

    private static func entries(_ directory: String) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: directory))?.count ?? 0
    }
}
