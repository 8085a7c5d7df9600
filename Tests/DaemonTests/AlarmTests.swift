import Daemon
import TestSupport
import Testing

/// Goal: an alarm rings once at the earliest time that was set, and can be stopped. Method: wait for
/// what the ring itself signals.
@Suite struct AlarmTests {
    @Test func ringsWhenTheTimeHasCome() {
        let rung = Latch()
        let alarm = Alarm(name: "test") { rung.open() }
        alarm.set(at: .now + .milliseconds(1))
        rung.wait()
        alarm.stop()
    }

    @Test func ringsAtTheEarliestOfSeveralTimes() {
        let rung = Latch()
        let alarm = Alarm(name: "test") { rung.open() }
        alarm.set(at: .now + .seconds(3_600))
        alarm.set(at: .now)
        alarm.set(at: .now + .seconds(7_200))
        rung.wait()
        alarm.stop()
    }

    @Test func stopsBeforeItsTime() {
        let alarm = Alarm(name: "test") { Issue.record("It rang after all.") }
        alarm.set(at: .now + .seconds(3_600))
        alarm.stop()
    }
}
