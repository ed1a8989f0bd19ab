import Foundation
import Glibc

/// What the process has used, from the kernel.
enum ProcessUsage {
    /// Processor time of all threads, in seconds. POSIX fixes the unit of `clock()` at a millionth.
    static var processorSeconds: Double { Double(clock()) / 1_000_000 }

    /// Memory in use, in bytes: the second number of `/proc/self/statm`, in pages.
    static var residentBytes: Int {
        let numbers = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
        return (numbers.count > 1 ? Int(numbers[1]) ?? 0 : 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Processor time of the threads of that name, in seconds.
    static func seconds(ofThread name: String) -> Double {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        return tasks.reduce(0) { sum, task in
            let folder = "/proc/self/task/" + task
            guard let comm = try? String(contentsOfFile: folder + "/comm", encoding: .utf8), comm.dropLast() == name,
                let times = try? String(contentsOfFile: folder + "/schedstat", encoding: .utf8).split(separator: " "),
                let nanoseconds = times.first.flatMap({ Double($0) })
            else { return sum }
            return sum + nanoseconds / 1e9
        }
    }

    static var threads: Int { entries("/proc/self/task") }

    /// Open descriptors; the one that reads the list does not count.
    static var descriptors: Int { max(entries("/proc/self/fd") - 1, 0) }

    private static func entries(_ directory: String) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: directory))?.count ?? 0
    }
}
