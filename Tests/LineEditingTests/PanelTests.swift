import Testing

@testable import LineEditing

@Suite struct PanelTests {
  init() { #expect(CharacterSet.isUnicode) }

  @Test func `a panel is erased row by row, however the terminal has wrapped it`() {
    var panel = Panel()
    #expect(panel.erase(columns: 80) == "")
    #expect(panel.draw("one\n0123456789\n", columns: 10, rows: 24) == "one\n0123456789\n")
    #expect(panel.erase(columns: 10) == "\u{1B}[2A\r\u{1B}[J")
    #expect(panel.erase(columns: 10) == "")
    _ = panel.draw("one\n0123456789", columns: 10, rows: 24)
    #expect(panel.erase(columns: 5) == "\u{1B}[3A\r\u{1B}[J")
    _ = panel.draw("one", columns: 10, rows: 24)
    panel.leave()
    #expect(panel.erase(columns: 10) == "")
  }

  @Test func `what is higher than the screen is cut, and says so`() {
    var panel = Panel()
    #expect(panel.draw("1\n2\n3\n4", columns: 10, rows: 5) == "1\n2\n3\n4\n")
    #expect(panel.draw("1\n2\n3\n4\n5", columns: 10, rows: 5) == "1\n2\n3\n… 2 more\n")
    #expect(panel.erase(columns: 10) == "\u{1B}[4A\r\u{1B}[J")
    #expect(panel.draw("1\n23456\n7", columns: 3, rows: 4) == "1\n… 2 more\n")
  }

  @Test func `colours take no room, wide characters two columns`() {
    #expect(Panel.rows(of: "\u{1B}[31mabc\u{1B}[0m", columns: 3) == 1)
    #expect(Panel.rows(of: "abcd", columns: 3) == 2)
    #expect(Panel.rows(of: "物物物", columns: 5) == 2)
    #expect(Panel.rows(of: "", columns: 5) == 1)
  }
}
