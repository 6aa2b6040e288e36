// The system in numbers.

const refreshSystem = new Refresher(async () => {
  const facts = await api('system');
  drawSystem(facts);
  return facts.cost;
}, { least: 1000 });

function drawSystem(facts) {
  const card = (title, rows) => h('article', { class: 'card' }, h('h2', {}, title),
    h('dl', {}, rows.map(([name, value, note]) => [h('dt', {}, name), h('dd', {}, value, note && h('small', {}, note))])));
  const share = (part, of) => `${number(part)} of ${number(of)}`;
  $('#system').replaceChildren(
    card('Runtime', [
      ['Version', facts.version], ['Swift', facts.swift], ['System', facts.system], ['Uptime', age(facts.uptime_s)],
      ['Workers', number(facts.workers), `on ${facts.processors} processors`], ['Memory', bytes(facts.memory), 'resident, of the whole program'],
    ]),
    card('Processes', [
      ['All', number(facts.processes)], ...Object.entries(facts.kinds).map(([kind, count]) => [kindWords[kind] ?? kind, number(count)]),
      ['Names', number(facts.names)], ['Zombies', number(facts.zombies), 'dead, their code still runs'],
    ]),
    card('Work', [
      ['Run queue', number(facts.run_queue), 'have something to do now'], ['In mailboxes', number(facts.in_mailboxes), 'messages wait'],
      ['Events', number(facts.events), 'since the start'], ['Remembered', share(facts.events_remembered, facts.limits.event_history)],
      ['Dropped events', number(dropped), 'came too fast for this page'],
    ]),
    card('Limits', [
      ['Processes', number(facts.limits.processes)], ['Event history', number(facts.limits.event_history)],
      ['Connections', share(facts.observer_connections, facts.limits.observer_connections), 'to this server'],
      ['Header', bytes(facts.limits.observer_header_bytes)], ['Body', bytes(facts.limits.observer_body_bytes)],
    ]));
}

/** Events that this page was not sent, since they came too fast. */
let dropped = 0;
