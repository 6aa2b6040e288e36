// One process, in the drawer at the side.

const drawer = { pid: null, state: null, origin: null, hasEnded: false };

async function openProcess(pid) {
  drawer.origin = document.activeElement;
  drawer.pid = pid;
  drawer.state = null;
  drawer.hasEnded = false;
  select(pid);
  const element = $('#drawer');
  element.hidden = false;
  document.body.classList.add('has-drawer');
  element.replaceChildren(h('p', { class: 'quiet' }, 'Looking …'));
  await refreshProcess.now();
  $('.close', element)?.focus({ preventScroll: true });
}

function closeProcess() {
  if ($('#drawer').hidden) return;
  $('#drawer').hidden = true;
  document.body.classList.remove('has-drawer');
  select(null);
  drawer.pid = null;
  drawer.origin?.focus?.({ preventScroll: true });
}

function select(pid) {
  tree.nodes.get(tree.selected)?.element.classList.remove('selected');
  tree.selected = pid;
  tree.nodes.get(pid)?.element.classList.add('selected');
}

const refreshProcess = new Refresher(async () => {
  const { pid } = drawer;
  if (pid == null || drawer.hasEnded) return 0;
  // What is known here need not be asked for: a browser complains of each refusal in its console.
  const end = shared.events.findLast((event) => event.event === 'exited' && event.pid === pid);
  if (end) {
    drawMissing(pid, `${shown([end.name ?? end.label, pid].filter(Boolean).join(' '), 120)} has ended: ${end.reason}.`);
    return 0;
  }
  try {
    const details = await api(pidPath(pid));
    if (drawer.pid === pid) drawProcess(details);
    return details.cost;
  } catch (error) {
    if (drawer.pid === pid && error.status) drawMissing(pid, error.message, error.status === 404);
    throw error;
  }
}, { least: 400 });

const closeButton = () => h('button', { type: 'button', class: 'icon close', 'aria-label': 'Close', title: 'Close (Esc)', onclick: closeProcess }, '×');

function drawMissing(pid, message, hasEnded = true) {
  // A PID is nobody else's ever after.
  drawer.hasEnded = hasEnded;
  $('#drawer').replaceChildren(
    h('header', {}, h('div', {}, h('h2', {}, pid)), closeButton()),
    h('p', { class: 'missing', role: 'alert' }, shown(message, 400)));
  drawAfterlife(pid);
}

/** What is remembered of one that has ended. */
function drawAfterlife(pid) {
  const events = shared.events.filter((event) => event.pid === pid);
  if (!events.length) return;
  $('#drawer').append(section('What happened', eventList(events.slice(-8).reverse())));
}

const section = (title, ...children) => h('section', {}, h('h3', {}, title), ...children);

function link(reference) {
  if (reference.pid == null) return h('span', { class: 'chip' }, shown(reference.title, 50));
  const button = h('button', { type: 'button', class: 'chip', onclick: () => openProcess(reference.pid) },
    shown(reference.title, 50), reference.title === reference.pid ? null : h('small', {}, reference.pid));
  button.addEventListener('contextmenu', (event) => { event.preventDefault(); openMenu(reference, event.clientX, event.clientY, button); });
  return button;
}

const links = (list, count) => list.length
  ? h('div', { class: 'chips' }, list.slice(0, 40).map(link), count > 40 && h('span', { class: 'quiet' }, `and ${number(count - 40)} more`))
  : h('span', { class: 'quiet' }, 'none');

function eventList(events) {
  return h('ol', { class: 'events' }, events.map((event) => {
    const { sign, tone, text } = describe(event);
    return h('li', {}, h('button', { type: 'button', class: 'event ' + tone, title: 'Why?', onclick: () => tellWhy(event.seq) },
      h('span', { class: 'sign', 'aria-hidden': 'true' }, sign), h('span', {}, text), event.time_s != null && h('time', {}, clock(event.time_s))));
  }));
}

