extension Log {
    /// Tells an error at level `error`: a `Fault` in full, any other by its type only, since foreign
    /// text may stand in it.
    package func error(_ message: StaticString, service: String, because error: any Error) {
        guard let fault = error as? any Fault else {
            self.error(message, [.service: service, .cause: "\(type(of: error))"])
            return
        }
        self.error(
            message,
            [
                .service: service, .operation: fault.operation, .cause: fault.cause,
                .remedy: fault.remedy,
            ])
    }
}
