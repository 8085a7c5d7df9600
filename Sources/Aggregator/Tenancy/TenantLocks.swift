package import Store

/// What transactions of one organization hold against one another where several processes work on one
/// database; each is to be taken before anything is read that it protects. SQLite has one writer: there
/// all of these do nothing.
extension TenantTransaction {
    /// Takes everything for itself by which orders are judged and uploads are sent: the policies, links
    /// and destinations of the organization. For whoever changes them: nobody judges by the old ones
    /// and commits afterwards, and of two who change one waits.
    package func holdSettings() throws(StoreFault) { try transaction.lock(settings) }

    /// Keeps policies, links and destinations as they are while orders are judged or uploads sent by
    /// them; many do so at once.
    package func shareSettings() throws(StoreFault) { try transaction.share(settings) }

    private var settings: LockName { LockName("settings", organization) }

    /// Waits until no other transaction of the organization holds the name, and holds it.
    /// - Parameters:
    ///   - space: what kind of thing is held.
    ///   - number: which of the organization's.
    package func lock(_ space: StaticString, _ number: Int64) throws(StoreFault) {
        try transaction.lock(LockName(space, organization, number))
    }

    /// Holds the name unless another transaction does: then false, at once.
    package func tryLock(_ space: StaticString, _ number: Int64) throws(StoreFault) -> Bool {
        try transaction.tryLock(LockName(space, organization, number))
    }

    /// Tells listeners in every process once this transaction is committed; for rare changes.
    package func announce(_ signal: StoreSignal) throws(StoreFault) {
        try transaction.announce(signal)
    }
}