function drawProcess(details) {
  const { process } = details;
  const element = $('#drawer');
  // What somebody is at is left alone.
  const focused = element.contains(document.activeElement) ? document.activeElement.dataset.keep ?? document.activeElement.textContent : null;
  const scroll = element.scrollTop;
  const facts = [
    ['Kind', `${kindWords[process.kind]}${process.role ? ' · ' + shown(process.role, 60) : ''}`],
    ['Status', process.status], ['Age', age(process.age_s)],
    process.handler && ['Handler', shown(process.handler, 100)],
    ['Mailbox', number(process.mailbox)], ['Handled', number(details.handled)],
    ['Traps exits', process.traps_exits ? 'yes' : 'no'],
    details.is_supervisor && ['Children', number(details.children)],
    ['Names', details.names.length ? details.names.map((name) => shown(name, 80)).join(', ') : '—'],
    process.label && ['Label', shown(process.label, 200)],
    ['Memory', 'not known of one process'],
  ].filter(Boolean);
  const spec = details.child_spec;
  element.replaceChildren(
    h('header', {},
      h('div', {}, h('h2', {}, shown(nameOf(process), 80)), h('p', { class: 'quiet' }, process.pid)),
      h('button', { type: 'button', data: { keep: 'act' }, onclick: (event) => { const box = event.currentTarget.getBoundingClientRect(); openMenu(process, box.left, box.bottom + 4, event.currentTarget); } }, 'Act …'),
      h('button', { type: 'button', data: { keep: 'show' }, onclick: () => showInTree(process.pid) }, 'Show in tree'),
      closeButton()),
    h('dl', { class: 'facts' }, facts.map(([name, value]) => [h('dt', {}, name), h('dd', { class: name === 'Status' ? 'status-' + value : null }, value)])),
    section('Supervision',
      details.ancestors.length ? h('div', { class: 'chips path' }, [...details.ancestors].reverse().map(link)) : h('span', { class: 'quiet' }, 'nobody above it'),
      spec && h('dl', { class: 'spec' }, specFacts(spec).map(([name, value, note]) => [h('dt', {}, name), h('dd', {}, value, note && h('small', {}, note))]))),
    section('Links', links(details.links, process.link_count)),
    section('Monitors', links(details.monitors, process.monitor_count)),
    section('Monitored by', links(details.monitored_by, process.monitored_by_count)),
    section('State',
      h('p', { class: 'quiet' }, 'Asked for through its mailbox; everything else here is read without asking it.'),
      h('button', { type: 'button', data: { keep: 'state' }, onclick: () => askState(process.pid) }, 'Ask for the state'),
      drawer.state && h('pre', { class: drawer.state.isError ? 'state error' : 'state', role: 'status' }, drawer.state.text)),
    section('Predecessors', details.predecessors.length ? eventList(details.predecessors) : h('span', { class: 'quiet' }, 'none remembered')),
    section('Crash log', details.crash_log.length ? eventList(details.crash_log) : h('span', { class: 'quiet' }, 'no crash remembered')),
    section('History', eventList(details.history)));
  element.scrollTop = scroll;
  if (focused != null) [...element.querySelectorAll('button')].find((button) => (button.dataset.keep ?? button.textContent) === focused)?.focus({ preventScroll: true });
}

/** What its supervisor and it have agreed upon. */
function specFacts(spec) {
  const shutdown = {
    brutal_kill: ['brutal_kill', 'killed without a question'], infinity: ['infinity', 'asked, and waited for'],
    timeout: [`${number(spec.shutdown_s ?? 0)} s`, 'asked, and killed after so long'],
  }[spec.shutdown];
  return [
    ['Child', shown(spec.id, 60), `place ${number(spec.place)}, under ${spec.strategy ?? 'an unknown strategy'}`], ['Kind', spec.kind],
    ['Restart', spec.restart, spec.restarts > 0 && `restarted ${number(spec.restarts)} ×`], ['Shutdown', ...shutdown],
    ['Significant', spec.significant ? 'yes' : 'no', spec.significant && 'its end may end the supervisor'],
  ];
}

async function askState(pid) {
  drawer.state = { text: 'asking …' };
  refreshProcess.askNow();
  let answer;
  try {
    const { state } = await api(pidPath(pid) + '/state?timeout_ms=2000');
    answer = { text: state.split('\n').map((line) => shown(line, 20000)).join('\n') };
  } catch (error) {
    answer = { text: shown(error.message, 400), isError: true };
  }
  // The person may look at another by now.
  if (drawer.pid !== pid) return;
  drawer.state = answer;
  refreshProcess.askNow();
}
