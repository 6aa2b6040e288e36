import Testing

/// `info` for programs.
@Suite struct InfoJSONTests {
  @Test func `info says as JSON, too, what a server is at`() {
    let script = "suspend bucket-supervisor\nexpect-error create a\ninfo registry\ninfo supervisor"
    let run = Simulated(script, isJSON: true)
    #expect(run.succeeded)
    #expect(
      run.lines.contains { $0.contains("KV.Registry") && $0.contains(#""handler":"create""#) })
    #expect(run.lines.contains { $0.contains(#""handler":null"#) })
  }
}
