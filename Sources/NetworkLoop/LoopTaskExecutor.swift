/// Runs tasks on a loop's thread: one that prefers it takes what arrives there, and sends, without
/// a change of threads.
package final class LoopTaskExecutor: TaskExecutor {
    private let loop: NetworkLoop

    /// - Parameter loop: has to run for as long as tasks prefer this.
    package init(_ loop: NetworkLoop) { self.loop = loop }

    /// Queues a job. Called by the runtime.
    package func enqueue(_ job: consuming ExecutorJob) {
        loop.native.enqueue(.taskJob(UnownedJob(job), self))
    }
}
