/// The commands that every application's shell has.
extension CommandTable {
  /// Every command of an application's shell.
  package static func all(of application: any ShellApplication) -> CommandTable {
    let tour = application.tour.map { [TourCommand.make($0)] } ?? []
    return CommandTable(application.commands + common + tour)
  }

  static let common: [Command] =
    SignalCommands.all + LoadCommands.all + [ChaosCommand.chaos] + TreeCommands.all
    + ProcessCommands.all + SupervisorCommands.all
    + HistoryCommands.all
    + BondCommands.all + ScriptCommands.all + SessionCommands.all
}
