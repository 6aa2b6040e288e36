import ArgumentParser

@main
struct KVCommand: ParsableCommand {
  func run() {}
}
