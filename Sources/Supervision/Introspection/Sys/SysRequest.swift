internal import Processes

/// What a server is asked or told by `Sys`.
enum SysRequest: SystemRequest {
  case suspend(ReplyTo<Void>)
  case resume(ReplyTo<Void>)
  case status(ReplyTo<ServerStatus>)
  case access(any StateAccessing)
  /// Answered before it begins, since it may never end.
  case run(@Sendable (ProcessContext) async throws -> Void, ReplyTo<Void>)
  /// Answered with whether it changed anything.
  case debug(DebugCommand, ReplyTo<Bool>)
  case log(ReplyTo<[DebugEvent]>)
  case statistics(ReplyTo<ServerStatistics?>)
}

/// A change to what is watched of a server.
enum DebugCommand: Sendable {
  case install(String, limit: Int?, DebugSink)
  case remove(String)
  case startLog(limit: Int)
  case stopLog
  case startStatistics
  case stopStatistics
  /// Before each message; nil, no longer.
  case delay(Duration?)
  case removeAll
}
