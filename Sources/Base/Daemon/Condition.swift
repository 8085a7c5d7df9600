private import Glibc

/// A lock on which a thread can wait until another has changed what it guards.
///
/// `@unchecked Sendable`: pthread's mutex and condition variable are made for many threads.
@safe final class Condition: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let variable: UnsafeMutablePointer<pthread_cond_t>

    init() {
        unsafe mutex = .allocate(capacity: 1)
        unsafe variable = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe variable.initialize(to: pthread_cond_t())
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(variable, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(variable)
        unsafe pthread_mutex_destroy(mutex)
        unsafe variable.deallocate()
        unsafe mutex.deallocate()
    }

    func locked<Value>(_ body: () -> Value) -> Value {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return body()
    }

    /// Gives the lock up until `signal()`; may also return without one. Only within `locked`.
    func wait() {
        unsafe pthread_cond_wait(variable, mutex)
    }

    /// Wakes one waiting thread.
    func signal() {
        unsafe pthread_cond_signal(variable)
    }
}
