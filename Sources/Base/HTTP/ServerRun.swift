import Daemon

extension Server {
    /// Serves until the task is cancelled, then stops accepting and lets what has arrived have its
    /// answer: the body of a service whose sockets `start` has opened.
    /// - Parameter stopWithin: when connections are closed even though they wait.
    package func runUntilCancelled(stopWithin: Duration) async {
        await untilCancelled()
        await stop(within: stopWithin)
    }
}
