// What comes from the runtime by itself, and what to do when nothing does any more.

const connection = { source: null, runtime: null, lostAt: 0, isBye: false };

function setConnection(state, text) {
  const pill = $('#connection');
  pill.dataset.state = state;
  pill.textContent = text;
  document.body.classList.toggle('is-stale', state === 'lost');
}

function showBanner(text) {
  const banner = $('#banner');
  banner.hidden = text == null;
  banner.textContent = text ?? '';
}

/** Everything is read anew: at the beginning, after a gap, when the runtime is back. */
function refreshAll() {
  timeline.isLoaded = false;
  refreshView();
  // Lives need the whole history; what is newest comes by itself.
  if (shared.view === 'timeline' || !shared.events.length) refreshEvents.ask();
}

function refreshView(isForPerson = false) {
  const refresher = { tree: refreshTree, processes: refreshTable, system: refreshSystem }[shared.view];
  if (isForPerson) refresher?.askNow();
  else refresher?.ask();
  if (shared.view === 'charts') drawCharts();
  if (shared.view === 'timeline') { if (!timeline.isLoaded) refreshEvents.ask(); drawTimeline(); }
  if (drawer.pid) refreshProcess.ask();
}

function connect() {
  connection.source?.close();
  const source = new EventSource('api/stream' + (shared.seq ? `?after=${shared.seq}` : ''));
  connection.source = source;
  source.addEventListener('hello', (message) => {
    const hello = JSON.parse(message.data);
    const isOther = connection.runtime != null && !hello.known;
    connection.runtime = hello.runtime;
    connection.lostAt = 0;
    connection.isBye = false;
    if (isOther || !shared.seq) shared.seq = hello.seq;
    if (isOther) {
      // What is remembered is of processes that have never been here.
      shared.events = [];
      drawer.hasEnded = false;
    }
    setConnection('live', 'live');
    showBanner(null);
    refreshAll();
  });
  source.addEventListener('events', (message) => {
    const { events, time_s } = JSON.parse(message.data);
    noteTime(time_s);
    noteEvents(events);
  });
  source.addEventListener('gap', (message) => {
    const { missed } = JSON.parse(message.data);
    dropped += missed;
    refreshAll();
  });
  source.addEventListener('sample', (message) => {
    const sample = JSON.parse(message.data);
    noteTime(sample.time_s);
    noteSample(sample);
    if (shared.view === 'tree' || shared.view === 'processes' || shared.view === 'system' || drawer.pid) refreshView();
  });
  source.addEventListener('bye', () => { connection.isBye = true; });
  source.onerror = () => {
    connection.lostAt ||= performance.now();
    setConnection('lost', 'no connection');
    showBanner(connection.isBye
      ? 'The observer was stopped. What is shown is how it was then; this page tries again every second.'
      : 'The runtime is gone, or does not answer. What is shown is how it was last; this page tries again every second.');
    // A browser gives up for good where the server answers, but not with a stream: another runtime has the port.
    if (source.readyState === EventSource.CLOSED) setTimeout(checkAddress, 1000);
  };
}

async function checkAddress() {
  try {
    await api('sample');
    connect();
  } catch (error) {
    if (error.status === 401 || error.status === 403) showBanner('Another runtime listens here now, with another token: type “observer url” into its shell.');
    else setTimeout(checkAddress, 1000);
  }
}

function noteEvents(events) {
  if (!events.length) return;
  shared.seq = Math.max(shared.seq, events.at(-1).seq);
  for (const event of events) {
    noteInTree(event);
    noteInTimeline(event);
  }
  drawFeed();
  const loud = events.filter((event) => event.event === 'exited' && !orderly(event.reason) || event.event === 'started' && event.restart || event.event === 'restart_limit_reached');
  if (loud.length) say(loud.slice(-3).map((event) => describe(event).text).join('. '));
  if (shared.view === 'tree') refreshTree.ask();
  else if (shared.view === 'processes') refreshTable.ask();
  else if (shared.view === 'timeline') drawSoon();
  if (drawer.pid && events.some((event) => event.pid === drawer.pid)) refreshProcess.ask();
}

let isDrawing = false;
function drawSoon() {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => { isDrawing = false; if (shared.view === 'timeline') drawTimeline(); });
}

function drawFeed() {
  $('#feed').replaceChildren(eventList(shared.events.slice(-40).filter((event) => event.event !== 'restarted').slice(-7).reverse()));
}
