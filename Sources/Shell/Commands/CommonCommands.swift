/// The commands that every application's shell has.
extension CommandTable {
  static let common: [Command] =
    SignalCommands.all + LoadCommands.all + [ChaosCommand.chaos] + TreeCommands.all
    + ProcessCommands.all + SupervisorCommands.all
    + HistoryCommands.all
    + BondCommands.all + ScriptCommands.all + SessionCommands.all
}
