internal import CPlatform

/// The process whose code runs on the calling thread: what Erlang calls `self()`.
///
/// Lets a call, a send or a spawn know on whose behalf it happens without being told. Nil on threads
/// that are not the runtime's, and in code that escaped into a plain `Task {}`.
enum CurrentProcess {
  /// Unretained: whoever sets it keeps the process alive, and sets it to nil when the process's code has left the thread,
  /// by returning or by suspending, before anything else is done than to set the next (`WorkSource`).
  static var cell: ProcessCell? {
    get { reference?.takeUnretainedValue() }
    set { reference = newValue.map(Unmanaged.passUnretained) }
  }

  /// The same, not retained: for a glance.
  static var reference: Unmanaged<ProcessCell>? {
    get { cplatform_current_get().map { Unmanaged.fromOpaque($0) } }
    set { cplatform_current_set(newValue?.toOpaque()) }
  }
}
