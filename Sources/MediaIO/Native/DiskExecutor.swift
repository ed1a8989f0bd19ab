internal import Dispatch

/// Runs an actor's code on a thread that may wait for a disk, and never on those that all tasks
/// share.
final class DiskExecutor: SerialExecutor {
    private let queue: DispatchQueue

    init(_ label: String) { queue = DispatchQueue(label: label) }

    // SAFETY: each job is run once, on this executor, which the block keeps.
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    // SAFETY: whoever names it as its executor retains it.
    func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: self) }
}
